import Errors
import JSON

/// The embedded tables as JSON, and how they become facts.
struct FactTables {
  var ladders: JSONValue
  var endCap: JSONValue
  var groupTable: JSONValue
  var cooling: JSONValue
  var eras: JSONValue
  var constants: JSONValue
  var chipTable: JSONValue
  var uncertainties: JSONValue
  var endCapSensors: JSONValue
  var firstDetector: JSONValue

  /// The tables that are part of the program.
  static func embedded() throws(CavernError) -> FactTables {
    FactTables(
      ladders: try json(PackageResources.barrel_ladders_json, "barrel_ladders.json"),
      endCap: try json(PackageResources.endcap_modules_json, "endcap_modules.json"),
      groupTable: try json(PackageResources.readout_groups_json, "readout_groups.json"),
      cooling: try json(PackageResources.cooling_json, "cooling.json"),
      eras: try json(PackageResources.eras_json, "eras.json"),
      constants: try json(PackageResources.constants_json, "constants.json"),
      chipTable: try json(PackageResources.rocs_json, "rocs.json"),
      uncertainties: try json(PackageResources.uncertainties_json, "uncertainties.json"),
      endCapSensors: try json(PackageResources.endcap_sensors_json, "endcap_sensors.json"),
      firstDetector: try json(PackageResources.first_detector_json, "first_detector.json"))
  }

  private static func json(_ bytes: [UInt8], _ name: String) throws(CavernError) -> JSONValue {
    do {
      return try JSONValue(parsing: bytes)
    } catch {
      throw CavernError(
        "facts.damaged", "the built-in table \(name) is damaged: \(error.message)", exit: .internal, line: error.line,
        column: error.column)
    }
  }

  private static func damaged(_ table: String, _ what: String) -> CavernError {
    CavernError("facts.damaged", "the built-in table \(table) is damaged: \(what)", exit: .internal)
  }

  static func number(_ value: JSONValue?, _ table: String, _ what: String) throws(CavernError) -> Double {
    guard let number = value?.doubleValue else { throw damaged(table, "\(what) is no number") }
    return number
  }

  static func range(_ value: JSONValue?, _ what: String) throws(CavernError) -> ClosedRange<Int> {
    guard let first = value?[0]?.intValue, let last = value?[1]?.intValue, first <= last else {
      throw damaged("eras.json", "\(what) is no range")
    }
    return first...last
  }

  // MARK: Groups and modules

  func groups() throws(CavernError) -> [ReadoutGroup] {
    var made: [ReadoutGroup] = []
    for row in (groupTable["barrel"]?.arrayValue ?? []) + (groupTable["endcap"]?.arrayValue ?? []) {
      guard let text = row[0]?.stringValue, let name = ReadoutGroupName(text), let modules = row[1]?.intValue,
        let chips = row[2]?.intValue, let radius = row[3]?.doubleValue, let azimuth = row[4]?.doubleValue,
        let z = row[5]?.doubleValue, let cable = row[6]?.stringValue, let voltage = row[7]?.stringValue
      else { throw Self.damaged("readout_groups.json", "row \(made.count + 1)") }
      made.append(
        ReadoutGroup(
          name: name, moduleCount: modules, chipCount: chips, radiusCentimetres: radius, azimuth: azimuth,
          zCentimetres: z, biasCable: cable, voltageCable: voltage, coolingLoop: row[8]?.stringValue))
    }
    return made
  }

  func modules() throws(CavernError) -> [PixelModule] { try barrelModules() + endCapModules() }

  private func barrelModules() throws(CavernError) -> [PixelModule] {
    let distances = ladders["z_mod"]?.arrayValue?.compactMap(\.doubleValue) ?? []
    var made: [PixelModule] = []
    for row in ladders["ladders"]?.arrayValue ?? [] {
      guard let layer = row[0]?.intValue, let side = row[1]?.stringValue, let ladder = row[2]?.stringValue,
        let radius = row[3]?.doubleValue, let azimuth = row[4]?.doubleValue
      else { throw Self.damaged("barrel_ladders.json", "a row after module \(made.count)") }
      for (sign, column) in [("m", 5), ("p", 6)] {
        let sectors = row[column]?.arrayValue?.compactMap(\.intValue) ?? []
        guard let half = HalfCylinder(rawValue: "B\(sign)\(side)"), sectors.count == distances.count else {
          throw Self.damaged("barrel_ladders.json", "ladder \(ladder) of layer \(layer)")
        }
        for (index, sector) in sectors.enumerated() {
          made.append(
            PixelModule(
              name: "BPix_\(half.rawValue)_SEC\(sector)_LYR\(layer)_LDR\(ladder)_MOD\(index + 1)",
              group: .barrel(half, sector: sector, layer: layer), radiusCentimetres: radius, azimuth: azimuth,
              zCentimetres: half.isPlus ? distances[index] : -distances[index]))
        }
      }
    }
    return made
  }

  private func endCapModules() throws(CavernError) -> [PixelModule] {
    var made: [PixelModule] = []
    for row in endCap["modules"]?.arrayValue ?? [] {
      guard let side = row[0]?.stringValue, let half = HalfCylinder(rawValue: side), let disk = row[1]?.intValue,
        let blade = row[2]?.intValue, let panel = row[3]?.intValue, let ring = row[4]?.intValue,
        let radius = row[5]?.doubleValue, let azimuth = row[6]?.doubleValue, let z = row[7]?.doubleValue,
        let group = row[8]?.intValue
      else { throw Self.damaged("endcap_modules.json", "row \(made.count + 1)") }
      made.append(
        PixelModule(
          name: "FPix_\(side)_D\(disk)_BLD\(blade)_PNL\(panel)_RNG\(ring)",
          group: .endCap(half, disk: disk, group: group, ring: ring), radiusCentimetres: radius, azimuth: azimuth,
          zCentimetres: z))
    }
    return made
  }

