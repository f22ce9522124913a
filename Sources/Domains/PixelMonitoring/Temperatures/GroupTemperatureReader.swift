import Conditions
import Errors

/// Takes the sensor temperatures of readout groups from the database, for many fills: each series is read once, all else is
/// look-ups in memory.
public struct GroupTemperatureReader: Sendable {
  private let conditions: PixelConditions
  private let facts: PixelFacts
  private let options: TemperatureOptions
  private let subsystems: [Subsystem]

  /// A reader for subsystems.
  public init(
    _ conditions: PixelConditions, facts: PixelFacts, options: TemperatureOptions,
    subsystems: [Subsystem] = Subsystem.allCases
  ) {
    (self.conditions, self.facts, self.options, self.subsystems) = (conditions, facts, options, subsystems)
  }

  /// The mean of the sensors of a loop at a time.
  private struct LoopMean {
    var celsius = Double.nan
    var spread = 0.0
    var count = 0
    var oldest = 0.0
    var newest: ConditionsTime?
    var isCarried = false
  }

  /// A time without any reading that is told, in s.
  private static let longestGap = 3600.0

  /// Reads the temperatures of fills and hands them over in order, one call for each fill and subsystem.
  ///
  /// - Returns: warnings: readings left out by sensor, labels that are not known, groups without temperature.
  /// - Throws: as `ConditionsDatabase.rows`; `pixel.noPhase` for a fill between the detectors, `pixel.noSensors` when the
  ///   database names none.
  public func read(
    _ fills: [Fill], _ body: (FillTemperatures) throws(CavernError) -> Void
  ) throws(CavernError) -> [CavernWarning] {
    let ordered = fills.sorted { ($0.start, $0.number) < ($1.start, $1.number) }
    guard let last = ordered.map(\.end).max() else { return [] }
    var sensors = try SensorHistory(conditions, options: options, until: last) { name in
      subsystems.contains { SensorKind(name).isPipe(of: $0) }
    }
    guard !sensors.names.isEmpty else {
      throw CavernError(
        "pixel.noSensors", "the database names no sensor on pipes or port cards until \(last.text)", exit: .badData,
        file: conditions.database.source.name, hint: "'cavern pixel db check' shows what it holds")
    }
    var bias = try BiasHistory(conditions, options: options, until: last)
    let places = SensorPlaces(sensors.names, facts: facts)
    var warnings = places.warnings
    let plans = subsystems.map { Plan($0, facts: facts, places: places) }
    let windows = ordered.map { $0.start...$0.measurementTime(delay: options.delay) }
    for stretch in conditions.stretches(windows) {
      try sensors.load(stretch.period)
      try bias.load(stretch.period)
      for index in stretch.windows {
        let fill = ordered[index]
        _ = try facts.phase(ofFill: fill.number)
        for plan in plans {
          let (result, newest) = temperatures(fill, windows[index], plan, sensors, bias)
          if let newest, newest.seconds(to: windows[index].upperBound) > Self.longestGap {
            warnings.append(
              CavernWarning(
                "pixel.gap",
                "tkplcreadsensor has no row of any \(plan.subsystem.rawValue) sensor from \(newest.text) to "
                  + "\(windows[index].upperBound.text): fill \(fill.number) has earlier values",
                file: conditions.database.source.name))
          }
          warnings += remarks(result)
          try body(result)
        }
      }
    }
    let limits =
      options.lowestReading.isFinite
      ? "outside \(options.lowestReading) to \(options.highestReading)" : "above \(options.highestReading)"
    for (name, count) in sensors.discardedByName(at: last) {
      let isBroken: Bool =
        if case .barrelLoop(let label) = SensorKind(name) { facts.brokenSensors.contains(label) } else { false }
      warnings.append(
        CavernWarning(
          "pixel.discarded",
          "\(name): \(count) readings \(limits) °C left out"
            + (isBroken ? " (known to be broken)" : "")))
    }
    return warnings
  }

  /// What does not change from fill to fill: where the groups of a subsystem are cooled, and how warm they get.
  private struct Plan {
    /// A group.
    struct Member {
      var group: ReadoutGroup
      /// Place among `places`.
      var place: Int
      var expected: Int
      /// Of the sensors above the coolant with bias on.
      var heatingKelvin: Double
      /// Standard uncertainty of that.
      var systematicKelvin: Double
    }

    let subsystem: Subsystem
    /// Names of sensors by loop or port card.
    private(set) var places: [[String]] = []
    private(set) var members: [Member] = []

