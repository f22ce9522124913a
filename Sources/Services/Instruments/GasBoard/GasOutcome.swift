/// How an exchange with the gas board ended; the raw values are the words that outputs and counters use.
public enum GasOutcome: String, Sendable, CaseIterable {
  /// Four values, all in range.
  case ok
  /// Temperature, pressure and humidity hold; the gas sensor was not ready and its resistance is absent.
  case okWithoutVOC = "ok_voc_invalid"
  /// The bytes are not a reply of the board.
  case malformed
  /// A reply whose numbers no sensor in a laboratory gives.
  case outOfRange = "out_of_range"
  /// Bytes, but no line end before the time limit.
  case partial
  /// No byte before the time limit.
  case timeout
  /// The board says that a measurement failed.
  case sensorError = "sensor_error"
  /// The board says that it finds no sensor.
  case sensorMissing = "sensor_missing"
  /// More than one line for one request, or bytes that waited before a request.
  case desynchronised = "desync"

  /// Whether the exchange gave values that may be stored.
  public var isUsable: Bool { self == .ok || self == .okWithoutVOC }
}
