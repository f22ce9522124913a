/// Bytes written as hexadecimal digits.
public enum HexadecimalText {
  /// The bytes of a text of hexadecimal digits, two a byte; blanks and colons between bytes and a leading `0x` are passed over.
  ///
  /// - Returns: `nil` when the text holds anything else or half a byte.
  public static func bytes(_ text: String) -> [UInt8]? {
    var digits = Substring(text)
    if digits.lowercased().hasPrefix("0x") { digits = digits.dropFirst(2) }
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in digits {
      if high == nil, character == ":" || character.isWhitespace { continue }
      guard character.isASCII, let value = character.hexDigitValue else { return nil }
      if let upper = high {
        bytes.append(upper << 4 | UInt8(value))
        high = nil
      } else {
        high = UInt8(value)
      }
    }
    return high == nil ? bytes : nil
  }

  /// Bytes as upper-case digits, two a byte.
  public static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
