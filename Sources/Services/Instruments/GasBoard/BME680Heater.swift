/// The heater of the gas sensor.
public enum BME680Heater {
  /// The value for register 0x5A that brings the heater to a temperature.
  ///
  /// Source: BST-BME680-DS001, section 3.3.5, integer form, with the last divisions left true.
  ///
  /// - Parameters:
  ///   - celsius: the wanted temperature, held to 200...400 °C.
  ///   - ambientCelsius: the temperature around the sensor.
  ///   - calibration: the sensor's coefficients.
  /// - Returns: the target before rounding.
  public static func target(celsius: Int, ambientCelsius: Double, _ calibration: BME680Calibration) -> Double {
    let c = calibration
    let wanted = Double(min(max(celsius, 200), 400))
    let first = ambientCelsius * Double(c.gh3) / 10 * 256
    let second =
      Double(c.gh1 + 784) * (((Double(c.gh2 + 154_009) * wanted * 5) / 100 + 3_276_800) / 10)
    let third = (first + second / 2) / Double(c.heaterRange + 4)
    let resistance = (third / Double(131 * c.heaterValue + 65536) - 250) * 34
    return (resistance + 50) / 100
  }
}
