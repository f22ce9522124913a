import Arguments
import Errors
import Settings

/// A table of the bench's configuration file, read name by name.
///
/// Every value is checked for its kind, with file, line and column in the message; `finish` refuses names that nobody asked
/// for, with the nearest ones that exist.
public struct ConfigurationTable {
  /// The file, for messages.
  public let file: String
  /// The name of the table, for example `gas.alarm`; empty for the whole file.
  public let name: String
  /// Line of the table, from 1; `nil` where it is only implied.
  public let line: Int?
  private let members: [TOMLMember]
  private var asked: Set<String> = []

  /// The tables of a file.
  ///
  /// - Throws: `config.missing` (exit 66), `config.syntax` (exit 78).
  public init(file: String) throws(CavernError) {
    try self.init(bytes: SettingsText.bytes(file), file: file)
  }

  /// The tables of a text.
  public init(bytes: [UInt8], file: String) throws(CavernError) {
    self.init(node: try TOMLNode.parse(bytes, file: file), name: "", file: file)
  }

  private init(node: TOMLNode, name: String, file: String) {
    self.file = file
    self.name = name
    line = node.line > 0 ? node.line : nil
    if case .table(let members) = node.value { self.members = members } else { members = [] }
  }

  /// Whether a name is there.
  public func has(_ name: String) -> Bool { members.contains { $0.name == name } }

  /// The text of a name.
  public mutating func text(_ name: String) throws(CavernError) -> String? {
    guard let node = ask(name) else { return nil }
    guard case .string(let text) = node.value else { throw wrong(name, node, expected: "a text in quotes") }
    return text
  }

  /// The text of a name that must be there.
  public mutating func requiredText(_ name: String) throws(CavernError) -> String {
    if let text = try text(name) { return text }
    throw missing(name)
  }

  /// One word of a choice.
  public mutating func choice(_ name: String, _ words: [String]) throws(CavernError) -> String? {
    guard let node = ask(name) else { return nil }
    let text: String?
    switch node.value {
    case .string(let value): text = value
    case .integer(let value): text = String(value)
    default: text = nil
    }
    guard let text, words.contains(text) else {
      var fault = wrong(name, node, expected: words.joined(separator: ", "))
      fault.nearest = text.map { nearestNames(to: $0, in: words) } ?? []
      throw fault
    }
    return text
  }

  /// The number of a name, with limits.
  public mutating func number(_ name: String, _ limits: ClosedRange<Double>) throws(CavernError) -> Double? {
    guard let node = ask(name) else { return nil }
    let value: Double?
    switch node.value {
    case .integer(let whole): value = Double(whole)
    case .number(let number): value = number
    default: value = nil
    }
    guard let value, limits.contains(value) else {
      throw wrong(name, node, expected: ValueKind.number(limits).expectation)
    }
    return value
  }

  /// The whole number of a name, with limits.
  public mutating func integer(_ name: String, _ limits: ClosedRange<Int>) throws(CavernError) -> Int? {
    guard let node = ask(name) else { return nil }
    guard case .integer(let value) = node.value, limits.contains(Int(value)) else {
      throw wrong(name, node, expected: ValueKind.integer(limits).expectation)
    }
    return Int(value)
  }

  /// The truth value of a name.
  public mutating func flag(_ name: String) throws(CavernError) -> Bool? {
    guard let node = ask(name) else { return nil }
    guard case .boolean(let value) = node.value else { throw wrong(name, node, expected: "true or false") }
    return value
  }

  /// The span of a name: `500ms`, `10s`, `5m`, `1h`.
  public mutating func duration(_ name: String) throws(CavernError) -> Duration? {
    guard let node = ask(name) else { return nil }
    // `m` is minutes here; the settings' `min` is taken as well.
    if case .string(let text) = node.value {
      let written = text.hasSuffix("m") ? text + "in" : text
      if let span = ValueKind.duration(written) { return span }
    }
    throw wrong(name, node, expected: "a span with its unit, for example \"10s\" (ms, s, m, h, d)")
  }

