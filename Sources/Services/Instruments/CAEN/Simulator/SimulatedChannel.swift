import Foundation

/// One channel of a simulated 1470 supply with a detector on it: a resistance and a breakdown voltage.
///
/// Volts, microampere, megaohm, seconds. Time passes only in `advance(by:)`.
public struct SimulatedChannel: Sendable, Hashable {
  /// Set point in volts, a magnitude.
  public var voltageSet = 0.0
  /// Current limit in microampere.
  public var currentSet = 100.0
  /// Hardware limit of the voltage.
  public var maximumVoltage = 8100.0
  /// Ramp rate upwards in V/s.
  public var rampUp = 50.0
  /// Ramp rate downwards in V/s.
  public var rampDown = 50.0
  /// Seconds in over-current before a trip; 1000 = never.
  public var tripTime = 10.0
  /// Whether it goes off at once in place of ramping.
  public var killsOnPowerDown = false
  /// Polarity, set by hand on the hardware.
  public var polarity = "+"
  /// Whether currents are measured in the fine range.
  public var isLowRange = false
  /// Load in megaohm.
  public var resistance = 1000.0
  /// Voltage above which the load breaks down; `nil` for never.
  public var breakdownVoltage: Double?
  /// Whether the front switch is off.
  public var isDisabled = false
  /// Whether the KILL input is active.
  public var isKilled = false
  /// Whether it may not be on because of the interlock of the board.
  public var isInterlocked = false

  /// Output voltage.
  public internal(set) var voltage = 0.0
  /// Where the ramp stands.
  var ramp = 0.0
  /// Whether it is switched on.
  public internal(set) var isOn = false
  /// Whether it has tripped and nobody cleared it.
  public internal(set) var isTripped = false
  /// A trip of firmware 1.04: the output is dead and STAT says 33 until the power is cycled.
  public internal(set) var isDead = false
  var secondsInOverCurrent = 0.0
  var isOverCurrent = false
  var isAlarmed = false

  /// Time constant of the output behind the ramp, in seconds.
  static let timeConstant = 0.05
  /// Most power of a channel in microwatt.
  static let maximumPower = 8e6

  /// A channel that is off.
  public init() {}

  /// What the output is to reach.
  var target: Double { isOn && !isDead ? min(voltageSet, maximumVoltage) : 0 }

  /// Output current in microampere.
  public var current: Double { isOverCurrent ? currentSet : voltage / max(resistance, 0.01) }

  /// The voltage that the current limit, or the breakdown of the load, allows.
  private var ceiling: Double { min(currentSet * max(resistance, 0.01), breakdownVoltage ?? .infinity) }

  /// Whether the ramp is under way.
  var isRampingUp: Bool { ramp < target }
  var isRampingDown: Bool { ramp > target }

  /// The status word.
  public var status: Int {
    if isDead { return 33 }
    var word = isOn ? 1 : 0
    if isOn, isRampingUp { word |= 2 }
    if isRampingDown { word |= 4 }
    if isOverCurrent { word |= 8 }
    if isOn, !isRampingUp, !isRampingDown {
      if voltage > voltageSet + 2.5 { word |= 16 }
      if voltage < voltageSet - 2.5 { word |= 32 }
    }
    if isOn, voltageSet > maximumVoltage, ramp >= maximumVoltage { word |= 64 }
    if isTripped { word |= 128 }
    if voltage * current > Self.maximumPower { word |= 256 }
    if isDisabled { word |= 1024 }
    if isKilled { word |= 2048 }
    if isInterlocked { word |= 4096 }
    return word
  }

  /// Switches on; nothing happens while it is disabled, killed, interlocked or dead.
  mutating func switchOn() {
    guard !isDisabled, !isKilled, !isInterlocked, !isDead else { return }
    isOn = true
    isTripped = false
  }

  /// Switches off at the ramp rate, or at once.
  mutating func switchOff() {
    guard !isDead else { return }
    isOn = false
    if killsOnPowerDown {
      voltage = 0
      ramp = 0
    }
  }

  /// Lets time pass.
  ///
  /// - Parameters:
  ///   - seconds: how much.
  ///   - isOldFirmware: whether a trip behaves as in firmware 1.04.
  mutating func advance(by seconds: Double, isOldFirmware: Bool) {
    // Steps of at most 20 ms keep ramp, limit and trip in their order.
    var left = min(seconds, 3600)
    while left > 0 {
      let step = min(left, 0.02)
      left -= step
      self.step(step, isOldFirmware)
    }
  }

  private mutating func step(_ dt: Double, _ isOldFirmware: Bool) {
    if isOn, isDisabled || isKilled || isInterlocked { (isOn, voltage, ramp) = (false, 0, 0) }
    let goal = target
    if ramp < goal { ramp = min(goal, ramp + rampUp * dt) } else { ramp = max(goal, ramp - rampDown * dt) }
    voltage += (ramp - voltage) * (1 - exp(-dt / Self.timeConstant))
    if abs(voltage - ramp) < 0.01 { voltage = ramp }
    // Constant current: the output sags to what the limit allows.
    isOverCurrent = isOn && !isDead && ramp > 0.1 && voltage >= ceiling
    guard isOverCurrent else {
      secondsInOverCurrent = 0
      return
    }
    voltage = ceiling
    secondsInOverCurrent += dt
    guard tripTime < 1000, secondsInOverCurrent >= tripTime else { return }
    secondsInOverCurrent = 0
    isOverCurrent = false
    if isOldFirmware {
      isDead = true
      return
    }
    (isOn, isTripped, isAlarmed) = (false, true, true)
    if killsOnPowerDown { (voltage, ramp) = (0, 0) }
  }

  /// What a power cycle does.
  mutating func cyclePower() {
    (isOn, isDead, isTripped, isAlarmed, isOverCurrent) = (false, false, false, false, false)
    (voltage, ramp, secondsInOverCurrent) = (0, 0, 0)
  }
}
