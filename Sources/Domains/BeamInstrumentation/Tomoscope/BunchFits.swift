import Errors
import Fitting

/// The fits of all bunches of all frames: a window for each bunch, half way to its neighbours, and one baseline a frame.
struct BunchFits {
  /// The bunches of every frame, earliest first; empty where none was found.
  var bunches: [[BunchFit]]

  /// One window.
  private struct Window {
    var frame: Int
    var bins: Range<Int>
    var peak: Int
  }

  init(
    _ record: TomoscopeRecord, _ found: [BunchSearch.Finding], bucket: Double?, _ options: BunchLengthOptions
  ) throws(CavernError) {
    var windows: [Window] = []
    for (frame, finding) in found.enumerated() {
      windows += Self.windows(finding.peaks, binCount: record.binCount, bucket: bucket).map {
        Window(frame: frame, bins: $0.bins, peak: $0.peak)
      }
    }
    var x: [Double] = []
    var y: [Double] = []
    var offsets = [0]
    for window in windows {
      x += window.bins.map(Double.init)
      y += record.frame(window.frame).dropFirst(window.bins.lowerBound).prefix(window.bins.count)
      offsets.append(y.count)
    }
    let batch = try ProfileBatch(x: x, y: y, offsets: offsets)
    let fitOptions = FitOptions(threads: options.threads)
    let moments = windows.indices.map { index in
      BunchMoments(
        y[offsets[index]..<offsets[index + 1]], first: windows[index].bins.lowerBound,
        pedestal: found[windows[index].frame].baseline)
    }
    let free = try BatchFitter.fit(
      batch, model: GaussianPeak.self,
      starts: moments.flatMap { [$0.height, $0.mean, $0.deviation, $0.pedestal] }, options: fitOptions)
    let tails = try BatchFitter.fit(batch, model: QGaussianPeak.self, options: fitOptions)
    let pairs = try BatchFitter.fit(
      batch, model: GaussianPairPeak.self,
      starts: moments.flatMap { [0.7 * $0.height, $0.mean, 0.65 * $0.deviation, 0.75 * $0.deviation, $0.pedestal] },
      options: fitOptions)
    let evidence = windows.indices.map {
      Self.splitEvidence(free, tails, pairs, $0, samples: windows[$0].bins.count)
    }
    let isSplit = evidence.map { ($0 ?? 0) > 10 }
    var pass = try Pass(batch, free, windows, found, isSplit: isSplit, fitOptions)
    for _ in 0..<Self.mostPasses {
      guard let apart = Self.apart(record, windows, pass, found, isSplit: isSplit, offsets) else { break }
      let largest = zip(apart, y).reduce(0) { max($0, abs($1.0 - $1.1)) }
      let noise = windows.map { found[$0.frame].noise }.min() ?? 0
      y = apart
      let batch = try ProfileBatch(x: x, y: y, offsets: offsets)
      let free = try BatchFitter.fit(
        batch, model: GaussianPeak.self,
        starts: windows.indices.flatMap { index in
          pass.free.states[index].isUsable
            ? Array(pass.free.parameters(of: index))
            : [moments[index].height, moments[index].mean, moments[index].deviation, moments[index].pedestal]
        }, options: fitOptions)
      pass = try Pass(batch, free, windows, found, isSplit: isSplit, fitOptions)
      if largest < 0.01 * noise { break }
    }
    let (baselines, fixed) = (pass.baselines, pass.fixed)
    let width = record.binWidth * 1e9
    bunches = [[BunchFit]](repeating: [], count: record.frameCount)
    for (index, window) in windows.enumerated() {
      let covariance = Self.covariance(pass.free, fixed, index, baselines[index])
      let scale = [1, width, width, 1]
      let values = (0..<4).map { $0 == 3 ? baselines[index].value : fixed.parameter(index, $0) * scale[$0] }
      var fit = BunchFit(
        window: window.bins, state: fixed.states[index], values: values,
        covariance: covariance.enumerated().map { $1 * scale[$0 / 4] * scale[$0 % 4] })
      let shape = BunchShape(
        signal: Array(y[offsets[index]..<offsets[index + 1]]), first: window.bins.lowerBound,
        baseline: baselines[index].value, noise: found[window.frame].noise)
      if fit.state.isUsable {
        let (mean, sigma) = (fixed.parameter(index, 1), fixed.parameter(index, 2))
        fit.fullWidthAtHalfMaximum = shape.fullWidth(mean: mean, sigma: sigma).map { ($0 * width, $1 * width) }
        fit.rootMeanSquare = shape.rootMeanSquare(mean: mean, sigma: sigma).map { ($0 * width, $1 * width) }
        let reach = min(mean - Double(window.bins.lowerBound), Double(window.bins.upperBound - 1) - mean)
        if sigma * 1.5 > reach { fit.flags.append(.truncated) }
      }
      fit.splitEvidence = evidence[index]
      if let value = evidence[index], value > 10 { fit.flags.append(.split) }
      bunches[window.frame].append(fit)
    }
  }

