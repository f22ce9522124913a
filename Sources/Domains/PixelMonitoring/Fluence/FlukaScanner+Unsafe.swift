import Errors
import Foundation
import Tables

/// Lines and matrices of numbers of a FLUKA text, read in one pass.
struct FlukaScanner {
  let text: [UInt8]
  /// Byte at which the next line begins.
  var place = 0
  /// Number of that line, from 1.
  var line = 1

  init(_ text: [UInt8]) { self.text = text }

  /// The next line without its end, and its number; `nil` at the end of the text.
  mutating func nextLine() -> (text: ArraySlice<UInt8>, line: Int)? {
    guard place < text.count else { return nil }
    let end = text[place...].firstIndex(of: 10) ?? text.count
    var slice = text[place..<end]
    if slice.last == 13 { slice = slice.dropLast() }
    let number = line
    place = min(end + 1, text.count)
    line += 1
    return (slice, number)
  }

  /// What ended a run of numbers.
  enum End: Equatable {
    /// As many as were asked for.
    case complete
    /// The end of the text.
    case endOfText
    /// A word that begins like text.
    case word(String)
    /// Something that should be a number and is none, or is not finite.
    case damaged(String)
  }

  /// Numbers from here on over any line ends, at most `count`.
  ///
  /// Takes Fortran's forms: `1.2E-03`, `1.2D-03`, `1.234-100`. Afterwards `place` is behind the last number taken and
  /// `line` is its line; at a word `place` is where the word begins.
  mutating func numbers(_ count: Int) -> (values: [Double], end: End) {
    var cursor = place
    var lines = line
    var end = End.complete
    // Every number takes a byte and a separator: a false count cannot ask for more room than the text justifies.
    let room = min(count, (text.count - place) / 2 + 1)
    let values = [Double](unsafeUninitializedCapacity: room) { buffer, filled in
      text.withUnsafeBufferPointer { bytes in
        while filled < count {
          while cursor < bytes.count, bytes[cursor] <= 32 {
            if bytes[cursor] == 10 { lines += 1 }
            cursor += 1
          }
          guard cursor < bytes.count else {
            end = .endOfText
            return
          }
          guard filled < room, let value = Self.number(bytes, &cursor) else {
            end = Self.fault(bytes, cursor)
            return
          }
          // `filled` is below `room`, the capacity.
          buffer[filled] = value
          filled += 1
        }
      }
    }
    (place, line) = (cursor, lines)
    return (values, end)
  }

  /// How many numbers follow from here, without taking them; a printer control at their end is none.
  func countOfNumbers() -> Int {
    var copy = self
    let count = copy.numbers(Int.max).values.count
    return count > 0 && copy.isBehindControl ? count - 1 : count
  }

  /// Whether the last number taken is the printer control before a heading: a `1` or `0` alone on its line.
  ///
  /// Converters write numbers of a matrix with a point and an exponent, never like this.
  var isBehindControl: Bool {
    var end = min(place, text.count)
    while end > 0, text[end - 1] <= 32 { end -= 1 }
    guard end > 0, text[end - 1] == 49 || text[end - 1] == 48 else { return false }
    var begin = end - 1
    while begin > 0, text[begin - 1] == 32 || text[begin - 1] == 9 { begin -= 1 }
    return begin == 0 || text[begin - 1] == 10
  }

  /// The finite number at `cursor`, which is moved behind it; `nil` and unmoved when there is none.
  ///
  /// Up to 15 digits and powers of ten up to 22 are exact in a double, so that one multiplication or division rounds
  /// correctly (Clinger, PLDI 1990); the rest goes through the slow way.
  private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ cursor: inout Int) -> Double? {
    let start = cursor
    var at = start
    let count = bytes.count
    var isNegative = false
    if bytes[at] == 45 || bytes[at] == 43 {
      isNegative = bytes[at] == 45
      at += 1
    }
    var mantissa: UInt64 = 0
    var digits = 0
    var decimals = 0
    var hasPoint = false
    while at < count {
      let byte = bytes[at]
      if byte &- 48 < 10 {
        if digits < 18 { mantissa = mantissa &* 10 &+ UInt64(byte &- 48) }
        digits += 1
        if hasPoint { decimals += 1 }
      } else if byte == 46, !hasPoint {
        hasPoint = true
      } else {
        break
      }
      at += 1
    }
    guard digits > 0 else { return nil }
    var exponent = 0
    if at < count, bytes[at] > 32 {
      // `E`, `e`, `D`, `d`, or a sign at once.
      let letter = bytes[at] | 32
      if letter == 101 || letter == 100 { at += 1 }
      var isDown = false
      if at < count, bytes[at] == 45 || bytes[at] == 43 {
        isDown = bytes[at] == 45
        at += 1
      } else if letter != 101, letter != 100 {
        return nil
      }
      let first = at
      while at < count, bytes[at] &- 48 < 10 {
        if exponent < 100_000 { exponent = exponent * 10 + Int(bytes[at] &- 48) }
        at += 1
      }
      guard at > first, at == count || bytes[at] <= 32 else { return nil }
      if isDown { exponent = -exponent }
    }
    let power = exponent - decimals
    let value: Double
    if digits <= 15, power >= -22, power <= 22 {
      value = power < 0 ? Double(mantissa) / powersOfTen[-power] : Double(mantissa) * powersOfTen[power]
    } else {
      value = slow(bytes[start..<at], power: exponent)
    }
    guard value.isFinite else { return nil }
    cursor = at
    return isNegative ? -value : value
  }

  /// A number with many digits or a large exponent, by way of its text.
  private static func slow(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, power: Int) -> Double {
    let unsigned = bytes.drop { $0 == 45 || $0 == 43 }
    let mantissa = unsigned.prefix { $0 &- 48 < 10 || $0 == 46 }
    return Double("0" + String(decoding: mantissa, as: UTF8.self) + "e\(power)") ?? .nan
  }

  private static func fault(_ bytes: UnsafeBufferPointer<UInt8>, _ cursor: Int) -> End {
    var end = cursor
    while end < bytes.count, bytes[end] > 32, end - cursor < 40 { end += 1 }
    let word = String(decoding: bytes[cursor..<end], as: UTF8.self)
    let plain = word.lowercased().drop { $0 == "-" || $0 == "+" }
    if ["nan", "inf", "infinity"].contains(String(plain)) || plain.hasPrefix("nan(") || plain.hasPrefix("*") {
      return .damaged(word)
    }
    return plain.first.map { $0.isNumber || $0 == "." } ?? true ? .damaged(word) : .word(word)
  }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
}
