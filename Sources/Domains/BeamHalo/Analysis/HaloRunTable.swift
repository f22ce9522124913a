/// One run on one side.
public struct HaloRunRow: Sendable, Equatable {
  /// The end of CMS.
  public var side: HaloSide
  /// CMS run.
  public var run: UInt32
  /// Clean hits, those of addresses that are no channels included.
  public var cleanHits = 0
  /// Hits in each region.
  public var regions = HaloRegionCounts()
  /// First and last orbit of clean hits.
  public var firstOrbit = UInt64.max
  /// Last orbit of clean hits.
  public var lastOrbit: UInt64 = 0

  /// Seconds between the first and the last clean hit.
  public var spanSeconds: Double {
    lastOrbit >= firstOrbit ? Double(lastOrbit - firstOrbit) * HaloTime.orbitMilliseconds / 1000 : 0
  }

  /// Clean hits by run of a side, runs in order.
  public static func rows(
    _ hits: HaloHits, _ clean: HaloClean, side: HaloSide, map: HaloRegionMap, runs: HaloRunChoice = .all
  ) -> [HaloRunRow] {
    var rows: [UInt32: HaloRunRow] = [:]
    var hit = 0
    while hit < hits.count {
      let run = hits.run[hit]
      var row = rows[run] ?? HaloRunRow(side: side, run: run)
      while hit < hits.count, hits.run[hit] == run {
        defer { hit += 1 }
        let place = clean.place[hit]
        if place == HaloClean.cut { continue }
        row.cleanHits += 1
        row.firstOrbit = min(row.firstOrbit, hits.orbit[hit])
        row.lastOrbit = max(row.lastOrbit, hits.orbit[hit])
        if place < 40 { row.regions.add(map.bits(Int(place), tdc: hits.tdc[hit], code: hits.peak[hit])) }
      }
      rows[run] = row
    }
    return rows.values.filter { $0.cleanHits > 0 && runs.contains($0.run) }.sorted { $0.run < $1.run }
  }
}
