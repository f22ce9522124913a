import Conditions

/// Series of many channels, filled stretch by stretch and kept only as far back as look-ups reach.
struct SeriesStore<Key: Hashable & Sendable>: Sendable {
  private(set) var series: [Key: AsOfSeries] = [:]
  /// Up to when rows have been read.
  private(set) var readUntil: ConditionsTime?

  /// The part of a period that has not been read yet; `nil` when all of it has.
  func unread(from begin: ConditionsTime, to end: ConditionsTime) -> (from: ConditionsTime, to: ConditionsTime)? {
    guard let readUntil else { return (begin, end) }
    return end > readUntil ? (max(begin, readUntil), end) : nil
  }

  /// Adds a reading.
  mutating func append(_ key: Key, _ time: ConditionsTime, _ value: Double) {
    series[key, default: AsOfSeries()].append(time, value)
  }

  /// Says that everything before a time is here, and forgets what lies before another.
  mutating func advance(to end: ConditionsTime, keepingFrom begin: ConditionsTime) {
    readUntil = end
    for key in series.keys { series[key]?.removeReadings(before: begin) }
  }

  subscript(key: Key) -> AsOfSeries { series[key] ?? AsOfSeries() }
}

extension AsOfSeries {
  /// Forgets the readings before a time.
  mutating func removeReadings(before time: ConditionsTime) {
    let first = firstIndex(notBefore: time)
    guard first > 0 else { return }
    self = AsOfSeries(sortedTimes: Array(times[first...]), values: Array(values[first...]))
  }
}
