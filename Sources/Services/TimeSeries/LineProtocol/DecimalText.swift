/// Numbers as decimal text, without going through `String`.
enum DecimalText {
  private static let powers: [Double] = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

  /// Writes a finite double so that reading it gives the same bits.
  ///
  /// Values with few decimals, as instruments give them, are written as a whole number with a point inside: when the rounded
  /// product `n = x·10^k` divided by `10^k` gives `x` again, `n` and `10^k` are exact and the reader's own rounding of `n/10^k`
  /// is that division (Clinger 1990).
  static func write(_ value: Double, into bytes: inout [UInt8]) {
    if value == 0 {
      bytes.append(contentsOf: value.sign == .minus ? [0x2D, 0x30] : [0x30])
      return
    }
    let size = value.magnitude
    if size < 1e12, size >= 1e-5 {
      var places = 0
      while places < powers.count {
        let scaled = (size * powers[places]).rounded()
        guard scaled < 9e15 else { break }
        if scaled / powers[places] == size {
          if value < 0 { bytes.append(0x2D) }
          write(UInt64(scaled), decimals: places, into: &bytes)
          return
        }
        places += 1
      }
    }
    bytes.append(contentsOf: value.description.utf8)
  }

  /// Writes a whole number.
  static func write(_ value: Int64, into bytes: inout [UInt8]) {
    if value < 0 { bytes.append(0x2D) }
    write(value.magnitude, decimals: 0, into: &bytes)
  }

  /// Writes digits with a point before the last `decimals` of them.
  private static func write(_ value: UInt64, decimals: Int, into bytes: inout [UInt8]) {
    var count = 1
    var limit: UInt64 = 10
    while count < 20, value >= limit {
      count += 1
      if count < 20 { limit *= 10 }
    }
    let digits = max(count, decimals + 1)
    let start = bytes.count
    let length = digits + (decimals > 0 ? 1 : 0)
    for _ in 0..<length { bytes.append(0x30) }
    var rest = value
    var place = start + length - 1
    for written in 0..<digits {
      if decimals > 0, written == decimals {
        bytes[place] = 0x2E
        place -= 1
      }
      bytes[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
      place -= 1
    }
  }
}
