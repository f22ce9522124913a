import Errors
import Fitting
import Instruments

/// Measures the pulses of a waveform.
public enum PulseAnalysis {
  /// Measures every segment.
  ///
  /// The baseline is the mean of the first samples; the peak the farthest sample from it the expected way, refined by a
  /// parabola through its neighbours; crossings are found going back from the peak and interpolated linearly between
  /// samples. The charge is the integral over the load from 10 % before the peak to 20 % after it. The leading edges of all
  /// segments are fitted in one batch with a logistic function (`LogisticEdge`) from four samples before 10 % to the peak.
  ///
  /// - Parameters:
  ///   - waveform: the waveform.
  ///   - channel: its channel, from 1; `sweep`: its sweep.
  ///   - options: how.
  /// - Returns: one row a segment.
  /// - Throws: `scope.tooShort` (exit 65) for fewer than 16 samples a segment, and as the fit.
  public static func measure(
    _ waveform: Waveform, channel: Int, sweep: Int, options: PulseOptions
  ) throws(CavernError) -> PulseColumns {
    let points = waveform.pointsPerSegment
    guard points >= 16 else {
      throw CavernError(
        "scope.tooShort", "segments of \(points) samples hold no pulse that can be measured", exit: .badData,
        expected: "at least 16 samples")
    }
    let volts = waveform.volts()
    var task = PulseTask(waveform, options, sign: sign(volts, points, options))
    for segment in 0..<waveform.segmentCount {
      volts.withUnsafeBufferPointer { all in
        // Segment after segment fills the array exactly.
        let samples = UnsafeBufferPointer(rebasing: all[segment * points..<(segment + 1) * points])
        task.measure(samples, start: waveform.time(segment: segment, index: 0))
      }
    }
    var columns = try task.finish()
    columns.sweep = Array(repeating: sweep, count: waveform.segmentCount)
    columns.segment = Array(0..<waveform.segmentCount)
    columns.channel = Array(repeating: UInt8(truncatingIfNeeded: channel), count: waveform.segmentCount)
    return columns
  }

  /// 1 for pulses above the baseline, -1 below: what most of the first hundred segments say.
  private static func sign(_ volts: [Double], _ points: Int, _ options: PulseOptions) -> Double {
    switch options.polarity {
    case .positive: return 1
    case .negative: return -1
    case .automatic: break
    }
    var balance = 0.0
    let window = max(4, Int(options.baselineFraction * Double(points)))
    for start in stride(from: 0, to: min(volts.count, 100 * points), by: points) {
      let segment = volts[start..<start + points]
      let base = segment.prefix(window).reduce(0, +) / Double(window)
      balance += (segment.max() ?? base) - base - (base - (segment.min() ?? base))
    }
    return balance > 0 ? 1 : -1
  }
}

/// The pulses of one waveform while they are measured.
private struct PulseTask {
  private var columns = PulseColumns()
  private let options: PulseOptions
  private let sign: Double
  private let interval: Double
  private let window: Int
  private let clip: (low: Double, high: Double)
  // Leading edges for the batch of fits: samples, and for each the segment it belongs to with its start values.
  private var x: [Double] = [], y: [Double] = []
  private var offsets = [0]
  private var starts: [Double] = []
  private var fitted: [Int] = []
  private var reference: [Double] = []

  init(_ waveform: Waveform, _ options: PulseOptions, sign: Double) {
    self.options = options
    self.sign = sign
    interval = waveform.interval
    window = max(
      4, min(waveform.pointsPerSegment - 4, Int(options.baselineFraction * Double(waveform.pointsPerSegment))))
    let descriptor = waveform.descriptor
    let limits = descriptor.sampleSize == 1 ? (-128.0, 127.0) : (-32767.0, 32767.0)
    let ends = [limits.0, limits.1].map { descriptor.verticalGain * $0 - descriptor.verticalOffset }
    clip = (min(ends[0], ends[1]), max(ends[0], ends[1]))
    let count = waveform.segmentCount
    x.reserveCapacity(24 * count)
    y.reserveCapacity(24 * count)
  }

