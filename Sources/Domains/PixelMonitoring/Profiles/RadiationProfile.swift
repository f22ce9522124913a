import Errors

/// The history of a readout group in steps: how long, how warm, under which fluence, with which current.
public struct RadiationProfile: Sendable, Equatable {
  /// What stands for a value that was not measured.
  public static let missing = -999.0

  /// One step.
  public struct Row: Sendable, Equatable {
    /// Fill number; −999 between fills.
    public var fill: Int
    /// End of the step, in s since 1970-01-01 00:00 UTC.
    public var timestamp: Double
    /// Length, in s.
    public var duration: Double
    /// Sensor temperature, in K; −999 when not measured.
    public var temperature: Double
    /// Fluence rate, in n_eq/cm²/s.
    public var fluenceRate: Double
    /// Leakage current of the whole group, in µA; −999 when not measured.
    public var current: Double

    /// A step.
    public init(
      fill: Int, timestamp: Double, duration: Double, temperature: Double, fluenceRate: Double, current: Double
    ) {
      self.fill = fill
      self.timestamp = timestamp
      self.duration = duration
      self.temperature = temperature
      self.fluenceRate = fluenceRate
      self.current = current
    }

    /// Beginning of the step, in s since 1970-01-01 00:00 UTC.
    public var start: Double { timestamp - duration }
    /// Fluence of the step, in n_eq/cm².
    public var fluence: Double { fluenceRate * duration }
    /// Whether the current was measured.
    public var hasCurrent: Bool { current != RadiationProfile.missing }
  }

  /// How the steps are written.
  public enum Form: Sendable, Equatable {
    /// As the earlier program wrote them: whole seconds and fluence rates, two decimals.
    case compatible
    /// With six decimals, fluence rates with nine digits.
    case physics
  }

  /// The heading of a file.
  public static let header =
    "Fill\tTimestamp [s]\tDuration [s]\tTemperature [K]\tFluence [n_eq/cm2/s]\tLeakage_current [mA/cm2]"

  /// The steps in order of time.
  public var rows: [Row]
  /// The heading as it was read.
  public var heading: String
  /// The form in which it was read.
  public var form: Form

  /// A profile of steps in order of time.
  public init(rows: [Row], heading: String = RadiationProfile.header, form: Form = .physics) {
    self.rows = rows
    self.heading = heading
    self.form = form
  }

  /// Accumulated fluence of all steps, in n_eq/cm².
  public var totalFluence: Double { rows.reduce(0) { $0 + $1.fluence } }
  /// Sum of all lengths, in s.
  public var totalDuration: Double { rows.reduce(0) { $0 + $1.duration } }
}
