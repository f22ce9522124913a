import Conditions

/// Readings of one channel in the order of their times, for look-ups in memory.
public struct AsOfSeries: Sendable, Equatable {
  /// When, growing or equal.
  public private(set) var times: [ConditionsTime]
  /// What, one for each time.
  public private(set) var values: [Double]

  /// An empty series.
  public init() { (times, values) = ([], []) }

  /// A series of readings in any order; readings of the same time keep the order in which they were given.
  public init(_ readings: [(time: ConditionsTime, value: Double)]) {
    let order = readings.indices.sorted { (readings[$0].time, $0) < (readings[$1].time, $1) }
    times = order.map { readings[$0].time }
    values = order.map { readings[$0].value }
  }

  /// A series of readings that are in order.
  init(sortedTimes: [ConditionsTime], values: [Double]) { (times, self.values) = (sortedTimes, values) }

  /// Number of readings.
  public var count: Int { times.count }
  /// Whether there is no reading.
  public var isEmpty: Bool { times.isEmpty }

  /// Adds a reading; one that comes out of order is put in its place.
  ///
  /// - Complexity: O(1) when readings come in order.
  public mutating func append(_ time: ConditionsTime, _ value: Double) {
    guard let last = times.last, last > time else {
      times.append(time)
      values.append(value)
      return
    }
    let place = firstIndex(after: time)
    times.insert(time, at: place)
    values.insert(value, at: place)
  }

  /// The number of readings before a time, those at the time not counted.
  public func firstIndex(notBefore time: ConditionsTime) -> Int { partition { $0 < time } }

  /// The number of readings up to and at a time.
  public func firstIndex(after time: ConditionsTime) -> Int { partition { $0 <= time } }

  /// The latest reading strictly before a time and not before another.
  public func latest(before end: ConditionsTime, notBefore begin: ConditionsTime) -> (
    time: ConditionsTime, value: Double
  )? {
    reading(firstIndex(notBefore: end) - 1, notBefore: begin)
  }

  /// The latest reading at or before a time and not before another.
  public func latest(upTo end: ConditionsTime, notBefore begin: ConditionsTime) -> (
    time: ConditionsTime, value: Double
  )? {
    reading(firstIndex(after: end) - 1, notBefore: begin)
  }

  /// The readings from a time on, up to but not at another.
  public func indices(from begin: ConditionsTime, before end: ConditionsTime) -> Range<Int> {
    let first = firstIndex(notBefore: begin)
    return first..<max(first, firstIndex(notBefore: end))
  }

  private func reading(_ index: Int, notBefore begin: ConditionsTime) -> (time: ConditionsTime, value: Double)? {
    guard index >= 0, times[index] >= begin else { return nil }
    return (times[index], values[index])
  }

  private func partition(_ isBefore: (ConditionsTime) -> Bool) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(times[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
