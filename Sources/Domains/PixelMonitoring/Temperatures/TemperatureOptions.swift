/// How temperatures are taken from the database.
public struct TemperatureOptions: Sendable, Equatable {
  /// Time from the begin of stable beams to the end of the window, in seconds.
  public var delay = 1200.0
  /// How far before the end of the window a reading of a sensor may lie, in seconds.
  public var lookback = 48 * 3600.0
  /// How far before the end of the window a bias voltage may lie, in seconds.
  public var biasLookback = 30 * 86_400.0
  /// Bias above this voltage is on, in V.
  public var biasThreshold = 10.0
  /// Readings below this many °C are no readings.
  public var lowestReading = -60.0
  /// Readings above this many °C are no readings.
  public var highestReading = 40.0

  /// The usual options.
  public init() {}

  /// What the earlier program did: any voltage above 0 is on, no lower limit for readings.
  public static var compatible: TemperatureOptions {
    var options = TemperatureOptions()
    options.biasThreshold = 0
    options.lowestReading = -.infinity
    return options
  }
}
