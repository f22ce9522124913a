import Figures
import Instruments

/// Readings of the gas board for people.
enum GasText {
  /// The outcome and below it the values.
  static func lines(_ exchange: GasExchange) -> String {
    guard let reading = exchange.reading else {
      return "\(exchange.outcome.rawValue): \(exchange.reason ?? "")\n"
    }
    let resistance = reading.resistanceOhm.map { "\(fixed($0, 0)) ohm" } ?? "not ready"
    return """
      outcome      \(exchange.outcome.rawValue)
      temperature  \(fixed(reading.temperatureKelvin, 2)) K
      pressure     \(fixed(reading.pressurePascal, 2)) Pa
      humidity     \(fixed(reading.humidityPercent, 2)) %
      VOC          \(resistance)

      """
  }

  /// One line with the four values.
  static func line(_ exchange: GasExchange) -> String {
    guard let reading = exchange.reading else { return "\(exchange.outcome.rawValue): \(exchange.reason ?? "")" }
    let resistance = reading.resistanceOhm.map { "\(fixed($0, 0)) ohm" } ?? "VOC not ready"
    return "\(fixed(reading.temperatureKelvin, 2)) K  \(fixed(reading.pressurePascal, 2)) Pa  "
      + "\(fixed(reading.humidityPercent, 2)) %  \(resistance)"
  }

  private static func fixed(_ value: Double, _ decimals: Int) -> String { NumberLabel.fixed(value, decimals: decimals) }
}
