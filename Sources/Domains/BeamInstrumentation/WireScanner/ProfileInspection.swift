/// Looks at one fitted profile for what a physicist would remark on it; every finding carries the number behind it.
struct ProfileInspection {
  let profile: ProfileSamples
  let baseline: ProfileBaseline
  let fit: GaussianFit
  let noise: NoiseModel

  /// Positions relative to the highest sample.
  private var x: [Double] { profile.positions.map { $0 - profile.peakPosition } }

  /// All remarks that need one profile only.
  func flags() -> [ProfileFlag] {
    var flags: [ProfileFlag] = []
    if baseline.signalToNoise < 10 { flags.append(ProfileFlag(.lowSignal, baseline.signalToNoise)) }
    if let ratio = secondaryPeak() { flags.append(ProfileFlag(.secondaryPeak, ratio)) }
    if let distance = outlier() { flags.append(ProfileFlag(.outlierSample, distance)) }
    guard fit.state.isUsable else { return flags }
    let perSigma = fit.sigma / profile.spacing
    if perSigma < 2 { flags.append(ProfileFlag(.undersampled, perSigma)) }
    if let height = truncation() {
      flags.append(ProfileFlag(.truncatedProfile, height))
    } else if let skewness = asymmetry() {
      flags.append(ProfileFlag(.asymmetric, skewness))
    }
    return flags
  }

  /// Height of the second maximum over that of the main one, if above 10 % and standing 6 noise sigmas over the valley
  /// between them after smoothing.
  private func secondaryPeak() -> Double? {
    let width = max(3, 2 * Int(baseline.widthEstimate / max(profile.spacing, 1e-9) / 4) + 1)
    let smooth = Self.smoothed(profile.signals, width: width)
    guard let top = smooth.indices.max(by: { smooth[$0] < smooth[$1] }) else { return nil }
    let height = smooth[top] - baseline.baseline
    var best: Double?
    for step in [-1, 1] {
      var index = top + step
      var valley = smooth[top]
      while smooth.indices.contains(index) {
        valley = min(valley, smooth[index])
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
    return clean.indices.map { index in
      let window = clean[max(0, index - half)...min(count - 1, index + half)]
      return window.reduce(0, +) / Double(window.count)
    }
  }

  /// The largest distance, in local noise sigmas, of a single sample from both neighbours and from the fit; above 8.
  private func outlier() -> Double? {
    let y = profile.signals
    let x = x
    var worst: Double?
    for index in y.indices.dropFirst().dropLast() {
      let curve = fit.state.isUsable ? fit(x[index]) : (y[index - 1] + y[index + 1]) / 2
      let distances = [y[index] - y[index - 1], y[index] - y[index + 1], y[index] - curve]
      let isAbove = distances.allSatisfy { $0 > 0 }
      guard isAbove || distances.allSatisfy({ $0 < 0 }), let smallest = distances.map(abs).min() else { continue }
      let error = noise.variance(signal: curve - fit.offset).squareRoot()
      if smallest > 8 * error { worst = max(worst ?? 0, smallest / error) }
    }
    return worst
  }

  /// Fitted height at the worse edge of the window over the peak height, if above 2 % and three noise sigmas.
  private func truncation() -> Double? {
    guard let first = x.first, let last = x.last else { return nil }
    let edges = [first, last].map { edge -> Double in
      let t = (edge - fit.mean) / fit.sigma
      // A peak outside the window is cut in any case.
      return (edge == first ? t > 0 : t < 0) ? 1 : Scalar.exp(-0.5 * t * t)
    }
    guard let worse = edges.max(), worse > 0.02, worse * fit.amplitude > 3 * noise.baselineNoise else { return nil }
    return worse
  }

  /// Skewness of the signal within three sigmas, if above 0.15 and five times its error.
  private func asymmetry() -> Double? {
    let x = x
    let y = profile.signals
    var third = 0.0
    var variance = 0.0
    var area = 0.0
    for index in x.indices.dropFirst().dropLast() {
      let t = (x[index] - fit.mean) / fit.sigma
      guard abs(t) < 3 else { continue }
      let step = (x[index + 1] - x[index - 1]) / 2
      let cube = t * t * t
      let signal = y[index] - fit.offset - (fit.slope ?? 0) * x[index]
      third += cube * signal * step
      area += signal * step
      variance += cube * cube * noise.variance(signal: signal) * step * step
    }
    guard area > 0 else { return nil }
    let skewness = third / area
    return abs(skewness) > 0.15 && abs(skewness) * area > 5 * variance.squareRoot() ? skewness : nil
  }

  /// Slope of the samples beyond four sigmas with its error, in signal units per mm.
  func wingSlope() -> (slope: Double, error: Double)? {
    guard fit.state.isUsable else { return nil }
    let x = x
    let wing = x.indices.filter { abs(x[$0] - fit.mean) > 4 * fit.sigma }
    guard wing.count >= 10 else { return nil }
    let centre = wing.reduce(0) { $0 + x[$1] } / Double(wing.count)
    let spread = wing.reduce(0) { $0 + (x[$1] - centre) * (x[$1] - centre) }
    guard spread > 0 else { return nil }
    let slope = wing.reduce(0) { $0 + (x[$1] - centre) * profile.signals[$1] } / spread
    return (slope, noise.baselineNoise / spread.squareRoot())
  }
}
