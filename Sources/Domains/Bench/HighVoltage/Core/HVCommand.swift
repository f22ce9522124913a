import Instruments

/// One SET that an operation makes, with what it means.
public enum HVStep: Sendable, Hashable {
  /// VSET in volts, signed where the channel is.
  case voltage(Double)
  /// ISET in microampere.
  case current(Double)
  /// Another parameter and its value as text.
  case parameter(String, String)
  /// Switch on.
  case on
  /// Switch off.
  case off
  /// Clear the alarms of the board.
  case clear
}

/// What a client asks to have done.
public struct HVCommand: Sendable, Hashable {
  /// Number of the operation, unique among those under way.
  public var id: Int
  /// Who asks.
  public var actor: HVActor
  /// The channel; for `clear` the one whose trip is cleared.
  public var channel: HVChannel
  /// What is done, in order.
  public var steps: [HVStep]
  /// Why, for the audit.
  public var reason = ""
  /// Whether everything but the SET is done.
  public var isDryRun = false
  /// Whether the configured limits are set aside; needs an expert and a reason.
  public var isOverride = false
  /// Whether values are rounded toward zero to the resolution.
  public var isRounded = false
  /// What the client believes the set point to be; another value refuses.
  public var expected: Double?

  /// A request.
  public init(id: Int, actor: HVActor, channel: HVChannel, steps: [HVStep]) {
    self.id = id
    self.actor = actor
    self.channel = channel
    self.steps = steps
  }

  /// Whether it only takes voltage away: it goes first, needs no lease and is never blocked by limits.
  public var isEmergency: Bool {
    steps.allSatisfy { step in
      switch step {
      case .off: true
      case .parameter("PDWN", _): steps.contains(.off)
      default: false
      }
    }
  }

  /// What the audit calls it.
  var verb: String {
    if steps.contains(.on) { return "on" }
    if steps.contains(.clear) { return "clear" }
    if steps.contains(.off) { return steps.count > 1 && isEmergency ? "kill" : "off" }
    return "set"
  }
}

/// How one SET went.
public struct HVStepReport: Sendable, Hashable {
  /// The parameter.
  public var parameter: String
  /// The channel.
  public var channel: HVChannel
  /// What was sent, or would be; `nil` when nothing needed to be.
  public var sent: String?
  /// The value before.
  public var old: String?
  /// The value asked for.
  public var requested: String
  /// The value read back.
  public var readBack: String?
  /// `ok`, `unchanged`, `dry_run`, or an error code.
  public var outcome: String
  /// What every rule said.
  public var rules: [HVVerdict] = []
}

/// What one rule said about a step.
public struct HVVerdict: Sendable, Hashable {
  /// The rule, for example `device_limit`.
  public var rule: String
  /// Why it does not pass; `nil` when it passes.
  public var fault: HVFault?
}

/// How an operation ended.
public struct HVAnswer: Sendable, Hashable {
  /// The operation.
  public var id: Int
  /// Why it failed; `nil` when it did not.
  public var fault: HVFault?
  /// Its steps as far as they went.
  public var steps: [HVStepReport]
}