  /// The number of bytes of a name: `8MiB`, `2GiB`.
  public mutating func byteCount(_ name: String) throws(CavernError) -> Int? {
    guard let node = ask(name) else { return nil }
    if case .string(let text) = node.value, let count = ValueKind.byteCount(text) { return count }
    throw wrong(name, node, expected: "a size with its unit, for example \"2GiB\" (KiB, MiB, GiB)")
  }

  /// The texts of a list.
  public mutating func texts(_ name: String) throws(CavernError) -> [String]? {
    guard let node = ask(name) else { return nil }
    guard case .array(let elements) = node.value else { throw wrong(name, node, expected: "a list of texts") }
    var texts: [String] = []
    for element in elements {
      guard case .string(let text) = element.value else { throw wrong(name, element, expected: "a list of texts") }
      texts.append(text)
    }
    return texts
  }

  /// A table inside this one; `nil` when it is not there.
  public mutating func table(_ name: String) throws(CavernError) -> ConfigurationTable? {
    guard let node = ask(name) else { return nil }
    guard case .table = node.value else { throw wrong(name, node, expected: "a table") }
    return ConfigurationTable(node: node, name: path(name), file: file)
  }

  /// The tables of a list `[[name]]`; empty when it is not there.
  public mutating func tables(_ name: String) throws(CavernError) -> [ConfigurationTable] {
    guard let node = ask(name) else { return [] }
    guard case .array(let elements) = node.value else {
      throw wrong(name, node, expected: "tables written [[\(path(name))]]")
    }
    var tables: [ConfigurationTable] = []
    for element in elements {
      guard case .table = element.value else { throw wrong(name, element, expected: "a table") }
      tables.append(ConfigurationTable(node: element, name: path(name), file: file))
    }
    return tables
  }

  /// Names and texts of a table such as `{ gas = "testbucket" }`.
  public mutating func pairs(_ name: String) throws(CavernError) -> [String: String] {
    guard var table = try table(name) else { return [:] }
    var pairs: [String: String] = [:]
    for member in table.members { pairs[member.name] = try table.text(member.name) }
    return pairs
  }

  /// The value of a name as it stands, for readers of their own.
  public mutating func node(_ name: String) -> TOMLNode? { ask(name) }

  /// The names in order.
  public var names: [String] { members.map(\.name) }

  /// Refuses names that nobody asked for.
  ///
  /// - Throws: `config.unknownKey` (exit 78) with the place and the nearest names.
  public func finish() throws(CavernError) {
    guard let member = members.first(where: { !asked.contains($0.name) }) else { return }
    throw CavernError(
      "config.unknownKey", "there is no setting '\(path(member.name))'", exit: .configuration, file: file,
      line: member.line, column: member.column, nearest: nearestNames(to: member.name, in: asked))
  }

  /// A fault about a name, with its place.
  public func fault(_ name: String, _ message: String, expected: String? = nil) -> CavernError {
    let member = members.first { $0.name == name }
    return CavernError(
      "config.badValue", "\(path(name)): \(message)", exit: .configuration, file: file,
      line: member?.node.line ?? line, column: member?.node.column, expected: expected)
  }

  private mutating func ask(_ name: String) -> TOMLNode? {
    asked.insert(name)
    return members.first { $0.name == name }?.node
  }

  private func path(_ name: String) -> String { self.name.isEmpty ? name : "\(self.name).\(name)" }

  private func missing(_ name: String) -> CavernError {
    CavernError(
      "config.missingKey", "\(path(name)) is needed", exit: .configuration, file: file, line: line)
  }

  private func wrong(_ name: String, _ node: TOMLNode, expected: String) -> CavernError {
    CavernError(
      "config.badValue", "\(path(name)): not a right value", exit: .configuration, file: file,
      line: node.line > 0 ? node.line : nil, column: node.line > 0 ? node.column : nil, expected: expected)
  }
}
