/// Looks at one fitted profile for what a physicist would remark on it; every finding carries the number behind it.
struct ProfileInspection {
  /// The samples that were fitted, relative to the highest sample.
  let input: ProfileFitInput
  /// All samples.
  let samples: ProfileSamples
  let baseline: ProfileBaseline
  let fit: GaussianFit
  let tails: QGaussianFit?
  let noise: NoiseModel
  /// Samples that were fitted minus `curve`; `nil` when neither fit is usable.
  let residuals: [Double]?

  /// All remarks that need one profile only.
  func flags() -> [ProfileFlag] {
    var flags: [ProfileFlag] = []
    if baseline.signalToNoise < 10 { flags.append(ProfileFlag(.lowSignal, baseline.signalToNoise)) }
    if let ratio = secondaryPeak() ?? secondBunch() { flags.append(ProfileFlag(.secondaryPeak, ratio)) }
    if let distance = outlier() { flags.append(ProfileFlag(.outlierSample, distance)) }
    guard fit.state.isUsable else { return flags }
    let perSigma = fit.sigma / samples.spacing
    if perSigma < 2 { flags.append(ProfileFlag(.undersampled, perSigma)) }
    if let height = truncation() {
      flags.append(ProfileFlag(.truncatedProfile, height))
    } else if let skewness = asymmetry() {
      flags.append(ProfileFlag(.asymmetric, skewness))
    }
    return flags
  }

  /// The better of the two symmetric curves: the q-Gaussian where it is usable, which follows tails.
  func curve(_ x: Double) -> Double? {
    if let tails, tails.state.isUsable { return tails(x) }
    return fit.state.isUsable ? fit(x) : nil
  }

  private func allResiduals(_ x: [Double], _ y: [Double]) -> [Double]? {
    guard x.count != input.x.count else { return residuals }
    var residuals: [Double] = []
    residuals.reserveCapacity(x.count)
    for (position, signal) in zip(x, y) {
      guard let value = curve(position) else { return nil }
      residuals.append(signal - value)
    }
    return residuals
  }

  /// Height of the second maximum over that of the main one, if above 10 %, 6 noise sigmas above the baseline and as many
  /// over the valley between them, all after smoothing.
  private func secondaryPeak() -> Double? {
    let width = max(3, 2 * Int(baseline.widthEstimate / max(samples.spacing, 1e-9) / 4) + 1)
    let smooth = Self.smoothed(input.y, width: width)
    guard let top = smooth.indices.max(by: { smooth[$0] < smooth[$1] }) else { return nil }
    let height = smooth[top] - baseline.baseline
    var best: Double?
    for step in [-1, 1] {
      var index = top + step
      var valley = smooth[top]
      while smooth.indices.contains(index) {
        // What dips below the baseline is noise, not a valley.
        valley = max(min(valley, smooth[index]), baseline.baseline)
        let signal = smooth[index] - baseline.baseline
        let error = (noise.variance(signal: signal) / Double(width)).squareRoot()
        if smooth[index] - valley > 6 * error, signal > 0.1 * height { best = max(best ?? 0, signal / height) }
        index += step
      }
    }
    return best
  }

  /// A median of three, which removes single spikes, and then a mean over `width` samples.
  static func smoothed(_ y: [Double], width: Int) -> [Double] {
    let count = y.count
    guard count > 2 else { return y }
    var clean = y
    for index in 1..<count - 1 {
      let (a, b, c) = (y[index - 1], y[index], y[index + 1])
      clean[index] = max(min(a, b), min(max(a, b), c))
    }
    let half = width / 2
    guard half > 0 else { return clean }
    return clean.indices.map { index in
      let window = clean[max(0, index - half)...min(count - 1, index + half)]
      return window.reduce(0, +) / Double(window.count)
    }
  }

