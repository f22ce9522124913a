import Arguments
import Errors
import Instruments
import Tables

/// Reading waveform files for the commands of `cavern scope`.
enum ScopeFiles {
  /// The waveform of a file.
  ///
  /// - Throws: as `FileBytes.read` and `Waveform.init`; outside `--json` the message begins with the name of the fault, which
  ///   people look up in the guide.
  static func waveform(_ path: String, _ arguments: ParsedArguments) throws(CavernError) -> Waveform {
    let bytes = try FileBytes.read(path)
    do throws(CavernError) {
      return try Waveform(decoding: bytes)
    } catch {
      throw named(error, path, arguments)
    }
  }

  /// A fault of a file, for people with its name in front.
  static func named(_ error: CavernError, _ path: String, _ arguments: ParsedArguments) -> CavernError {
    var error = error.inFile(path)
    if !arguments.flag("json") { error.message = "\(error.code): \(error.message)" }
    return error
  }

  /// The last part of a path.
  static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// A number with its unit prefix, for example `100 ps`.
  static func engineering(_ value: Double, _ unit: String) -> String {
    guard value.isFinite, value != 0 else { return "\(NumberText.significant(value, 4)) \(unit)" }
    let steps: [(Double, String)] = [
      (1e-12, "p"), (1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), (1, ""), (1e3, "k"), (1e6, "M"),
    ]
    let step = steps.last { abs(value) >= $0.0 * 0.9995 } ?? (1e-12, "p")
    return "\(NumberText.significant(value / step.0, 5)) \(step.1)\(unit)"
  }
}
