import Conditions
import Errors

/// Reads the series that profiles need from the conditions database, each once for a stretch of time.
public struct ProfileSeriesReader: Sendable {
  private let conditions: PixelConditions
  private let groups: [ReadoutGroup]
  private let options: ProfileBuilder.Options
  private let supplies: ChannelMap
  private let sensors: ChannelMap
  private let sensorPlaces: [String: [String]]
  private let hasVoltageView: Bool
  private let limits: ClosedRange<Double>
  /// Remarks on sensors that are not known.
  public let warnings: [CavernWarning]

  /// A reader for groups until a time.
  ///
  /// - Throws: as `ConditionsDatabase.rows`; `pixel.noSensors` when the database names none.
  public init(
    _ conditions: PixelConditions, facts: PixelFacts, groups: [ReadoutGroup], until end: ConditionsTime,
    options: ProfileBuilder.Options, isCompatible: Bool
  ) throws(CavernError) {
    self.conditions = conditions
    self.groups = groups
    self.options = options
    supplies = try ChannelMap(conditions, .supplies, until: end)
    sensors = try ChannelMap(conditions, .sensors, until: end)
    hasVoltageView = try conditions.hasVoltageView()
    let names = sensors.names.filter { name in
      Subsystem.allCases.contains { SensorKind(name).isPipe(of: $0) }
    }
    guard !names.isEmpty else {
      throw CavernError(
        "pixel.noSensors", "the database names no sensor on pipes or port cards until \(end.text)", exit: .badData,
        file: conditions.database.source.name, hint: "'cavern pixel db check' shows what it holds")
    }
    let places = SensorPlaces(names, facts: facts)
    var byPlace = places.byLoop
    for (card, members) in places.byPortCard {
      byPlace[Self.portCard(card.half, card.disk, card.group)] = members
    }
    sensorPlaces = byPlace
    warnings = places.warnings
    limits = (isCompatible ? -Double.infinity : -60)...facts.highestReading
  }

  /// What a port card is called among the places that are cooled.
  static func portCard(_ half: HalfCylinder, _ disk: Int, _ group: Int) -> String {
    "\(half.rawValue)_D\(disk)_\(group)"
  }

  /// The place that cools a group.
  static func place(of group: ReadoutGroup) -> String {
    switch group.name {
    case .barrel: group.coolingLoop ?? ""
    case .endCap(let half, let disk, let quarter, _): portCard(half, disk, quarter)
    }
  }

  /// The series of a stretch, with what look-ups from its beginning reach back to.
  ///
  /// - Throws: as `ConditionsDatabase.rows`.
  func read(from begin: Double, to end: Double) throws(CavernError) -> ProfileSeries {
    var series = ProfileSeries()
    try readSensors(&series, begin - options.temperatureLookback, end)
    try readVoltages(&series, begin - options.biasLookback, end)
    let reach = min(options.currentLookback ?? 0, 30 * 86_400)
    try readCurrents(&series, begin - reach, end)
    return series
  }

  private func time(_ seconds: Double) -> ConditionsTime { ConditionsTime(microseconds: Int64(seconds * 1e6)) }

  /// Numbers of channels with the places in a list that their readings belong to.
  private func targets(_ names: [String], _ map: ChannelMap) -> [Int64: [Int]] {
    var targets: [Int64: [Int]] = [:]
    for (index, name) in names.enumerated() {
      for id in map.ids(of: [name]) { targets[id, default: []].append(index) }
    }
    return targets
  }

  /// Sorts readings of a period by name: a channel counts for the name that it had at the time.
  private func collect(
    _ names: [String], _ map: ChannelMap, _ begin: Double, _ end: Double, column: Int,
    query: ([Int64], ConditionsTime, ConditionsTime) -> SQLQuery, isWanted: (Double) -> Bool
  ) throws(CavernError) -> [ReadingSeries] {
    var result = [ReadingSeries](repeating: ReadingSeries(), count: names.count)
    let targets = targets(names, map)
    let isSingle = names.map { map.ids(of: [$0]).count == 1 }
    var from = begin
    while from < end {
      let to = min(end, from + conditions.stretchDays * 86_400)
      for list in conditions.lists(targets.keys.sorted()) {
        let rows = try conditions.database.rows(query(list, time(from), time(to)))
        let (ids, times, values) = (rows.integers(0), rows.times(1), rows.numbers(column))
        for row in 0..<rows.count {
          guard let id = ids[row], let at = times[row], isWanted(values[row]), let places = targets[id] else {
            continue
          }
          for place in places where isSingle[place] || map.ids(of: names[place], at: at).contains(id) {
            result[place].append(at.seconds, values[row])
          }
        }
      }
      from = to
    }
    return result
  }

  private func readSensors(_ series: inout ProfileSeries, _ begin: Double, _ end: Double) throws(CavernError) {
    let wanted = Set(groups.map { Self.place(of: $0) })
    let places = sensorPlaces.filter { wanted.contains($0.key) }.sorted { $0.key < $1.key }
    let names = places.flatMap(\.value)
    let found = try collect(
      names, sensors, begin, end, column: 2,
      query: { conditions.tables.sensorReadings($0, from: $1, to: $2) }, isWanted: { limits.contains($0) })
    var next = 0
    for (place, members) in places {
      series.sensors[place] = Array(found[next..<next + members.count])
      next += members.count
    }
  }

  private func readVoltages(_ series: inout ProfileSeries, _ begin: Double, _ end: Double) throws(CavernError) {
    guard hasVoltageView else {
      series.voltages = try collect(
        groups.map(\.biasCable), supplies, begin, end, column: 3,
        query: { conditions.tables.supplyReadings($0, from: $1, to: $2, needsCurrent: false) },
        isWanted: { !$0.isNaN })
      return
    }
    var index: [String: Int] = [:]
    for (position, group) in groups.enumerated() { index[group.voltageCable] = position }
    series.voltages = [ReadingSeries](repeating: ReadingSeries(), count: groups.count)
    let rows = try conditions.database.rows(conditions.tables.voltageReadings(from: time(begin), to: time(end)))
    let (cables, times, values) = (rows.texts(0), rows.times(1), rows.numbers(2))
    for row in 0..<rows.count {
      guard let cable = cables[row], let at = times[row], !values[row].isNaN, let place = index[cable] else { continue }
      series.voltages[place].append(at.seconds, values[row])
    }
  }

  private func readCurrents(_ series: inout ProfileSeries, _ begin: Double, _ end: Double) throws(CavernError) {
    series.currents = try collect(
      groups.map(\.biasCable), supplies, begin, end, column: 2,
      query: { conditions.tables.supplyReadings($0, from: $1, to: $2) }, isWanted: { !$0.isNaN })
  }
}
