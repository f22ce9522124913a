import Errors
import JSON

/// What is known of an accelerator ring (`Facts/machines.json`).
public struct Ring: Sendable, Equatable {
  /// Name, `SPS`.
  public var name: String
  /// Circumference in m.
  public var circumference: Double?
  /// Length of a slot of the bunch-by-bunch instruments in ns; `nil` where it depends on the beam.
  public var slotLength: Double?
  /// Slots in a turn.
  public var slots: Int?

  /// The ring of that name; `nil` when the table does not know it.
  ///
  /// - Throws: `facts.damaged`.
  public static func named(_ name: String) throws(CavernError) -> Ring? {
    let table = try Facts.json(PackageResources.machines_json, name: "machines.json")
    guard let entry = table["machines"]?[name] else { return nil }
    return Ring(
      name: name, circumference: entry["circumference_m"]?.doubleValue, slotLength: entry["slotLength_ns"]?.doubleValue,
      slots: entry["slots"]?.intValue)
  }
}
