extension JSONValue {
  /// How a value is laid out as text.
  public enum Layout: Sendable {
    /// One line, no blanks.
    case compact
    /// Two blanks a level, one member a line; lists of plain values stay on one line.
    case pretty
  }

  /// The value as JSON text (RFC 8259), the same bytes for the same value.
  ///
  /// Doubles are written in their shortest form that reads back to the same bits, numbers that are not finite as
  /// `null`. Text is written in UTF-8 with only what must be escaped escaped, and `</` broken up so that the text can
  /// stand inside an HTML script element.
  ///
  /// - Parameter layout: one line, or indented for reading.
  /// - Returns: the text, without a line end after it.
  public func text(_ layout: Layout = .compact) -> String {
    var bytes: [UInt8] = []
    write(to: &bytes, pretty: layout == .pretty, depth: 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  private var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  func write(to bytes: inout [UInt8], pretty: Bool, depth: Int) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): bytes.append(contentsOf: value.description.utf8)
    case .number(let value): bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    case .string(let value): Self.write(value, to: &bytes)
    case .array(let list):
      let broken = pretty && !list.allSatisfy(\.isPlain)
      Self.writeSequence(list, "[", "]", to: &bytes, broken: broken, spaced: pretty, depth: depth) { element, bytes in
        element.write(to: &bytes, pretty: pretty, depth: depth + 1)
      }
    case .object(let object):
      Self.writeSequence(object.members, "{", "}", to: &bytes, broken: pretty, spaced: pretty, depth: depth) {
        Self.write($0.name, to: &$1)
        $1.append(contentsOf: (pretty ? ": " : ":").utf8)
        $0.value.write(to: &$1, pretty: pretty, depth: depth + 1)
      }
    }
  }

  private static func writeSequence<Element>(
    _ elements: [Element], _ open: Unicode.Scalar, _ close: Unicode.Scalar, to bytes: inout [UInt8], broken: Bool,
    spaced: Bool, depth: Int, element: (Element, inout [UInt8]) -> Void
  ) {
    bytes.append(UInt8(ascii: open))
    for (position, value) in elements.enumerated() {
      if position > 0 { bytes.append(contentsOf: (spaced && !broken ? ", " : ",").utf8) }
      if broken { newLine(&bytes, depth + 1) }
      element(value, &bytes)
    }
    if broken, !elements.isEmpty { newLine(&bytes, depth) }
    bytes.append(UInt8(ascii: close))
  }

  static func newLine(_ bytes: inout [UInt8], _ depth: Int) {
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
  }

  private static func write(_ text: String, to bytes: inout [UInt8]) {
    let hexadecimal = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    var previous: UInt8 = 0
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
      case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
      case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
      case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
      case UInt8(ascii: "/") where previous == UInt8(ascii: "<"): bytes.append(contentsOf: "\\/".utf8)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(hexadecimal[Int(byte >> 4)])
        bytes.append(hexadecimal[Int(byte & 15)])
      default: bytes.append(byte)
      }
      previous = byte
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
