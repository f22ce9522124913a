import Arguments
import Errors

/// A settings file read against a schema.
public enum SettingsFile {
  /// The values that a TOML text sets.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - path: its name for messages and origins.
  ///   - schema: the known keys.
  /// - Returns: values by key.
  /// - Throws: `config.syntax`, `config.unknownKey` or `config.badValue`, all with exit 78 and the place.
  public static func values(
    in bytes: [UInt8], path: String, schema: SettingsSchema
  ) throws(CavernError) -> [String: Settings.Value] {
    let root = try TOMLNode.parse(bytes, file: path)
    var result: [String: Settings.Value] = [:]
    try collect(root, prefix: "", path, schema, into: &result)
    return result
  }

  /// The values that a file sets.
  ///
  /// - Throws: `config.missing` (exit 66), `config.cannotRead` (exit 78), and what `values(in:path:schema:)` throws.
  public static func values(
    ofFile path: String, schema: SettingsSchema
  ) throws(CavernError) -> [String: Settings.Value] {
    try values(in: SmallFile.bytes(path), path: path, schema: schema)
  }

  private static func collect(
    _ table: TOMLNode, prefix: String, _ path: String, _ schema: SettingsSchema,
    into result: inout [String: Settings.Value]
  ) throws(CavernError) {
    guard case .table(let members) = table.value else { return }
    for member in members {
      let name = prefix.isEmpty ? member.name : "\(prefix).\(member.name)"
      if let key = schema.key(name) {
        let text = try text(of: member.node, key, path)
        let origin = Settings.Origin.file(path, line: member.node.line, column: member.node.column)
        result[name] = Settings.Value(text: text, origin: origin)
      } else if case .table = member.node.value, schema.keys.contains(where: { $0.name.hasPrefix("\(name).") }) {
        try collect(member.node, prefix: name, path, schema, into: &result)
      } else {
        throw unknown(name, member, path, schema)
      }
    }
  }

  private static func unknown(
    _ name: String, _ member: TOMLMember, _ path: String, _ schema: SettingsSchema
  ) -> CavernError {
    let isSection = if case .table = member.node.value { true } else { false }
    let known = isSection ? schema.sections : schema.keys.map(\.name)
    return CavernError(
      "config.unknownKey", isSection ? "there is no section '\(name)'" : "there is no setting '\(name)'",
      exit: .configuration, file: path, line: member.line, column: member.column,
      nearest: nearestNames(to: name, in: known), hint: "'cavern config show' lists the settings")
  }

  /// The value as text, checked for its kind.
  private static func text(of node: TOMLNode, _ key: SettingsKey, _ path: String) throws(CavernError) -> String {
    func fault(_ message: String, _ node: TOMLNode, nearest: [String] = []) -> CavernError {
      CavernError(
        "config.badValue", "\(key.name): \(message)", exit: .configuration, file: path, line: node.line,
        column: node.column, expected: key.kind.expectation, nearest: nearest)
    }
    func check(_ text: String, _ kind: ValueKind, _ node: TOMLNode) throws(CavernError) -> String {
      do {
        try kind.check(text)
      } catch {
        throw fault(error.message, node, nearest: error.nearest)
      }
      return text
    }
    if case .array(let elements) = node.value {
      guard key.kind.isList else { throw fault("a list where one value belongs", node) }
      var texts: [String] = []
      for element in elements {
        guard let text = scalar(element.value, isText: true), !text.contains(",") else {
          throw fault("\(element.value.kindName) where an element without a comma belongs", element)
        }
        if case .list(let kind) = key.kind {
          texts.append(try check(text, kind, element))
        } else {
          texts.append(text)
        }
      }
      return try check(texts.joined(separator: ","), key.kind, node)
    }
    guard let text = scalar(node.value, isText: key.kind.isWrittenAsText) else {
      throw fault("\(node.value.kindName) does not belong here", node)
    }
    return try check(text, key.kind, node)
  }

  private static func scalar(_ value: TOMLValue, isText: Bool) -> String? {
    switch value {
    case .string(let text): isText ? text : nil
    case .integer(let number): number.description
    case .number(let number): number.description
    case .boolean(let isTrue): isTrue ? "true" : "false"
    case .moment, .array, .table: nil
    }
  }
}

extension ValueKind {
  /// Whether TOML writes it in quotes; numbers and truth values in quotes are refused.
  var isWrittenAsText: Bool {
    switch self {
    case .number, .integer, .boolean: false
    default: true
    }
  }
}
