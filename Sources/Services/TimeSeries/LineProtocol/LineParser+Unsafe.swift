/// Reads and validates line protocol.
///
/// Measurements with tags and field names are looked up by their bytes, so that a line of a series seen before costs no
/// allocation. Every line needs a timestamp in nanoseconds: times are chosen by whoever measured.
public struct LineParser {
  /// What the lines hold.
  public private(set) var batch = SampleBatch()
  /// Lines that are not valid, in order.
  public private(set) var faults: [LineFault] = []
  /// How many lines there were, without empty ones and comments.
  public private(set) var lineCount = 0

  /// Keys seen before: their bytes in `arena`, found by hash.
  private struct Known {
    var hash: UInt64
    var start: Int
    var count: Int
    var key: Int32
    /// The fields seen with this key.
    var fields: [KnownField] = []
  }

  private struct KnownField {
    var start: Int
    var count: Int
    /// The series by kind; -1 where there is none yet.
    var series: (Int32, Int32, Int32, Int32, Int32) = (-1, -1, -1, -1, -1)
  }

  private var known: [Known] = []
  private var slots = [Int32](repeating: -1, count: 64)
  private var arena: [UInt8] = []
  private var physicalLine = 0

  /// A parser that has read nothing.
  public init() {}

  /// Reads lines; a last line without line end counts.
  public mutating func parse(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { buffer in
      batch.samples.reserveCapacity(batch.samples.count + buffer.count / 40)
      var position = 0
      while position < buffer.count { parseLine(buffer, &position) }
    }
  }

  /// Reads lines from a text.
  public mutating func parse(_ text: String) { parse(Array(text.utf8)) }

  /// Takes the batch out, so that reading can go on with an empty one that knows the same series.
  public mutating func takeSamples() -> SampleBatch {
    let taken = batch
    batch.samples.removeAll(keepingCapacity: true)
    batch.texts.removeAll(keepingCapacity: true)
    return taken
  }

  /// Takes the faults out.
  public mutating func takeFaults() -> [LineFault] {
    defer { faults = [] }
    return faults
  }

  /// Reads from `position`, which is inside the buffer, to behind the line's end.
  ///
  /// Every access below is guarded by `position < buffer.count`.
  private mutating func parseLine(_ buffer: UnsafeBufferPointer<UInt8>, _ position: inout Int) {
    physicalLine += 1
    let start = position
    let count = buffer.count
    if buffer[start] == 0x0A || buffer[start] == 0x23 {
      position = Self.lineEnd(buffer, start) + 1
      return
    }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    var place = start
    while place < count {
      let byte = buffer[place]
      if byte == 0x20 || byte == 0x0A { break }
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      // A backslash takes the byte after it along, unless the line ends there.
      if byte == 0x5C, place + 1 < count, buffer[place + 1] != 0x0A {
        place += 1
        hash = (hash ^ UInt64(buffer[place])) &* 0x100_0000_01B3
      }
      place += 1
    }
    let sampleStart = batch.samples.count
    let textStart = batch.texts.count
    let fault = parse(buffer, start, keyEnd: place, hash: hash)
    let end = Self.lineEnd(buffer, place)
    position = end + 1
    if place == start, end == start || fault == .empty { return }
    lineCount += 1
    if let fault {
      batch.samples.removeSubrange(sampleStart...)
      batch.texts.removeSubrange(textStart...)
      let shown = UnsafeBufferPointer(rebasing: buffer[start..<min(end, start + 512)])
      faults.append(
        LineFault(line: physicalLine, message: fault.rawValue, text: String(decoding: shown, as: UTF8.self)))
    }
  }

  private enum Fault: String {
    case empty = "the line is empty"
    case noMeasurement = "the measurement is missing"
    case badTag = "a tag is not of the form key=value, or one of both is empty"
    case noField = "there is no field"
    case badField = "a field is not of the form name=value"
    case badValue = "a value is not a number, a truth value or a quoted text"
    case notFinite = "NaN and infinity cannot be represented"
    case range = "a whole number does not fit 64 bits"
    case noTime = "there is no timestamp"
    case badTime = "the timestamp is not a whole number of nanoseconds"
    case openQuote = "a quoted text does not end on its line"
  }

