import Conditions

/// Intensities of the beams, looked up for bins of time.
public struct HaloIntensities: Sendable {
  /// Farthest apart that two listed times may be for a bin between them, in milliseconds: some lumisections.
  public static let farthest = 120_000.0

  private struct Section: Hashable {
    var run: Int
    var number: Int
  }

  private var bySection: [Section: BeamIntensityListing.Row] = [:]
  private var byTime: [(milliseconds: Double, row: BeamIntensityListing.Row)]

  /// The intensities of a listing; where a lumisection is listed twice the first counts.
  public init(_ listing: BeamIntensityListing) {
    byTime = []
    for row in listing.rows {
      if let run = row.run, let number = row.lumisection, bySection[Section(run: run, number: number)] == nil {
        bySection[Section(run: run, number: number)] = row
      }
      if let milliseconds = row.milliseconds { byTime.append((milliseconds, row)) }
    }
    byTime.sort { $0.milliseconds < $1.milliseconds }
  }

  /// Protons of the beam that comes in at a side during a bin.
  ///
  /// By the lumisection where that is listed; otherwise the mean over the times in the bin, and without any the straight line
  /// between those before and after, when they are at most 120 s apart.
  ///
  /// - Parameter isAbsolute: whether bins are in UTC, so that times can be compared.
  /// - Returns: nil where nothing is known, and where there is no beam (0 or below).
  public func protons(_ bin: HaloBin, side: HaloSide, isAbsolute: Bool) -> Double? {
    func value(_ row: BeamIntensityListing.Row) -> Double { side == .plus ? row.beam1 : row.beam2 }
    var protons: Double?
    if let run = bin.run, let number = bin.lumisection, let row = bySection[Section(run: run, number: number)] {
      protons = value(row)
    } else if isAbsolute {
      protons = mean(bin, value)
    }
    return protons.flatMap { $0 > 0 ? $0 : nil }
  }

  private func mean(_ bin: HaloBin, _ value: (BeamIntensityListing.Row) -> Double) -> Double? {
    let first = place(bin.start)
    let end = place(bin.end)
    if end > first { return byTime[first..<end].reduce(0) { $0 + value($1.row) } / Double(end - first) }
    guard first > 0, first < byTime.count else { return nil }
    let (before, after) = (byTime[first - 1], byTime[first])
    let distance = after.milliseconds - before.milliseconds
    guard distance > 0, distance <= Self.farthest else { return nil }
    let share = ((bin.start + bin.end) / 2 - before.milliseconds) / distance
    return value(before.row) + share * (value(after.row) - value(before.row))
  }

  /// The first listed time at or after one.
  private func place(_ milliseconds: Double) -> Int {
    var (low, high) = (0, byTime.count)
    while low < high {
      let middle = (low + high) / 2
      if byTime[middle].milliseconds < milliseconds { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension HaloRateSeries {
  /// Hits a second for 10¹¹ protons of the incoming beam, over the bins whose intensity is known.
  ///
  /// Hits are divided by the sum of width × intensity, so that bins of little beam weigh little; the uncertainty is that of √N.
  ///
  /// - Parameter range: bins that lie in it; nil for all.
  /// - Returns: nil when no bin has a known intensity; `protons` is the mean over time.
  public func perIntensity(
    _ intensities: HaloIntensities, isAbsolute: Bool, range: ClosedRange<Double>? = nil
  ) -> (rate: Double, error: Double, protons: Double)? {
    var hits = 0
    var seconds = 0.0
    var charge = 0.0
    for (bin, count) in zip(bins + outsideBins, counts + outsideCounts) {
      if let range, bin.start < range.lowerBound || bin.end > range.upperBound { continue }
      guard let protons = intensities.protons(bin, side: side, isAbsolute: isAbsolute) else { continue }
      hits += count
      seconds += bin.width / 1000
      charge += bin.width / 1000 * protons
    }
    guard charge > 0 else { return nil }
    let scale = charge / 1e11
    return (Double(hits) / scale, Double(hits).squareRoot() / scale, charge / seconds)
  }
}
