import Foundation
import Tables

/// Numbers in long texts, in the forms of C and of Fortran.
enum DecimalText {
  /// Powers of ten that are exact in a double.
  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// Reads many numbers with the table of powers at hand.
  static func withPowers<Result>(_ body: (UnsafeBufferPointer<Double>) -> Result) -> Result {
    powersOfTen.withUnsafeBufferPointer(body)
  }

  /// The finite number at `cursor`, which is moved behind it; `nil` and unmoved when there is none.
  ///
  /// Takes `1.2E-03`, `1.2D-03` and `1.234-100`. A number ends at a blank, a line's end, a comma or the end of the buffer.
  /// Up to 15 digits and powers of ten up to 22 are exact in a double, so that one multiplication or division rounds
  /// correctly (Clinger, PLDI 1990); the rest goes through the slow way.
  ///
  /// - Parameter powers: what `withPowers` gives.
  @inline(__always) static func number(
    _ bytes: UnsafeBufferPointer<UInt8>, _ cursor: inout Int, powers: UnsafeBufferPointer<Double>
  ) -> Double? {
    // Every access is at a place below `count`, which is looked at before.
    let start = cursor
    var at = start
    let count = bytes.count
    guard at < count else { return nil }
    let isNegative = bytes[at] == 45
    if isNegative || bytes[at] == 43 { at += 1 }
    var mantissa: UInt64 = 0
    let first = at
    while at < count, bytes[at] &- 48 < 10 {
      mantissa = mantissa &* 10 &+ UInt64(bytes[at] &- 48)
      at += 1
    }
    var digits = at - first
    var decimals = 0
    if at < count, bytes[at] == 46 {
      at += 1
      let point = at
      while at < count, bytes[at] &- 48 < 10 {
        mantissa = mantissa &* 10 &+ UInt64(bytes[at] &- 48)
        at += 1
      }
      decimals = at - point
      digits += decimals
    }
    guard digits > 0 else { return nil }
    var exponent = 0
    if at < count, bytes[at] > 32, bytes[at] != 44 {
      guard let found = Self.exponent(bytes, &at) else { return nil }
      exponent = found
    }
    let power = exponent - decimals
    var value: Double
    // The table holds the powers 0 to 22.
    if digits <= 15, power >= -22, power <= 22 {
      value = power < 0 ? Double(mantissa) / powers[-power] : Double(mantissa) * powers[power]
    } else {
      value = slow(bytes[start..<at], exponent)
    }
    guard value.isFinite else { return nil }
    cursor = at
    if isNegative { value = -value }
    return value
  }

  /// The number at `cursor` when Fortran's `1p,e11.4` wrote it: `d.ddddE±dd` and a blank or line's end behind it.
  ///
  /// `nil` and `cursor` unmoved otherwise. The bits are those of `number`.
  ///
  /// - Parameter powers: what `withPowers` gives.
  @inline(__always) static func fixedNumber(
    _ bytes: UnsafeBufferPointer<UInt8>, _ cursor: inout Int, powers: UnsafeBufferPointer<Double>
  ) -> Double? {
    // The eleven bytes from `cursor` on are inside the buffer.
    guard bytes.count - cursor >= 11, let base = bytes.baseAddress else { return nil }
    let word = UInt64(littleEndian: UnsafeRawPointer(base + cursor).loadUnaligned(as: UInt64.self))
    // Bytes 0, 2, 3, 4 and 5 are digits: neither adding 0x46 nor taking away 0x30 sets the highest bit of one.
    let digits = word & 0x0000_FFFF_FFFF_00FF | 0x3030_0000_0000_3000
    let isOther = ((digits &+ 0x4646_4646_4646_4646) | (digits &- 0x3030_3030_3030_3030)) & 0x8080_8080_8080_8080
    let marks = word & 0x00DF_0000_0000_FF00
    guard isOther == 0, marks == 0x0045_0000_0000_2E00 || marks == 0x0044_0000_0000_2E00 else { return nil }
    let sign = UInt8(truncatingIfNeeded: word >> 56)
    let (tens, ones) = (base[cursor + 8] &- 48, base[cursor + 9] &- 48)
    guard sign == 45 || sign == 43, tens < 10, ones < 10, base[cursor + 10] <= 32 else { return nil }
    func digit(_ place: UInt64) -> UInt64 { word >> (8 * place) & 15 }
    let mantissa = digit(0) * 10_000 + digit(2) * 1000 + digit(3) * 100 + digit(4) * 10 + digit(5)
    let exponent = Int(tens) * 10 + Int(ones)
    let power = (sign == 45 ? -exponent : exponent) - 4
    // The table holds the powers 0 to 22.
    guard power >= -22, power <= 22 else { return nil }
    cursor += 10
    return power < 0 ? Double(mantissa) / powers[-power] : Double(mantissa) * powers[power]
  }

  /// What stands behind the digits: `E`, `e`, `D`, `d`, or a sign at once, and digits up to the end of the word.
  private static func exponent(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int) -> Int? {
    let count = bytes.count
    var place = at
    let letter = bytes[place] | 32
    if letter == 101 || letter == 100 { place += 1 }
    var isDown = false
    if place < count, bytes[place] == 45 || bytes[place] == 43 {
      isDown = bytes[place] == 45
      place += 1
    } else if letter != 101, letter != 100 {
      return nil
    }
    var exponent = 0
    let first = place
    while place < count, bytes[place] &- 48 < 10 {
      if exponent < 100_000 { exponent = exponent * 10 + Int(bytes[place] &- 48) }
      place += 1
    }
    guard place > first, place == count || bytes[place] <= 32 || bytes[place] == 44 else { return nil }
    at = place
    return isDown ? -exponent : exponent
  }

  /// A number without its sign, of many digits or a large exponent, by way of its text.
  private static func slow(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, _ exponent: Int) -> Double {
    let unsigned = bytes.drop { $0 == 45 || $0 == 43 }
    let mantissa = unsigned.prefix { $0 &- 48 < 10 || $0 == 46 }
    if exponent == 0, let value = NumberText.double(UnsafeBufferPointer(rebasing: mantissa)) { return value }
    return Double("0" + String(decoding: mantissa, as: UTF8.self) + "e\(exponent)") ?? .nan
  }
}
