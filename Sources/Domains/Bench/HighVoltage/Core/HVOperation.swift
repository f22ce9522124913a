import Instruments

/// A command on its way through reading, judging, writing and reading back.
struct HVOperation: Sendable, Hashable {
  enum Stage: Sendable, Hashable {
    /// For its turn.
    case waiting
    /// For readings that the rules need.
    case reading([String])
    /// For the reply to the SET.
    case writing
    /// For the reading that confirms it; `why` is what was wrong with the reply.
    case verifying(why: String?)
  }

  var command: HVCommand
  var stage = Stage.waiting
  /// Which step is under way.
  var position = 0
  /// How the steps before went, and how this one goes.
  var reports: [HVStepReport] = []
  /// Why nothing may follow the step that is under way.
  var stop: HVFault?

  init(_ command: HVCommand) { self.command = command }

  var step: HVStep { command.steps[position] }

  /// Whether it does not wait for others.
  var isParallel: Bool { (command.isEmergency && !command.isDryRun) || command.actor == .automatic }

  var priority: HVPriority { isParallel ? .emergency : .set }

  /// The parameter of the step on the wire, and the one that confirms it.
  var parameter: String {
    switch step {
    case .voltage: "VSET"
    case .current: "ISET"
    case .parameter(let name, _): name
    case .on: "ON"
    case .off: "OFF"
    case .clear: "BDCLR"
    }
  }

  var confirmation: String {
    switch step {
    case .on, .off, .clear: "STAT"
    default: parameter
    }
  }

  /// What has to be known, fresh, before the step can be judged.
  var readings: [String] {
    if isParallel { return [] }
    return switch step {
    case .voltage, .current: ["STAT", "VSET", "ISET"]
    case .on: ["STAT", "VSET", "ISET", "RUP"]
    case .off: []
    case .clear: ["STAT"]
    case .parameter(let name, _):
      CAENParameter.named(name).map { $0.isReadable ? (name == "IMRANGE" ? [name, "ISET"] : [name]) : [] } ?? []
    }
  }

  /// The channel of a request for a parameter; `nil` for parameters of the board.
  func channel(for parameter: String) -> Int? {
    CAENParameter.named(parameter)?.scope == .board ? nil : command.channel.channel
  }

  /// A record of the audit about the step under way.
  func entry(_ event: String) -> HVAuditEntry {
    var entry = HVAuditEntry(
      event: event, operation: command.id, actor: command.actor, verb: command.verb, channel: command.channel)
    entry.reason = command.reason
    entry.isDryRun = command.isDryRun
    entry.isOverride = command.isOverride
    if let report = reports.last {
      entry.parameter = report.parameter
      entry.old = report.old
      entry.requested = report.requested
      entry.sent = report.sent
      entry.readBack = report.readBack
    }
    return entry
  }
}
