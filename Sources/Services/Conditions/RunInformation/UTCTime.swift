/// Points in time as milliseconds since 1970-01-01 00:00 UTC without leap seconds, from and to text; never a local time.
public enum UTCTime {
  /// From ISO 8601: `2024-05-01T10:00:00Z`, with a fraction or an offset such as `+02:00`; no offset means UTC.
  ///
  /// - Returns: nil when the text is not such a time, or the day or time of day does not exist.
  public static func milliseconds(iso text: String) -> Double? {
    var cursor = Cursor(text)
    guard let year = cursor.number(4), cursor.take("-"), let month = cursor.number(2), cursor.take("-"),
      let day = cursor.number(2), let days = dayNumber(year, month, day)
    else { return nil }
    if cursor.isAtEnd { return Double(days) * 86_400_000 }
    guard cursor.take("T") || cursor.take(" "), let time = cursor.timeOfDay() else { return nil }
    guard let offset = cursor.offset(), cursor.isAtEnd else { return nil }
    return Double(days) * 86_400_000 + time - offset
  }

  /// From the form of brilcalc, `MM/DD/YY HH:MM:SS`; years count from 2000.
  ///
  /// - Returns: nil when the text is not such a time.
  public static func milliseconds(brilcalc text: String) -> Double? {
    var cursor = Cursor(text)
    guard let month = cursor.number(2), cursor.take("/"), let day = cursor.number(2), cursor.take("/"),
      let year = cursor.number(2), cursor.take(" "), let days = dayNumber(2000 + year, month, day),
      let time = cursor.timeOfDay(), cursor.isAtEnd
    else { return nil }
    return Double(days) * 86_400_000 + time
  }

  /// `2024/05/01 10:00:00`, cut to whole seconds; `-` for a time that is no finite number of usual size.
  public static func text(_ milliseconds: Double) -> String {
    guard let parts = Parts(milliseconds) else { return "-" }
    return "\(parts.date("/")) \(parts.time)"
  }

  /// `2024-05-01T10:00:00Z`, cut to whole seconds; `-` for a time that is no finite number of usual size.
  public static func iso(_ milliseconds: Double) -> String {
    guard let parts = Parts(milliseconds) else { return "-" }
    return "\(parts.date("-"))T\(parts.time)Z"
  }

  /// `05/01/24 10:00:00`, the form in which brilcalc takes times.
  public static func brilcalc(_ milliseconds: Double) -> String {
    guard let parts = Parts(milliseconds) else { return "-" }
    return "\(two(parts.month))/\(two(parts.day))/\(two(parts.year % 100)) \(parts.time)"
  }

  /// Days from 1970-01-01 to a day of the Gregorian calendar; nil for a day that does not exist.
  static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int? {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[month - 1] else { return nil }
    let before = year - 1
    let leapDays = before / 4 - before / 100 + before / 400
    return before * 365 + leapDays + lengths[..<(month - 1)].reduce(0, +) + day - 1 - 719_162
  }

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// Calendar and clock of a time.
  private struct Parts {
    var year = 1970
    var month = 1
    var day = 1
    var seconds = 0

    init?(_ milliseconds: Double) {
      guard milliseconds.isFinite, abs(milliseconds) < 1e14 else { return nil }
      let whole = Int((milliseconds / 1000).rounded(.down))
      let days = whole >= 0 ? whole / 86400 : (whole - 86399) / 86400
      seconds = whole - days * 86400
      year = 1970 + days / 366
      guard var start = UTCTime.dayNumber(year, 1, 1) else { return nil }
      while start > days {
        year -= 1
        guard let earlier = UTCTime.dayNumber(year, 1, 1) else { return nil }
        start = earlier
      }
      while let next = UTCTime.dayNumber(year + 1, 1, 1), next <= days {
        year += 1
        start = next
      }
      while month < 12, let next = UTCTime.dayNumber(year, month + 1, 1), next <= days {
        month += 1
        start = next
      }
      day = days - start + 1
    }

    func date(_ separator: String) -> String { "\(year)\(separator)\(two(month))\(separator)\(two(day))" }

    var time: String { "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))" }
  }

  /// Reads a text from left to right.
  private struct Cursor {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    /// A number of exactly so many digits.
    mutating func number(_ digits: Int) -> Int? {
      guard position + digits <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[position..<position + digits] {
        guard (48...57).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 48)
      }
      position += digits
      return value
    }

    /// Goes over a character if it comes next.
    mutating func take(_ character: Character) -> Bool {
      guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
      position += 1
      return true
    }

    /// `HH:MM:SS` with or without a fraction, in milliseconds.
    mutating func timeOfDay() -> Double? {
      guard let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
        hour < 24, minute < 60, second < 61
      else { return nil }
      var fraction = 0.0
      if take(".") {
        var weight = 100.0
        let start = position
        while let digit = number(1) {
          fraction += weight * Double(digit)
          weight /= 10
        }
        guard position > start else { return nil }
      }
      return Double(hour * 3600 + minute * 60 + second) * 1000 + fraction
    }

    /// `Z`, `+HH:MM`, `-HHMM` or nothing, in milliseconds.
    mutating func offset() -> Double? {
      if isAtEnd || take("Z") { return 0 }
      let sign = take("+") ? 1.0 : take("-") ? -1.0 : 0
      guard sign != 0, let hours = number(2) else { return nil }
      _ = take(":")
      guard let minutes = isAtEnd ? 0 : number(2), hours < 24, minutes < 60 else { return nil }
      return sign * Double(hours * 60 + minutes) * 60_000
    }
  }
}
