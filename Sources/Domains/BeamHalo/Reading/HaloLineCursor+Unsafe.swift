/// The position in a line that is read forward.
///
/// Every loop stops at a line feed at the latest, and the text ends with one: no byte behind it is read but the one after a
/// byte that was looked at and is no line feed.
struct HaloLineCursor {
  /// The byte that comes next.
  private(set) var place: UnsafePointer<UInt8>

  /// A cursor before a byte of a line.
  @inline(__always)
  init(_ place: UnsafePointer<UInt8>) { self.place = place }

  /// The byte that comes next.
  @inline(__always)
  var byte: UInt8 { place[0] }

  /// Passes over a byte that is expected; it must not be the line feed.
  @inline(__always)
  mutating func take(_ expected: UInt8) -> Bool {
    guard place[0] == expected else { return false }
    place += 1
    return true
  }

  /// Passes over a word of printable letters and the one blank behind it.
  @inline(__always)
  mutating func takeWord() -> Bool {
    guard place[0] &- 33 < 94 else { return false }
    repeat { place += 1 } while place[0] &- 33 < 94
    return take(32)
  }

  /// A number of 1 to 18 digits; nil for anything else.
  @inline(__always)
  mutating func number() -> UInt64? {
    let start = place
    var value: UInt64 = 0
    var digit = place[0] &- 48
    while digit < 10 {
      value = value &* 10 &+ UInt64(digit)
      place += 1
      digit = place[0] &- 48
    }
    let digits = start.distance(to: place)
    return digits > 0 && digits <= 18 ? value : nil
  }

  /// Passes over printable letters and blanks to the end of the line or the first byte that is neither.
  @inline(__always)
  mutating func skipPrintable() {
    while place[0] &- 32 < 95 { place += 1 }
  }
}

/// A header as the boards write it: words and numbers parted by single blanks, in ranges that can be.
struct HaloHeaderLine {
  var event: UInt32
  var bunchSlot: UInt16
  var orbit: UInt64
  var run: UInt32
  /// Whether the line ends with its run number, as in older files.
  var isBare: Bool
  /// Where the printable part of the line ends.
  var end: UnsafePointer<UInt8>

  /// The header of a line; nil for anything else, which may still be a header.
  ///
  /// - Parameter start: the first byte of the line; 16 bytes from there exist, and a line feed follows.
  @inline(__always)
  init?(_ start: UnsafePointer<UInt8>) {
    // `--- STAR`, then `T` and a blank.
    guard UnsafeRawPointer(start).loadUnaligned(as: UInt64.self) == 0x5241_5453_202D_2D2D, start[8] == 84,
      start[9] == 32
    else { return nil }
    var cursor = HaloLineCursor(start + 10)
    guard cursor.takeWord(), let event = cursor.number(), cursor.take(44), cursor.take(32),
      cursor.takeWord(), let slot = cursor.number(), cursor.take(44), cursor.take(32),
      cursor.takeWord(), let orbit = cursor.number(), cursor.take(44), cursor.take(32),
      cursor.takeWord(), let run = cursor.number(),
      event <= UInt64(UInt32.max), slot <= 3564, run <= UInt64(UInt32.max)
    else { return nil }
    let hasComma = cursor.take(44)
    let next = cursor.byte
    guard next == 32 || next == 13 || next == 10 else { return nil }
    cursor.skipPrintable()
    self.event = UInt32(truncatingIfNeeded: event)
    bunchSlot = UInt16(truncatingIfNeeded: slot)
    self.orbit = orbit
    self.run = UInt32(truncatingIfNeeded: run)
    isBare = !hasComma && next != 32
    end = cursor.place
  }
}
