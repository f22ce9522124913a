import Errors
import JSON

/// The facts about the pixel detector that are part of the program: geometry, readout groups, cabling, cooling, eras and
/// constants, from the tables in `Facts/`.
public struct PixelFacts: Sendable {
  /// The 128 groups of the barrel and the 96 of the end-cap.
  public let groups: [ReadoutGroup]
  /// The 1184 modules of the barrel and the 672 of the end-cap.
  public let modules: [PixelModule]
  /// The cooling loops of the barrel.
  public let loops: [CoolingLoop]
  /// Where a sensor really sits, by the label under which the conditions database keeps it; labels were crossed at
  /// installation.
  public let sensorPlaces: [String: String]
  /// Stored labels of sensors that are broken.
  public let brokenSensors: Set<String>
  /// The sensors whose daily means go into the annealing history.
  public let annealingSensors: [String]
  /// Readings above this many °C are no readings.
  public let highestReading: Double
  /// Plain eras first, then those made of several.
  public let eras: [Era]
  /// Fills that a query for good fills leaves out (heavy ions of early 2013).
  public let excludedFills: ClosedRange<Int>
  /// Fills known to be of no use.
  public let knownBadFills: Set<Int>
  /// Numbers of nature and conventions.
  public let constants: PixelConstants
  /// Standard uncertainties of measurements.
  public let uncertainties: PixelUncertainties
  /// How much warmer end-cap sensors are than their port card with bias on, in kelvin.
  public let endCapSelfHeatingKelvin: Double
  /// Readout chips by layer and sector, both from 0, of the first detector.
  public let chipsPhase0: [[Int]]
  /// Readout chips by layer and sector, both from 0, of the present detector.
  public let chipsPhase1: [[Int]]
  /// Readout chips behind each supply, for example of `PixelBarrel_BmI_S1_LAY14`.
  public let chipsBySupply: [String: Int]
  /// The groups of the detector until 2016.
  public let firstDetector: FirstDetector
  let phases: [(phase: DetectorPhase, fills: ClosedRange<Int>, fromDay: String, beforeDay: String)]
  private let groupIndex: [String: Int]
  private let biasCableIndex: [String: Int]
  private let loopIndex: [String: Int]

  private static let made: Result<PixelFacts, CavernError> = Result { () throws(CavernError) in
    try PixelFacts(.embedded())
  }

  /// The facts of the program; the tables are read once.
  ///
  /// - Throws: `facts.damaged` when a table that is part of the program cannot be read.
  public static func builtIn() throws(CavernError) -> PixelFacts { try made.get() }

  init(_ tables: FactTables) throws(CavernError) {
    groups = try tables.groups()
    modules = try tables.modules()
    loops = try tables.loops()
    let cooling = tables.cooling
    var places: [String: String] = [:]
    for (label, place) in cooling["omds_to_detector"]?.objectValue?.members ?? [] { places[label] = place.stringValue }
    sensorPlaces = places
    brokenSensors = Set(cooling["broken"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    annealingSensors = cooling["annealing_sensor_list"]?.arrayValue?.compactMap(\.stringValue) ?? []
    highestReading = try FactTables.number(cooling["valid_range_c"]?["max"], "cooling.json", "valid_range_c")
    eras = try tables.allEras()
    excludedFills = try FactTables.range(tables.eras["excluded_fills"], "excluded_fills")
    knownBadFills = Set(tables.eras["known_bad_fills"]?.arrayValue?.compactMap(\.intValue) ?? [])
    phases = try tables.phases()
    constants = try tables.pixelConstants()
    uncertainties = try tables.pixelUncertainties()
    endCapSelfHeatingKelvin = try FactTables.number(
      tables.endCapSensors["self_heating_k"], "endcap_sensors.json", "self_heating_k")
    chipsPhase0 = tables.chips("barrel_phase0", layers: 3)
    chipsPhase1 = tables.chips("barrel_phase1", layers: 4)
    firstDetector = try FirstDetector(tables)
    chipsBySupply = Dictionary(groups.map { ($0.supply, $0.chipCount) }, uniquingKeysWith: +)
    groupIndex = Dictionary(groups.enumerated().map { ($0.element.name.text, $0.offset) }) { first, _ in first }
    biasCableIndex = Dictionary(groups.enumerated().map { ($0.element.biasCable, $0.offset) }) { first, _ in first }
    loopIndex = Dictionary(loops.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
  }

  /// The groups of a subsystem, in the order of files: by layer or ring, then by name.
  public func groups(of subsystem: Subsystem) -> [ReadoutGroup] {
    groups.filter { $0.name.subsystem == subsystem }.sorted { $0.name < $1.name }
  }

  /// The group by name.
  ///
  /// - Throws: `pixel.unknownGroup` with the nearest names.
  public func group(named name: String) throws(CavernError) -> ReadoutGroup {
    if let index = groupIndex[name] { return groups[index] }
    throw CavernError(
      "pixel.unknownGroup", "there is no readout group '\(name)'", exit: .usage,
      expected: "a name like BPix_BmI_SEC1_LYR1 or FPix_BmI_D1_ROG1_RNG1",
      nearest: nearestNames(to: name, in: groups.map(\.name.text)))
  }

  /// The group by name; `nil` when there is none.
  public func group(_ name: ReadoutGroupName) -> ReadoutGroup? { groupIndex[name.text].map { groups[$0] } }

  /// The group whose bias channel ends in this cable; `nil` for supplies and unknown cables.
  public func group(biasCable cable: String) -> ReadoutGroup? { biasCableIndex[cable].map { groups[$0] } }

  /// The modules of a group, in the order of the tables.
  public func modules(of group: ReadoutGroupName) -> [PixelModule] { modules.filter { $0.group == group } }

  /// The cooling loop by name.
  public func loop(_ name: String) -> CoolingLoop? { loopIndex[name].map { loops[$0] } }
}
