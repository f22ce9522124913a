import Conditions

/// The shift of the clock at which collision products follow the luminosity best.
public struct HaloAlignment: Sendable, Equatable {
  /// The shift to add to times, in milliseconds, −30 000…30 000.
  public var shiftMilliseconds: Double
  /// Correlation of collision hits with delivered luminosity there.
  public var correlation: Double
  /// Correlation without a shift.
  public var unshifted: Double

  /// Scans ±30 s in steps of half a second; nil when there are too few hits, or the luminosity does not change.
  public init?(_ analysis: HaloAnalysis, timeline: HaloTimeline, sections: [Lumisection]) {
    let bins = HaloBin.lumisections(sections)
    let rates = HaloRates(
      [.collisions], analysis.sides, map: analysis.map, timeline: timeline, sections: [],
      binning: .seconds(0.5), runs: analysis.options.runs)
    var times: [(time: Double, count: Int)] = []
    for series in rates.series {
      for (bin, count) in zip(series.bins, series.counts) where count > 0 {
        times.append(((bin.start + bin.end) / 2, count))
      }
    }
    guard times.reduce(0, { $0 + $1.count }) >= 100, bins.count >= 10 else { return nil }
    times.sort { $0.time < $1.time }
    let luminosity = bins.map { $0.delivered ?? 0 }
    var best = (shift: 0.0, correlation: -2.0)
    var unshifted = -2.0
    for step in -60...60 {
      let shift = Double(step) * 500
      var counts = [Double](repeating: 0, count: bins.count)
      var cursor = 0
      for (time, count) in times {
        while cursor < bins.count, time + shift >= bins[cursor].end { cursor += 1 }
        guard cursor < bins.count else { break }
        if time + shift >= bins[cursor].start { counts[cursor] += Double(count) }
      }
      guard let value = Self.correlation(counts, luminosity) else { continue }
      if step == 0 { unshifted = value }
      // Of equal correlations the smaller shift is taken.
      if value > best.correlation + 1e-12 || value > best.correlation - 1e-12 && abs(shift) < abs(best.shift) {
        best = (shift, value)
      }
    }
    guard best.correlation > -2 else { return nil }
    shiftMilliseconds = best.shift
    correlation = best.correlation
    self.unshifted = unshifted
  }

  /// Pearson's correlation; nil when either does not vary.
  private static func correlation(_ left: [Double], _ right: [Double]) -> Double? {
    let number = Double(left.count)
    let (meanLeft, meanRight) = (left.reduce(0, +) / number, right.reduce(0, +) / number)
    var (joint, first, second) = (0.0, 0.0, 0.0)
    for (a, b) in zip(left, right) {
      joint += (a - meanLeft) * (b - meanRight)
      first += (a - meanLeft) * (a - meanLeft)
      second += (b - meanRight) * (b - meanRight)
    }
    guard first > 0, second > 0 else { return nil }
    return joint / (first * second).squareRoot()
  }
}