  private static func lineEnd(_ buffer: UnsafeBufferPointer<UInt8>, _ from: Int) -> Int {
    var place = from
    while place < buffer.count, buffer[place] != 0x0A { place += 1 }
    return place
  }

  /// Fields and time of a line whose key is `start..<keyEnd`; `keyEnd` is at a blank, a line end or the end of the buffer.
  private mutating func parse(
    _ buffer: UnsafeBufferPointer<UInt8>, _ start: Int, keyEnd: Int, hash: UInt64
  ) -> Fault? {
    guard keyEnd > start else { return isBlank(buffer, start) ? .empty : .noMeasurement }
    guard keyEnd < buffer.count, buffer[keyEnd] == 0x20 else { return isBlank(buffer, start) ? .empty : .noField }
    let owner: Int
    switch find(buffer, start, keyEnd, hash) {
    case .success(let place): owner = place
    case .failure(let fault): return fault.fault
    }
    let count = buffer.count
    var place = keyEnd
    while place < count, buffer[place] == 0x20 { place += 1 }
    let firstSample = batch.samples.count
    while true {
      let nameStart = place
      while place < count, buffer[place] != 0x3D {
        if buffer[place] == 0x0A || buffer[place] == 0x20 || buffer[place] == 0x2C { return .badField }
        if buffer[place] == 0x5C, place + 1 < count { place += 1 }
        place += 1
      }
      guard place < count, place > nameStart else { return place == nameStart ? .noField : .badField }
      let nameEnd = place
      place += 1
      switch value(buffer, &place) {
      case .failure(let fault): return fault.fault
      case .success(let (kind, bits)):
        let series = series(owner, buffer, nameStart, nameEnd, kind)
        batch.samples.append(SampleBatch.Sample(series: series, time: 0, bits: bits))
      }
      guard place < count, buffer[place] == 0x2C else { break }
      place += 1
    }
    guard place < count, buffer[place] == 0x20 else { return .noTime }
    while place < count, buffer[place] == 0x20 { place += 1 }
    guard place < count, buffer[place] != 0x0A, buffer[place] != 0x0D else { return .noTime }
    guard let time = wholeNumber(buffer, &place) else { return .badTime }
    while place < count, buffer[place] == 0x20 || buffer[place] == 0x0D { place += 1 }
    guard place == count || buffer[place] == 0x0A else { return .badTime }
    for sample in firstSample..<batch.samples.count { batch.samples[sample].time = time }
    return nil
  }

  private func isBlank(_ buffer: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
    var place = start
    while place < buffer.count, buffer[place] != 0x0A {
      guard buffer[place] == 0x20 || buffer[place] == 0x0D || buffer[place] == 0x09 else { return false }
      place += 1
    }
    return true
  }

  /// A failure as an error, which `Result` asks for.
  private struct Stop: Error { var fault: Fault }

  // MARK: Values

