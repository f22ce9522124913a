extension ConditionsTime {
  /// The time as `YYYY-MM-DD HH:MM:SS.ffffff`, always 26 characters, so that the order of texts is that of times.
  public var text: String {
    let day = Self.civil(dayNumber)
    let inDay = microseconds - Int64(dayNumber) * 86_400_000_000
    var bytes: [UInt8] = []
    bytes.reserveCapacity(26)
    func put(_ value: Int, _ width: Int, _ end: UInt8?) {
      var divisor = 1
      for _ in 1..<width { divisor *= 10 }
      var rest = value
      for _ in 0..<width {
        bytes.append(UInt8(ascii: "0") + UInt8((rest / divisor) % 10))
        rest %= divisor
        divisor = max(1, divisor / 10)
      }
      if let end { bytes.append(end) }
    }
    put(day.year, 4, UInt8(ascii: "-"))
    put(day.month, 2, UInt8(ascii: "-"))
    put(day.day, 2, UInt8(ascii: " "))
    put(Int(inDay / 3_600_000_000), 2, UInt8(ascii: ":"))
    put(Int(inDay / 60_000_000 % 60), 2, UInt8(ascii: ":"))
    put(Int(inDay / 1_000_000 % 60), 2, UInt8(ascii: "."))
    put(Int(inDay % 1_000_000), 6, nil)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The day as `YYYY-MM-DD`.
  public var day: String { String(text.prefix(10)) }

  /// The time as brilcalc takes it: `MM/DD/YY HH:MM:SS`.
  public var americanText: String {
    let text = Array(self.text)
    return String(text[5...6]) + "/" + String(text[8...9]) + "/" + String(text[2...3]) + " " + String(text[11...18])
  }

  /// Reads `YYYY-MM-DD HH:MM:SS` with an optional fraction of a second and an optional zone (`Z`, `+hh:mm`, `+hhmm`, `+hh`);
  /// a `T` may stand in place of the blank, and a day alone is its beginning.
  ///
  /// A fraction finer than a microsecond is rounded down. Without a zone the time is UTC.
  ///
  /// - Returns: `nil` for what is none.
  public init?(_ text: some StringProtocol) {
    var copy = String(text)
    let read = copy.withUTF8 { Self.read($0.span) }
    guard let read else { return nil }
    self = read
  }

  /// Reads the same forms from the bytes of a text.
  public init?(utf8 bytes: Span<UInt8>) {
    guard let read = Self.read(bytes) else { return nil }
    self = read
  }

  /// Reads brilcalc's `MM/DD/YY HH:MM:SS`, which is UTC; years are those after 2000.
  public init?(american text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count == 17, bytes[2] == 0x2F, bytes[5] == 0x2F, bytes[8] == 0x20, bytes[11] == 0x3A,
      bytes[14] == 0x3A
    else { return nil }
    func pair(_ place: Int) -> Int? {
      let (tens, ones) = (Int(bytes[place]) - 48, Int(bytes[place + 1]) - 48)
      return (0...9).contains(tens) && (0...9).contains(ones) ? tens * 10 + ones : nil
    }
    guard let month = pair(0), let day = pair(3), let year = pair(6), let hour = pair(9), let minute = pair(12),
      let second = pair(15),
      let time = ConditionsTime(
        year: 2000 + year, month: month, day: day, hour: hour, minute: minute, second: second)
    else { return nil }
    self = time
  }

  /// The form that databases hold, `YYYY-MM-DD HH:MM:SS.ffffff`; `nil` for any other, which may still be a time.
  ///
  /// Tables have millions of them, so that this has no branch for each digit.
  private static func fixed(_ bytes: Span<UInt8>) -> ConditionsTime? {
    guard bytes.count == 26, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x20, bytes[13] == 0x3A,
      bytes[16] == 0x3A, bytes[19] == 0x2E
    else { return nil }
    var largest: UInt8 = 0
    let (century, year) = (pair(bytes, 0, &largest), pair(bytes, 2, &largest))
    let (month, day) = (pair(bytes, 5, &largest), pair(bytes, 8, &largest))
    let (hour, minute, second) = (pair(bytes, 11, &largest), pair(bytes, 14, &largest), pair(bytes, 17, &largest))
    let fraction = pair(bytes, 20, &largest) * 10_000 + pair(bytes, 22, &largest) * 100 + pair(bytes, 24, &largest)
    guard largest < 10 else { return nil }
    return ConditionsTime(
      year: century * 100 + year, month: month, day: day, hour: hour, minute: minute, second: second,
      microsecond: fraction)
  }

  /// Two digits as a number; `largest` grows above 9 for what is no digit.
  @inline(__always) private static func pair(_ bytes: Span<UInt8>, _ place: Int, _ largest: inout UInt8) -> Int {
    let (tens, ones) = (bytes[place] &- 48, bytes[place + 1] &- 48)
    largest = max(largest, max(tens, ones))
    return Int(tens) * 10 + Int(ones)
  }

  private static func read(_ bytes: Span<UInt8>) -> ConditionsTime? {
    if let time = fixed(bytes) { return time }
    let count = bytes.count
    func digits(_ from: Int, _ length: Int) -> Int? {
      guard from + length <= count else { return nil }
      var value = 0
      for place in from..<from + length {
        let digit = Int(bytes[place]) - 48
        guard digit >= 0, digit <= 9 else { return nil }
        value = value * 10 + digit
      }
      return value
    }
    func isAt(_ place: Int, _ character: Unicode.Scalar) -> Bool {
      place < count && bytes[place] == UInt8(ascii: character)
    }
    guard let year = digits(0, 4), isAt(4, "-"), let month = digits(5, 2), isAt(7, "-"), let day = digits(8, 2) else {
      return nil
    }
    guard count > 10 else { return ConditionsTime(year: year, month: month, day: day) }
    guard isAt(10, " ") || isAt(10, "T"), let hour = digits(11, 2), isAt(13, ":"), let minute = digits(14, 2),
      isAt(16, ":"), let second = digits(17, 2)
    else { return nil }
    var place = 19
    var fraction = 0
    if isAt(place, ".") {
      place += 1
      var scale = 100_000
      let start = place
      while place < count, let digit = digits(place, 1) {
        fraction += digit * scale
        scale /= 10
        place += 1
      }
      guard place > start else { return nil }
    }
    guard
      let local = ConditionsTime(
        year: year, month: month, day: day, hour: hour, minute: minute, second: second, microsecond: fraction)
    else { return nil }
    if place == count { return local }
    if isAt(place, "Z"), place + 1 == count { return local }
    guard isAt(place, "+") || isAt(place, "-"), let hours = digits(place + 1, 2), hours <= 14 else { return nil }
    let sign: Int64 = isAt(place, "-") ? -1 : 1
    place += 3
    var minutes = 0
    if place < count {
      if isAt(place, ":") { place += 1 }
      guard let read = digits(place, 2), read < 60, place + 2 == count else { return nil }
      minutes = read
    }
    return ConditionsTime(microseconds: local.microseconds - sign * Int64(hours * 60 + minutes) * 60_000_000)
  }
}
