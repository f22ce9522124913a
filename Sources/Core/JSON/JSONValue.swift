/// A JSON value whose objects keep the order in which their keys were written.
///
/// Foundation's coder sorts or shuffles keys, drops `nil` fields and refuses `NaN`; the outputs that scripts rely on
/// need declared order, `null` for a missing number and the same bytes on every run (decision 0003).
public enum JSONValue: Sendable, Equatable {
  /// `null`, also a number that is missing.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number, written without a decimal point.
  case integer(Int)
  /// A double, written in its shortest form that reads back to the same bits; not finite is written as `null`.
  case number(Double)
  /// Text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// Named members in order.
  case object(JSONObject)

  /// A list of numbers.
  public static func numbers(_ values: some Sequence<Double>) -> JSONValue { .array(values.map { .number($0) }) }

  /// A number, or `null` where there is none.
  public static func optional(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }

  /// A whole number, or `null` where there is none.
  public static func optional(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }

  /// A text, or `null` where there is none.
  public static func optional(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

  /// The member of an object by that name; `nil` for other kinds and unknown names.
  public subscript(name: String) -> JSONValue? {
    if case .object(let object) = self { return object[name] }
    return nil
  }

  /// The element of a list; `nil` for other kinds and positions outside it.
  public subscript(position: Int) -> JSONValue? {
    if case .array(let list) = self, list.indices.contains(position) { return list[position] }
    return nil
  }

  /// The number, whole or not; `nil` for other kinds.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The whole number; `nil` for other kinds and numbers with a fraction.
  public var intValue: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The text; `nil` for other kinds.
  public var stringValue: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  /// The truth value; `nil` for other kinds.
  public var boolValue: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  /// The elements of a list; `nil` for other kinds.
  public var arrayValue: [JSONValue]? {
    if case .array(let list) = self { return list }
    return nil
  }

  /// The members of an object; `nil` for other kinds.
  public var objectValue: JSONObject? {
    if case .object(let object) = self { return object }
    return nil
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A list.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object, members in the order written.
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
  /// `null`.
  public init(nilLiteral: ()) { self = .null }
}

/// The members of a JSON object in the order in which they were added.
public struct JSONObject: Sendable, Equatable {
  /// Names and values in order.
  public private(set) var members: [(name: String, value: JSONValue)] = []

  /// An object without members.
  public init() {}

  /// An object with these members; a name that comes again replaces the earlier value in place.
  public init(_ members: [(String, JSONValue)]) {
    self.members.reserveCapacity(members.count)
    for (name, value) in members { self[name] = value }
  }

  /// The value by that name.
  ///
  /// Setting a new name appends it; setting `nil` removes the member.
  ///
  /// - Complexity: O(number of members); objects here are records of a few dozen fields.
  public subscript(name: String) -> JSONValue? {
    get { members.first { $0.name == name }?.value }
    set {
      let position = members.firstIndex { $0.name == name }
      switch (position, newValue) {
      case (let position?, let value?): members[position].value = value
      case (let position?, nil): members.remove(at: position)
      case (nil, let value?): members.append((name, value))
      case (nil, nil): break
      }
    }
  }

  /// The names in order.
  public var names: [String] { members.map(\.name) }

  /// Equal when the same names hold the same values in the same order.
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.count == right.members.count
      && zip(left.members, right.members).allSatisfy { $0.name == $1.name && $0.value == $1.value }
  }
}