  private mutating func value(
    _ buffer: UnsafeBufferPointer<UInt8>, _ place: inout Int
  ) -> Result<(FieldKind, UInt64), Stop> {
    guard place < buffer.count else { return .failure(Stop(fault: .badValue)) }
    if buffer[place] == 0x22 { return text(buffer, &place) }
    let start = place
    while place < buffer.count, buffer[place] != 0x2C, buffer[place] != 0x20, buffer[place] != 0x0A,
      buffer[place] != 0x0D
    { place += 1 }
    guard place > start else { return .failure(Stop(fault: .badValue)) }
    let last = buffer[place - 1]
    if last == UInt8(ascii: "i") || last == UInt8(ascii: "u"), place - start > 1 {
      let digits = String(decoding: UnsafeBufferPointer(rebasing: buffer[start..<place - 1]), as: UTF8.self)
      guard digits.utf8.first != UInt8(ascii: "+"), digits.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) })
      else { return .failure(Stop(fault: .badValue)) }
      if last == UInt8(ascii: "i") {
        var at = start
        if let quick = wholeNumber(buffer, &at), at == place - 1 {
          return .success((.integer, UInt64(bitPattern: quick)))
        }
        guard let value = Int64(digits) else { return .failure(Stop(fault: .range)) }
        return .success((.integer, UInt64(bitPattern: value)))
      }
      guard let value = UInt64(digits) else { return .failure(Stop(fault: .range)) }
      return .success((.unsigned, value))
    }
    if let quick = plainDecimal(buffer, start, place) { return .success((.number, quick.bitPattern)) }
    return slowValue(String(decoding: UnsafeBufferPointer(rebasing: buffer[start..<place]), as: UTF8.self))
  }

  private func slowValue(_ word: String) -> Result<(FieldKind, UInt64), Stop> {
    switch word {
    case "t", "T", "true", "True", "TRUE": return .success((.boolean, 1))
    case "f", "F", "false", "False", "FALSE": return .success((.boolean, 0))
    default: break
    }
    let isDecimal = word.utf8.allSatisfy {
      (0x30...0x39).contains($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E || $0 == 0x65 || $0 == 0x45
    }
    guard isDecimal, let number = Double(word) else {
      let isNotFinite = ["nan", "inf", "+inf", "-inf", "infinity"].contains(word.lowercased())
      return .failure(Stop(fault: isNotFinite ? .notFinite : .badValue))
    }
    guard number.isFinite else { return .failure(Stop(fault: .notFinite)) }
    return .success((.number, number.bitPattern))
  }

  private mutating func text(
    _ buffer: UnsafeBufferPointer<UInt8>, _ place: inout Int
  ) -> Result<(FieldKind, UInt64), Stop> {
    place += 1
    var content: [UInt8] = []
    while place < buffer.count {
      let byte = buffer[place]
      place += 1
      if byte == 0x22 {
        batch.texts.append(String(decoding: content, as: UTF8.self))
        return .success((.text, UInt64(batch.texts.count - 1)))
      }
      if byte == 0x0A {
        place -= 1
        break
      }
      if byte == 0x5C, place < buffer.count, buffer[place] == 0x22 || buffer[place] == 0x5C {
        content.append(buffer[place])
        place += 1
      } else {
        content.append(byte)
      }
    }
    return .failure(Stop(fault: .openQuote))
  }

  private static let powers: [Double] = [
    1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
  ]

  /// The number of `-?digits[.digits]` with at most 15 digits; `nil` for all else.
  ///
  /// Digits and power of ten are exact, so one division rounds correctly (Clinger 1990).
  private func plainDecimal(_ buffer: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Double? {
    var place = start
    let isNegative = buffer[place] == 0x2D
    if isNegative { place += 1 }
    guard end - place <= 16, place < end else { return nil }
    var digits: UInt64 = 0
    var count = 0
    var decimals = -1
    while place < end {
      let byte = buffer[place]
      if byte == 0x2E {
        guard decimals < 0, count > 0 else { return nil }
        decimals = 0
      } else {
        let digit = byte &- 0x30
        guard digit < 10 else { return nil }
        digits = digits &* 10 &+ UInt64(digit)
        count += 1
        if decimals >= 0 { decimals += 1 }
      }
      place += 1
    }
    guard count > 0, count <= 15, decimals != 0 else { return nil }
    let size = decimals > 0 ? Double(digits) / Self.powers[decimals] : Double(digits)
    return isNegative ? -size : size
  }

  /// `-?digits` of at most 18 digits, and longer ones through `Int64`; `nil` when there is no digit.
  private func wholeNumber(_ buffer: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> Int64? {
    let start = place
    let isNegative = place < buffer.count && buffer[place] == 0x2D
    if isNegative { place += 1 }
    let first = place
    var value: Int64 = 0
    while place < buffer.count {
      let digit = buffer[place] &- 0x30
      guard digit < 10 else { break }
      if place - first < 18 { value = value &* 10 &+ Int64(digit) }
      place += 1
    }
    guard place > first else { return nil }
    if place - first > 18 {
      return Int64(String(decoding: UnsafeBufferPointer(rebasing: buffer[start..<place]), as: UTF8.self))
    }
    return isNegative ? -value : value
  }

  // MARK: Keys and series

  /// The place of a key in `known`, which a key seen for the first time is added to.
  private mutating func find(
    _ buffer: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ hash: UInt64
  ) -> Result<Int, Stop> {
    // The number of slots is a power of two and more than half of them are free, so that the search ends.
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
    while slots[slot] >= 0 {
      let candidate = Int(slots[slot])
      if known[candidate].hash == hash, equals(known[candidate].start, known[candidate].count, buffer, start, end) {
        return .success(candidate)
      }
      slot = (slot + 1) & mask
    }
    let bytes = UnsafeBufferPointer(rebasing: buffer[start..<end])
    switch Self.key(bytes) {
    case .failure(let stop): return .failure(stop)
    case .success(let key):
      let entry = Known(hash: hash, start: arena.count, count: end - start, key: batch.place(of: key))
      arena.append(contentsOf: bytes)
      known.append(entry)
      slots[slot] = Int32(known.count - 1)
      if known.count * 2 > slots.count { grow() }
      return .success(known.count - 1)
    }
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    let mask = slots.count - 1
    for (place, entry) in known.enumerated() {
      var slot = Int(truncatingIfNeeded: entry.hash ^ entry.hash >> 32) & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(place)
    }
  }

  /// Whether `count` bytes of the arena from `start` equal a part of the buffer.
  private func equals(
    _ start: Int, _ count: Int, _ buffer: UnsafeBufferPointer<UInt8>, _ from: Int, _ end: Int
  ) -> Bool {
    guard count == end - from else { return false }
    // The arena holds `start..<start + count`; entries are only made with bytes that were appended to it.
    return arena.withUnsafeBufferPointer { own in
      for offset in 0..<count where own[start + offset] != buffer[from + offset] { return false }
      return true
    }
  }

  private mutating func series(
    _ owner: Int, _ buffer: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ kind: FieldKind
  ) -> Int32 {
    for place in known[owner].fields.indices {
      let field = known[owner].fields[place]
      guard equals(field.start, field.count, buffer, start, end) else { continue }
      let series = Self.series(field, kind)
      if series >= 0 { return series }
      return add(owner, place, kind)
    }
    known[owner].fields.append(KnownField(start: arena.count, count: end - start))
    arena.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[start..<end]))
    return add(owner, known[owner].fields.count - 1, kind)
  }

  private static func series(_ field: KnownField, _ kind: FieldKind) -> Int32 {
    switch kind {
    case .number: field.series.0
    case .integer: field.series.1
    case .unsigned: field.series.2
    case .boolean: field.series.3
    case .text: field.series.4
    }
  }

  private mutating func add(_ owner: Int, _ place: Int, _ kind: FieldKind) -> Int32 {
    let field = known[owner].fields[place]
    let name = Self.unescaped(Array(arena[field.start..<field.start + field.count]), also: 0x3D)
    let series = batch.place(known[owner].key, name, kind)
    switch kind {
    case .number: known[owner].fields[place].series.0 = series
    case .integer: known[owner].fields[place].series.1 = series
    case .unsigned: known[owner].fields[place].series.2 = series
    case .boolean: known[owner].fields[place].series.3 = series
    case .text: known[owner].fields[place].series.4 = series
    }
    return series
  }

  /// Measurement and tags parted at commas and equals signs that no backslash protects.
  private static func key(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<PointKey, Stop> {
    let parts = split(Array(bytes), at: 0x2C)
    guard let measurement = parts.first, !measurement.isEmpty else { return .failure(Stop(fault: .noMeasurement)) }
    var tags: [PointKey.Tag] = []
    for part in parts.dropFirst() {
      let sides = split(part, at: 0x3D)
      guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else { return .failure(Stop(fault: .badTag)) }
      tags.append(PointKey.Tag(key: unescaped(sides[0], also: 0x3D), value: unescaped(sides[1], also: 0x3D)))
    }
    return .success(PointKey(unescaped(measurement, also: 0x20), tags: tags))
  }

  private static func split(_ bytes: [UInt8], at separator: UInt8) -> [[UInt8]] {
    var parts: [[UInt8]] = [[]]
    var isProtected = false
    for byte in bytes {
      if byte == separator, !isProtected {
        parts.append([])
      } else {
        parts[parts.count - 1].append(byte)
      }
      isProtected = byte == 0x5C && !isProtected
    }
    return parts
  }

  /// The text without the backslashes that protect commas, blanks and `also`; other backslashes stand for themselves.
  private static func unescaped(_ bytes: [UInt8], also: UInt8) -> String {
    var text: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place] == 0x5C, place + 1 < bytes.count,
        bytes[place + 1] == 0x2C || bytes[place + 1] == 0x20 || bytes[place + 1] == also
      {
        place += 1
      }
      text.append(bytes[place])
      place += 1
    }
    return String(decoding: text, as: UTF8.self)
  }
}
