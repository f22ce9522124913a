/// Bytes in the order of ROOT's files: most significant first, texts with their length before them.
struct ROOTBuffer {
  var bytes: [UInt8] = []

  mutating func add(_ value: UInt8) { bytes.append(value) }

  mutating func add<Number: FixedWidthInteger>(_ value: Number) {
    var rest = value.bigEndian
    for _ in 0..<Number.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  mutating func add(_ value: Double) { add(value.bitPattern) }
  mutating func add(_ value: Float) { add(value.bitPattern) }

  /// A text: its length in one byte, or 255 and four bytes.
  mutating func add(_ text: String) {
    let utf8 = Array(text.utf8)
    if utf8.count < 255 {
      bytes.append(UInt8(utf8.count))
    } else {
      bytes.append(255)
      add(Int32(utf8.count))
    }
    bytes.append(contentsOf: utf8)
  }

  /// A text ended by a zero, as names of classes are written.
  mutating func add(zeroTerminated text: String) {
    bytes.append(contentsOf: text.utf8)
    bytes.append(0)
  }

  /// An array of doubles with its length.
  mutating func add(array values: [Double]) {
    add(Int32(values.count))
    for value in values { add(value.bitPattern) }
  }

  /// An array of floats with its length.
  mutating func add(floats values: [Double]) {
    add(Int32(values.count))
    for value in values { add(Float(value).bitPattern) }
  }

  /// What `body` adds, with its length and a version before it.
  mutating func versioned(_ version: Int16, _ body: (inout ROOTBuffer) -> Void) {
    counted {
      $0.add(version)
      body(&$0)
    }
  }

  /// What `body` adds, with its length before it.
  mutating func counted(_ body: (inout ROOTBuffer) -> Void) {
    let place = bytes.count
    add(UInt32(0))
    body(&self)
    set(UInt32(bytes.count - place - 4) | 0x4000_0000, at: place)
  }

  /// Replaces four bytes.
  mutating func set(_ value: UInt32, at place: Int) {
    for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(index))) }
  }
}

/// Reads what `ROOTBuffer` writes; nothing beyond the end is touched.
struct ROOTCursor {
  let bytes: [UInt8]
  var place: Int
  let end: Int
  /// Why reading stopped; later reads give zeros.
  private(set) var fault: String?

  init(_ bytes: [UInt8], from place: Int = 0, to end: Int? = nil) {
    self.bytes = bytes
    self.place = place
    self.end = min(end ?? bytes.count, bytes.count)
  }

  /// Whether everything so far was there and made sense.
  var isWhole: Bool { fault == nil }

  mutating func fail(_ reason: String) { fault = fault ?? reason }

  mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number {
    let size = Number.bitWidth / 8
    guard fault == nil, place >= 0, end - place >= size else {
      fail("it ends too early")
      return 0
    }
    var value: Number = 0
    for index in 0..<size { value = (value << 8) | Number(truncatingIfNeeded: bytes[place + index]) }
    place += size
    return value
  }

  mutating func byte() -> UInt8 {
    guard fault == nil, place >= 0, place < end else {
      fail("it ends too early")
      return 0
    }
    place += 1
    return bytes[place - 1]
  }

  mutating func double() -> Double { Double(bitPattern: integer(UInt64.self)) }
  mutating func float() -> Float { Float(bitPattern: integer(UInt32.self)) }

  mutating func text() -> String {
    let short = byte()
    let count = short == 255 ? Int(integer(Int32.self)) : Int(short)
    guard fault == nil, count >= 0, end - place >= count else {
      fail("a text is longer than what is left")
      return ""
    }
    place += count
    return String(decoding: bytes[place - count..<place], as: UTF8.self)
  }

  mutating func zeroTerminated() -> String {
    guard fault == nil, place < end, let stop = bytes[place..<end].firstIndex(of: 0) else {
      fail("a name has no end")
      return ""
    }
    defer { place = stop + 1 }
    return String(decoding: bytes[place..<stop], as: UTF8.self)
  }

  mutating func skip(_ count: Int) {
    guard count >= 0, end - place >= count else { return fail("it ends too early") }
    place += count
  }

  /// Length and version at the start of an object: where it ends, and its version.
  mutating func header() -> (end: Int, version: Int) {
    let count = integer(UInt32.self)
    guard count & 0x4000_0000 != 0 else {
      // Without a length the two first bytes are the version.
      place -= 4
      return (end, Int(integer(Int16.self)))
    }
    let stop = place + Int(count & 0x3fff_ffff)
    guard stop <= end else {
      fail("an object is longer than what is left")
      return (end, 0)
    }
    return (stop, Int(integer(Int16.self)))
  }

  /// Number of elements of an array whose elements take `size` bytes.
  private mutating func length(_ size: Int) -> Int {
    let count = Int(integer(Int32.self))
    guard fault == nil, count >= 0, count <= (end - place) / size else {
      fail("an array is longer than what is left")
      return 0
    }
    return count
  }

  mutating func doubles() -> [Double] {
    let count = length(8)
    return (0..<count).map { _ in double() }
  }

  mutating func floats() -> [Double] {
    let count = length(4)
    return (0..<count).map { _ in Double(float()) }
  }

  mutating func integers<Number: FixedWidthInteger>(_ type: Number.Type) -> [Double] {
    let count = length(Number.bitWidth / 8)
    return (0..<count).map { _ in Double(integer(type)) }
  }
}
