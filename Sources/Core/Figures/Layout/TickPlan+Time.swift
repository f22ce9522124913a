import Foundation

extension TickPlan {
  /// Ticks of a time axis at round times of day, days, months or years (UTC), and what to write after the title: the
  /// date when everything shown lies within one day.
  ///
  /// - Parameters:
  ///   - lower: seconds since 1970-01-01 00:00 UTC, without leap seconds.
  ///   - upper: the same.
  ///   - count: about how many ticks there is room for.
  static func time(_ lower: Double, _ upper: Double, count: Int) -> (plan: TickPlan, unit: String) {
    let span = upper - lower
    // Beyond the years 1 to 9999 the numbers are no times.
    guard span > 0, lower > -62_135_596_800, upper < 253_402_300_800 else {
      return (linear(lower, upper, count: count), "UTC")
    }
    let rough = span / Double(max(count, 1))
    if rough > 20 * 86_400 { return (months(lower, upper, step: rough / (30.44 * 86_400)), "UTC") }
    if rough < 0.5 { return fractions(lower, upper, count: count) }
    let steps: [(step: Double, parts: Double)] = [
      (1, 5), (2, 4), (5, 5), (10, 5), (15, 3), (30, 3), (60, 6), (120, 4), (300, 5), (600, 5), (900, 3), (1800, 3),
      (3600, 6), (7200, 4), (10800, 3), (21600, 6), (43200, 4), (86_400, 4), (2 * 86_400, 4), (5 * 86_400, 5),
      (10 * 86_400, 5), (20 * 86_400, 4),
    ]
    let chosen = steps.first { $0.step >= rough } ?? (20 * 86_400, 4)
    let isOneDay = (lower / 86_400).rounded(.down) == ((upper - 1e-6) / 86_400).rounded(.down)
    func multiples(of step: Double) -> [Double] {
      stride(from: (lower / step - 1e-9).rounded(.up), through: (upper / step + 1e-9).rounded(.down), by: 1)
        .map { $0 * step }
    }
    let places = multiples(of: chosen.step)
    var shownDay: Double?
    let major = places.map { value -> Axis.Tick in
      let clock = CivilTime(secondsSince1970: value)
      let time = chosen.step < 60 ? clock.timeWithSeconds : clock.time
      if chosen.step >= 86_400 { return Axis.Tick(value, clock.monthAndDay) }
      let day = (value / 86_400).rounded(.down)
      defer { shownDay = day }
      return Axis.Tick(value, isOneDay || shownDay == day ? time : clock.monthAndDay + " " + time)
    }
    let taken = Set(places)
    let minor = multiples(of: chosen.step / chosen.parts).filter { !taken.contains($0) }
    let first = CivilTime(secondsSince1970: lower)
    return (
      TickPlan(major: major, minor: minor), isOneDay ? first.date + " UTC" : "\(first.year) UTC"
    )
  }

  private static func fractions(_ lower: Double, _ upper: Double, count: Int) -> (plan: TickPlan, unit: String) {
    // Below a second, seconds are counted from the whole minute before.
    let minute = (lower / 60).rounded(.down) * 60
    var plan = linear(lower - minute, upper - minute, count: count)
    plan.major = plan.major.map { Axis.Tick($0.value + minute, $0.label) }
    plan.minor = plan.minor.map { $0 + minute }
    let start = CivilTime(secondsSince1970: minute)
    return (plan, "s after \(start.date) \(start.time) UTC")
  }

  private static func months(_ lower: Double, _ upper: Double, step: Double) -> TickPlan {
    let steps = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400]
    let every = steps.first { Double($0) >= step } ?? 2400
    let first = CivilTime(secondsSince1970: lower)
    let last = CivilTime(secondsSince1970: upper)
    var plan = TickPlan(major: [], minor: [])
    for index in (first.year * 12 + first.month - 1)...(last.year * 12 + last.month) {
      let value = CivilTime.seconds(year: index / 12, month: index % 12 + 1, day: 1)
      guard value >= lower, value <= upper else { continue }
      if index % every == 0 {
        let label = "\(index / 12)" + (every % 12 == 0 ? "" : "-" + CivilTime.two(index % 12 + 1))
        plan.major.append(Axis.Tick(value, label))
      } else if every <= 12 || index % 12 == 0 {
        plan.minor.append(value)
      }
    }
    return plan
  }
}

/// Date and time of day in UTC, in the Gregorian calendar.
struct CivilTime: Equatable {
  var year: Int
  var month: Int
  var day: Int
  var secondOfDay: Int

  /// The date of a number of seconds since 1970-01-01 00:00 UTC, fractions dropped.
  ///
  /// Days to dates after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
  init(secondsSince1970 seconds: Double) {
    let days = (seconds / 86_400).rounded(.down)
    secondOfDay = Int(seconds - days * 86_400)
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Seconds since 1970-01-01 00:00 UTC at the start of a day (`days_from_civil` of the same source).
  static func seconds(year: Int, month: Int, day: Int) -> Double {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Double(era * 146_097 + dayOfEra - 719_468) * 86_400
  }

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  var monthAndDay: String { Self.two(month) + "-" + Self.two(day) }
  var date: String { "\(year)-" + monthAndDay }
  var time: String { Self.two(secondOfDay / 3600) + ":" + Self.two(secondOfDay / 60 % 60) }
  var timeWithSeconds: String { time + ":" + Self.two(secondOfDay % 60) }
}
