import Instruments

/// What the broker knows of a channel.
public struct HVChannelState: Sendable, Hashable {
  /// Last readings; `nil` until the first.
  public var voltageSet: Double?
  /// Current limit in microampere.
  public var currentSet: Double?
  /// Measured voltage, a magnitude.
  public var voltage: Double?
  /// Measured current in microampere.
  public var current: Double?
  /// Status word.
  public var status: CAENStatus?
  /// Whether the fine current range is on.
  public var isLowRange: Bool?
  /// Broker time of the last whole cycle in ms; `nil` before the first.
  public var readAt: Int?
  /// What does not change by itself: limits, polarity, rates.
  public var facts = HVChannelFacts()
  /// Why the channel is latched; `nil` when it is not.
  public var latch: String?
  /// Whether it should be on as far as anybody commanded.
  public var isExpectedOn = false
  /// Bit 7 or BDALARM on so many cycles in a row.
  var tripReads = 0
  /// Collapsed on so many cycles in a row.
  var collapseReads = 0
  /// Off without a command on so many cycles in a row.
  var lossReads = 0
  /// Over-current since this broker time in ms.
  var overCurrentSince: Int?
  /// When the safe reaction is tried again, broker time in ms.
  var retryAt: Int?

  /// A channel nothing is known of.
  public init() {}

  /// Volts with the sign of the polarity, where the channel's rules say that they are shown so; never a negative zero.
  func signed(_ volts: Double?, _ rules: HVChannelRules?) -> Double? {
    let sign = rules?.isSigned == true && facts.polarity == "-" ? -1.0 : 1.0
    return volts.map { $0 == 0 ? 0 : sign * $0 }
  }

  /// Whether the output is energised: bit 0 of STAT.
  public var isOn: Bool { status?.isOn ?? false }
}

/// What a device says about one of its channels at connect.
public struct HVChannelFacts: Sendable, Hashable {
  /// Smallest and largest VSET, and the digits after the point.
  public var minimumVoltage = 0.0
  /// Largest VSET.
  public var maximumVoltage: Double?
  /// Digits of VSET after the point.
  public var voltageDecimals = 1
  /// Largest ISET in microampere.
  public var maximumCurrent: Double?
  /// Digits of ISET after the point.
  public var currentDecimals = 2
  /// MAXV, the voltage that the hardware never exceeds.
  public var hardwareLimit: Double?
  /// `+` or `-`.
  public var polarity: String?
  /// RUP and RDW in V/s.
  public var rampUp: Double?
  /// RDW in V/s.
  public var rampDown: Double?
  /// TRIP in seconds.
  public var tripTime: Double?
  /// PDWN.
  public var powerDown: String?

  /// Nothing known.
  public init() {}
}

/// What the broker knows of a board.
public struct HVBoardState: Sendable, Hashable {
  /// Model name.
  public var model = ""
  /// Serial number.
  public var serial = ""
  /// Firmware release.
  public var firmware = ""
  /// Number of channels.
  public var channelCount = 0
  /// Whether the front panel has control.
  public var isLocal = false
  /// Whether the serial number is the configured one; a stranger is only read.
  public var isTrusted = true
  /// The board alarm word.
  public var alarm = 0

  /// A board nothing is known of.
  public init() {}
}

/// What a connection found out about a board and its channels.
public struct HVIdentity: Sendable, Hashable {
  /// Address on the chain.
  public var address: Int
  /// The board.
  public var board: HVBoardState
  /// Its channels in order, with first readings.
  public var channels: [HVChannelState]

  /// What a connection found out.
  public init(address: Int, board: HVBoardState, channels: [HVChannelState]) {
    self.address = address
    self.board = board
    self.channels = channels
  }
}

/// Exclusive right to set, for a time.
public struct HVLease: Sendable, Hashable {
  /// Who has it.
  public var client: Int
  /// His name.
  public var name: String
  /// Broker time in ms at which it ends.
  public var until: Int
}
