import Conditions
import Dispatch
import Errors
import Files
import Glibc

/// Lumi sections of what `brilcalc lumi --byls` printed: one listing or several behind each other.
///
/// Lines that do not begin with a digit are remarks of the program. Rows that are missing show in the sums of the summary,
/// which every listing must have.
struct LuminositySections: Sendable, Equatable {
  /// Beginnings, in s since 1970, in the order of the text.
  private(set) var times: [Double] = []
  /// Delivered luminosity of each, in /fb.
  private(set) var delivered: [Double] = []

  /// Takes a text apart, long ones by several threads.
  ///
  /// - Throws: `brilcalc.badOutput`, `brilcalc.unknownUnit`, `brilcalc.noSummary` and `brilcalc.sumDiffers` with the line.
  init(_ text: [UInt8], threads: Int = Processors.available) throws(CavernError) {
    var listing: Listing?
    var begin = 0
    for comment in Self.comments(text) {
      try take(begin..<comment.lowerBound, of: text, &listing, threads)
      let words = String(decoding: text[comment].last == 13 ? text[comment].dropLast() : text[comment], as: UTF8.self)
      if words.hasPrefix("#run:fill") {
        try listing?.close(Self.line(text, comment.lowerBound))
        do throws(CavernError) { listing = try Listing(words) } catch {
          throw Self.placed(error, text, comment.lowerBound)
        }
      } else if listing == nil, words.hasPrefix("#Summary") {
        throw CavernError(
          "brilcalc.badOutput", "a summary stands before the line that names the columns", exit: .badData,
          line: Self.line(text, comment.lowerBound), expected: "#run:fill,ls,time,…")
      } else {
        do throws(CavernError) { try listing?.take(summary: words) } catch {
          throw Self.placed(error, text, comment.lowerBound)
        }
      }
      begin = comment.upperBound
    }
    try take(begin..<text.count, of: text, &listing, threads)
    guard let listing else {
      throw CavernError(
        "brilcalc.badOutput", "this is no output of brilcalc", exit: .badData, line: 1,
        expected: "#run:fill,ls,time,…,delivered(/ub),…")
    }
    try listing.close(Self.line(text, text.count))
  }

  // MARK: Lines

  /// The lines that begin with `#`.
  private static func comments(_ text: [UInt8]) -> [Range<Int>] {
    text.withUnsafeBufferPointer { bytes in
      var found: [Range<Int>] = []
      var place = 0
      while let mark = next(35, in: bytes, from: place) {
        guard mark == 0 || bytes[mark - 1] == 10 else {
          place = mark + 1
          continue
        }
        place = next(10, in: bytes, from: mark) ?? bytes.count
        found.append(mark..<place)
      }
      return found
    }
  }

  /// The first place of a byte from another place on.
  @inline(__always) private static func next(
    _ byte: Int32, in bytes: UnsafeBufferPointer<UInt8>, from place: Int, to limit: Int? = nil
  ) -> Int? {
    let end = limit ?? bytes.count
    guard place < end, let base = bytes.baseAddress else { return nil }
    // Looks at `end - place` bytes from `place` on, all inside the buffer.
    guard let found = memchr(base + place, byte, end - place) else { return nil }
    return UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - base
  }

  private static func line(_ text: [UInt8], _ place: Int) -> Int {
    1 + text[..<min(place, text.count)].count { $0 == 10 }
  }

  private static func placed(_ error: CavernError, _ text: [UInt8], _ place: Int) -> CavernError {
    var copy = error
    copy.line = line(text, place)
    return copy
  }

  // MARK: Rows

  /// Some rows, or the place of a line that is none.
  private struct Piece: Sendable {
    var times: [Double] = []
    var values: [Double] = []
    var fault: Int?
  }

