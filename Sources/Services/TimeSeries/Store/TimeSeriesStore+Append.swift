import Errors

extension TimeSeriesStore {
  /// How samples are put in.
  public struct AppendOptions: Sendable {
    /// Who measured; destinations choose a bucket by it.
    public var source: String
    /// Whether the series is kept for ever: audit, alarms, gaps.
    public var isProtected: Bool
    /// Whether a sample at a time that its series has already moves on to the next free nanosecond; otherwise it takes the
    /// place of the earlier one, as in the servers.
    public var keepsBoth: Bool

    /// Options.
    public init(source: String = "", isProtected: Bool = false, keepsBoth: Bool = false) {
      self.source = source
      self.isProtected = isProtected
      self.keepsBoth = keepsBoth
    }
  }

  /// A batch holds at most so many samples, so that destinations can acknowledge in steps of one request.
  public static let batchLimit = 5000

  /// Stores points and waits until they are on the disk.
  ///
  /// - Returns: how many samples were stored, and how many refused and why.
  /// - Throws: `database.full`, `database.inputOutput`, `database.busy`; then nothing of the call is stored.
  public func append(_ points: [Point], _ options: AppendOptions = AppendOptions()) throws(CavernError) -> Receipt {
    var batch = SampleBatch()
    var leftOut = 0
    for point in points { leftOut += batch.append(point) }
    var receipt = try append(batch, options)
    if leftOut > 0 {
      receipt.reject(leftOut, "\(leftOut) values are not finite, or have a name or text that no line can carry")
    }
    return receipt
  }

  /// Stores samples and waits until they are on the disk; one commit for all.
  ///
  /// - Throws: as `append(_:_:)` for points.
  public func append(
    _ samples: SampleBatch, _ options: AppendOptions = AppendOptions()
  ) throws(CavernError) -> Receipt {
    var receipt = Receipt()
    guard !samples.samples.isEmpty else { return receipt }
    do throws(CavernError) {
      receipt = try database.transaction { () throws(CavernError) in try insert(samples, options) }
    } catch {
      // Rows made in the transaction are gone with it.
      knownSeries = [:]
      knownKeys = [:]
      throw error
    }
    return receipt
  }

  func insert(_ batch: SampleBatch, _ options: AppendOptions) throws(CavernError) -> Receipt {
    var receipt = Receipt()
    try refreshIfChanged()
    let rows = try rows(of: batch, options, &receipt)
    var place = 0
    let all = batch.samples
    while place < all.count {
      var end = min(place + Self.batchLimit, all.count)
      // Fields of one line stay together.
      while end < all.count, end > place + 1, all[end].time == all[end - 1].time,
        batch.series[Int(all[end].series)].key == batch.series[Int(all[end - 1].series)].key
      { end -= 1 }
      try insert(batch, place..<end, rows, options, &receipt)
      place = end
    }
    return receipt
  }

  private struct Extent {
    var first = Int64.max
    var last = Int64.min
    var count = 0
  }

  private func insert(
    _ batch: SampleBatch, _ range: Range<Int>, _ rows: [SeriesRow?], _ options: AppendOptions, _ receipt: inout Receipt
  ) throws(CavernError) {
    try statements.batch.bind(1, Self.now())
    try statements.batch.bind(2, options.source)
    try statements.batch.bind(3, Int64(range.count))
    try statements.batch.run()
    let number = database.lastInsertRowID
    var extents = [Extent](repeating: Extent(), count: batch.series.count)
    var touched: [Int] = []
    for place in range {
      let sample = batch.samples[place]
      guard let row = rows[Int(sample.series)] else { continue }
      var time = sample.time
      if options.keepsBoth { time = try freeTime(row.id, time) }
      switch row.kind {
      case .number: try statements.insert.run(row.id, time, Double(bitPattern: sample.bits), number)
      case .integer, .unsigned, .boolean:
        try statements.insert.run(row.id, time, whole: Int64(bitPattern: sample.bits), number)
      case .text:
        try statements.insert.bind(1, row.id)
        try statements.insert.bind(2, time)
        try statements.insert.bind(3, batch.texts[Int(sample.bits)])
        try statements.insert.bind(4, number)
        try statements.insert.run()
      }
      let series = Int(sample.series)
      if extents[series].count == 0 { touched.append(series) }
      extents[series].first = min(extents[series].first, time)
      extents[series].last = max(extents[series].last, time)
      extents[series].count += 1
    }
    for series in touched {
      guard let row = rows[series] else { continue }
      let extent = extents[series]
      try statements.span.run(number, row.id, whole: extent.first, extent.last)
      receipt.accepted += extent.count
      if extent.first < row.rolledUntil { try takeBackRollups(of: row.id, to: extent.first) }
    }
    receipt.batch = number
  }

  private func freeTime(_ series: Int64, _ wanted: Int64) throws(CavernError) -> Int64 {
    var time = wanted
    while true {
      try statements.exists.bind(1, series)
      try statements.exists.bind(2, time)
      defer { statements.exists.reset() }
      guard try statements.exists.step() else { return time }
      time += 1
    }
  }

  /// Rows of the batch's series, made where they are new; `nil` for those whose kind differs from what the store has.
  private func rows(
    of batch: SampleBatch, _ options: AppendOptions, _ receipt: inout Receipt
  ) throws(CavernError) -> [SeriesRow?] {
    var rows: [SeriesRow?] = []
    var counts: [Int]?
    for (place, series) in batch.series.enumerated() {
      let key = SeriesKey(batch.keys[Int(series.key)], field: series.field)
      let row = try row(of: key, series.kind, series.unit, options)
      if row.kind == series.kind {
        rows.append(row)
        continue
      }
      rows.append(nil)
      let all =
        counts
        ?? batch.samples.reduce(into: [Int](repeating: 0, count: batch.series.count)) {
          $0[Int($1.series)] += 1
        }
      counts = all
      if all[place] > 0 {
        receipt.reject(
          all[place],
          "\(key.point.measurement) \(key.field): \(series.kind.name) where the series holds \(row.kind.name)")
      }
    }
    return rows
  }
}
