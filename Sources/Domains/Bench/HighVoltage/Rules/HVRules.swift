import Instruments

/// What is allowed on a channel, from the configuration.
public struct HVChannelRules: Sendable, Hashable {
  /// A name for people and interlocks.
  public var name: String
  /// Whether volts are shown and given with the sign of the polarity.
  public var isSigned = false
  /// The polarity that is expected; `nil` for any.
  public var polarity: String?
  /// Smallest magnitude in volts when raising.
  public var minimumVoltage = 0.0
  /// Largest magnitude in volts; without it the channel takes nothing but OFF and 0 V.
  public var maximumVoltage: Double?
  /// Largest ISET in microampere.
  public var maximumCurrent: Double?
  /// Largest |V| x ISET in watt.
  public var maximumPower = 8.0
  /// Largest step up in volts.
  public var maximumStep: Double?
  /// Largest RUP in V/s when raising.
  public var maximumRamp: Double?
  /// What must hold for raising and for ON.
  public var interlocks: [InterlockExpression] = []
  /// Settings of the device that are expected.
  public var expected: [String: String] = [:]

  /// Rules for a channel.
  public init(name: String) { self.name = name }
}

/// What happens after a trip.
public enum HVTripAction: String, Sendable, Hashable, CaseIterable {
  /// VSET 0 and OFF on the channel.
  case safe
  /// The alarm alone.
  case alarmOnly = "alarm-only"
  /// VSET 0 and OFF on all configured channels of its group.
  case groupOff = "group-off"
}

/// All rules of a broker.
public struct HVRules: Sendable, Hashable {
  /// By channel; a channel that is not listed takes nothing but OFF and 0 V.
  public var channels: [HVChannel: HVChannelRules]
  /// What happens after a trip.
  public var tripAction = HVTripAction.safe
  /// Groups that go off together.
  public var groups: [[HVChannel]] = []
  /// Cycle of the monitoring in ms.
  public var period = 1000
  /// Readings older than this in ms are missing for interlocks.
  public var maximumAge = 5000
  /// How long after a failed safe reaction it is tried again, in ms.
  public var retry = 30000
  /// Whether raising is refused on devices whose MAXV or TRIP is wider than configured.
  public var requiresHardwareLimits = false

  /// Rules.
  public init(channels: [HVChannel: HVChannelRules]) { self.channels = channels }

  /// The channel by alias.
  public func channel(named name: String) -> HVChannel? {
    channels.filter { $0.value.name == name }.keys.min()
  }
}
