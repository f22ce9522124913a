import Errors
import SQLite

extension TimeSeriesStore {
  /// The lengths of the stretches that are kept summed up, in nanoseconds: 10 s and 10 min.
  ///
  /// Stretches of 10 s are only kept where ten minutes hold at least `denseCount` samples; a sparse series is summed up from
  /// its samples as quickly, and its roll-up would be larger than they are.
  static let fineLevel: Int64 = 10_000_000_000
  static let coarseLevel: Int64 = 600_000_000_000
  static let denseCount = 600

  /// Brings the roll-ups of all series up to date, as far as whole stretches of ten minutes go.
  ///
  /// Called now and then by whoever records; queries work without it, and take longer.
  public func maintain() throws(CavernError) {
    let list = try database.prepare("SELECT id, kind, rolled FROM series WHERE kind <> ?")
    try list.bind(1, Int64(FieldKind.text.rawValue))
    var rows: [(id: Int64, kind: FieldKind, rolled: Int64)] = []
    while try list.step() {
      if let kind = FieldKind(rawValue: Int(list.int(1))) { rows.append((list.int(0), kind, list.int(2))) }
    }
    list.reset()
    for row in rows {
      guard let extent = try extent(of: row.id) else { continue }
      let end = floored(extent.last, to: Self.coarseLevel)
      var start = max(row.rolled, floored(extent.first, to: Self.coarseLevel))
      // A day at a time, so that other writers get their turn.
      while start < end {
        let next = min(end, start + 144 * Self.coarseLevel)
        try database.transaction { () throws(CavernError) in try roll(row.id, row.kind, start..<next) }
        start = next
      }
    }
    knownSeries = [:]
  }

  /// First and last time of a series; `nil` when it has no samples.
  func extent(of series: Int64) throws(CavernError) -> (first: Int64, last: Int64)? {
    let query = try database.prepare(
      """
      SELECT (SELECT time FROM sample WHERE series = ?1 ORDER BY time LIMIT 1),
        (SELECT time FROM sample WHERE series = ?1 ORDER BY time DESC LIMIT 1)
      """)
    try query.bind(1, series)
    guard try query.step(), !query.isNull(0) else { return nil }
    return (query.int(0), query.int(1))
  }

  /// Sums up whole stretches of ten minutes.
  private func roll(_ series: Int64, _ kind: FieldKind, _ range: Range<Int64>) throws(CavernError) {
    // Between planning and now another connection may have taken the roll-ups back; then they are left for the next time.
    let check = try database.prepare("SELECT rolled FROM series WHERE id = ?")
    try check.bind(1, series)
    guard try check.step(), check.int(0) <= range.lowerBound || check.int(0) >= range.upperBound else { return }
    let before = check.int(0)
    check.reset()
    let clear = try database.prepare("DELETE FROM rollup WHERE series = ? AND level = ? AND bucket >= ? AND bucket < ?")
    for level in [Self.fineLevel, Self.coarseLevel] {
      try clear.run(series, level, whole: range.lowerBound, range.upperBound)
    }
    var fine = BucketCollector(every: Self.fineLevel)
    try scan(series, kind, range) { fine.add(time: $0, value: $1) }
    var coarse = BucketCollector(every: Self.coarseLevel)
    for bucket in fine.buckets { coarse.add(bucket) }
    let insert = try database.prepare(
      "INSERT INTO rollup VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    var isDense: Set<Int64> = []
    for bucket in coarse.buckets {
      if bucket.count >= Self.denseCount { isDense.insert(bucket.start) }
      try Self.write(bucket, series, Self.coarseLevel, insert)
    }
    for bucket in fine.buckets where isDense.contains(floored(bucket.start, to: Self.coarseLevel)) {
      try Self.write(bucket, series, Self.fineLevel, insert)
    }
    guard before < range.upperBound else { return }
    let mark = try database.prepare("UPDATE series SET rolled = ? WHERE id = ?")
    try mark.bind(1, range.upperBound)
    try mark.bind(2, series)
    try mark.run()
  }

  private static func write(
    _ bucket: Bucket, _ series: Int64, _ level: Int64, _ insert: SQLiteStatement
  ) throws(CavernError) {
    try insert.bind(1, series)
    try insert.bind(2, level)
    try insert.bind(3, bucket.start)
    try insert.bind(4, Int64(bucket.count))
    try insert.bind(5, bucket.sum)
    try insert.bind(6, bucket.minimum)
    try insert.bind(7, bucket.minimumTime)
    try insert.bind(8, bucket.maximum)
    try insert.bind(9, bucket.maximumTime)
    try insert.bind(10, bucket.first)
    try insert.bind(11, bucket.firstTime)
    try insert.bind(12, bucket.last)
    try insert.bind(13, bucket.lastTime)
    try insert.run()
  }

  /// Samples came before what is summed up: the roll-ups hold until that time only.
  func takeBackRollups(of series: Int64, to time: Int64) throws(CavernError) {
    let update = try database.prepare("UPDATE series SET rolled = min(rolled, ?) WHERE id = ?")
    try update.bind(1, floored(time, to: Self.coarseLevel))
    try update.bind(2, series)
    try update.run()
    knownSeries = [:]
  }

  /// Roll-up rows of a series in order of time.
  func scanRollups(
    _ series: Int64, _ level: Int64, _ range: Range<Int64>, _ body: (Bucket) -> Void
  ) throws(CavernError) {
    let rows = try database.prepare(
      """
      SELECT bucket, count, sum, min, mintime, max, maxtime, first, firsttime, last, lasttime FROM rollup
      WHERE series = ? AND level = ? AND bucket >= ? AND bucket < ? ORDER BY bucket
      """)
    try rows.bind(1, series)
    try rows.bind(2, level)
    try rows.bind(3, range.lowerBound)
    try rows.bind(4, range.upperBound)
    while try rows.step() {
      var bucket = Bucket(start: rows.int(0), time: rows.int(8), value: rows.double(7))
      bucket.count = Int(rows.int(1))
      bucket.sum = rows.double(2)
      (bucket.minimum, bucket.minimumTime) = (rows.double(3), rows.int(4))
      (bucket.maximum, bucket.maximumTime) = (rows.double(5), rows.int(6))
      (bucket.last, bucket.lastTime) = (rows.double(9), rows.int(10))
      body(bucket)
    }
  }
}
