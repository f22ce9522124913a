import Errors
import JSON

/// Something that goes wrong with the simulated board once, when the next reply is due.
public enum GasFault: Sendable, Equatable {
  /// So many bytes of the reply are lost, from its middle.
  case drop(Int)
  /// The reply comes twice.
  case duplicate
  /// A bit of a byte is wrong.
  case flip
  /// The reply ends in its middle.
  case half
  /// Two replies run together.
  case merge
  /// A value is `nan`.
  case notANumber
  /// The gas sensor was not ready.
  case noGas
  /// The board says that it could not measure.
  case sensorError
  /// The reply comes so much later.
  case slow(Duration)
  /// The board does not answer.
  case silent
  /// The cable is out for so long.
  case unplug(Duration)
  /// Bytes come without a request.
  case chatter

  /// The names, for messages.
  public static let names = [
    "drop", "duplicate", "flip", "half", "merge", "nan", "no_gas", "sensor_error", "slow", "silent", "unplug",
    "chatter",
  ]

  /// A fault from its JSON form: `{"fault":"drop","bytes":5}`, `{"fault":"slow","seconds":1.5}`.
  ///
  /// - Throws: `gas.unknownFault` (exit 64) with the nearest names.
  public init(_ json: JSONValue) throws(CavernError) {
    let name = json["fault"]?.stringValue ?? ""
    let seconds = Duration.seconds(min(max(json["seconds"]?.doubleValue ?? 2, 0), 3600))
    switch name {
    case "drop": self = .drop(min(max(json["bytes"]?.intValue ?? 1, 1), 100))
    case "duplicate": self = .duplicate
    case "flip": self = .flip
    case "half": self = .half
    case "merge": self = .merge
    case "nan": self = .notANumber
    case "no_gas": self = .noGas
    case "sensor_error": self = .sensorError
    case "slow": self = .slow(seconds)
    case "silent": self = .silent
    case "unplug": self = .unplug(seconds)
    case "chatter": self = .chatter
    default:
      throw CavernError(
        "gas.unknownFault", "no fault '\(name)'", exit: .usage, expected: Self.names.joined(separator: ", "),
        nearest: nearestNames(to: name, in: Self.names))
    }
  }
}
