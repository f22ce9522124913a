import Errors
import Instruments
import TimeSeries

/// The `[gas]` table: the gas board and how it is recorded.
public struct GasSettings: Sendable, Equatable {
  /// Which protocol the board is spoken to with.
  public enum ProtocolChoice: String, Sendable, CaseIterable {
    /// The first firmware: `R`.
    case version0 = "0"
    /// Numbered requests with checksums.
    case version1 = "1"
    /// Version 1 where the board answers to `V`.
    case automatic = "auto"
  }

  /// Names that values are recorded under.
  public enum Layout: String, Sendable, CaseIterable {
    /// Four measurements with one field each, as dashboards of old know them.
    case legacy
    /// One measurement with a field for each value and one for the quality.
    case wide
  }

  /// The serial line: a path, best one below `/dev/serial/by-id/`.
  public var port: String
  /// Bits a second.
  public var baud: Int
  /// Which protocol the board is spoken to with.
  public var protocolChoice: ProtocolChoice
  /// Time between readings.
  public var period: Duration
  /// Time that the board is deaf after the line was opened.
  public var settle: Duration
  /// How long a reply may take.
  public var timeLimit: Duration
  /// Where the board measures; the tag `location`.
  public var location: String
  /// Names that values are recorded under.
  public var layout: Layout
  /// After how long without a value the alarm `gas.no_data` is raised besides three failures in a row; `nil` for never.
  public var noDataAfter: Duration?
  /// Limits of values.
  public var limits: [GasLimit]

  /// Settings for a port; all else as usual.
  public init(port: String) {
    self.port = port
    baud = 115_200
    protocolChoice = .automatic
    period = .seconds(10)
    settle = .seconds(2)
    timeLimit = .seconds(1)
    location = "Picosec gas"
    layout = .legacy
    noDataAfter = .seconds(60)
    limits = []
  }

  /// Whether a tag can hold the name of a place.
  public static func isLocation(_ name: String) -> Bool { PointKey("gas", ["location": name]).isRepresentable }

  init(_ table: ConfigurationTable) throws(CavernError) {
    var table = table
    self.init(port: try table.requiredText("port"))
    baud = try table.integer("baud", 300...4_000_000) ?? baud
    protocolChoice =
      try table.choice("protocol", ProtocolChoice.allCases.map(\.rawValue)).flatMap(ProtocolChoice.init) ?? .automatic
    period = try table.duration("period") ?? period
    // A measurement with its heater takes 180 to 200 ms and the board then rests for 100 ms: 3 Hz at the most.
    guard period >= .milliseconds(330) else {
      throw table.fault("period", "the board cannot measure so often", expected: "at least \"330ms\"")
    }
    settle = try table.duration("settle") ?? settle
    timeLimit = try table.duration("timeout") ?? timeLimit
    // A board that is silent must not look like a service that hangs: the watchdog waits for 30 s.
    guard timeLimit >= .milliseconds(50), timeLimit <= .seconds(10) else {
      throw table.fault("timeout", "out of range", expected: "\"50ms\" to \"10s\"")
    }
    location = try table.text("location") ?? location
    guard Self.isLocation(location) else {
      throw table.fault("location", "no tag can hold it", expected: "one line that does not end in a backslash")
    }
    layout = try table.choice("layout", Layout.allCases.map(\.rawValue)).flatMap(Layout.init) ?? .legacy
    if var alarm = try table.table("alarm") {
      var noData = try alarm.table("no_data")
      noDataAfter = try noData?.duration("after") ?? noDataAfter
      try noData?.finish()
      for quantity in GasQuantity.allCases {
        guard let limit = try alarm.table(quantity.rawValue) else { continue }
        limits.append(try GasLimit(quantity, limit))
      }
      try alarm.finish()
    }
    try table.finish()
  }
}

/// A value of the gas board, by its name in configuration and the wide layout.
public enum GasQuantity: String, Sendable, CaseIterable {
  /// Temperature in kelvin.
  case temperature = "temperature_k"
  /// Pressure in pascal.
  case pressure = "pressure_pa"
  /// Relative humidity in percent.
  case humidity = "humidity_rh"
  /// Resistance of the gas sensor in ohm.
  case resistance = "voc_ohm"

  /// The value in a reading; `nil` when it is absent.
  public func value(_ reading: GasReading) -> Double? {
    switch self {
    case .temperature: reading.temperatureKelvin
    case .pressure: reading.pressurePascal
    case .humidity: reading.humidityPercent
    case .resistance: reading.resistanceOhm
    }
  }

  /// The measurement of the legacy layout.
  public var legacyName: String {
    switch self {
    case .temperature: "Temperature [K]"
    case .pressure: "Pressure [Pa]"
    case .humidity: "Humidity [RH]"
    case .resistance: "VOC [Ohm]"
    }
  }

  /// The unit.
  public var unit: String {
    switch self {
    case .temperature: "K"
    case .pressure: "Pa"
    case .humidity: "%"
    case .resistance: "ohm"
    }
  }
}

/// Limits of one value and how long it may be beyond them.
public struct GasLimit: Sendable, Equatable {
  /// The value.
  public var quantity: GasQuantity
  /// Lowest value without alarm.
  public var low: Double?
  /// Highest value without alarm.
  public var high: Double?
  /// How long a value must be beyond a limit before the alarm is raised.
  public var delay: Duration

  /// Limits of a value.
  public init(_ quantity: GasQuantity, low: Double? = nil, high: Double? = nil, delay: Duration = .zero) {
    self.quantity = quantity
    self.low = low
    self.high = high
    self.delay = delay
  }

  init(_ quantity: GasQuantity, _ table: ConfigurationTable) throws(CavernError) {
    var table = table
    self.init(
      quantity, low: try table.number("low", -1e12...1e12), high: try table.number("high", -1e12...1e12),
      delay: try table.duration("delay") ?? .zero)
    if let low, let high, low >= high { throw table.fault("low", "not below high") }
    if low == nil, high == nil { throw table.fault("low", "low or high is needed") }
    try table.finish()
  }
}