    init(_ subsystem: Subsystem, facts: PixelFacts, places byName: SensorPlaces) {
      self.subsystem = subsystem
      var indices: [[String]: Int] = [:]
      for group in facts.groups(of: subsystem) {
        let names: [String]
        var member = Member(
          group: group, place: 0, expected: 1, heatingKelvin: facts.endCapSelfHeatingKelvin,
          systematicKelvin: facts.uncertainties.portCardKelvin)
        switch group.name {
        case .barrel(_, _, let layer):
          let loop = group.coolingLoop ?? ""
          names = byName.byLoop[loop] ?? []
          member.expected = facts.loop(loop)?.expectedSensors ?? 0
          member.heatingKelvin = facts.constants.selfHeatingKelvin[layer - 1]
          member.systematicKelvin = facts.uncertainties.selfHeatingKelvin
        case .endCap(let half, let disk, let quarter, _):
          names = byName.byPortCard[SensorPlaces.PortCard(half: half, disk: disk, group: quarter)] ?? []
        }
        member.place = indices[names] ?? places.count
        if member.place == places.count {
          indices[names] = places.count
          places.append(names)
        }
        members.append(member)
      }
    }
  }

  private func temperatures(
    _ fill: Fill, _ window: ClosedRange<ConditionsTime>, _ plan: Plan, _ sensors: SensorHistory, _ bias: BiasHistory
  ) -> (temperatures: FillTemperatures, newest: ConditionsTime?) {
    let end = window.upperBound
    let (calibration, zero) = (facts.uncertainties.loopSensorKelvin, facts.constants.zeroCelsius)
    let means = plan.places.map { names in
      let readings = names.compactMap { sensors.latest($0, before: end) }
      guard let oldest = readings.map(\.time).min() else { return LoopMean() }
      let values = readings.map(\.value)
      return LoopMean(
        celsius: Statistics.mean(values), spread: Statistics.standardDeviation(values), count: values.count,
        oldest: oldest.seconds(to: end), newest: readings.map(\.time).max(), isCarried: oldest < window.lowerBound)
    }
    let groups = plan.members.map { member -> GroupTemperature in
      let state = bias.state(of: member.group, before: end)
      let found = means[member.place]
      let statistical = (calibration * calibration + found.spread * found.spread) / Double(max(found.count, 1))
      let systematic = state == .on ? member.systematicKelvin : 0
      return GroupTemperature(
        group: member.group.name, loopKelvin: found.celsius + zero, sensors: found.count, expected: member.expected,
        oldestSeconds: found.oldest, bias: state, selfHeatingKelvin: state == .on ? member.heatingKelvin : 0,
        sigmaKelvin: (statistical + systematic * systematic).squareRoot(), isCarried: found.isCarried)
    }
    return (
      FillTemperatures(fill: fill, subsystem: plan.subsystem, groups: groups), means.compactMap(\.newest).max()
    )
  }

  private func remarks(_ result: FillTemperatures) -> [CavernWarning] {
    func list(_ groups: [GroupTemperature]) -> String {
      let names = groups.map(\.group.text)
      return names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }
    var warnings: [CavernWarning] = []
    let fill = result.fill.number
    let missing = result.groups.filter(\.isMissing)
    if !missing.isEmpty {
      warnings.append(
        CavernWarning(
          "pixel.noTemperature", "fill \(fill): no temperature for \(missing.count) groups: \(list(missing))"))
    }
    let partial = result.groups.filter(\.isPartial)
    if let first = partial.first {
      warnings.append(
        CavernWarning(
          "pixel.partialLoop",
          "fill \(fill): partial \(first.sensors)/\(first.expected) sensors for \(partial.count) groups: "
            + list(partial)))
    }
    let unknown = result.groups.filter { $0.bias == .unknown }
    if !unknown.isEmpty {
      warnings.append(
        CavernWarning(
          "pixel.biasUnknown",
          "fill \(fill): no bias voltage within the look-back for \(unknown.count) groups, taken for off: "
            + list(unknown)))
    }
    return warnings
  }
}

/// Which sensors belong to which loop or port card.
struct SensorPlaces: Sendable {
  /// A port card of the end-cap.
  struct PortCard: Sendable, Hashable {
    var half: HalfCylinder
    var disk: Int
    var group: Int
  }

  /// Names of sensors by the loop they really sit on.
  var byLoop: [String: [String]] = [:]
  /// Names of sensors by port card.
  var byPortCard: [PortCard: [String]] = [:]
  /// Labels that are not known.
  var warnings: [CavernWarning] = []

  init(_ names: [String], facts: PixelFacts) {
    for name in names {
      switch SensorKind(name) {
      case .barrelLoop(let label):
        if facts.brokenSensors.contains(label) { continue }
        guard let place = facts.sensorPlaces[label] else {
          let nearest = nearestNames(to: label, in: facts.sensorPlaces.keys.sorted(), limit: 1)
          warnings.append(
            CavernWarning(
              "pixel.unknownSensor",
              "sensor \(name) has a label that is not known and is left out"
                + (nearest.first.map { "; the nearest is '\($0)'" } ?? "")))
          continue
        }
        // 4R_L1D2MN sits on loop L1D2N: layer and tube, then near or far; the letter between says which end.
        let field = place.split(separator: "_").last ?? ""
        byLoop["\(field.prefix(4))\(field.suffix(1))", default: []].append(name)
      case .portCard(let half, let disk, let group):
        byPortCard[PortCard(half: half, disk: disk, group: group), default: []].append(name)
      case .air, .other: continue
      }
    }
  }
}
