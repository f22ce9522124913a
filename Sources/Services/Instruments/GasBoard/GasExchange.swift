import JSON

/// What one request to the gas board brought.
public struct GasExchange: Sendable, Equatable {
  /// How it ended.
  public var outcome: GasOutcome
  /// The values; `nil` unless the outcome is usable, and nothing is ever put in their place.
  public var reading: GasReading?
  /// What was wrong, for people; `nil` when nothing was.
  public var reason: String?
  /// The sequence number that a reply of protocol version 1 carries.
  public var sequence: Int?

  /// An exchange with values, judged by their range.
  public init(_ reading: GasReading, sequence: Int? = nil) {
    outcome = reading.outcome
    self.reading = outcome.isUsable ? reading : nil
    reason = outcome.isUsable ? nil : "a value is outside what the sensor can measure"
    self.sequence = sequence
  }

  /// An exchange without values.
  public init(failed outcome: GasOutcome, _ reason: String) {
    self.outcome = outcome
    self.reason = reason
    reading = nil
    sequence = nil
  }

  /// The exchange under the names that scripts rely on; missing values are `null`.
  public var json: JSONValue {
    var object = JSONObject([
      ("outcome", .string(outcome.rawValue)),
      ("temperature_K", .optional(reading?.temperatureKelvin)),
      ("pressure_Pa", .optional(reading?.pressurePascal)),
      ("humidity_RH", .optional(reading?.humidityPercent)),
      ("voc_ohm", .optional(reading?.resistanceOhm)),
    ])
    if let sequence { object["sequence"] = .integer(sequence) }
    if let reason { object["reason"] = .string(reason) }
    return .object(object)
  }
}
