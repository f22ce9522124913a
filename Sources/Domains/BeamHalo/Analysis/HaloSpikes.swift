/// A bin whose count is too high for chance.
public struct HaloSpike: Sendable, Equatable {
  /// Position among the bins.
  public var bin: Int
  /// Hits in it.
  public var count: Int
  /// Hits expected: the median rate of the bins around it.
  public var expected: Double
  /// Chance of so many or more.
  public var chance: Double

  /// Bins with a Poisson tail below `limit` against the median rate of up to ten bins on each side.
  ///
  /// Bins are compared by rate, so that widths may differ; bins around it that are empty because nothing was recorded (no hit
  /// in the whole neighbourhood) make no spike out of the first hit.
  public static func find(_ series: HaloRateSeries, limit: Double = 1e-5, reach: Int = 10) -> [HaloSpike] {
    var spikes: [HaloSpike] = []
    let rates = zip(series.bins, series.counts).map { $0.width > 0 ? Double($1) / $0.width : 0 }
    for bin in series.counts.indices where series.counts[bin] > 0 && series.bins[bin].width > 0 {
      let low = max(0, bin - reach)
      let high = min(series.counts.count - 1, bin + reach)
      let around = (low...high).filter { $0 != bin && series.bins[$0].width > 0 }.map { rates[$0] }.sorted()
      guard around.count >= 3, around.contains(where: { $0 > 0 }) else { continue }
      let middle = around.count / 2
      let median = around.count % 2 == 1 ? around[middle] : (around[middle - 1] + around[middle]) / 2
      // A median of zero says only that less than one hit is usual.
      let expected = max(median * series.bins[bin].width, 0.5)
      let chance = PoissonInterval.upperTail(series.counts[bin], mean: expected)
      if chance < limit {
        spikes.append(HaloSpike(bin: bin, count: series.counts[bin], expected: expected, chance: chance))
      }
    }
    return spikes
  }
}
