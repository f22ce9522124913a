import Errors
import SQLite

/// A series of the store with what is known about it.
public struct SeriesDescription: Sendable, Equatable {
  /// The number of the series in its store.
  public var id: Int64
  /// Measurement, tags and field.
  public var key: SeriesKey
  /// What its samples hold.
  public var kind: FieldKind
  /// The unit, where one was given.
  public var unit: String?
  /// Whether it is kept for ever.
  public var isProtected: Bool
}

/// Which series are meant.
public struct SeriesSelection: Sendable, Equatable {
  /// The measurement; `nil` for all.
  public var measurement: String?
  /// The field; `nil` for all.
  public var field: String?
  /// Tags that must have these values.
  public var tags: [PointKey.Tag]

  /// A selection; all series unless said otherwise.
  public init(measurement: String? = nil, field: String? = nil, tags: [PointKey.Tag] = []) {
    self.measurement = measurement
    self.field = field
    self.tags = tags
  }

  /// Whether a series is meant.
  public func contains(_ key: SeriesKey) -> Bool {
    (measurement ?? key.point.measurement) == key.point.measurement && (field ?? key.field) == key.field
      && tags.allSatisfy { key.point.tag($0.key) == $0.value }
  }
}

extension TimeSeriesStore {
  /// The series that a selection means, ordered by measurement, tags and field.
  public func series(_ selection: SeriesSelection = SeriesSelection()) throws(CavernError) -> [SeriesDescription] {
    let rows = try database.prepare(
      """
      SELECT series.id, key.measurement, key.tags, series.field, series.kind, series.unit, series.protected
      FROM series JOIN key ON key.id = series.key WHERE ?1 IS NULL OR key.measurement = ?1
      ORDER BY key.measurement, key.tags, series.field
      """)
    if let measurement = selection.measurement { try rows.bind(1, measurement) } else { try rows.bindNull(1) }
    var result: [SeriesDescription] = []
    while try rows.step() {
      let point = PointKey(rows.text(1) ?? "", tags: Self.tags(rows.text(2) ?? ""))
      let key = SeriesKey(point, field: rows.text(3) ?? "")
      guard selection.contains(key), let kind = FieldKind(rawValue: Int(rows.int(4))) else { continue }
      result.append(
        SeriesDescription(
          id: rows.int(0), key: key, kind: kind, unit: rows.text(5), isProtected: rows.int(6) != 0))
    }
    return result
  }

  /// The row of a series, made when it is new.
  func row(
    of key: SeriesKey, _ kind: FieldKind, _ unit: String?, _ options: AppendOptions
  ) throws(CavernError) -> SeriesRow {
    if let row = knownSeries[key] { return row }
    let keyID = try keyRow(key.point)
    let insert = try database.prepare(
      "INSERT INTO series(key, field, kind, unit, protected) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
    try insert.bind(1, keyID)
    try insert.bind(2, key.field)
    try insert.bind(3, Int64(kind.rawValue))
    if let unit { try insert.bind(4, unit) } else { try insert.bindNull(4) }
    try insert.bind(5, Int64(options.isProtected ? 1 : 0))
    try insert.run()
    let select = try database.prepare("SELECT id, kind, rolled FROM series WHERE key = ? AND field = ?")
    try select.bind(1, keyID)
    try select.bind(2, key.field)
    guard try select.step(), let found = FieldKind(rawValue: Int(select.int(1))) else {
      throw CavernError("store.series", "a series cannot be found again", exit: .internal, file: path)
    }
    let row = SeriesRow(id: select.int(0), kind: found, rolledUntil: select.int(2))
    knownSeries[key] = row
    return row
  }

  private func keyRow(_ key: PointKey) throws(CavernError) -> Int64 {
    if let id = knownKeys[key] { return id }
    let tags = Self.text(key.tags)
    let insert = try database.prepare("INSERT INTO key(measurement, tags) VALUES(?, ?) ON CONFLICT DO NOTHING")
    try insert.bind(1, key.measurement)
    try insert.bind(2, tags)
    try insert.run()
    let select = try database.prepare("SELECT id FROM key WHERE measurement = ? AND tags = ?")
    try select.bind(1, key.measurement)
    try select.bind(2, tags)
    guard try select.step() else {
      throw CavernError("store.series", "a key cannot be found again", exit: .internal, file: path)
    }
    knownKeys[key] = select.int(0)
    return select.int(0)
  }

  /// Forgets what is known of series when another connection has written since.
  func refreshIfChanged() throws(CavernError) {
    let version = try database.prepare("PRAGMA data_version")
    guard try version.step(), version.int(0) != dataVersion else { return }
    dataVersion = version.int(0)
    knownSeries = [:]
    knownKeys = [:]
  }

  // MARK: Tags as text

  /// Tags in one text: key and value parted by U+001F, tags by U+001E, which `PointKey` keeps out of them.
  static func text(_ tags: [PointKey.Tag]) -> String {
    tags.map { "\($0.key)\u{1F}\($0.value)" }.joined(separator: "\u{1E}")
  }

  static func tags(_ text: String) -> [PointKey.Tag] {
    text.split(separator: "\u{1E}").compactMap { part in
      let sides = part.split(separator: "\u{1F}", omittingEmptySubsequences: false)
      return sides.count == 2 ? PointKey.Tag(key: String(sides[0]), value: String(sides[1])) : nil
    }
  }
}
