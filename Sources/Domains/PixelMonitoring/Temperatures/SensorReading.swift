import Conditions
import Errors

/// One reading of a temperature sensor.
public struct SensorReading: Sendable, Hashable {
  /// The sensor: the last component of its alias.
  public var sensor: String
  /// The temperature in °C.
  public var celsius: Double
  /// When.
  public var time: ConditionsTime

  /// `sensor   value   time`.
  public var line: String { "\(sensor)   \(celsius)   \(time.text)" }
}

/// Lists of sensor readings in windows of fills, straight from the database.
public struct SensorReadings: Sendable {
  private let conditions: PixelConditions

  /// Readings of a database.
  public init(_ conditions: PixelConditions) { self.conditions = conditions }

  /// Readings of the air sensors in [start, start + delay], by sensor and time, fill by fill.
  ///
  /// - Parameter subsystem: only its sensors; `nil` for both.
  public func air(
    _ fills: [Fill], delay: Double, subsystem: Subsystem?, _ body: (Fill, [SensorReading]) throws(CavernError) -> Void
  ) throws(CavernError) {
    try read(fills, delay: delay) { name in
      guard case .air(let place) = SensorKind(name) else { return false }
      return subsystem == nil || place == subsystem
    } _: { (fill, readings) throws(CavernError) in
      // An exact copy of a row is no second reading.
      var seen: Set<SensorReading> = []
      try body(fill, readings.filter { seen.insert($0).inserted })
    }
  }

  /// The latest reading of every sensor on pipes and port cards of a subsystem in [start, start + delay], by sensor, fill by
  /// fill; stored labels, faulty sensors included.
  public func pipe(
    _ fills: [Fill], delay: Double, subsystem: Subsystem, _ body: (Fill, [SensorReading]) throws(CavernError) -> Void
  ) throws(CavernError) {
    try read(fills, delay: delay) {
      SensorKind($0).isPipe(of: subsystem)
    } _: { (fill, readings) throws(CavernError) in
      var latest: [String: SensorReading] = [:]
      for reading in readings { latest[reading.sensor] = reading }
      try body(fill, latest.values.sorted { $0.sensor < $1.sensor })
    }
  }

  /// All readings of sensors in a period [from, to), by sensor and time.
  public func all(
    from begin: ConditionsTime, to end: ConditionsTime, where isWanted: (String) -> Bool
  ) throws(CavernError) -> [SensorReading] {
    let map = try ChannelMap(conditions, .sensors, until: end)
    let names = map.names.filter(isWanted)
    let ids = map.ids(of: names)
    guard !ids.isEmpty else { return [] }
    var readings: [SensorReading] = []
    var from = begin
    while from < end {
      let to = min(end, from.adding(seconds: conditions.stretchDays * 86_400))
      for list in conditions.lists(ids) {
        let rows = try conditions.database.rows(conditions.tables.sensorReadings(list, from: from, to: to))
        readings += Self.readings(rows, names, map) { _ in true }
      }
      from = to
    }
    return readings.sorted { ($0.sensor, $0.time) < ($1.sensor, $1.time) }
  }

  private func read(
    _ fills: [Fill], delay: Double, where isWanted: (String) -> Bool,
    _ body: (Fill, [SensorReading]) throws(CavernError) -> Void
  ) throws(CavernError) {
    let ordered = fills.sorted { ($0.start, $0.number) < ($1.start, $1.number) }
    guard let last = ordered.map({ max($0.end, $0.start.adding(seconds: delay)) }).max() else { return }
    let map = try ChannelMap(conditions, .sensors, until: last)
    let names = map.names.filter(isWanted)
    let ids = map.ids(of: names)
    let windows = ordered.map { $0.start...$0.start.adding(seconds: delay) }
    for stretch in conditions.stretches(windows) {
      var readings: [SensorReading] = []
      for list in conditions.lists(ids) where !list.isEmpty {
        // The end belongs to the window.
        let to = ConditionsTime(microseconds: stretch.period.upperBound.microseconds + 1)
        let rows = try conditions.database.rows(
          conditions.tables.sensorReadings(list, from: stretch.period.lowerBound, to: to))
        readings += Self.readings(rows, names, map) { time in
          stretch.windows.contains { windows[$0].contains(time) }
        }
      }
      readings.sort { ($0.sensor, $0.time) < ($1.sensor, $1.time) }
      for index in stretch.windows {
        try body(ordered[index], readings.filter { windows[index].contains($0.time) })
      }
    }
  }

  /// Rows as readings of the sensor that the channel had as its name at the time.
  private static func readings(
    _ rows: SQLRows, _ names: [String], _ map: ChannelMap, isWanted: (ConditionsTime) -> Bool
  ) -> [SensorReading] {
    var namesByID: [Int64: [String]] = [:]
    for name in names { for id in map.ids(of: [name]) { namesByID[id, default: []].append(name) } }
    let (ids, times, values) = (rows.integers(0), rows.times(1), rows.numbers(2))
    var readings: [SensorReading] = []
    for row in 0..<rows.count {
      guard let id = ids[row], let time = times[row], !values[row].isNaN, isWanted(time) else { continue }
      for name in namesByID[id] ?? [] where map.ids(of: name, at: time).contains(id) {
        readings.append(SensorReading(sensor: name, celsius: values[row], time: time))
      }
    }
    return readings
  }
}
