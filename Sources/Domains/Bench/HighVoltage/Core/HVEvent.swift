import Instruments

/// What happens to the broker.
public enum HVEvent: Sendable, Hashable {
  /// A client asks for something.
  case request(HVCommand)
  /// An exchange is over.
  case exchanged(HVTag, CAENOutcome)
  /// The line is there, with these boards.
  case connected([HVIdentity])
  /// The line is gone.
  case disconnected
  /// The intent of an operation could not be written down.
  case intentFailed(operation: Int)
  /// The audit can, or cannot, be written.
  case audit(isAvailable: Bool)
  /// Values from elsewhere, for interlocks: `gas.pressure` and the like.
  case external([String: Double])
  /// Time has passed.
  case tick
  /// A client wants the exclusive right to set, or gives it back.
  case lease(HVActor, isWanted: Bool, seconds: Int)
}

/// What the broker has to do.
public enum HVEffect: Sendable {
  /// Queue a reading.
  case read(HVTag, CAENRequest, HVPriority)
  /// Write the intent down and put it on the disk, then queue the SET. When the intent cannot be written, `intentFailed`
  /// comes back and nothing is sent, unless the SET only takes voltage away.
  case write(HVAuditEntry, HVTag, CAENRequest, HVPriority, goesWithoutAudit: Bool)
  /// Write a record down.
  case audit(HVAuditEntry)
  /// Take what an operation has waiting out of the queue.
  case cancel(operation: Int)
  /// Answer a client.
  case answer(HVAnswer)
  /// A condition holds, or does not.
  case condition(String, HVChannel?, isActive: Bool, String)
  /// A channel has tripped.
  case tripped(HVChannel, String)
  /// A latch was dropped.
  case cleared(HVChannel)
  /// A board was read once round.
  case cycle(board: Int)
  /// Something to tell.
  case note(String, String)
}

/// What the audit says about one act.
public struct HVAuditEntry: Sendable, Hashable {
  /// `intent`, `result`, `refusal`, `trip`, `clear`.
  public var event: String
  /// The operation.
  public var operation: Int
  /// Who.
  public var actor: HVActor
  /// `set`, `on`, `off`, `kill`, `clear`.
  public var verb: String
  /// Where.
  public var channel: HVChannel
  /// What.
  public var parameter = ""
  /// The value before.
  public var old: String?
  /// The value asked for.
  public var requested: String?
  /// The request on the wire.
  public var sent: String?
  /// The value read back.
  public var readBack: String?
  /// `ok` or the error code; `nil` for an intent.
  public var outcome: String?
  /// The client's reason, or the rule's.
  public var reason = ""
  /// Whether it was only tried.
  public var isDryRun = false
  /// Whether limits were set aside.
  public var isOverride = false
}
