import Errors
import JSON
import Settings

/// Takes a table of a dataset file apart; keys that nobody asked for are errors with the nearest name.
struct DatasetReader {
  let file: String
  let name: String
  private let members: [TOMLMember]
  private var known: [String] = []

  init(_ node: TOMLNode, name: String, file: String) throws(CavernError) {
    guard case .table(let members) = node.value else {
      throw CavernError(
        "dataset.kind", "'\(name)' is \(node.value.kindName)", exit: .configuration, file: file,
        line: node.line > 0 ? node.line : nil, expected: "a table")
    }
    self.members = members
    self.file = file
    self.name = name
  }

  /// The value of a key; the key counts as known from now on.
  mutating func node(_ key: String) -> TOMLNode? {
    known.append(key)
    return members.first { $0.name == key }?.node
  }

  func fault(_ key: String, _ node: TOMLNode?, _ message: String, expected: String? = nil) -> CavernError {
    CavernError(
      "dataset.value", "\(name).\(key): \(message)", exit: .configuration, file: file,
      line: node.flatMap { $0.line > 0 ? $0.line : nil }, column: node.flatMap { $0.column > 0 ? $0.column : nil },
      expected: expected)
  }

  /// A key that must be there and is not, with the key that may be meant for it.
  private func missing(_ key: String, expected: String) -> CavernError {
    var error = fault(key, nil, "it is missing", expected: expected)
    let others = members.map(\.name).filter { !known.contains($0) }
    if let near = nearestNames(to: key, in: others).first { error.hint = "is '\(near)' meant for it?" }
    return error
  }

  mutating func optionalText(_ key: String) throws(CavernError) -> String? {
    guard let node = node(key) else { return nil }
    guard case .string(let text) = node.value else {
      throw fault(key, node, "it is \(node.value.kindName)", expected: "a text")
    }
    return text
  }

  mutating func text(_ key: String) throws(CavernError) -> String {
    guard let text = try optionalText(key), !text.isEmpty else {
      throw missing(key, expected: "a text")
    }
    return text
  }

  mutating func optionalNumber(_ key: String) throws(CavernError) -> Double? {
    guard let node = node(key) else { return nil }
    guard let number = Self.number(node), number.isFinite else {
      throw fault(key, node, "it is not a finite number", expected: "a number")
    }
    return number
  }

  mutating func optionalInteger(_ key: String) throws(CavernError) -> Int? {
    guard let node = node(key) else { return nil }
    if case .integer(let value) = node.value, let number = Int(exactly: value) { return number }
    if case .number(let value) = node.value, let number = Int(exactly: value) { return number }
    throw fault(key, node, "it is \(node.value.kindName)", expected: "a whole number")
  }

  mutating func integer(_ key: String) throws(CavernError) -> Int {
    guard let value = try optionalInteger(key) else {
      throw missing(key, expected: "a whole number")
    }
    return value
  }

  mutating func optionalBoolean(_ key: String) throws(CavernError) -> Bool? {
    guard let node = node(key) else { return nil }
    guard case .boolean(let value) = node.value else {
      throw fault(key, node, "it is \(node.value.kindName)", expected: "true or false")
    }
    return value
  }

  /// A word out of a few.
  mutating func optionalChoice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _: Choice.Type
  ) throws(CavernError) -> Choice? where Choice.RawValue == String {
    guard let node = node(key) else { return nil }
    let names = Choice.allCases.map(\.rawValue)
    guard case .string(let text) = node.value, let choice = Choice(rawValue: text) else {
      var given = ""
      if case .string(let text) = node.value { given = text }
      var error = fault(key, node, "'\(given)' is not one of its words", expected: names.joined(separator: ", "))
      error.nearest = nearestNames(to: given, in: names)
      throw error
    }
    return choice
  }

  mutating func optionalTable(_ key: String) throws(CavernError) -> DatasetReader? {
    guard let node = node(key) else { return nil }
    return try DatasetReader(node, name: "\(name).\(key)", file: file)
  }

  /// The numbers of a table by name.
  var numbers: [(name: String, value: Double?, node: TOMLNode)] {
    members.map { ($0.name, Self.number($0.node), $0.node) }
  }

  /// Throws for the first key that nobody asked for.
  func close() throws(CavernError) {
    for member in members where !known.contains(member.name) {
      throw CavernError(
        "dataset.unknownKey", "'\(member.name)' is not a key of \(name)", exit: .configuration, file: file,
        line: member.line > 0 ? member.line : nil, column: member.column > 0 ? member.column : nil,
        expected: known.sorted().joined(separator: ", "), nearest: nearestNames(to: member.name, in: known))
    }
  }

  static func number(_ node: TOMLNode) -> Double? {
    switch node.value {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// A JSON value as if it stood in TOML, without places.
  static func node(_ json: JSONValue) -> TOMLNode? {
    let value: TOMLValue
    switch json {
    case .null: return nil
    case .bool(let flag): value = .boolean(flag)
    case .integer(let number): value = .integer(Int64(number))
    case .number(let number): value = .number(number)
    case .string(let text): value = .string(text)
    case .array(let list): value = .array(list.compactMap(node))
    case .object(let object):
      value = .table(
        object.members.compactMap { member in
          node(member.value).map { TOMLMember(name: member.name, line: 0, column: 0, node: $0) }
        })
    }
    return TOMLNode(value: value, line: 0, column: 0)
  }
}
