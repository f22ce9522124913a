/// A point in time as conditions data hold it: UTC in microseconds, without leap seconds and without a zone.
public struct ConditionsTime: Sendable, Hashable, Comparable {
  /// Microseconds since 1970-01-01 00:00:00 UTC.
  public var microseconds: Int64

  /// A time by microseconds since 1970.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// A time by whole seconds since 1970.
  public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

  /// A time by its calendar fields in UTC (proleptic Gregorian).
  ///
  /// - Returns: `nil` for a day or time of day that does not exist.
  public init?(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, microsecond: Int = 0
  ) {
    guard (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day), (0...23).contains(hour),
      (0...59).contains(minute), (0...59).contains(second), (0...999_999).contains(microsecond),
      (1...9999).contains(year)
    else { return nil }
    let days = Self.dayNumber(year, month, day)
    microseconds =
      ((Int64(days) * 24 + Int64(hour)) * 60 + Int64(minute)) * 60_000_000 + Int64(second) * 1_000_000
      + Int64(microsecond)
  }

  /// Seconds since 1970 as a number.
  public var seconds: Double { Double(microseconds) / 1e6 }

  /// Seconds since 1970, rounded down.
  public var wholeSeconds: Int64 { Self.floorDivide(microseconds, 1_000_000) }

  /// Days since 1970, rounded down.
  public var dayNumber: Int { Int(Self.floorDivide(microseconds, 86_400_000_000)) }

  /// The beginning of a day by its number since 1970.
  public init(dayNumber: Int) { microseconds = Int64(dayNumber) * 86_400_000_000 }

  /// A time some seconds later (earlier for a negative number), rounded to a microsecond.
  public func adding(seconds: Double) -> ConditionsTime {
    ConditionsTime(microseconds: microseconds + Int64((seconds * 1e6).rounded()))
  }

  /// Seconds from this time to another.
  public func seconds(to later: ConditionsTime) -> Double { Double(later.microseconds - microseconds) / 1e6 }

  /// Earlier comes first.
  public static func < (left: ConditionsTime, right: ConditionsTime) -> Bool { left.microseconds < right.microseconds }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
  }

  private static func days(in month: Int, of year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return month == 2 ? (isLeap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
  }

  /// Days from 1970-01-01 by the method of civil days in eras of 400 years (Fliegel and Van Flandern's idea).
  private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Year, month and day of a day number since 1970.
  static func civil(_ dayNumber: Int) -> (year: Int, month: Int, day: Int) {
    let z = dayNumber + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }
}
