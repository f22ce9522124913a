import Errors
import JSON

/// The fact tables of the module (`Facts/*.json`, embedded when it is built).
enum HaloFacts {
  /// One of the embedded tables.
  static func json(_ bytes: [UInt8], name: String) throws(CavernError) -> JSONValue {
    do {
      return try JSONValue(parsing: bytes)
    } catch {
      throw damaged(name, error.message)
    }
  }

  /// The fault of a table that does not hold what it must.
  static func damaged(_ name: String, _ what: String) -> CavernError {
    CavernError("facts.damaged", "the built-in table \(name) is damaged: \(what)", exit: .internal)
  }
}
