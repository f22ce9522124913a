/// Why a text is not JSON, and where.
public struct JSONSyntaxError: Error, Sendable, Equatable {
  /// What is wrong.
  public var message: String
  /// Line, from 1.
  public var line: Int
  /// Byte in the line, from 1.
  public var column: Int
}

extension JSONValue {
  /// Reads one JSON text (RFC 8259).
  ///
  /// Whole numbers that fit 64 bits become `integer`, others `number`. Nesting deeper than 512 levels is refused, so
  /// that a hostile text cannot exhaust the stack.
  ///
  /// - Parameter text: the JSON text.
  /// - Throws: `JSONSyntaxError` with line and column of the first fault.
  public init(parsing text: String) throws(JSONSyntaxError) {
    try self.init(parsing: Array(text.utf8))
  }

  /// Reads one JSON text from UTF-8 bytes.
  ///
  /// - Parameter bytes: the JSON text in UTF-8, with or without a byte-order mark.
  /// - Throws: `JSONSyntaxError` with line and column of the first fault.
  public init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }
}

/// A recursive-descent reader over bytes.
private struct JSONParser {
  let bytes: [UInt8]
  var position = 0
  var depth = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  mutating func document() throws(JSONSyntaxError) -> JSONValue {
    let value = try self.value()
    skipBlanks()
    guard position == bytes.count else { throw fault("text after the end of the value") }
    return value
  }

  private mutating func value() throws(JSONSyntaxError) -> JSONValue {
    skipBlanks()
    guard let byte = peek else { throw fault("the text ends where a value was expected") }
    switch byte {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object() throws(JSONSyntaxError) -> JSONValue {
    try enter()
    var members: [(String, JSONValue)] = []
    defer { depth -= 1 }
    if accept("}") { return .object(JSONObject()) }
    repeat {
      skipBlanks()
      guard peek == UInt8(ascii: "\"") else { throw fault("expected the name of a member in double quotes") }
      let name = try string()
      guard accept(":") else { throw fault("expected ':' after the name '\(name)'") }
      members.append((name, try value()))
    } while accept(",")
    guard accept("}") else { throw fault("expected ',' or '}' in an object") }
    return .object(JSONObject(members))
  }

  private mutating func array() throws(JSONSyntaxError) -> JSONValue {
    try enter()
    var elements: [JSONValue] = []
    defer { depth -= 1 }
    if accept("]") { return .array([]) }
    repeat { elements.append(try value()) } while accept(",")
    guard accept("]") else { throw fault("expected ',' or ']' in a list") }
    return .array(elements)
  }

  private mutating func enter() throws(JSONSyntaxError) {
    position += 1
    depth += 1
    if depth > 512 { throw fault("nested deeper than 512 levels") }
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw fault("a control character inside a text must be escaped")
      default: text.append(byte)
      }
    }
    throw fault("the text ends inside a quoted text")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
    guard let byte = peek else { throw fault("the text ends after a backslash") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "u"):
      var code = try hexadecimalCode()
      if (0xD800..<0xDC00).contains(code), peek == UInt8(ascii: "\\") {
        position += 1
        guard peek == UInt8(ascii: "u") else { throw fault("half of a surrogate pair") }
        position += 1
        let low = try hexadecimalCode()
        guard (0xDC00..<0xE000).contains(low) else { throw fault("half of a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair") }
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: throw fault("unknown escape")
    }
  }

  private mutating func hexadecimalCode() throws(JSONSyntaxError) -> UInt32 {
    guard position + 4 <= bytes.count,
      let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw fault("expected four hexadecimal digits") }
    position += 4
    return code
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    var isWhole = true
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"): isWhole = false
      default:
        return try finishNumber(start, isWhole)
      }
      position += 1
    }
    return try finishNumber(start, isWhole)
  }

  private mutating func finishNumber(_ start: Int, _ isWhole: Bool) throws(JSONSyntaxError) -> JSONValue {
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
    let isPadded =
      digits.count > 1 && digits.first == UInt8(ascii: "0") && digits.dropFirst().first.map(isDigit) == true
    let isOpen =
      digits.first.map(isDigit) != true || digits.last.map(isDigit) != true || text.utf8.starts(with: "--".utf8)
    if !isPadded, !isOpen {
      if isWhole, let value = Int(text) { return .integer(value) }
      if let value = Double(text), !text.contains(".e"), !text.contains(".E") { return .number(value) }
    }
    position = start
    throw fault(text.isEmpty ? "expected a value" : "'\(text)' is not a number")
  }

  private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("expected '\(word)'") }
    position += word.utf8.count
    return value
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard peek == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func fault(_ message: String) -> JSONSyntaxError {
    let before = bytes[..<min(position, bytes.count)]
    let line = before.count { $0 == 0x0A } + 1
    let lineStart = (before.lastIndex(of: 0x0A) ?? -1) + 1
    return JSONSyntaxError(message: message, line: line, column: min(position, bytes.count) - lineStart + 1)
  }
}
