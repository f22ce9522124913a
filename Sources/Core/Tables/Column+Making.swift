import Errors

/// A number type that a column can store.
public protocol ColumnNumber: Sendable, BitwiseCopyable {
  /// Arrow's letter for the type.
  static var columnFormat: String { get }
  /// What stands in the buffer where the value is missing.
  static var filler: Self { get }
}

extension Double: ColumnNumber {
  /// Arrow's letter for the type.
  public static var columnFormat: String { "g" }
  /// What stands in the buffer where the value is missing.
  public static var filler: Double { 0 }
}

extension Float: ColumnNumber {
  /// Arrow's letter for the type.
  public static var columnFormat: String { "f" }
  /// What stands in the buffer where the value is missing.
  public static var filler: Float { 0 }
}

extension ColumnNumber where Self: FixedWidthInteger {
  /// Arrow's letter for the type, from its width and sign.
  public static var columnFormat: String {
    let letters = isSigned ? ["c", "s", "i", "l"] : ["C", "S", "I", "L"]
    return letters[bitWidth.trailingZeroBitCount - 3]
  }
  /// What stands in the buffer where the value is missing.
  public static var filler: Self { 0 }
}

extension Int: ColumnNumber {}
extension Int8: ColumnNumber {}
extension Int16: ColumnNumber {}
extension Int32: ColumnNumber {}
extension Int64: ColumnNumber {}
extension UInt: ColumnNumber {}
extension UInt8: ColumnNumber {}
extension UInt16: ColumnNumber {}
extension UInt32: ColumnNumber {}
extension UInt64: ColumnNumber {}

extension Column {
  /// A column of numbers; the stored type is that of the array (`Int` becomes int64).
  public init<Number: ColumnNumber>(
    _ name: String, _ values: [Number], unit: String? = nil, metadata: [String: String] = [:]
  ) {
    self.init(ArrowMemory(name, metadata, unit, format: Number.columnFormat, numbers: values, missing: nil))
  }

  /// A column of numbers of which some are missing.
  public init<Number: ColumnNumber>(
    _ name: String, _ values: [Number?], unit: String? = nil, metadata: [String: String] = [:]
  ) {
    self.init(
      ArrowMemory(
        name, metadata, unit, format: Number.columnFormat, numbers: values.map { $0 ?? Number.filler },
        missing: values.map { $0 == nil }))
  }

  /// A column of text.
  public init(_ name: String, _ values: [String], unit: String? = nil, metadata: [String: String] = [:]) {
    self.init(name, values.map(Optional.some), unit: unit, metadata: metadata)
  }

  /// A column of text of which some is missing.
  public init(_ name: String, _ values: [String?], unit: String? = nil, metadata: [String: String] = [:]) {
    self.init(ArrowMemory(name, metadata, unit, texts: values))
  }

  /// A column of byte strings of which some may be missing.
  public init(_ name: String, bytes: [[UInt8]?], metadata: [String: String] = [:]) {
    self.init(ArrowMemory(name, metadata, bytes: bytes))
  }

  /// A column of truth values.
  public init(_ name: String, _ values: [Bool], unit: String? = nil, metadata: [String: String] = [:]) {
    self.init(name, values.map(Optional.some), unit: unit, metadata: metadata)
  }

  /// A column of truth values of which some are missing.
  public init(_ name: String, _ values: [Bool?], unit: String? = nil, metadata: [String: String] = [:]) {
    self.init(ArrowMemory(name, metadata, unit, bools: values))
  }

  /// A column of points in time, counted in `resolution` since 1970-01-01 UTC.
  public init(
    _ name: String, timestamps: [Int?], resolution: ColumnType.TimeUnit, zone: String? = "UTC",
    metadata: [String: String] = [:]
  ) {
    let letter = resolution == .microsecond ? "u" : String(resolution.rawValue.prefix(1))
    self.init(
      ArrowMemory(
        name, metadata, nil, format: "ts\(letter):\(zone ?? "")", numbers: timestamps.map { $0 ?? 0 },
        missing: timestamps.map { $0 == nil }))
  }

  /// A column of lists of numbers; nil is a missing list.
  public init<Number: ColumnNumber>(
    _ name: String, lists: [[Number]?], unit: String? = nil, metadata: [String: String] = [:]
  ) {
    let element = Column("item", lists.flatMap { $0 ?? [] })
    self.init(ArrowMemory(name, metadata, unit, element: element, lengths: lists.map { $0?.count }))
  }

  /// A column of lists of lists of numbers, one matrix with rows of any length a row; nil is a missing matrix.
  public init<Number: ColumnNumber>(
    _ name: String, matrices: [[[Number]]?], unit: String? = nil, metadata: [String: String] = [:]
  ) {
    let rows = Column("item", lists: matrices.flatMap { $0 ?? [] })
    self.init(ArrowMemory(name, metadata, unit, element: rows, lengths: matrices.map { $0?.count }))
  }

  /// A column of lists cut from a column of elements: list `r` takes the next `lengths[r]` of them, nil is missing.
  ///
  /// - Throws: `table.unequalColumns` when the lengths do not use up the elements.
  public init(
    _ name: String, elements: Column, lengths: [Int?], unit: String? = nil, metadata: [String: String] = [:]
  ) throws(CavernError) {
    let negative = lengths.contains { ($0 ?? 0) < 0 }
    let total = lengths.reduce(0) { $0 + max($1 ?? 0, 0) }
    guard !negative, total == elements.count else {
      throw CavernError(
        "table.unequalColumns", "the lists of column '\(name)' have \(total) elements, given are \(elements.count)",
        exit: .badData)
    }
    self.init(ArrowMemory(name, metadata, unit, element: elements, lengths: lengths))
  }

  /// A column of records with the given members; `missing` tells which records are not there.
  ///
  /// - Throws: `table.unequalColumns` when lengths differ or there is no member to take the length from.
  public init(
    _ name: String, members: [Column], missing: [Bool]? = nil, metadata: [String: String] = [:]
  ) throws(CavernError) {
    let count = members.first?.count ?? missing?.count ?? 0
    for length in members.map(\.count) + [missing?.count ?? count] where length != count {
      throw CavernError(
        "table.unequalColumns", "the members of column '\(name)' have \(count) and \(length) rows", exit: .badData,
        expected: "members of equal length")
    }
    self.init(ArrowMemory(name, metadata, members: members, count: count, missing: missing))
  }
}
