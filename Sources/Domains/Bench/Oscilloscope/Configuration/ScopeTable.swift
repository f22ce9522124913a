import Errors
import Settings

/// A table of the oscilloscope's configuration with checked access to its members.
struct ScopeTable {
  private let table: TOMLNode
  private let path: String
  private let keys: [String]

  init(_ table: TOMLNode, _ path: String, keys: [String]) {
    (self.table, self.path, self.keys) = (table, path, keys)
  }

  /// Whether it is a table of known keys.
  ///
  /// - Throws: `config.badValue`, `config.unknownKey`.
  func check() throws(CavernError) {
    guard case .table(let members) = table.value else {
      throw fault("config.badValue", "\(path) is \(table.value.kindName)", expected: "a table")
    }
    for member in members where !keys.contains(member.name) {
      throw CavernError(
        "config.unknownKey", "\(path).\(member.name) is not known", exit: .configuration, line: member.line,
        column: member.column, nearest: nearestNames(to: member.name, in: keys))
    }
  }

  /// A member as it stands.
  func node(_ name: String) -> TOMLNode? { table[name] }

  /// The tables of a list of tables.
  func elements(_ name: String) -> [TOMLNode] {
    guard case .array(let list)? = table[name]?.value else { return [] }
    return list
  }

  func text(_ name: String) throws(CavernError) -> String? {
    guard let node = table[name] else { return nil }
    guard case .string(let text) = node.value else { throw wrong(name, node, "a text") }
    return text
  }

  func number(_ name: String) throws(CavernError) -> Double? {
    guard let node = table[name] else { return nil }
    switch node.value {
    case .number(let value) where value.isFinite: return value
    case .integer(let value): return Double(value)
    default: throw wrong(name, node, "a number")
    }
  }

  func integer(_ name: String, _ limits: ClosedRange<Int>) throws(CavernError) -> Int? {
    guard let node = table[name] else { return nil }
    guard case .integer(let value) = node.value, limits.contains(Int(value)) else {
      throw wrong(name, node, "a whole number of at least \(limits.lowerBound)")
    }
    return Int(value)
  }

  func boolean(_ name: String) throws(CavernError) -> Bool? {
    guard let node = table[name] else { return nil }
    guard case .boolean(let value) = node.value else { throw wrong(name, node, "true or false") }
    return value
  }

  /// A time such as `500ms`, `10s`, `5m`, `1h`.
  func duration(_ name: String) throws(CavernError) -> Duration? {
    guard let node = table[name] else { return nil }
    let units: [(String, Double)] = [("ms", 1e-3), ("us", 1e-6), ("s", 1), ("m", 60), ("h", 3600)]
    if case .string(let text) = node.value {
      for (unit, seconds) in units where text.hasSuffix(unit) {
        guard let value = Double(text.dropLast(unit.count)), value > 0, value * seconds < 1e6 else { continue }
        return .seconds(value * seconds)
      }
    }
    throw wrong(name, node, "a time such as 500ms, 10s, 5m or 1h")
  }

  func choice(_ name: String, _ words: [String]) throws(CavernError) -> String? {
    guard let node = table[name] else { return nil }
    guard case .string(let text) = node.value, words.contains(text) else {
      throw wrong(name, node, words.joined(separator: ", "))
    }
    return text
  }

  /// Makes something of a member; what is wrong with it is a fault of the configuration at its place.
  func request<Value>(_ name: String, _ make: () throws(CavernError) -> Value) throws(CavernError) -> Value {
    do throws(CavernError) {
      return try make()
    } catch {
      throw fault("config.badValue", "\(path).\(name): \(error.message)", name, expected: error.expected)
    }
  }

  /// A fault at a member, or at the table.
  func fault(_ code: String, _ message: String, _ name: String? = nil, expected: String? = nil) -> CavernError {
    let place = name.flatMap { table[$0] } ?? table
    return CavernError(
      code, message, exit: .configuration, line: place.line > 0 ? place.line : nil,
      column: place.column > 0 ? place.column : nil, expected: expected)
  }

  private func wrong(_ name: String, _ node: TOMLNode, _ expected: String) -> CavernError {
    fault("config.badValue", "\(path).\(name) is not right", name, expected: expected)
  }
}