  /// The largest distance, in local noise sigmas, of a single sample from both neighbours and from the fit; above 8.
  ///
  /// Where the curve does not follow the profile, the scatter of the residuals takes the place of the noise.
  private func outlier() -> Double? {
    let y = samples.signals
    let x = samples.positions.map { $0 - samples.peakPosition }
    let residuals = allResiduals(x, y)
    var misfit = 0.0
    if let residuals, fit.state.isUsable {
      var near = x.indices.filter { abs(x[$0] - fit.mean) < 4 * fit.sigma }.map { abs(residuals[$0]) }
      misfit = near.count > 4 ? 1.4826 * median(of: &near) : 0
    }
    var worst: Double?
    for index in y.indices.dropFirst().dropLast() {
      let residual = residuals?[index] ?? y[index] - (y[index - 1] + y[index + 1]) / 2
      let (before, after) = (y[index] - y[index - 1], y[index] - y[index + 1])
      guard before > 0 && after > 0 && residual > 0 || before < 0 && after < 0 && residual < 0 else { continue }
      let smallest = min(abs(before), abs(after), abs(residual))
      let error = noise.variance(signal: y[index] - residual - fit.offset).squareRoot()
      let isFar = smallest > 8 * max(error, fit.state.isUsable && abs(x[index] - fit.mean) < 4 * fit.sigma ? misfit : 0)
      if isFar { worst = max(worst ?? 0, smallest / error) }
    }
    return worst
  }

  /// Fitted height at the worse edge of the window over the peak height, if above 2 % and three noise sigmas.
  private func truncation() -> Double? {
    guard let first = input.x.first, let last = input.x.last else { return nil }
    let edges = [first, last].map { edge -> Double in
      let t = (edge - fit.mean) / fit.sigma
      // A peak outside the window is cut in any case.
      return (edge == first ? t > 0 : t < 0) ? 1 : Scalar.exp(-0.5 * t * t)
    }
    guard let worse = edges.max(), worse > 0.02, worse * fit.amplitude > 3 * noise.baselineNoise else { return nil }
    return worse
  }

  /// Skewness of what a symmetric curve leaves within three sigmas, if above 0.15 and five times its error.
  ///
  /// The symmetric curve itself has none; taking it away first keeps the places of the samples out of the sum.
  private func asymmetry() -> Double? {
    let x = input.x
    guard let residuals else { return nil }
    var third = 0.0
    var variance = 0.0
    var area = 0.0
    for index in x.indices.dropFirst().dropLast() {
      let t = (x[index] - fit.mean) / fit.sigma
      guard abs(t) < 3 else { continue }
      let step = (x[index + 1] - x[index - 1]) / 2
      let cube = t * t * t
      let signal = input.y[index] - fit.offset - (fit.slope ?? 0) * x[index]
      third += cube * residuals[index] * step
      area += signal * step
      variance += cube * cube * noise.variance(signal: signal) * step * step
    }
    guard area > 0 else { return nil }
    let skewness = third / area
    return abs(skewness) > 0.15 && abs(skewness) * area > 5 * variance.squareRoot() ? skewness : nil
  }

  /// Slope with its error, in signal units per mm, of what the fit leaves beyond four sigmas; a second peak there is not
  /// taken for a slope.
  func wingSlope() -> (slope: Double, error: Double)? {
    guard fit.state.isUsable, let residuals else { return nil }
    var wing = input.x.indices.filter { abs(input.x[$0] - fit.mean) > 4 * fit.sigma }
    var line: (slope: Double, error: Double)?
    for _ in 0..<3 {
      guard wing.count >= 16 else { return nil }
      let count = Double(wing.count)
      let centre = wing.reduce(0) { $0 + input.x[$1] } / count
      let level = wing.reduce(0) { $0 + residuals[$1] } / count
      let spread = wing.reduce(0) { $0 + (input.x[$1] - centre) * (input.x[$1] - centre) }
      guard spread > 0 else { return nil }
      let slope = wing.reduce(0) { $0 + (input.x[$1] - centre) * residuals[$1] } / spread
      let distances = wing.map { residuals[$0] - level - slope * (input.x[$0] - centre) }
      let scatter = (distances.reduce(0) { $0 + $1 * $1 } / (count - 2)).squareRoot()
      line = (slope, max(scatter, noise.baselineNoise) / spread.squareRoot())
      var sizes = distances.map(abs)
      let limit = 3 * max(1.4826 * median(of: &sizes), noise.baselineNoise)
      let kept = zip(wing, distances).filter { abs($0.1) <= limit }.map(\.0)
      if kept.count == wing.count { break }
      wing = kept
    }
    return line
  }
}