  /// Measures a segment of at least 16 samples whose first was taken `start` seconds after the trigger.
  mutating func measure(_ v: UnsafeBufferPointer<Double>, start: Double) {
    let count = v.count
    var sum = 0.0
    var squares = 0.0
    let first = v[0]
    for i in 0..<window {
      let value = v[i] - first
      sum += value
      squares += value * value
    }
    let mean = sum / Double(window)
    let base = first + mean
    let noise = (max(0, squares - sum * mean) / Double(window - 1)).squareRoot()
    var top = 0
    var best = -Double.infinity
    var (lowest, highest) = (Double.infinity, -Double.infinity)
    for i in 0..<count {
      let value = v[i]
      lowest = min(lowest, value)
      highest = max(highest, value)
    }
    let extreme = sign > 0 ? highest : lowest
    while top < count - 1, v[top] != extreme { top += 1 }
    best = sign * (extreme - base)
    var height = best
    var refined = Double(top)
    if top > 0, top < count - 1 {
      // The parabola through three neighbours: its top lies within half a sample.
      let (left, right) = (sign * (v[top - 1] - base), sign * (v[top + 1] - base))
      let curvature = left - 2 * best + right
      if curvature < 0 {
        let shift = max(-0.5, min(0.5, 0.5 * (left - right) / curvature))
        refined += shift
        height = best - 0.25 * (left - right) * shift
      }
    }
    var flags: PulseFlags = []
    if !(height > options.significance * noise) || !(height > 0) { flags.insert(.noPulse) }
    if lowest <= clip.low || highest >= clip.high { flags.insert(.clipped) }
    if top < window || top >= count - 2 { flags.insert(.edge) }
    columns.baseline.append(base)
    columns.noise.append(noise)
    columns.amplitude.append(height)
    guard !flags.contains(.noPulse) else { return appendNothing(flags) }
    /// Where the pulse last rose through a level before its peak, in samples.
    func crossing(_ level: Double) -> Double {
      var i = top
      while i > 0 {
        let below = sign * (v[i - 1] - base)
        if below < level {
          let above = sign * (v[i] - base)
          return Double(i - 1) + (level - below) / (above - below)
        }
        i -= 1
      }
      return .nan
    }
    let tenth = crossing(0.1 * height)
    let ninetieth = crossing(0.9 * height)
    let half = crossing(0.5 * height)
    if tenth.isNaN { flags.insert(.edge) }
    columns.rise.append((ninetieth - tenth) * interval)
    columns.peak.append(start + refined * interval)
    columns.constantFraction.append(start + crossing(options.fraction * height) * interval)
    if best > options.threshold {
      columns.leadingEdge.append(start + crossing(options.threshold) * interval)
    } else {
      columns.leadingEdge.append(.nan)
      flags.insert(.belowThreshold)
    }
    var charge = 0.0
    let begin = tenth.isNaN ? 0 : Int(tenth)
    var end = begin
    while end < count, end <= top || sign * (v[end] - base) > 0.2 * height {
      charge += sign * (v[end] - base)
      end += 1
    }
    if end >= count { flags.insert(.edge) }
    columns.charge.append(charge * interval / options.load * 1e12)
    columns.flags.append(flags)
    columns.sigmoid.append(.nan)
    columns.sigmoidError.append(.nan)
    guard options.hasSigmoid, flags.isGood, !half.isNaN else { return }
    let from = max(0, begin - 4)
    guard top - from >= 6 else { return }
    for i in from...top {
      // In samples from the peak and volts: numbers of order one.
      x.append(Double(i - top))
      y.append(v[i])
    }
    offsets.append(x.count)
    fitted.append(columns.flags.count - 1)
    reference.append(start + Double(top) * interval)
    starts += [sign * height, half - Double(top), max(0.3, (ninetieth - tenth) / 4.394), base]
  }

  private mutating func appendNothing(_ flags: PulseFlags) {
    columns.rise.append(.nan)
    columns.peak.append(.nan)
    columns.constantFraction.append(.nan)
    columns.leadingEdge.append(.nan)
    columns.charge.append(.nan)
    columns.sigmoid.append(.nan)
    columns.sigmoidError.append(.nan)
    columns.flags.append(flags)
  }

  /// Fits the leading edges and judges the baselines.
  mutating func finish() throws(CavernError) -> PulseColumns {
    let noises = columns.noise.sorted()
    let usual = noises.isEmpty ? 0 : noises[noises.count / 2]
    for row in columns.flags.indices where columns.noise[row] > 4 * usual { columns.flags[row].insert(.noisyBaseline) }
    guard !fitted.isEmpty else { return columns }
    let batch = try ProfileBatch(x: x, y: y, offsets: offsets)
    var options = FitOptions()
    // A hundredth of a picosecond is far below any resolution.
    options.tolerance = 1e-6
    options.maximumIterations = 40
    let fits = try BatchFitter.fit(batch, model: LogisticEdge.self, starts: starts, options: options)
    for (problem, row) in fitted.enumerated() {
      let width = fits.parameter(problem, 2)
      guard fits.states[problem].isUsable, width > 0, sign * fits.parameter(problem, 0) > 0 else {
        columns.flags[row].insert(.fitFailed)
        continue
      }
      let place = LogisticEdge.position(
        fraction: self.options.fraction, mean: fits.parameter(problem, 1), width: width)
      columns.sigmoid[row] = reference[problem] + place * interval
      columns.sigmoidError[row] = fits.standardError(problem, 1) * interval
    }
    return columns
  }
}
