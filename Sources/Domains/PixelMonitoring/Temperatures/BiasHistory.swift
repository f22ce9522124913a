import Conditions
import Errors

/// Bias voltages of all groups over time, from the view of voltages or, where that is missing, from the supply readings.
struct BiasHistory {
  private let conditions: PixelConditions
  private let options: TemperatureOptions
  /// The map of supply channels; `nil` with the view of voltages.
  private let map: ChannelMap?
  private let ids: [Int64]
  private var byCable = SeriesStore<String>()
  private var byID = SeriesStore<Int64>()

  init(_ conditions: PixelConditions, options: TemperatureOptions, until end: ConditionsTime) throws(CavernError) {
    self.conditions = conditions
    self.options = options
    if try conditions.hasVoltageView() {
      (map, ids) = (nil, [])
    } else {
      let map = try ChannelMap(conditions, .supplies, until: end)
      let cables = map.names.filter { $0.hasSuffix("channel002") || $0.hasSuffix("channel003") }
      (self.map, ids) = (map, map.ids(of: cables))
    }
  }

  /// Whether the view of voltages is missing.
  var isFromReadings: Bool { map != nil }

  /// Reads what look-ups for windows that end in a period need.
  mutating func load(_ period: ClosedRange<ConditionsTime>) throws(CavernError) {
    let begin = period.lowerBound.adding(seconds: -options.biasLookback)
    if map == nil {
      guard let part = byCable.unread(from: begin, to: period.upperBound) else { return }
      let rows = try conditions.database.rows(conditions.tables.voltageReadings(from: part.from, to: part.to))
      let (cables, times, values) = (rows.texts(0), rows.times(1), rows.numbers(2))
      for row in 0..<rows.count {
        guard let cable = cables[row], let time = times[row], !values[row].isNaN else { continue }
        byCable.append(cable, time, values[row])
      }
      byCable.advance(to: period.upperBound, keepingFrom: begin)
    } else {
      guard let part = byID.unread(from: begin, to: period.upperBound) else { return }
      for list in conditions.lists(ids) {
        let rows = try conditions.database.rows(
          conditions.tables.supplyReadings(
            list, from: part.from, to: ConditionsTime(microseconds: part.to.microseconds - 1), needsCurrent: false))
        let (numbers, times, values) = (rows.integers(0), rows.times(1), rows.numbers(3))
        for row in 0..<rows.count {
          guard let id = numbers[row], let time = times[row], !values[row].isNaN else { continue }
          byID.append(id, time, values[row])
        }
      }
      byID.advance(to: period.upperBound, keepingFrom: begin)
    }
  }

  /// The latest voltage of a group before a time; `nil` for none within the look-back.
  func voltage(of group: ReadoutGroup, before end: ConditionsTime) -> (time: ConditionsTime, value: Double)? {
    let begin = end.adding(seconds: -options.biasLookback)
    guard let map else { return byCable[group.voltageCable].latest(before: end, notBefore: begin) }
    return map.ids(of: group.biasCable, at: end).compactMap { byID[$0].latest(before: end, notBefore: begin) }
      .max { $0.time < $1.time }
  }

  /// Whether bias of a group is on before a time.
  func state(of group: ReadoutGroup, before end: ConditionsTime) -> BiasState {
    guard let voltage = voltage(of: group, before: end) else { return .unknown }
    return voltage.value > options.biasThreshold ? .on : .off
  }
}
