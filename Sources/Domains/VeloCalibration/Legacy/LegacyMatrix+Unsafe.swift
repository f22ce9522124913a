import Glibc

/// Text of matrices as the earlier program wrote them: `%.18e`, commas, LF.
enum LegacyMatrix {
  private static let zero = Array("0.000000000000000000e+00".utf8)

  /// Appends a number; most are 0, which needs no formatting.
  static func append(_ value: Double, to text: inout [UInt8]) {
    if value == 0, value.sign == .plus {
      text.append(contentsOf: zero)
      return
    }
    // 18 digits, sign, point and exponent take at most 27 bytes.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { buffer in
      guard let base = buffer.baseAddress else { return }
      let length = withVaList([value]) { vsnprintf(base, 40, "%.18e", $0) }
      for i in 0..<min(Int(length), 39) { text.append(UInt8(bitPattern: base[i])) }
    }
  }

  /// Lines of 256 numbers.
  static func bytes(_ values: [Double]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(25 * values.count)
    for (pixel, value) in values.enumerated() {
      append(value, to: &text)
      text.append(pixel % PixelMatrix.side == PixelMatrix.side - 1 ? 10 : 44)
    }
    return text
  }

  /// One number a line.
  static func column(_ values: [Double]) -> [UInt8] {
    var text: [UInt8] = []
    for value in values {
      append(value, to: &text)
      text.append(10)
    }
    return text
  }
}