  func loops() throws(CavernError) -> [CoolingLoop] {
    var made: [CoolingLoop] = []
    for (name, entry) in cooling["loops"]?.objectValue?.members ?? [] {
      guard let layer = entry["layer"]?.intValue, let side = entry["side"]?.stringValue,
        let sectors = entry["sectors"]?.arrayValue, let expected = entry["expected_sensors"]?.intValue,
        let labels = entry["omds_sensors"]?.arrayValue
      else { throw Self.damaged("cooling.json", "loop \(name)") }
      made.append(
        CoolingLoop(
          name: name, layer: layer, isInner: side == "I", sectors: sectors.compactMap(\.intValue),
          expectedSensors: expected, storedLabels: labels.compactMap(\.stringValue)))
    }
    return made
  }

  // MARK: Eras and constants

  func allEras() throws(CavernError) -> [Era] {
    var made: [Era] = []
    for entry in eras["eras"]?.arrayValue ?? [] {
      guard let name = entry["name"]?.stringValue, let first = entry["first"]?.intValue, let last = entry["last"],
        let label = entry["label"]?.stringValue, let energy = entry["energy_tev"]?.doubleValue
      else { throw Self.damaged("eras.json", "era \(made.count + 1)") }
      made.append(
        Era(name: name, ranges: [first...(last.intValue ?? Int.max)], label: label, energiesTeV: [energy]))
    }
    for entry in eras["composite"]?.arrayValue ?? [] {
      let parts = (entry["eras"]?.arrayValue ?? []).compactMap(\.stringValue)
      let members = made.filter { parts.contains($0.name) }
      guard let name = entry["name"]?.stringValue, let label = entry["label"]?.stringValue, !parts.isEmpty,
        members.count == parts.count
      else { throw Self.damaged("eras.json", "a composite era") }
      let energies = members.flatMap(\.energiesTeV).reduce(into: [Double]()) { if $0.last != $1 { $0.append($1) } }
      made.append(Era(name: name, ranges: members.flatMap(\.ranges), label: label, energiesTeV: energies))
    }
    return made
  }

  func phases() throws(CavernError) -> [(
    phase: DetectorPhase, fills: ClosedRange<Int>, fromDay: String, beforeDay: String
  )] {
    var made: [(phase: DetectorPhase, fills: ClosedRange<Int>, fromDay: String, beforeDay: String)] = []
    for entry in eras["detector_phase"]?.arrayValue ?? [] {
      guard let number = entry["phase"]?.intValue, let phase = DetectorPhase(rawValue: number),
        let first = entry["first"]?.intValue
      else { throw Self.damaged("eras.json", "detector_phase") }
      made.append(
        (
          phase, first...(entry["last"]?.intValue ?? Int.max), entry["from"]?.stringValue ?? "",
          entry["before"]?.stringValue ?? "9999"
        ))
    }
    return made
  }

  func chips(_ table: String, layers: Int) -> [[Int]] {
    (1...layers).map { (chipTable[table]?["layer\($0)"]?.arrayValue ?? []).compactMap(\.intValue) }
  }

  func pixelConstants() throws(CavernError) -> PixelConstants {
    func constant(_ name: String) throws(CavernError) -> Double {
      try Self.number(constants[name], "constants.json", name)
    }
    func chip(_ name: String) throws(CavernError) -> Double { try Self.number(chipTable[name], "rocs.json", name) }
    var heating: [Double] = []
    for layer in 1...4 {
      heating.append(
        try Self.number(cooling["self_heating_kelvin_hv_on"]?["layer\(layer)"], "cooling.json", "self heating"))
    }
    var sections: [String: Double] = [:]
    for (name, value) in eras["pp_cross_section_mb"]?.objectValue?.members ?? [] { sections[name] = value.doubleValue }
    return PixelConstants(
      boltzmann: try constant("k_B_eV_per_K"), effectiveGap: try constant("E_g_eff_eV"),
      zeroCelsius: try constant("zero_celsius_K"),
      fluencePerFemtobarnMillibarn: try constant("fluence_factor_per_fb_per_mb"),
      missingValue: try constant("profile_missing_value"), chipVolume: try chip("roc_volume_cm3"),
      chipsPerModule: Int(try chip("rocs_per_module")),
      chipsPerHalfDisk: Int(try chip("endcap_phase1_per_half_disk")), crossSectionsMillibarn: sections,
      selfHeatingKelvin: heating,
      kelvinPerFluenceRate: try Self.number(
        cooling["fluence_rate_kelvin_per_neq_cm2_s"], "cooling.json", "fluence_rate_kelvin_per_neq_cm2_s"),
      damageModel: constants)
  }

  func pixelUncertainties() throws(CavernError) -> PixelUncertainties {
    func value(_ name: String) throws(CavernError) -> Double {
      try Self.number(uncertainties[name], "uncertainties.json", name)
    }
    return PixelUncertainties(
      biasCurrentStepMicroampere: try value("bias_current_step_ua"),
      supplyCurrentStepAmpere: try value("supply_current_step_a"), loopSensorKelvin: try value("loop_sensor_k"),
      selfHeatingKelvin: try value("self_heating_k"), portCardKelvin: try value("port_card_k"),
      gapElectronvolt: try value("gap_ev"))
  }
}
