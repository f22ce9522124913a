/// What a field of a point holds.
public enum FieldValue: Sendable, Equatable {
  /// A double; one that is not finite is never stored or sent.
  case number(Double)
  /// A whole number of 64 bits.
  case integer(Int64)
  /// A whole number of 64 bits without a sign; InfluxDB 1 does not know the kind.
  case unsigned(UInt64)
  /// A truth value.
  case boolean(Bool)
  /// A text without line ends.
  case text(String)

  /// The kind.
  public var kind: FieldKind {
    switch self {
    case .number: .number
    case .integer: .integer
    case .unsigned: .unsigned
    case .boolean: .boolean
    case .text: .text
    }
  }

  /// The value as a double: 1 and 0 for truth values, `nil` for texts.
  public var double: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .boolean(let value): value ? 1 : 0
    case .text: nil
    }
  }
}

/// The kind of a field; a series keeps the kind of its first sample.
public enum FieldKind: Int, Sendable, CaseIterable {
  /// A double.
  case number = 0
  /// A whole number.
  case integer = 1
  /// A whole number without a sign.
  case unsigned = 2
  /// A truth value.
  case boolean = 3
  /// A text.
  case text = 4

  /// The name in messages and JSON.
  public var name: String {
    switch self {
    case .number: "number"
    case .integer: "integer"
    case .unsigned: "unsigned"
    case .boolean: "boolean"
    case .text: "text"
    }
  }
}
