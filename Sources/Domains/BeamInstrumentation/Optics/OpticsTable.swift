import Errors
import JSON

/// Lattice functions at one wire scanner, in metres; `nil` where a table does not give the number.
public struct ScannerOptics: Sendable, Equatable {
  /// Horizontal beta function.
  public var betaX: Double?
  /// Vertical beta function.
  public var betaY: Double?
  /// Horizontal dispersion.
  public var dispersionX: Double?
  /// Vertical dispersion; 0 in flat machines.
  public var dispersionY: Double?

  /// Lattice functions in metres.
  public init(
    betaX: Double? = nil, betaY: Double? = nil, dispersionX: Double? = nil, dispersionY: Double? = nil
  ) {
    self.betaX = betaX
    self.betaY = betaY
    self.dispersionX = dispersionX
    self.dispersionY = dispersionY
  }

  /// The beta function of a plane.
  public func beta(_ plane: Plane) -> Double? { plane == .horizontal ? betaX : betaY }

  /// The dispersion of a plane; the vertical one is 0 unless the table says otherwise.
  public func dispersion(_ plane: Plane) -> Double? { plane == .horizontal ? dispersionX : dispersionY ?? 0 }
}

/// The optics of one machine configuration at its scanners.
public struct OpticsSet: Sendable, Equatable {
  /// Name used on the command line and stored with every result.
  public var name: String
  /// Which lattice, from where.
  public var summary: String
  /// The particle it was made for.
  public var particle: String?
  /// Lorentz factor at injection, by which the set is recognised when none is named.
  public var flatBottomGamma: Double?
  /// Lattice functions by equipment number, in the order of the file.
  public var scanners: [(equipment: String, optics: ScannerOptics)]

  /// An optics set.
  public init(
    name: String, summary: String, particle: String? = nil, flatBottomGamma: Double? = nil,
    scanners: [(equipment: String, optics: ScannerOptics)]
  ) {
    self.name = name
    self.summary = summary
    self.particle = particle
    self.flatBottomGamma = flatBottomGamma
    self.scanners = scanners
  }

  /// The lattice functions at a scanner.
  ///
  /// - Parameter equipment: the second-last part of a device name, `51637` of `SPS.BWS.51637.H`.
  public subscript(equipment: String) -> ScannerOptics? {
    scanners.first { $0.equipment.caseInsensitiveEquals(equipment) }?.optics
  }

  /// Equal when all parts are.
  public static func == (left: OpticsSet, right: OpticsSet) -> Bool {
    left.name == right.name && left.summary == right.summary && left.particle == right.particle
      && left.flatBottomGamma == right.flatBottomGamma
      && left.scanners.elementsEqual(right.scanners) { $0.equipment == $1.equipment && $0.optics == $1.optics }
  }
}

extension String {
  fileprivate func caseInsensitiveEquals(_ other: String) -> Bool {
    self == other || lowercased() == other.lowercased()
  }
}

/// The optics sets that Cavern knows or that a user brings.
///
/// The optics change an emittance by tens of per cent, silently; they are therefore always printed and stored.
public struct OpticsTable: Sendable, Equatable {
  /// The sets, in the order of the file.
  public var sets: [OpticsSet]

  /// A table of sets.
  public init(sets: [OpticsSet]) { self.sets = sets }

  /// The sets shipped with Cavern (`Facts/optics.json`).
  public static func builtIn() throws(CavernError) -> OpticsTable {
    try OpticsTable(json: Facts.json(PackageResources.optics_json, name: "optics.json"))
  }

  /// The set of that name.
  ///
  /// - Throws: `optics.unknownSet` with the nearest names.
  public func set(named name: String) throws(CavernError) -> OpticsSet {
    if let found = sets.first(where: { $0.name.lowercased() == name.lowercased() }) { return found }
    throw CavernError(
      "optics.unknownSet", "there is no optics set '\(name)'", exit: .usage,
      expected: sets.map(\.name).joined(separator: ", "), nearest: nearestNames(to: name, in: sets.map(\.name)),
      hint: "'cavern beam optics list' shows the sets; '--optics FILE' reads your own table")
  }

  /// The set whose injection energy is that of the beam, within 1 %.
  ///
  /// - Parameter flatBottomGamma: the smallest Lorentz factor of the cycle.
  public func set(forFlatBottomGamma flatBottomGamma: Double) -> OpticsSet? {
    sets.first { set in
      guard let gamma = set.flatBottomGamma else { return false }
      return abs(gamma - flatBottomGamma) < 0.01 * gamma
    }
  }

  /// Reads the JSON form of `Facts/optics.json`.
  ///
  /// - Throws: `optics.badTable` that names the set and scanner.
  public init(json: JSONValue) throws(CavernError) {
    guard let list = json["sets"]?.arrayValue else {
      throw CavernError(
        "optics.badTable", "the optics table has no list 'sets'", exit: .badData,
        expected: "{\"schema\": \"cavern.optics/1\", \"sets\": [{\"name\": …, \"scanners\": {…}}]}")
    }
    sets = []
    for entry in list {
      guard let name = entry["name"]?.stringValue, let scanners = entry["scanners"]?.objectValue else {
        throw CavernError("optics.badTable", "an optics set lacks 'name' or 'scanners'", exit: .badData)
      }
      var rows: [(equipment: String, optics: ScannerOptics)] = []
      for (equipment, value) in scanners.members {
        let optics = ScannerOptics(
          betaX: value["betaX"]?.doubleValue, betaY: value["betaY"]?.doubleValue,
          dispersionX: value["dispersionX"]?.doubleValue, dispersionY: value["dispersionY"]?.doubleValue)
        for beta in [optics.betaX, optics.betaY].compactMap({ $0 }) where !(beta > 0) {
          throw CavernError(
            "optics.badTable", "set '\(name)', scanner '\(equipment)': a beta function of \(beta) m", exit: .badData,
            expected: "a positive length in metres")
        }
        if optics == ScannerOptics() {
          throw CavernError(
            "optics.badTable", "set '\(name)', scanner '\(equipment)': no lattice function", exit: .badData,
            expected: "betaX, betaY, dispersionX or dispersionY",
            nearest: (value.objectValue?.names ?? []).flatMap {
              nearestNames(to: $0, in: ["betaX", "betaY", "dispersionX", "dispersionY"], limit: 1)
            })
        }
        rows.append((equipment, optics))
      }
      sets.append(
        OpticsSet(
          name: name, summary: entry["description"]?.stringValue ?? "", particle: entry["particle"]?.stringValue,
          flatBottomGamma: entry["flatBottomGamma"]?.doubleValue, scanners: rows))
    }
  }

  /// The table in the form of `Facts/optics.json`.
  public var json: JSONValue {
    let list = sets.map { set -> JSONValue in
      let scanners = set.scanners.map { row -> (String, JSONValue) in
        let members: [(String, Double?)] = [
          ("betaX", row.optics.betaX), ("betaY", row.optics.betaY), ("dispersionX", row.optics.dispersionX),
          ("dispersionY", row.optics.dispersionY),
        ]
        return (
          row.equipment, .object(JSONObject(members.compactMap { name, value in value.map { (name, .number($0)) } }))
        )
      }
      return [
        "name": .string(set.name), "description": .string(set.summary), "particle": .optional(set.particle),
        "flatBottomGamma": .optional(set.flatBottomGamma), "scanners": .object(JSONObject(scanners)),
      ]
    }
    return ["schema": "cavern.optics/1", "sets": .array(list)]
  }
}
