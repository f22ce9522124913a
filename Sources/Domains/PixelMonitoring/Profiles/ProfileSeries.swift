import Conditions

/// Readings in the order of their times, for look-ups by seconds.
struct ReadingSeries: Sendable {
  /// When, in s since 1970.
  private(set) var times: [Double] = []
  /// What.
  private(set) var values: [Double] = []

  /// Adds a reading at or behind the last; out of order it is put in its place.
  mutating func append(_ time: Double, _ value: Double) {
    guard let last = times.last, last > time else {
      times.append(time)
      values.append(value)
      return
    }
    let place = count(upTo: time)
    times.insert(time, at: place)
    values.insert(value, at: place)
  }

  /// Readings at or before a time.
  func count(upTo time: Double) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Readings before a time.
  func count(before time: Double) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] < time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The latest reading strictly before a time, not before another.
  func latest(before end: Double, notBefore begin: Double) -> (time: Double, value: Double)? {
    reading(count(before: end) - 1, begin)
  }

  /// The latest reading up to and at a time, not before another.
  func latest(upTo end: Double, notBefore begin: Double) -> (time: Double, value: Double)? {
    reading(count(upTo: end) - 1, begin)
  }

  private func reading(_ index: Int, _ begin: Double) -> (time: Double, value: Double)? {
    guard index >= 0, times[index] >= begin else { return nil }
    return (times[index], values[index])
  }
}

/// All series that profiles of some groups need over a period.
struct ProfileSeries: Sendable {
  /// Readings in °C of each sensor of a cooling place (a loop, or a port card), by place.
  var sensors: [String: [ReadingSeries]] = [:]
  /// Bias voltages in V by position of the group.
  var voltages: [ReadingSeries] = []
  /// Leakage currents in µA by position of the group.
  var currents: [ReadingSeries] = []
}
