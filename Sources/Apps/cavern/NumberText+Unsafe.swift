import Glibc

/// Numbers for people; machine-read output uses the full precision of JSON and CSV instead.
enum NumberText {
  /// A number rounded to some significant digits, `nan` as `-`.
  ///
  /// - Parameters:
  ///   - value: the number.
  ///   - digits: how many digits count, 1 to 17.
  /// - Returns: decimal notation, or with an exponent when that is shorter, as C's `%g` chooses.
  static func significant(_ value: Double, _ digits: Int) -> String {
    guard !value.isNaN else { return "-" }
    // 17 digits, a sign, a point and an exponent of three digits take 25 bytes at the most; vsnprintf writes no more
    // than the length it is given and ends the text with a zero.
    var buffer = [CChar](repeating: 0, count: 32)
    let count = withVaList([Int32(max(1, min(17, digits))), value]) {
      vsnprintf(&buffer, buffer.count, "%.*g", $0)
    }
    let bytes = buffer.prefix(max(0, min(Int(count), buffer.count - 1)))
    return String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
