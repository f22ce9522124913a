/// The values of one measurement of the gas board.
public struct GasReading: Sendable, Equatable {
  /// Temperature in kelvin.
  public var temperatureKelvin: Double
  /// Pressure in pascal.
  public var pressurePascal: Double
  /// Relative humidity in percent.
  public var humidityPercent: Double
  /// Resistance of the gas sensor in ohm; `nil` when its heater was not stable or the measurement not valid.
  public var resistanceOhm: Double?

  /// A measurement.
  public init(temperatureKelvin: Double, pressurePascal: Double, humidityPercent: Double, resistanceOhm: Double?) {
    self.temperatureKelvin = temperatureKelvin
    self.pressurePascal = pressurePascal
    self.humidityPercent = humidityPercent
    self.resistanceOhm = resistanceOhm
  }

  /// Temperatures that count as measured, in kelvin: -40 to 85 °C, what the sensor is made for.
  public static let temperatureRange = 233.15...358.15
  /// Pressures that count as measured, in pascal.
  public static let pressureRange = 30_000.0...110_000.0
  /// Relative humidities that count as measured, in percent.
  public static let humidityRange = 0.0...100.0

  /// Whether every value lies where the sensor can measure.
  public var isInRange: Bool {
    Self.temperatureRange.contains(temperatureKelvin) && Self.pressureRange.contains(pressurePascal)
      && Self.humidityRange.contains(humidityPercent) && (resistanceOhm ?? 0) >= 0
  }

  /// The outcome that the values by themselves amount to.
  public var outcome: GasOutcome {
    guard isInRange else { return .outOfRange }
    return resistanceOhm == nil ? .okWithoutVOC : .ok
  }
}