  /// One round of fits: each window with its own baseline, and again with the one in common.
  private struct Pass {
    var free: BatchFitResult
    var baselines: [(value: Double, variance: Double)]
    var fixed: BatchFitResult

    init(
      _ batch: ProfileBatch, _ free: BatchFitResult, _ windows: [Window], _ found: [BunchSearch.Finding],
      isSplit: [Bool], _ options: FitOptions
    ) throws(CavernError) {
      self.free = free
      let baselines = BunchFits.baselines(windows.map(\.frame), free, found, isSplit: isSplit)
      self.baselines = baselines
      let starts = windows.indices.flatMap { index -> [Double] in
        let values = free.parameters(of: index)
        let peak = found[windows[index].frame].smoothed[windows[index].peak]
        let level = baselines[index].value
        return free.states[index].isUsable
          ? [values[values.startIndex], values[values.startIndex + 1], values[values.startIndex + 2], level]
          : [peak - level, Double(windows[index].peak), Double(windows[index].bins.count) / 8, level]
      }
      fixed = try BatchFitter.fit(
        batch, model: GaussianPeak.self, starts: starts,
        constraints: FitConstraints(fixed: [false, false, false, true]), options: options)
    }
  }

  /// Rounds of fits for bunches that reach into each other's windows.
  private static let mostPasses = 20

  /// The samples of all windows without what the other bunches of the frame, by their fits, add to them; `nil` when none adds more than
  /// the noise anywhere.
  ///
  /// The halves of a splitting bunch overlap for a while after they are resolved; a fit of one would feel the flank of the other.
  private static func apart(
    _ record: TomoscopeRecord, _ windows: [Window], _ pass: Pass, _ found: [BunchSearch.Finding], isSplit: [Bool],
    _ offsets: [Int]
  ) -> [Double]? {
    func isGood(_ index: Int) -> Bool {
      pass.fixed.states[index].isUsable && pass.fixed.parameter(index, 0) > 0 && !isSplit[index]
    }
    var result: [Double] = []
    result.reserveCapacity(offsets.last ?? 0)
    var overlaps = false
    for (index, window) in windows.enumerated() {
      var samples = Array(record.frame(window.frame).dropFirst(window.bins.lowerBound).prefix(window.bins.count))
      // Windows of a frame stand side by side, and only the next ones reach in.
      for other in [index - 1, index + 1]
      where windows.indices.contains(other) && windows[other].frame == window.frame && isGood(other) {
        let (height, mean, sigma) = (
          pass.fixed.parameter(other, 0), pass.fixed.parameter(other, 1), pass.fixed.parameter(other, 2)
        )
        func curve(_ bin: Int) -> Double {
          let t = (Double(bin) - mean) / sigma
          return height * Scalar.exp(-0.5 * t * t)
        }
        let edge = other < index ? window.bins.lowerBound : window.bins.upperBound - 1
        guard curve(edge) > found[window.frame].noise else { continue }
        overlaps = true
        for place in samples.indices { samples[place] -= curve(window.bins.lowerBound + place) }
      }
      result += samples
    }
    return overlaps ? result : nil
  }

