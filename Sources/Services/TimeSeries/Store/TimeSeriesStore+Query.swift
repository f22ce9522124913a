import Errors
import SQLite

/// A sample of the store.
public struct StoredSample: Sendable, Equatable {
  /// Nanoseconds since 1970-01-01 UTC.
  public var time: Int64
  /// The value.
  public var value: FieldValue
}

extension TimeSeriesStore {
  /// The samples of a series in a window, in order of time.
  ///
  /// - Parameters:
  ///   - series: the series.
  ///   - window: times from its lower bound on and before its upper bound.
  ///   - limit: at most so many; `nil` for all.
  public func samples(
    of series: SeriesDescription, in window: Range<Int64>, limit: Int? = nil
  ) throws(CavernError) -> [StoredSample] {
    let rows = try database.prepare(
      "SELECT time, value FROM sample WHERE series = ? AND time >= ? AND time < ? ORDER BY time LIMIT ?")
    try rows.bind(1, series.id)
    try rows.bind(2, window.lowerBound)
    try rows.bind(3, window.upperBound)
    try rows.bind(4, Int64(limit ?? -1))
    var result: [StoredSample] = []
    while try rows.step() {
      result.append(StoredSample(time: rows.int(0), value: Self.value(rows, 1, series.kind)))
    }
    return result
  }

  /// The last sample of a series in a window; `nil` when there is none.
  public func last(of series: SeriesDescription, in window: Range<Int64>) throws(CavernError) -> StoredSample? {
    let rows = try database.prepare(
      "SELECT time, value FROM sample WHERE series = ? AND time >= ? AND time < ? ORDER BY time DESC LIMIT 1")
    try rows.bind(1, series.id)
    try rows.bind(2, window.lowerBound)
    try rows.bind(3, window.upperBound)
    guard try rows.step() else { return nil }
    return StoredSample(time: rows.int(0), value: Self.value(rows, 1, series.kind))
  }

  /// A series summed up in aligned buckets; roll-ups serve where they cover whole buckets.
  ///
  /// - Parameters:
  ///   - series: the series; a text has no buckets.
  ///   - window: times from its lower bound on and before its upper bound.
  ///   - every: the length of a bucket in nanoseconds; `nil` for one bucket over the window.
  /// - Returns: the buckets that hold samples, in order of time.
  public func buckets(
    of series: SeriesDescription, in window: Range<Int64>, every: Int64?
  ) throws(CavernError) -> [Bucket] {
    guard series.kind != .text, !window.isEmpty else { return [] }
    var collector = BucketCollector(every: every)
    let middle = try rolledPart(of: series, window, every: every)
    try scan(series.id, series.kind, window.lowerBound..<middle.lowerBound) { collector.add(time: $0, value: $1) }
    if !middle.isEmpty {
      if (every ?? Self.coarseLevel) % Self.coarseLevel == 0 {
        try scanRollups(series.id, Self.coarseLevel, middle) { collector.add($0) }
      } else {
        for (range, isDense) in try runs(of: series, middle) {
          if isDense {
            try scanRollups(series.id, Self.fineLevel, range) { collector.add($0) }
          } else {
            try scan(series.id, series.kind, range) { collector.add(time: $0, value: $1) }
          }
        }
      }
    }
    try scan(series.id, series.kind, middle.upperBound..<window.upperBound) { collector.add(time: $0, value: $1) }
    return collector.buckets
  }

  /// A length of buckets that gives at most so many over a window, chosen so that roll-ups can serve.
  public static func bucketLength(for window: Range<Int64>, count: Int) -> Int64 {
    let span = Double(window.upperBound) - Double(window.lowerBound)
    // One more bucket than the division says, since the window rarely begins at a bucket's edge.
    let wanted = max(1, (span / Double(max(1, count - 1))).rounded(.up))
    for level in [Self.coarseLevel, Self.fineLevel] where wanted >= Double(level) {
      return Int64((wanted / Double(level)).rounded(.up)) * level
    }
    return Int64(wanted)
  }

