import Errors
import JSON

/// The factor between the current of a main quadrupole family and its normalised strength.
public struct KnobConversion: Sendable, Equatable {
  /// Optics, `q20` or `q26`.
  public var optics: String
  /// Family.
  public var family: QuadrupoleCurrentRecord.Family
  /// Strength in 1/m² for one ampere; negative for the defocusing family.
  public var strengthPerAmpere: Double

  /// The factor of an optics and a family.
  ///
  /// - Throws: `dcct.unknownOptics` with the names that there are.
  public init(optics: String, family: QuadrupoleCurrentRecord.Family) throws(CavernError) {
    let table = try Facts.json(PackageResources.machines_json, name: "machines.json")
    let factors = table["mainQuadrupoleCurrentToStrength_perAmpere"]
    let names = factors?.objectValue?.names ?? []
    guard let name = names.first(where: { $0.lowercased() == optics.lowercased() }),
      let factor = factors?[name]?[family.rawValue]?.doubleValue
    else {
      throw CavernError(
        "dcct.unknownOptics", "there are no current factors for optics '\(optics)'", exit: .usage,
        expected: names.joined(separator: ", "), nearest: nearestNames(to: optics, in: names))
    }
    self.optics = name
    self.family = family
    strengthPerAmpere = factor
  }
}
