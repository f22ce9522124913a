import Errors
import Files
import JSON

/// JSON files that commands read.
enum JSONInput {
  /// The value in a file of at most 64 MiB; `-` is standard input.
  ///
  /// - Throws: errors of `InputBytes`, `input.empty` and `input.notJSON` (exit 65) with the place.
  static func read(_ path: String) throws(CavernError) -> JSONValue {
    let bytes = try InputBytes.read(path, limit: 64 << 20)
    guard !bytes.isEmpty else { throw CavernError("input.empty", "the file is empty", exit: .badData, file: path) }
    do {
      return try JSONValue(parsing: bytes)
    } catch {
      throw CavernError(
        "input.notJSON", "not JSON: \(error.message)", exit: .badData, file: path, line: error.line,
        column: error.column)
    }
  }
}
