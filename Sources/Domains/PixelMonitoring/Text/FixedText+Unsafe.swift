import Glibc

/// Numbers with a fixed number of decimals, as C's `%.4f` writes them, and with significant digits, as `%.8g` does.
enum FixedText {
  /// A number with so many decimals, ties rounded by the exact binary value.
  static func decimals(_ value: Double, _ digits: Int) -> String { format("%.*f", value, digits) }

  /// A number with so many significant digits.
  static func significant(_ value: Double, _ digits: Int) -> String { format("%.*g", value, digits) }

  private static func format(_ form: String, _ value: Double, _ digits: Int) -> String {
    // The largest double has 309 digits before the point; vsnprintf writes no more than the length it is given and ends
    // the text with a zero.
    var buffer = [CChar](repeating: 0, count: 352)
    let count = withVaList([Int32(max(0, min(17, digits))), value]) { vsnprintf(&buffer, buffer.count, form, $0) }
    return String(
      decoding: buffer.prefix(max(0, min(Int(count), buffer.count - 1))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
