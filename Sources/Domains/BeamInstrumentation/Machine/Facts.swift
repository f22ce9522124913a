import Errors
import JSON

/// The fact tables that are part of the program (`Facts/*.json`, embedded when it is built).
enum Facts {
  /// One of the embedded tables.
  static func json(_ bytes: [UInt8], name: String) throws(CavernError) -> JSONValue {
    do {
      return try JSONValue(parsing: bytes)
    } catch {
      throw CavernError(
        "facts.damaged", "the built-in table \(name) is damaged: \(error.message)", exit: .internal, line: error.line,
        column: error.column)
    }
  }

  /// The particles of `machines.json`.
  static func particles() throws(CavernError) -> [ParticleSpecies] {
    let table = try json(PackageResources.machines_json, name: "machines.json")
    return (table["particles"]?.arrayValue ?? []).compactMap { entry in
      guard let name = entry["name"]?.stringValue, let energy = entry["restEnergy_GeV"]?.doubleValue,
        let charge = entry["charge"]?.doubleValue
      else { return nil }
      return ParticleSpecies(name: name, restEnergy: energy, charge: charge)
    }
  }
}

extension ParticleSpecies {
  /// The particle of that name.
  ///
  /// - Throws: `beam.unknownParticle` with the nearest names.
  public static func named(_ name: String) throws(CavernError) -> ParticleSpecies {
    let known = try Facts.particles()
    if let found = known.first(where: { $0.name.lowercased() == name.lowercased() }) { return found }
    throw CavernError(
      "beam.unknownParticle", "there is no particle '\(name)'", exit: .usage,
      expected: known.map(\.name).joined(separator: ", "), nearest: nearestNames(to: name, in: known.map(\.name)))
  }
}
