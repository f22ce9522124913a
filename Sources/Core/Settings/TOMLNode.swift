/// A value of a TOML document with its place in the text.
public struct TOMLNode: Sendable, Equatable {
  /// What it holds.
  public var value: TOMLValue
  /// Line, from 1; 0 for a table that is only implied.
  public var line: Int
  /// Column in the line, from 1.
  public var column: Int

  /// A value with its place; 0 for a place that is not known.
  public init(value: TOMLValue, line: Int, column: Int) {
    self.value = value
    self.line = line
    self.column = column
  }

  /// The member of a table; `nil` for other kinds and unknown names.
  public subscript(name: String) -> TOMLNode? {
    if case .table(let members) = value { return members.first { $0.name == name }?.node }
    return nil
  }
}

/// What a TOML value holds.
public indirect enum TOMLValue: Sendable, Equatable {
  /// Text.
  case string(String)
  /// A whole number of 64 bits.
  case integer(Int64)
  /// A double, `inf` and `nan` included.
  case number(Double)
  /// A truth value.
  case boolean(Bool)
  /// A date, a time or both, in the form of RFC 3339.
  case moment(String)
  /// A list.
  case array([TOMLNode])
  /// Named members in the order of the text.
  case table([TOMLMember])

  /// What the kind is called in messages.
  public var kindName: String {
    switch self {
    case .string: "a text"
    case .integer: "a whole number"
    case .number: "a number"
    case .boolean: "a truth value"
    case .moment: "a date or time"
    case .array: "a list"
    case .table: "a table"
    }
  }
}

/// A named value in a TOML table.
public struct TOMLMember: Sendable, Equatable {
  /// The name.
  public var name: String
  /// Line of the name, from 1.
  public var line: Int
  /// Column of the name, from 1.
  public var column: Int
  /// The value.
  public var node: TOMLNode

  /// A named value with the place of its name.
  public init(name: String, line: Int, column: Int, node: TOMLNode) {
    self.name = name
    self.line = line
    self.column = column
    self.node = node
  }
}
