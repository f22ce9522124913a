import Arguments
import Errors
import Settings

/// Reads the members of a TOML table by name and kind; a member of another kind is an error with its place.
struct TOMLReader {
  let table: TOMLNode
  let path: String

  init(_ table: TOMLNode, _ path: String) {
    self.table = table
    self.path = path
  }

  /// The members in the order of the text.
  var members: [TOMLMember] {
    if case .table(let members) = table.value { return members }
    return []
  }

  /// Refuses members with other names.
  func allow(_ names: [String]) throws(CavernError) {
    for member in members where !names.contains(member.name) {
      throw CavernError(
        "config.unknownKey", "there is no setting '\(path).\(member.name)'", exit: .configuration, line: member.line,
        column: member.column, nearest: nearestNames(to: member.name, in: names))
    }
  }

  func node(_ name: String) -> TOMLNode? { table[name] }

  /// An error about a member.
  func fault(_ name: String, _ message: String, expected: String? = nil) -> CavernError {
    let place = node(name) ?? table
    return CavernError(
      "config.badValue", "\(path).\(name): \(message)", exit: .configuration, line: place.line > 0 ? place.line : nil,
      column: place.column > 0 ? place.column : nil, expected: expected)
  }

  /// Gives an error the place of a member.
  func inContext<Value>(_ name: String, _ body: () throws(CavernError) -> Value) throws(CavernError) -> Value {
    do throws(CavernError) {
      return try body()
    } catch {
      var made = fault(name, error.message, expected: error.expected)
      if error.code.hasPrefix("hv.") { made.code = error.code }
      made.nearest = error.nearest
      throw made
    }
  }

  func text(_ name: String) throws(CavernError) -> String? {
    guard let node = node(name) else { return nil }
    guard case .string(let text) = node.value else { throw fault(name, "\(node.value.kindName) in place of a text") }
    return text
  }

  func number(_ name: String) throws(CavernError) -> Double? {
    guard let node = node(name) else { return nil }
    switch node.value {
    case .integer(let value): return Double(value)
    case .number(let value) where value.isFinite: return value
    default: throw fault(name, "\(node.value.kindName) in place of a number")
    }
  }

  func flag(_ name: String) throws(CavernError) -> Bool? {
    guard let node = node(name) else { return nil }
    guard case .boolean(let value) = node.value else {
      throw fault(name, "\(node.value.kindName) in place of true or false")
    }
    return value
  }

  func word(_ name: String, _ words: [String]) throws(CavernError) -> String? {
    guard let text = try text(name) else { return nil }
    guard words.contains(text) else {
      var error = fault(name, "'\(text)' is not known", expected: words.joined(separator: ", "))
      error.nearest = nearestNames(to: text, in: words)
      throw error
    }
    return text
  }

  func duration(_ name: String) throws(CavernError) -> Duration? {
    guard let text = try text(name) else { return nil }
    // `5m` is minutes here, which the command line writes as `5 min`.
    let spelt = text.hasSuffix("m") ? text + "in" : text
    guard let value = ValueKind.duration(spelt), value >= .zero else {
      throw fault(name, "'\(text)' is no time span", expected: "500ms, 10s, 5m, 1h")
    }
    return value
  }

  /// One text, or a list of texts.
  func texts(_ name: String) throws(CavernError) -> [String] {
    guard let node = node(name) else { return [] }
    if case .string(let text) = node.value { return [text] }
    guard case .array(let elements) = node.value else { throw fault(name, "\(node.value.kindName) in place of texts") }
    var result: [String] = []
    for element in elements {
      guard case .string(let text) = element.value else {
        throw fault(name, "\(element.value.kindName) in place of a text")
      }
      result.append(text)
    }
    return result
  }

  func table(_ name: String) throws(CavernError) -> TOMLReader? {
    guard let node = node(name) else { return nil }
    guard case .table = node.value else { throw fault(name, "\(node.value.kindName) in place of a table") }
    return TOMLReader(node, "\(path).\(name)")
  }

  func tables(_ name: String) throws(CavernError) -> [TOMLReader]? {
    guard let node = node(name) else { return nil }
    guard case .array(let elements) = node.value else { throw fault(name, "\(node.value.kindName) in place of tables") }
    return elements.map { TOMLReader($0, "\(path).\(name)") }
  }

  /// A text, number or truth value as text.
  func scalar(_ name: String) throws(CavernError) -> String? {
    guard let node = node(name) else { return nil }
    switch node.value {
    case .string(let text): return text
    case .integer(let value): return "\(value)"
    case .number(let value): return "\(value)"
    case .boolean(let value): return "\(value)"
    default: throw fault(name, "\(node.value.kindName) in place of a value")
    }
  }
}
