import Conditions
import Errors

/// Readings of temperature sensors over time, as look-ups of a name at a time.
struct SensorHistory {
  private let conditions: PixelConditions
  private let options: TemperatureOptions
  private let map: ChannelMap
  /// Names of the sensors, in order.
  let names: [String]
  private let ids: [Int64]
  /// The numbers of each sensor over time.
  private let tenures: [String: [ChannelMap.Tenure]]
  private var store = SeriesStore<Int64>()
  /// Readings left out by number of the channel: outside the limits of what can be.
  private(set) var discarded: [Int64: Int] = [:]

  init(
    _ conditions: PixelConditions, options: TemperatureOptions, until end: ConditionsTime,
    where isWanted: (String) -> Bool
  ) throws(CavernError) {
    self.conditions = conditions
    self.options = options
    map = try ChannelMap(conditions, .sensors, until: end)
    names = map.names.filter(isWanted)
    ids = map.ids(of: names)
    tenures = Dictionary(uniqueKeysWithValues: names.map { [map] in ($0, map.tenures(of: $0)) })
  }

  /// Reads what look-ups for windows that end in a period need.
  mutating func load(_ period: ClosedRange<ConditionsTime>) throws(CavernError) {
    let begin = period.lowerBound.adding(seconds: -options.lookback)
    guard let part = store.unread(from: begin, to: period.upperBound), !ids.isEmpty else { return }
    for list in conditions.lists(ids) {
      let rows = try conditions.database.rows(conditions.tables.sensorReadings(list, from: part.from, to: part.to))
      let (numbers, times, values) = (rows.integers(0), rows.times(1), rows.numbers(2))
      for row in 0..<rows.count {
        guard let id = numbers[row], let time = times[row] else { continue }
        let value = values[row]
        guard !value.isNaN, value <= options.highestReading, value >= options.lowestReading else {
          if !value.isNaN { discarded[id, default: 0] += 1 }
          continue
        }
        store.append(id, time, value)
      }
    }
    store.advance(to: period.upperBound, keepingFrom: begin)
  }

  /// The latest reading of a sensor strictly before a time; `nil` for none within the look-back.
  ///
  /// When the name moved to another channel within the look-back, readings of each channel count while it had the name.
  func latest(_ name: String, before end: ConditionsTime) -> (time: ConditionsTime, value: Double)? {
    let begin = end.adding(seconds: -options.lookback)
    var newest: (time: ConditionsTime, value: Double)?
    for tenure in tenures[name] ?? [] where tenure.since <= end {
      guard
        let reading = store[tenure.id].latest(before: min(end, tenure.to), notBefore: max(begin, tenure.from)),
        newest.map({ $0.time <= reading.time }) ?? true
      else { continue }
      newest = reading
    }
    return newest
  }

  /// How many readings of each sensor were left out, by name.
  func discardedByName(at end: ConditionsTime) -> [(name: String, count: Int)] {
    names.compactMap { name in
      let count = map.ids(of: name, at: end).reduce(0) { $0 + (discarded[$1] ?? 0) }
      return count > 0 ? (name, count) : nil
    }
  }
}
