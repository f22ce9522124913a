import CToml
import Errors

extension TOMLNode {
  /// Reads a TOML 1.0 text.
  ///
  /// - Parameters:
  ///   - bytes: the text in UTF-8.
  ///   - file: its name for messages.
  /// - Returns: the root table.
  /// - Throws: `config.syntax` (exit 78) with line and column.
  public static func parse(_ bytes: [UInt8], file: String?) throws(CavernError) -> TOMLNode {
    var fault = CTomlFault()
    // The C side reads exactly `count` bytes from a buffer that lives through the call, and copies what it keeps.
    let document = bytes.withUnsafeBytes { buffer -> OpaquePointer? in
      var nothing: CChar = 0
      guard let start = buffer.baseAddress else { return ctoml_parse(&nothing, 0, &fault) }
      return ctoml_parse(start.assumingMemoryBound(to: CChar.self), buffer.count, &fault)
    }
    guard let document else {
      // The C side ends the message with a zero inside its fixed array.
      let message = withUnsafeBytes(of: fault.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw CavernError(
        "config.syntax", "not TOML: \(message)", exit: .configuration, file: file,
        line: fault.line > 0 ? Int(fault.line) : nil, column: fault.column > 0 ? Int(fault.column) : nil)
    }
    defer { ctoml_free(document) }
    var reader = NodeReader(document: document, count: ctoml_count(document))
    return reader.next()?.node ?? TOMLNode(value: .table([]), line: 0, column: 0)
  }
}

/// Builds the tree from the flat list of nodes.
private struct NodeReader {
  let document: OpaquePointer
  let count: Int
  var position = 0

  /// The next value; `nil` at the end of a table or list.
  ///
  /// Depth is bounded by toml++ (256 levels).
  mutating func next() -> TOMLMember? {
    guard position < count else { return nil }
    let node = ctoml_node(document, position)
    position += 1
    let value: TOMLValue
    switch node.kind {
    case CTomlTableBegin:
      var members: [TOMLMember] = []
      while let member = next() { members.append(member) }
      // toml++ keeps members sorted by name; the order of the text is what a reader expects.
      members.sort { ($0.line, $0.column, $0.name) < ($1.line, $1.column, $1.name) }
      value = .table(members)
    case CTomlArrayBegin:
      var elements: [TOMLNode] = []
      while let element = next() { elements.append(element.node) }
      value = .array(elements)
    case CTomlString: value = .string(Self.text(node.text, node.textLength))
    case CTomlInteger: value = .integer(node.integer)
    case CTomlFloat: value = .number(node.number)
    case CTomlBoolean: value = .boolean(node.integer != 0)
    case CTomlDateTime: value = .moment(Self.text(node.text, node.textLength))
    default: return nil
    }
    return TOMLMember(
      name: Self.text(node.key, node.keyLength), line: Int(node.keyLine), column: Int(node.keyColumn),
      node: TOMLNode(value: value, line: Int(node.line), column: Int(node.column)))
  }

  /// The C side promises `length` bytes at `start`, alive until the document is freed; they are copied here.
  private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
    String(decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : length), as: UTF8.self)
  }
}
