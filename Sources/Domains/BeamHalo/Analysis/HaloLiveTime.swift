/// When the board of a side recorded hits, whatever hits they are.
///
/// Boards do not tell their dead time. What can be seen from the data is where a board recorded nothing, before its first and after its
/// last hit, and where it recorded far fewer events than both before and after: a pause or a full buffer. Where they do not
/// come back, as after a dump of the beam, the beam is the likely reason and nothing is flagged.
public struct HaloLiveTime: Sendable {
  /// How much of a bin was live.
  public struct Bin: Sendable, Equatable {
    /// The part of the bin between the first and the last hit of the board, in milliseconds; 0 in a flagged dip.
    public var liveMilliseconds: Double
    /// Whether the rate of the bin is not to be believed: the board was not recording in any part of it, or recorded far fewer
    /// events than before and after.
    public var isDead: Bool
  }

  /// Chance below which too few events are a dip.
  public static let limit = 1e-5
  /// Bins on each side with which a bin is compared; pauses of up to three quarters of them are seen.
  public static let reach = 12
  /// Share of the usual events below which a bin can be a dip.
  public static let share = 0.5

  private let orbits: [UInt64]
  private let timeline: HaloTimeline
  /// Times of the first and the last hit; nil without hits.
  private let span: (first: Double, last: Double)?

  /// The hits of a side before any cut, of all addresses and runs.
  public init(_ hits: HaloHits, timeline: HaloTimeline) {
    orbits = hits.orbit
    self.timeline = timeline
    if let low = hits.orbit.min(), let high = hits.orbit.max() {
      span = (timeline.milliseconds(low), timeline.milliseconds(high))
    } else {
      span = nil
    }
  }

  /// How much of each bin was live; bins one after another in order of time.
  public func bins(_ bins: [HaloBin]) -> [Bin] {
    guard let (first, last) = span else {
      return bins.map { _ in Bin(liveMilliseconds: 0, isDead: true) }
    }
    let counts = count(bins)
    let rates = zip(bins, counts).map { $0.width > 0 ? Double($1) / $0.width : 0 }
    // Only bins that lie whole between the first and the last hit are compared.
    let isInside = bins.map { $0.start >= first && $0.end <= last && $0.width > 0 }
    return bins.indices.map { index in
      let bin = bins[index]
      // The orbit of the last hit counts as recorded.
      let live = min(bin.end, last + HaloTime.orbitMilliseconds) - max(bin.start, first)
      guard live > 0 else { return Bin(liveMilliseconds: 0, isDead: true) }
      let usual = isInside[index] ? usualRate(index, rates, isInside) : nil
      let mean = usual.map { Self.mean(upperQuartile: $0 * bin.width) } ?? 0
      if Double(counts[index]) < Self.share * mean,
        PoissonInterval.lowerTail(counts[index], mean: mean) < Self.limit
      {
        return Bin(liveMilliseconds: 0, isDead: true)
      }
      return Bin(liveMilliseconds: live, isDead: false)
    }
  }

  /// The mean of Poisson counts with an upper quartile, which lies 0.674 standard deviations above it: the chance of a
  /// bin is then that of its own mean, not of one that is too high.
  private static func mean(upperQuartile: Double) -> Double {
    max(0, upperQuartile - 0.674 * upperQuartile.squareRoot())
  }

  /// The lower of the upper quartiles of the rates before and after a bin; nil with fewer than three bins on a side.
  private func usualRate(_ index: Int, _ rates: [Double], _ isInside: [Bool]) -> Double? {
    func quartile(_ range: Range<Int>) -> Double? {
      let own = range.filter { isInside[$0] }.map { rates[$0] }.sorted()
      return own.count < 3 ? nil : own[own.count * 3 / 4]
    }
    guard let before = quartile(max(0, index - Self.reach)..<index),
      let after = quartile(index + 1..<min(rates.count, index + 1 + Self.reach))
    else { return nil }
    return min(before, after)
  }

  /// Events in each bin: hits of one event come together, so that only events are as scattered as Poisson has it.
  private func count(_ bins: [HaloBin]) -> [Int] {
    var counts = [Int](repeating: 0, count: bins.count)
    guard let start = bins.first?.start, let end = bins.last?.end else { return counts }
    var cursor = 0
    var lastOrbit: UInt64?
    for orbit in orbits where orbit != lastOrbit {
      lastOrbit = orbit
      let time = timeline.milliseconds(orbit)
      guard time >= start, time < end else { continue }
      // Hits come nearly in order, so the bin is the one before or close by.
      if time < bins[cursor].start || time >= bins[cursor].end { cursor = HaloRates.find(time, bins, near: cursor) }
      counts[cursor] += 1
    }
    return counts
  }
}
