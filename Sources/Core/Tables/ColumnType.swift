/// The type of a column or of a field inside one.
public indirect enum ColumnType: Sendable, Equatable {
  /// Resolution of a time.
  public enum TimeUnit: String, Sendable {
    /// 1 s.
    case second = "s"
    /// 1e-3 s.
    case millisecond = "ms"
    /// 1e-6 s.
    case microsecond = "us"
    /// 1e-9 s.
    case nanosecond = "ns"

    /// How many of this unit make a second.
    public var perSecond: Int {
      switch self {
      case .second: 1
      case .millisecond: 1000
      case .microsecond: 1_000_000
      case .nanosecond: 1_000_000_000
      }
    }
  }

  /// Nothing but nulls.
  case null
  /// True or false.
  case bool
  /// A whole number of 8, 16, 32 or 64 bits.
  case integer(bits: Int, signed: Bool)
  /// A floating-point number of 16, 32 or 64 bits.
  case floating(bits: Int)
  /// A decimal number, read as a double: `precision` digits, `scale` of them after the point.
  case decimal(precision: Int, scale: Int)
  /// Text in UTF-8.
  case string
  /// Bytes.
  case binary
  /// Days since 1970-01-01.
  case date
  /// Milliseconds since 1970-01-01.
  case dateMilliseconds
  /// Time of day.
  case time(TimeUnit)
  /// A point in time since 1970-01-01; without a zone it is local to wherever it was taken.
  case timestamp(TimeUnit, zone: String?)
  /// A length of time.
  case duration(TimeUnit)
  /// A list of values of one type.
  case list(Field)
  /// A record with named members.
  case record([Field])
  /// Values that are stored once and referred to by number.
  case dictionary(ColumnType)
  /// A type that Tables does not read; the text is Arrow's own notation. All its values count as unreadable.
  case unsupported(String)

  /// Whether single values can be had as numbers (true and false count as 1 and 0).
  public var isNumeric: Bool {
    switch self {
    case .bool, .integer, .floating, .decimal, .date, .dateMilliseconds, .time, .timestamp, .duration: true
    case .dictionary(let values): values.isNumeric
    default: false
    }
  }

  /// Whether single values can be had as text.
  public var isText: Bool {
    switch self {
    case .string, .binary: true
    case .dictionary(let values): values.isText
    default: false
    }
  }

  /// The members of a record, or the element of a list; empty for everything else.
  public var children: [Field] {
    switch self {
    case .list(let element): [element]
    case .record(let members): members
    default: []
    }
  }
}

extension ColumnType: CustomStringConvertible {
  /// The type in the notation that pyarrow prints, for example `struct<X: list<double>>`.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .integer(let bits, let signed): (signed ? "int" : "uint") + String(bits)
    case .floating(let bits): bits == 64 ? "double" : bits == 32 ? "float" : "halffloat"
    case .decimal(let precision, let scale): "decimal(\(precision), \(scale))"
    case .string: "string"
    case .binary: "binary"
    case .date: "date"
    case .dateMilliseconds: "date[ms]"
    case .time(let unit): "time[\(unit.rawValue)]"
    case .timestamp(let unit, let zone): "timestamp[\(unit.rawValue)" + (zone.map { ", tz=\($0)" } ?? "") + "]"
    case .duration(let unit): "duration[\(unit.rawValue)]"
    case .list(let element): "list<\(element.type)>"
    case .record(let members): "struct<" + members.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + ">"
    case .dictionary(let values): "dictionary<\(values)>"
    case .unsupported(let format): "unsupported(\(format))"
    }
  }
}

/// Name, type and remarks of a column or of a field inside one.
public struct Field: Sendable, Equatable {
  /// The name; it may contain dots and slashes.
  public var name: String
  /// The type, with the fields below it.
  public var type: ColumnType
  /// Whether values may be missing.
  public var isNullable: Bool
  /// Remarks; the key `unit` holds the unit.
  public var metadata: [String: String]

  /// A field.
  public init(_ name: String, _ type: ColumnType, isNullable: Bool = true, metadata: [String: String] = [:]) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
    self.metadata = metadata
  }

  /// The members of a record, or the element of a list; empty for everything else.
  public var children: [Field] { type.children }

  /// The unit of the values, if the file says it.
  public var unit: String? { metadata["unit"] }

  /// Number of physical columns below this field: the leaves of its tree.
  var leafCount: Int { children.isEmpty ? 1 : children.reduce(0) { $0 + $1.leafCount } }
}

/// The names that lead from a column to a field inside it, for example `["SPS.BWS.51637.H/Acquisition", "value"]`.
///
/// Names are taken whole: dots and slashes inside them mean nothing.
public typealias ColumnPath = [String]
