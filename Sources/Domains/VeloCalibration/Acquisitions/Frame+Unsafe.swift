/// The counts of one acquisition, and the parser that fills them.
///
/// A row of single digits is 512 bytes, digit and comma in turn. Read as 16-bit words and with the text of `0,` taken off by
/// exclusive or, each word is the count itself: a row is checked and stored 32 pixels at a time. Rows with longer numbers are
/// taken eight bytes at a time up to the first of them.
final class Frame {
  /// Counts, row after row; 0 where the count does not fit 16 bits.
  let counts: UnsafeMutablePointer<UInt16>
  /// Counts above 65,535, by pixel.
  private(set) var large: [(pixel: Int, count: UInt32)] = []

  /// Why a text is no matrix of counts.
  struct Fault: Error, Equatable {
    /// What is wrong.
    var reason: String
    /// Line from 1.
    var line: Int
    /// Field from 1; 0 for the line as a whole.
    var field: Int
  }

  init() {
    counts = .allocate(capacity: PixelMatrix.count)
    counts.initialize(repeating: 0, count: PixelMatrix.count)
  }

  deinit { counts.deallocate() }

  /// Reads a text of 256 lines with 256 counts each; only a frame without fault is complete.
  ///
  /// All reads are at offsets below `text.count`, which each step checks; all writes to `counts` are at 256·row + column with
  /// row and column below 256.
  func parse(_ text: UnsafeRawBufferPointer, skipsFirstRow: Bool = false) -> Fault? {
    large.removeAll(keepingCapacity: true)
    guard let base = text.baseAddress else { return Fault(reason: "the file is empty", line: 1, field: 0) }
    let length = text.count
    var place = 0
    var line = 1
    if skipsFirstRow {
      while place < length, base.load(fromByteOffset: place, as: UInt8.self) != 10 { place += 1 }
      place += 1
      line += 1
    }
    if place >= length { return Fault(reason: "the file is empty", line: line, field: 0) }
    for row in 0..<PixelMatrix.side {
      guard place < length else { return Fault(reason: "\(row) lines instead of 256", line: line, field: 0) }
      let target = counts + row * PixelMatrix.side
      if place + 512 <= length, Self.parseDigits(base + place, target) {
        place += 512
      } else if let fault = parseRow(base, length, &place, row, line) {
        return fault
      }
      line += 1
    }
    while place < length {
      let byte = base.load(fromByteOffset: place, as: UInt8.self)
      guard byte == 10 || byte == 13 || byte == 32 || byte == 9 else {
        return Fault(reason: "more than 256 lines", line: line, field: 0)
      }
      place += 1
    }
    return nil
  }

  /// A row of 256 single digits that ends with LF; `source` is readable for 512 bytes, `target` writable for 256 counts.
  @inline(__always)
  private static func parseDigits(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<UInt16>) -> Bool {
    // "0," as a little-endian word; the last pair is "0\n".
    let pattern = SIMD16<UInt16>(repeating: 0x2C30)
    let limit = SIMD16<UInt16>(repeating: 9)
    var wrong = SIMD16<UInt16>.zero
    for block in 0..<16 {
      var words = source.loadUnaligned(fromByteOffset: 32 * block, as: SIMD16<UInt16>.self) ^ pattern
      if block == 15 { words[15] ^= 0x2C00 ^ 0x0A00 }
      // Nonzero where a word is not a digit: words above 9 have a bit left after subtraction with saturation at 0.
      wrong |= words &- pointwiseMin(words, limit)
      UnsafeMutableRawPointer(target).storeBytes(of: words, toByteOffset: 32 * block, as: SIMD16<UInt16>.self)
    }
    return wrong == .zero
  }