  /// From half way to the earlier to half way to the later bunch, at most one bucket to each side.
  private static func windows(_ peaks: [Int], binCount: Int, bucket: Double?) -> [(bins: Range<Int>, peak: Int)] {
    let reach = max(4, Int((bucket ?? Double(binCount)).rounded()))
    return peaks.indices.map { index in
      let peak = peaks[index]
      let lower = index > 0 ? (peaks[index - 1] + peak + 1) / 2 : 0
      let upper = index + 1 < peaks.count ? (peak + peaks[index + 1] + 1) / 2 : binCount
      return (max(lower, peak - reach)..<min(upper, peak + reach + 1), peak)
    }
  }

  /// The baseline in common of the bunches of a frame: the mean of those of the separate fits, weighted by inverse
  /// variances.
  ///
  /// To first order this is what a joint fit with one baseline gives.
  private static func baselines(
    _ frames: [Int], _ free: BatchFitResult, _ found: [BunchSearch.Finding], isSplit: [Bool]
  ) -> [(value: Double, variance: Double)] {
    var sums: [Int: (weight: Double, value: Double)] = [:]
    for (index, frame) in frames.enumerated() where free.states[index].isUsable && !isSplit[index] {
      let variance = free.covariance(index, 3, 3)
      guard variance > 0, variance.isFinite else { continue }
      sums[frame, default: (0, 0)].weight += 1 / variance
      sums[frame, default: (0, 0)].value += free.parameter(index, 3) / variance
    }
    return frames.map { frame in
      // Nothing but splitting bunches: a Gaussian's baseline would follow their flanks, the pedestal does not.
      guard let sum = sums[frame] else {
        let count = Double(max(1, found[frame].smoothed.count / 4))
        return (found[frame].baseline, found[frame].noise * found[frame].noise / count)
      }
      return (sum.value / sum.weight, 1 / sum.weight)
    }
  }

  /// The covariance with the baseline known from all windows: C(baseline fixed) + g gᵀ var(b), with g how the parameters follow it.
  private static func covariance(
    _ free: BatchFitResult, _ fixed: BatchFitResult, _ index: Int, _ baseline: (value: Double, variance: Double)
  ) -> [Double] {
    let own = free.covariance(index, 3, 3)
    let follows = (0..<4).map { $0 == 3 ? 1 : free.covariance(index, $0, 3) / own }
    return (0..<16).map { place in
      let (row, column) = (place / 4, place % 4)
      let conditional = row == 3 || column == 3 ? 0 : fixed.covariance(index, row, column)
      return conditional + follows[row] * follows[column] * baseline.variance
    }
  }

  /// Bayesian information: two equal Gaussians against the better of one Gaussian and one q-Gaussian, whose flat tops
  /// and sharp edges are those of a single bunch in its bucket.
  ///
  /// Errors of the model count with the noise in the residuals.
  private static func splitEvidence(
    _ single: BatchFitResult, _ tails: BatchFitResult, _ pair: BatchFitResult, _ index: Int, samples: Int
  ) -> Double? {
    guard pair.states[index].isUsable, pair.parameter(index, 0) > 0 else { return nil }
    let (sigma, separation) = (pair.parameter(index, 2), pair.parameter(index, 3))
    // Halves inside each other are no splitting whatever the criterion says.
    guard separation > 0.3 * sigma else { return 0 }
    let count = Double(samples)
    func information(_ fit: BatchFitResult, _ parameters: Double) -> Double? {
      guard fit.states[index].isUsable, fit.residualSumOfSquares[index] > 0 else { return nil }
      return count * Scalar.log(fit.residualSumOfSquares[index] / count) + parameters * Scalar.log(count)
    }
    guard let two = information(pair, 5) else { return nil }
    let one = [information(single, 4), information(tails, 5)].compactMap { $0 }.min()
    return one.map { $0 - two }
  }
}

/// Height, centre and size of what stands above the pedestal in a window: where the fits begin.
struct BunchMoments {
  let height: Double
  let mean: Double
  let deviation: Double
  let pedestal: Double

