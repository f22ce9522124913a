import Errors

extension TimeSeriesStore {
  /// What making room came to.
  public struct RetentionResult: Sendable, Equatable {
    /// Samples that were deleted.
    public var deletedSamples = 0
    /// Samples among them that a destination had not acknowledged, or that were nowhere else.
    public var lostSamples = 0
    /// How much of the limit is in use afterwards, 0 to 1.
    public var usage = 0.0
  }

  /// Bytes that the store's content takes; pages that are free again do not count.
  public func contentBytes() throws(CavernError) -> Int {
    func number(_ name: String) throws(CavernError) -> Int64 {
      let pragma = try database.prepare("PRAGMA \(name)")
      return try pragma.step() ? pragma.int(0) : 0
    }
    return Int((try number("page_count") - (try number("freelist_count"))) * (try number("page_size")))
  }

  /// Deletes the oldest samples until the content is below the limit, and writes a gap record for those that were nowhere else.
  ///
  /// Protected series (audit, alarms, gaps) are left alone.
  ///
  /// - Parameter limit: bytes; the store's own limit when `nil`.
  public func enforceRetention(limit: Int? = nil) throws(CavernError) -> RetentionResult {
    let limit = limit ?? options.maximumBytes
    var result = RetentionResult()
    var bytes = try contentBytes()
    // A little more room than needed, so that it is not made anew with every batch.
    let goal = limit - limit / 16
    while bytes > (result.deletedSamples == 0 ? limit : goal) {
      guard let window = try oldestWindow() else { break }
      let (deleted, lost) = try delete(before: window)
      result.deletedSamples += deleted
      result.lostSamples += lost
      bytes = try contentBytes()
    }
    result.usage = Double(bytes) / Double(max(1, limit))
    return result
  }

  /// Deletes samples older than a time, as `enforceRetention` does.
  public func deleteSamples(before time: Int64) throws(CavernError) -> RetentionResult {
    let (deleted, lost) = try delete(before: time)
    return RetentionResult(
      deletedSamples: deleted, lostSamples: lost,
      usage: Double(try contentBytes()) / Double(max(1, options.maximumBytes)))
  }

  /// A time below which about a sixteenth of the samples that may go lie; `nil` when there are none.
  private func oldestWindow() throws(CavernError) -> Int64? {
    var (first, last) = (Int64.max, Int64.min)
    for series in try series() where !series.isProtected {
      guard let extent = try extent(of: series.id) else { continue }
      first = min(first, extent.first)
      last = max(last, extent.last)
    }
    guard first <= last else { return nil }
    return last == first ? last &+ 1 : first + max(1, (last - first) / 16)
  }

  private func delete(before time: Int64) throws(CavernError) -> (deleted: Int, lost: Int) {
    let all = try series().filter { !$0.isProtected }
    return try database.transaction { () throws(CavernError) in
      // Without a destination the store is the only place that has the samples.
      let query = try database.prepare("SELECT name, acknowledged FROM destination")
      var holders: [(name: String, acknowledged: Int64)] = []
      while try query.step() { holders.append((query.text(0) ?? "", query.int(1))) }
      if holders.isEmpty { holders = [("store", -1)] }
      var (deleted, lost) = (0, 0)
      for holder in holders {
        if let gap = try gap(holder, all, before: time) {
          lost = max(lost, gap.lines)
          try insertGap(holder.name, gap)
        }
      }
      for series in all {
        let delete = try database.prepare("DELETE FROM sample WHERE series = ? AND time < ?")
        try delete.bind(1, series.id)
        try delete.bind(2, time)
        try delete.run()
        deleted += database.changes
      }
      return (deleted, lost)
    }
  }

  private struct Gap {
    var from = Int64.max
    var to = Int64.min
    var lines = 0
  }

  private func gap(
    _ holder: (name: String, acknowledged: Int64), _ all: [SeriesDescription], before time: Int64
  ) throws(CavernError) -> Gap? {
    let count = try database.prepare(
      """
      SELECT count(*), min(time), max(time) FROM sample WHERE series = ? AND time < ? AND batch > ? AND NOT EXISTS
        (SELECT 1 FROM ahead WHERE destination = ? AND sample.batch > after AND sample.batch <= through)
      """)
    var gap = Gap()
    for series in all {
      try count.bind(1, series.id)
      try count.bind(2, time)
      try count.bind(3, holder.acknowledged)
      try count.bind(4, holder.name)
      defer { count.reset() }
      guard try count.step(), count.int(0) > 0 else { continue }
      gap.lines += Int(count.int(0))
      gap.from = min(gap.from, count.int(1))
      gap.to = max(gap.to, count.int(2))
    }
    return gap.lines > 0 ? gap : nil
  }

  /// `cavern_gap,source=… from=…i,to=…i,lines=…i`, inside the transaction that makes the gap.
  private func insertGap(_ source: String, _ gap: Gap) throws(CavernError) {
    var batch = SampleBatch()
    batch.append(GapRecord(source: source, from: gap.from, to: gap.to, lines: gap.lines).point)
    _ = try insert(batch, AppendOptions(source: "cavern", isProtected: true, keepsBoth: true))
  }
}

/// Says that samples are missing, from when to when and how many: what cannot be kept is at least accounted for.
public struct GapRecord: Sendable, Equatable {
  /// What they are missing from: a destination, `store`, or the recorder that could not store them.
  public var source: String
  /// Time of the first.
  public var from: Int64
  /// Time of the last.
  public var to: Int64
  /// How many samples.
  public var lines: Int

  /// The record as a point.
  public var point: Point {
    Point(
      PointKey("cavern_gap", ["source": source]),
      [
        Point.Field("from", .integer(from), unit: "ns"), Point.Field("to", .integer(to), unit: "ns"),
        Point.Field("lines", .integer(Int64(lines))),
      ], time: TimeSeriesStore.now())
  }
}