  /// Any row; leaves `place` behind its line end.
  private func parseRow(
    _ base: UnsafeRawPointer, _ length: Int, _ place: inout Int, _ row: Int, _ line: Int
  ) -> Fault? {
    let target = counts + row * PixelMatrix.side
    var column = 0
    while true {
      // Four single digits with their commas, as long as there are four more to come.
      while column + 4 < PixelMatrix.side, place + 8 <= length {
        let words = base.loadUnaligned(fromByteOffset: place, as: UInt64.self) ^ 0x2C30_2C30_2C30_2C30
        // Bit 15 of each word is set when it is above 9.
        let over = ((words & 0x7FFF_7FFF_7FFF_7FFF) &+ 0x7FF6_7FF6_7FF6_7FF6 | words) & 0x8000_8000_8000_8000
        UnsafeMutableRawPointer(target).storeBytes(of: words, toByteOffset: 2 * column, as: UInt64.self)
        let good = over == 0 ? 4 : over.trailingZeroBitCount / 16
        column += good
        place += 2 * good
        if good < 4 { break }
      }
      // One number by hand.
      var value: UInt64 = 0
      var digits = 0
      func byte(_ at: Int) -> UInt8 { base.load(fromByteOffset: at, as: UInt8.self) }
      while place < length, byte(place) == 32 || byte(place) == 9 { place += 1 }
      while place < length {
        let digit = byte(place) &- 48
        guard digit <= 9 else { break }
        value = value * 10 + UInt64(digit)
        digits += 1
        place += 1
        guard value <= 0x7FFF_FFFF else {
          return Fault(reason: "a count above 2147483647", line: line, field: column + 1)
        }
      }
      while place < length, byte(place) == 32 || byte(place) == 9 { place += 1 }
      if place < length, byte(place) == 13, place + 1 == length || byte(place + 1) == 10 { place += 1 }
      let isEnd = place >= length || byte(place) == 10
      if digits == 0 {
        if isEnd, column == 0 { return Fault(reason: "an empty line", line: line, field: 0) }
        let isNegative = place < length && byte(place) == UInt8(ascii: "-")
        return Fault(
          reason: isNegative ? "a negative count" : isEnd ? "an empty field" : "not a whole number", line: line,
          field: column + 1)
      }
      if value <= 0xFFFF {
        target[column] = UInt16(value)
      } else {
        target[column] = 0
        large.append((row * PixelMatrix.side + column, UInt32(value)))
      }
      column += 1
      if isEnd {
        place = min(place + 1, length)
        guard column == PixelMatrix.side else {
          return Fault(reason: "\(column) fields instead of 256", line: line, field: column)
        }
        return nil
      }
      guard byte(place) == UInt8(ascii: ",") else {
        return Fault(reason: "not a whole number", line: line, field: column)
      }
      place += 1
      guard column < PixelMatrix.side else {
        return Fault(reason: "more than 256 fields", line: line, field: column + 1)
      }
    }
  }

  /// Forgets the counts above 65,535.
  func clearLarge() { large.removeAll(keepingCapacity: true) }

  /// Adds a count above 65,535; `counts` must hold 0 for the pixel.
  func addLarge(_ pixel: Int, _ count: UInt32) { large.append((pixel, count)) }

  /// Sum of the counts above 65,535.
  var largeTotal: UInt64 { large.reduce(UInt64(0)) { $0 + UInt64($1.count) } }

  /// The count of a pixel below 65,536.
  func count(_ pixel: Int) -> UInt64 {
    if let found = large.first(where: { $0.pixel == pixel }) { return UInt64(found.count) }
    return UInt64(counts[pixel])
  }

  /// Adds the counts to sums, which must hold 65,536 places.
  ///
  /// - Returns: false when a sum would not fit 32 bits; nothing is added then.
  func add(to sums: UnsafeMutablePointer<UInt32>) -> Bool {
    for (pixel, count) in large where sums[pixel].addingReportingOverflow(count).overflow { return false }
    for pixel in 0..<PixelMatrix.count { sums[pixel] &+= UInt32(counts[pixel]) }
    for (pixel, count) in large { sums[pixel] &+= count }
    return true
  }
}