  init(_ signal: ArraySlice<Double>, first: Int, pedestal: Double) {
    self.pedestal = pedestal
    var sums = (0.0, 0.0, 0.0)
    var highest = -Double.infinity
    for (index, value) in signal.enumerated() {
      let x = Double(index)
      highest = max(highest, value)
      sums.0 += value - pedestal
      sums.1 += (value - pedestal) * x
      sums.2 += (value - pedestal) * x * x
    }
    height = highest - pedestal
    let length = Double(signal.count)
    let centre = sums.0 > 0 ? min(max(sums.1 / sums.0, 0), length - 1) : length / 2
    let variance = sums.0 > 0 ? sums.2 / sums.0 - centre * centre : 0
    mean = centre + Double(first)
    deviation = variance > 1 ? min(variance.squareRoot(), length / 3) : length / 8
  }
}

/// Sizes of a bunch that are read off its signal, not off a fitted curve.
struct BunchShape {
  let signal: [Double]
  let first: Int
  let baseline: Double
  let noise: Double

  /// Full width at half of the maximum in bins, with its error from the noise and the slopes there.
  ///
  /// The top is that of a parabola through the bins within 0.5 sigma of the centre; each crossing is that of a straight line through the bins within 0.2 sigma.
  func fullWidth(mean: Double, sigma: Double) -> (Double, Double)? {
    let reach = max(1, Int((0.2 * sigma).rounded()))
    let centre = Int(mean.rounded()) - first
    guard signal.indices.contains(centre) else { return nil }
    guard let top = top(mean: mean, sigma: sigma) else { return nil }
    let half = (top - baseline) / 2 + baseline
    func crossing(_ step: Int) -> (place: Double, error: Double)? {
      var index = centre
      while signal.indices.contains(index + step) {
        index += step
        let window = signal[max(0, index - reach)...min(signal.count - 1, index + reach)]
        if window.reduce(0, +) / Double(window.count) < half { break }
      }
      let low = max(0, index - 2 * reach)
      let high = min(signal.count - 1, index + 2 * reach)
      guard high - low >= 2, signal.indices.contains(index + step) else { return nil }
      let count = Double(high - low + 1)
      let middle = Double(low + high) / 2
      let level = signal[low...high].reduce(0, +) / count
      var moment = 0.0
      for bin in low...high { moment += (Double(bin) - middle) * (signal[bin] - level) }
      let slope = moment / (count * (count * count - 1) / 12)
      guard slope * Double(step) < 0 else { return nil }
      return (middle + (half - level) / slope, noise / count.squareRoot() / abs(slope))
    }
    guard let left = crossing(-1), let right = crossing(1) else { return nil }
    return (right.place - left.place, (left.error * left.error + right.error * right.error).squareRoot())
  }

  /// The value at the centre of the parabola of least squares through the bins within half a sigma.
  private func top(mean: Double, sigma: Double) -> Double? {
    let reach = max(2, Int((0.5 * sigma).rounded()))
    let centre = Int(mean.rounded()) - first
    guard centre - reach >= 0, centre + reach < signal.count else { return nil }
    var (s2, s4, y0, y2) = (0.0, 0.0, 0.0, 0.0)
    for offset in -reach...reach {
      let square = Double(offset * offset)
      s2 += square
      s4 += square * square
      y0 += signal[centre + offset]
      y2 += signal[centre + offset] * square
    }
    let count = Double(2 * reach + 1)
    return (y0 * s4 - y2 * s2) / (count * s4 - s2 * s2)
  }

  /// Standard deviation of the signal above the baseline within four sigmas of the centre in bins, with its error from the noise.
  func rootMeanSquare(mean: Double, sigma: Double) -> (Double, Double)? {
    var moments = (0.0, 0.0, 0.0)
    let range = signal.indices.filter { abs(Double($0 + first) - mean) <= 4 * sigma }
    for index in range {
      let x = Double(index + first) - mean
      let value = signal[index] - baseline
      moments.0 += value
      moments.1 += value * x
      moments.2 += value * x * x
    }
    guard moments.0 > 0 else { return nil }
    let shift = moments.1 / moments.0
    let variance = moments.2 / moments.0 - shift * shift
    guard variance > 0 else { return nil }
    let root = variance.squareRoot()
    var error = 0.0
    for index in range {
      let x = Double(index + first) - mean - shift
      let weight = (x * x - variance) / (2 * root * moments.0)
      error += weight * weight
    }
    return (root, noise * error.squareRoot())
  }
}
