import Errors
import Foundation
import Tables

/// Lines and matrices of numbers of a FLUKA text, read in one pass.
struct FlukaScanner: Sendable {
  let text: [UInt8]
  /// Where the part of the text that is read ends.
  let limit: Int
  /// Byte at which the next line begins.
  var place: Int
  /// Number of that line, from 1 at the beginning of the part.
  var line = 1

  /// A scanner of a text, or of a part of it that begins with a line.
  init(_ text: [UInt8], part: Range<Int>? = nil) {
    self.text = text
    place = part?.lowerBound ?? 0
    limit = min(part?.upperBound ?? text.count, text.count)
  }

  /// The next line without its end, and its number; `nil` at the end of the text.
  mutating func nextLine() -> (text: ArraySlice<UInt8>, line: Int)? {
    guard place < limit else { return nil }
    let end = text[place..<limit].firstIndex(of: 10) ?? limit
    var slice = text[place..<end]
    if slice.last == 13 { slice = slice.dropLast() }
    let number = line
    place = min(end + 1, limit)
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
    let room = min(count, (limit - place) / 2 + 1)
    let values = [Double](unsafeUninitializedCapacity: room) { buffer, filled in
      text.withUnsafeBufferPointer { whole in
        let bytes = UnsafeBufferPointer(rebasing: whole[..<limit])
        // `taken` is below `room`, the capacity, wherever a value is stored.
        var taken = 0
        defer { filled = taken }
        DecimalText.withPowers { powers in
          while taken < count {
            while cursor < bytes.count, bytes[cursor] <= 32 {
              if bytes[cursor] == 10 { lines += 1 }
              cursor += 1
            }
            guard cursor < bytes.count else {
              end = .endOfText
              return
            }
            if taken < room, let value = DecimalText.fixedNumber(bytes, &cursor, powers: powers) {
              buffer[taken] = value
              taken += 1
              continue
            }
            guard taken < room, let value = DecimalText.number(bytes, &cursor, powers: powers) else {
              end = Self.fault(bytes, cursor)
              return
            }
            buffer[taken] = value
            taken += 1
          }
        }
      }
    }
    (place, line) = (cursor, lines)
    return (values, end)
  }

  /// Where the lines begin that open a binning.
  static func headings(_ text: [UInt8]) -> [Int] {
    let mark = Array("binning n.".utf8)
    return text.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return [] }
      var found: [Int] = []
      var from = 0
      // Looks at `count - from` bytes from `from` on, all inside the text. Numbers have no `b`.
      while from < bytes.count, let place = memchr(base + from, Int32(mark[0]), bytes.count - from) {
        let at = UnsafeRawPointer(place) - base
        from = at + 1
        guard at + mark.count <= bytes.count, bytes[at..<at + mark.count].elementsEqual(mark) else { continue }
        var begin = at
        while begin > 0, bytes[begin - 1] != 10 { begin -= 1 }
        if found.last != begin { found.append(begin) }
      }
      return found
    }
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
    var end = min(place, limit)
    while end > 0, text[end - 1] <= 32 { end -= 1 }
    guard end > 0, text[end - 1] == 49 || text[end - 1] == 48 else { return false }
    var begin = end - 1
    while begin > 0, text[begin - 1] == 32 || text[begin - 1] == 9 { begin -= 1 }
    return begin == 0 || text[begin - 1] == 10
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
}