  /// The part of a window that roll-ups cover with whole stretches; empty where the bucket length does not allow them.
  private func rolledPart(
    of series: SeriesDescription, _ window: Range<Int64>, every: Int64?
  ) throws(CavernError) -> Range<Int64> {
    let nothing = window.upperBound..<window.upperBound
    if let every, every % Self.fineLevel != 0 { return nothing }
    // Times near the ends of 64 bits have no aligned neighbour.
    guard let extent = try extent(of: series.id) else { return nothing }
    let lower = max(window.lowerBound, floored(extent.first, to: Self.coarseLevel))
    let query = try database.prepare("SELECT rolled FROM series WHERE id = ?")
    try query.bind(1, series.id)
    guard try query.step() else { return nothing }
    let upper = min(window.upperBound, query.int(0))
    let first =
      floored(lower, to: Self.coarseLevel) < lower
      ? floored(lower, to: Self.coarseLevel) + Self.coarseLevel : lower
    let last = upper < first ? first : floored(upper, to: Self.coarseLevel)
    guard first < last, first >= window.lowerBound else { return nothing }
    return first..<last
  }

  /// Neighbouring stretches of ten minutes, parted by whether stretches of 10 s were kept for them.
  private func runs(
    of series: SeriesDescription, _ range: Range<Int64>
  ) throws(CavernError) -> [(Range<Int64>, Bool)] {
    var runs: [(Range<Int64>, Bool)] = []
    try scanRollups(series.id, Self.coarseLevel, range) { bucket in
      let isDense = bucket.count >= Self.denseCount
      let stretch = bucket.start..<bucket.start + Self.coarseLevel
      if let last = runs.last, last.1 == isDense, last.0.upperBound == stretch.lowerBound {
        runs[runs.count - 1].0 = last.0.lowerBound..<stretch.upperBound
      } else {
        runs.append((stretch, isDense))
      }
    }
    return runs
  }

  /// The samples of a series that are numbers, in order of time.
  func scan(
    _ series: Int64, _ kind: FieldKind, _ range: Range<Int64>, _ body: (Int64, Double) -> Void
  ) throws(CavernError) {
    guard !range.isEmpty else { return }
    let rows = try database.prepare(
      "SELECT time, value FROM sample WHERE series = ? AND time >= ? AND time < ? ORDER BY time")
    try rows.bind(1, series)
    try rows.bind(2, range.lowerBound)
    try rows.bind(3, range.upperBound)
    let isUnsigned = kind == .unsigned
    while try rows.step() {
      body(rows.int(0), isUnsigned ? Double(UInt64(bitPattern: rows.int(1))) : rows.double(1))
    }
  }

  static func value(_ rows: SQLiteStatement, _ column: Int, _ kind: FieldKind) -> FieldValue {
    switch kind {
    case .number: .number(rows.double(column))
    case .integer: .integer(rows.int(column))
    case .unsigned: .unsigned(UInt64(bitPattern: rows.int(column)))
    case .boolean: .boolean(rows.int(column) != 0)
    case .text: .text(rows.text(column) ?? "")
    }
  }
}

extension TimeSeriesStore {
  /// From the first sample of a series to behind its last; `nil` when it has none.
  public func range(of series: SeriesDescription) throws(CavernError) -> Range<Int64>? {
    guard let extent = try extent(of: series.id), extent.last < .max else { return nil }
    return extent.first..<extent.last + 1
  }

  /// The mean of a series with each value weighed by the time until the next one, the last until the window's end or, where
  /// that is open, not at all.
  ///
  /// - Returns: `nil` when the window holds no samples.
  public func timeWeightedMean(
    of series: SeriesDescription, in window: Range<Int64>
  ) throws(CavernError) -> Double? {
    var (sum, weight) = (0.0, 0.0)
    var open: (time: Int64, value: Double)?
    try scan(series.id, series.kind, window) { time, value in
      if let open {
        let held = Double(time - open.time)
        sum += open.value * held
        weight += held
      }
      open = (time, value)
    }
    guard let open else { return nil }
    if window.upperBound < .max {
      let held = Double(window.upperBound - open.time)
      sum += open.value * held
      weight += held
    }
    return weight > 0 ? sum / weight : open.value
  }
}
