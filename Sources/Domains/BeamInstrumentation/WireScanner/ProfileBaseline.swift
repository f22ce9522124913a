/// Baseline, noise and size of the signal of one profile, before any fit.
public struct ProfileBaseline: Sendable, Equatable {
  /// Pedestal: the median of the samples away from the peak.
  public var baseline: Double
  /// RMS noise of the pedestal, not below the resolution of the data.
  public var noise: Double
  /// Highest sample above the baseline.
  public var peak: Double
  /// ∫(y − baseline) dx over the window in signal units times mm (trapezoids).
  public var area: Double
  /// Half-maximum width over 2.3548 in mm: a first guess of sigma.
  public var widthEstimate: Double
  /// The highest pair of neighbouring samples above the baseline: the lower of the two.
  public var pairHeight: Double
  /// Whether the samples are a straight line and noise, nothing more.
  public var isStraightLine: Bool
  /// Position in mm of the peak that single spikes do not move.
  public var peakPosition: Double

  /// Whether two neighbouring samples stand 6 noise sigmas above the baseline, and not because it is inclined.
  public var isCandidate: Bool { isCandidate(noise: noise) }

  /// The same with a noise that is known better than from this row alone.
  public func isCandidate(noise: Double) -> Bool { pairHeight >= 6 * noise && !isStraightLine }

  /// Peak over noise.
  public var signalToNoise: Double { peak / noise }

  /// Estimates for a profile with at least two samples; `nil` when all samples are equal.
  ///
  /// The baseline is the median of the samples farther than four estimated sigmas from the peak. The noise is 1.4826 times
  /// the median distance of the samples below that median: the lower half knows nothing of tails and second peaks. Both are
  /// found twice, the second time with the width that follows from the first baseline.
  public init?(_ profile: ProfileSamples) {
    let x = profile.positions
    let y = profile.signals
    guard x.count > 1, let highest = y.max(), let lowest = y.min(), highest > lowest else { return nil }
    let peakIndex = Self.peakIndex(y)
    var scratch = y
    var base = orderStatistic(y.count / 4, of: &scratch)
    var deviation = 0.0
    var width = 0.0
    var outerCount = -1
    for _ in 0..<2 {
      width = Self.halfMaximumWidth(x, y, peak: peakIndex, baseline: base) / 2.354_820_045_030_949
      var outer: [Double] = []
      outer.reserveCapacity(y.count)
      for index in y.indices where abs(x[index] - x[peakIndex]) > 4 * width { outer.append(y[index]) }
      // Samples farther than a width contain those farther than a larger one: as many are the same ones.
      if outer.count == outerCount { break }
      outerCount = outer.count
      if outer.count < max(8, y.count / 10) {
        // Hardly anything lies away from the peak, or there is no peak and its width is an accident. The lowest quarter
        // would understate the noise; the steps between neighbours do not.
        outer = Array(y.sorted().prefix(max(4, y.count / 4)))
        base = median(of: &outer)
        var steps = y.indices.dropFirst().map { abs(y[$0] - y[$0 - 1]) }
        deviation = 1.4826 / 2.0.squareRoot() * median(of: &steps)
      } else {
        let level = median(of: &outer)
        var below: [Double] = []
        below.reserveCapacity(outer.count / 2 + 1)
        for value in outer where value <= level { below.append(level - value) }
        base = level
        deviation = 1.4826 * median(of: &below)
      }
    }
    // A deviation that is large against the range spans several steps of the data and needs no floor.
    noise = deviation < (highest - lowest) / 20 ? max(deviation, Self.resolution(of: y)) : deviation
    (baseline, widthEstimate) = (base, width)
    peak = highest - baseline
    var area = 0.0
    for index in 1..<x.count { area += (y[index] + y[index - 1] - 2 * baseline) / 2 * (x[index] - x[index - 1]) }
    self.area = area
    var pair = lowest
    for index in 1..<y.count { pair = max(pair, min(y[index], y[index - 1])) }
    pairHeight = pair - base
    isStraightLine = pairHeight >= 4 * noise && Self.isStraightLine(x, y)
    peakPosition = x[peakIndex]
    // A sample that towers over the bunch would make its row the typical one.
    if highest - y[peakIndex] > 8 * noise || base - lowest > 8 * noise, let towers = profile.towers(over: self) {
      let (kept, signals) = profile.without(towers)
      peak = (signals.max() ?? base) - base
      self.area = kept.indices.dropFirst().reduce(0) {
        $0 + (signals[$1] + signals[$1 - 1] - 2 * base) / 2 * (kept[$1] - kept[$1 - 1])
      }
    }
  }

  /// Whether no two neighbours stand out of the straight line of least squares by 4 of the noise that neighbouring samples
  /// show; a single spike does not bend the line.
  private static func isStraightLine(_ x: [Double], _ signals: [Double]) -> Bool {
    let y = ProfileInspection.smoothed(signals, width: 1)
    let count = Double(x.count)
    let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
    let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    guard spread > 0, count > 8 else { return false }
    let slope = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / spread
    let residuals = zip(x, y).map { $1 - meanY - slope * ($0 - meanX) }
    let highest = residuals.indices.dropFirst().map { min(residuals[$0], residuals[$0 - 1]) }.max() ?? 0
    var steps = signals.indices.dropFirst().map { abs(signals[$0] - signals[$0 - 1]) }
    return highest < 4 * max(1.4826 / 2.0.squareRoot() * median(of: &steps), resolution(of: signals))
  }

  /// The highest sample of a three-point running median, so that one spike does not count as the peak.
  private static func peakIndex(_ y: [Double]) -> Int {
    guard y.count > 2 else { return y[0] >= y[y.count - 1] ? 0 : y.count - 1 }
    var best = 1
    var bestValue = -Double.infinity
    for index in 1..<y.count - 1 {
      let (a, b, c) = (y[index - 1], y[index], y[index + 1])
      let middle = max(min(a, b), min(max(a, b), c))
      if middle > bestValue || middle == bestValue && b > y[best] {
        bestValue = middle
        best = index
      }
    }
    return best
  }

  /// The smallest step between distinct samples.
  static func resolution(of y: [Double]) -> Double {
    let sorted = y.sorted()
    let range = sorted[sorted.count - 1] - sorted[0]
    var smallest = range
    for index in 1..<sorted.count {
      let step = sorted[index] - sorted[index - 1]
      if step > 0, step < smallest { smallest = step }
    }
    return smallest
  }

  /// Full width of the peak at half its height above the baseline, interpolated between samples.
  private static func halfMaximumWidth(_ x: [Double], _ y: [Double], peak: Int, baseline: Double) -> Double {
    let half = (y[peak] + baseline) / 2
    func crossing(step: Int) -> Double {
      var index = peak
      while y.indices.contains(index + step) {
        let next = index + step
        // One sample below half may be noise; the one after it decides as well.
        let afterNext = y.indices.contains(next + step) ? y[next + step] : y[next]
        if y[next] < half, afterNext < half {
          let fraction = y[index] > half ? (y[index] - half) / (y[index] - y[next]) : 0
          return x[index] + fraction * (x[next] - x[index])
        }
        index = next
      }
      return x[index]
    }
    return abs(crossing(step: 1) - crossing(step: -1))
  }
}