  /// Adds the rows of a part of the text.
  private mutating func take(
    _ range: Range<Int>, of text: [UInt8], _ listing: inout Listing?, _ threads: Int
  ) throws(CavernError) {
    guard let columns = listing?.columns, range.count > 1 else { return }
    let parts = Self.parts(range, of: text, threads)
    var pieces = [Piece](repeating: Piece(), count: parts.count)
    pieces.withUnsafeMutableBufferPointer { pieces in
      // Each turn writes its own element alone.
      nonisolated(unsafe) let pieces = pieces
      DispatchQueue.concurrentPerform(iterations: parts.count) { index in
        pieces[index] = text.withUnsafeBufferPointer { Self.rows($0, parts[index], columns) }
      }
    }
    for piece in pieces {
      if let fault = piece.fault {
        let row = text[fault...].prefix { $0 != 10 }.prefix(80)
        throw CavernError(
          "brilcalc.badOutput", "this is no lumi section: \(String(decoding: row, as: UTF8.self))", exit: .badData,
          line: Self.line(text, fault))
      }
      listing?.sum += piece.values.reduce(0, +)
      times += piece.times
      delivered += piece.values
    }
  }

  /// A range cut between lines into parts of at least a megabyte.
  private static func parts(_ range: Range<Int>, of text: [UInt8], _ threads: Int) -> [Range<Int>] {
    let count = max(1, min(threads, range.count >> 20))
    var parts: [Range<Int>] = []
    var begin = range.lowerBound
    for part in 1...count where begin < range.upperBound {
      let wish = range.lowerBound + range.count / count * part
      let end =
        part == count
        ? range.upperBound
        : text.withUnsafeBufferPointer { next(10, in: $0, from: max(wish, begin), to: range.upperBound) }
          ?? range.upperBound
      parts.append(begin..<end)
      begin = end
    }
    return parts
  }

  private static func rows(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ columns: Columns) -> Piece {
    DecimalText.withPowers { powers in
      var piece = Piece()
      piece.times.reserveCapacity(range.count / 64)
      piece.values.reserveCapacity(range.count / 64)
      var clock = AmericanClock()
      var at = range.lowerBound
      let last = max(columns.time, columns.delivered)
      while at < range.upperBound {
        let begin = at
        let end = next(10, in: text, from: begin, to: range.upperBound) ?? range.upperBound
        at = end + 1
        guard begin < end, text[begin] &- 48 < 10 else { continue }
        var time: Double?
        var value: Double?
        var place = begin
        for cell in 0...last {
          if cell == columns.time { time = clock.seconds(text, place, end) }
          if cell == columns.delivered {
            var cursor = place
            value = DecimalText.number(text, &cursor, powers: powers)
          }
          if cell < last {
            guard let comma = next(44, in: text, from: place, to: end) else { break }
            place = comma + 1
          }
        }
        guard let time, let value else {
          piece.fault = begin
          return piece
        }
        piece.times.append(time)
        piece.values.append(value * columns.factor)
      }
      return piece
    }
  }

  /// Times `MM/DD/YY HH:MM:SS`, of which many in a row are of the same day, or whole seconds since 1970.
  private struct AmericanClock {
    private var day: UInt64 = 0
    private var midnight = 0.0

    mutating func seconds(_ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ end: Int) -> Double? {
      // All of the 17 bytes that are looked at lie before `end`, which is inside the buffer.
      guard at + 17 <= end, text[at + 2] == 47 else { return unixSeconds(text, at, end) }
      guard at + 17 == end || text[at + 17] == 44 || text[at + 17] == 13 else { return nil }
      let found = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[at..<at + 8]).loadUnaligned(
        as: UInt64.self)
      if found != day {
        let date = String(decoding: text[at..<at + 8], as: UTF8.self)
        guard let time = ConditionsTime(american: date + " 00:00:00") else { return nil }
        day = found
        midnight = time.seconds
      }
      func two(_ place: Int) -> Int? {
        let (tens, ones) = (text[at + place] &- 48, text[at + place + 1] &- 48)
        return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
      }
      guard text[at + 8] == 32, text[at + 11] == 58, text[at + 14] == 58, let hour = two(9), let minute = two(12),
        let second = two(15), hour < 24, minute < 60, second < 61
      else { return nil }
      return midnight + Double(hour * 3600 + minute * 60 + second)
    }

    private func unixSeconds(_ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ end: Int) -> Double? {
      var (place, value) = (at, 0)
      while place < end, place - at < 12, text[place] &- 48 < 10 {
        value = value * 10 + Int(text[place] &- 48)
        place += 1
      }
      return place > at && (place == end || text[place] == 44 || text[place] == 13) ? Double(value) : nil
    }
  }
}
