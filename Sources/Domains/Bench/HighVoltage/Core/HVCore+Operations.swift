import Instruments

extension HVCore {
  // MARK: Reading and judging

  /// Begins the step that an operation stands at.
  mutating func begin(_ index: Int, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    let operation = operations[index]
    guard isConnected else {
      return finish(
        index, HVFault(.disconnected, "the supply is not connected"), event: "refusal", rules, now, &effects)
    }
    let needed = operation.readings
    guard !needed.isEmpty else { return judge(index, rules, now, &effects) }
    operations[index].stage = .reading(needed)
    for name in needed {
      effects.append(
        .read(
          .read(operation: operation.command.id, parameter: name),
          .monitor(board: operation.command.channel.board, channel: operation.channel(for: name), name),
          operation.priority))
    }
  }

  private mutating func judge(_ index: Int, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    let operation = operations[index]
    let command = operation.command
    let judgement = HVJudgement(command, operation.step, self, rules, at: now)
    var report = HVStepReport(
      parameter: operation.parameter, channel: command.channel, sent: nil, old: old(operation),
      requested: requested(operation.step), readBack: nil, outcome: "ok", rules: judgement.verdicts)
    if let fault = judgement.fault, command.actor != .automatic {
      report.outcome = fault.code.rawValue
      operations[index].reports.append(report)
      return finish(index, fault, event: "refusal", rules, now, &effects)
    }
    if judgement.isUnchanged, !operation.isParallel {
      report.outcome = "unchanged"
      report.readBack = report.old
      operations[index].reports.append(report)
      return next(index, rules, now, &effects)
    }
    let request = CAENRequest.set(
      board: command.channel.board, channel: operation.channel(for: operation.parameter), operation.parameter,
      judgement.value)
    report.sent = request.text
    if command.isDryRun {
      report.outcome = "dry_run"
      operations[index].reports.append(report)
      return next(index, rules, now, &effects)
    }
    guard isAuditAvailable || takesAway(operation) else {
      report.sent = nil
      report.outcome = HVErrorCode.auditUnavailable.rawValue
      operations[index].reports.append(report)
      return finish(
        index, HVFault(.auditUnavailable, "the audit cannot be written: only off and kill are possible"),
        event: "refusal", rules, now, &effects)
    }
    operations[index].reports.append(report)
    operations[index].stage = .writing
    // From here on the channel is not expected to be on.
    if takesAway(operation) { channels[command.channel]?.isExpectedOn = false }
    effects.append(
      .write(
        operations[index].entry("intent"), .write(operation: command.id), request, operation.priority,
        goesWithoutAudit: takesAway(operation)))
  }

  /// Whether a step can only take voltage away.
  private func takesAway(_ operation: HVOperation) -> Bool {
    switch operation.step {
    case .off: true
    case .voltage(let volts): operation.command.actor == .automatic && volts == 0
    case .parameter: operation.command.isEmergency
    default: false
    }
  }

  private func old(_ operation: HVOperation) -> String? {
    let state = channels[operation.command.channel]
    return switch operation.step {
    case .voltage: state?.voltageSet.map { CAENNumber.text($0, decimals: state?.facts.voltageDecimals ?? 1) }
    case .current: state?.currentSet.map { CAENNumber.text($0, decimals: state?.facts.currentDecimals ?? 2) }
    case .on, .off, .clear: state?.status.map { "\($0.word)" }
    case .parameter(let name, _): state?.facts.text(name)
    }
  }

  private func requested(_ step: HVStep) -> String {
    switch step {
    case .voltage(let value), .current(let value): "\(value)"
    case .parameter(_, let text): text
    case .on: "ON"
    case .off: "OFF"
    case .clear: "BDCLR"
    }
  }

  // MARK: Replies

  /// The outcome of an exchange.
  mutating func exchanged(
    _ tag: HVTag, _ outcome: CAENOutcome, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]
  ) {
    switch tag {
    case .monitor(let board, let parameter):
      monitored(board, parameter, outcome, rules, now, &effects)
    case .read(let id, let parameter):
      guard let index = index(of: id), case .reading(let pending) = operations[index].stage else { return }
      guard let value = outcome.values?.first, outcome.values?.count == 1 else {
        return finish(index, fault(outcome, of: parameter), event: "refusal", rules, now, &effects)
      }
      store(value, parameter, operations[index].command.channel)
      let left = pending.filter { $0 != parameter }
      operations[index].stage = .reading(left)
      if left.isEmpty { judge(index, rules, now, &effects) }
    case .write(let id):
      guard let index = index(of: id), operations[index].stage == .writing else { return }
      written(index, outcome, rules, now, &effects)
    case .verify(let id, let parameter):
      guard let index = index(of: id), case .verifying(let why) = operations[index].stage else { return }
      verified(index, parameter, outcome, why, rules, now, &effects)
    }
  }

  private mutating func written(
    _ index: Int, _ outcome: CAENOutcome, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]
  ) {
    let operation = operations[index]
    switch outcome {
    case .ok, .unknownOutcome, .malformed, .timeout, .desync:
      // With or without a reply, the device says what it did.
      operations[index].stage = .verifying(why: outcome.reason)
      effects.append(
        .read(
          .verify(operation: operation.command.id, parameter: operation.confirmation),
          .monitor(
            board: operation.command.channel.board, channel: operation.channel(for: operation.confirmation),
            operation.confirmation), operation.priority))
    case .deviceError("LOC"):
      boards[operation.command.channel.board]?.isLocal = true
      finish(index, HVFault(.localMode, "the board is in LOCAL"), event: "result", rules, now, &effects)
    case .deviceError, .disconnected:
      let fault = operations[index].stop ?? fault(outcome, of: operation.parameter)
      finish(index, fault, event: "result", rules, now, &effects)
    }
  }

  private mutating func verified(
    _ index: Int, _ parameter: String, _ outcome: CAENOutcome, _ why: String?, _ rules: HVRules, _ now: Int,
    _ effects: inout [HVEffect]
  ) {
    let operation = operations[index]
    let last = operation.reports.count - 1
    guard let value = outcome.values?.first, outcome.values?.count == 1 else {
      let message = "the SET was sent; whether it took effect is not known (\(why ?? outcome.reason ?? ""))"
      return finish(index, HVFault(.unknownOutcome, message), event: "result", rules, now, &effects)
    }
    store(value, parameter, operation.command.channel)
    operations[index].reports[last].readBack = value.text
    guard agrees(operation, value) else {
      // A device that is switched off by its interlock while it is switched on says so in its status.
      let message = "\(parameter) reads \(value.text) after \(operation.reports[last].sent ?? "")"
      return finish(index, HVFault(.readBack, message), event: "result", rules, now, &effects)
    }
    if case .on = operation.step { channels[operation.command.channel]?.isExpectedOn = true }
    if case .clear = operation.step { dropLatch(operation.command, &effects) }
    var entry = operations[index].entry("result")
    entry.outcome = "ok"
    if let why { entry.reason = "confirmed by reading back after: \(why)" }
    effects.append(.audit(entry))
    if let stop = operation.stop { return finish(index, stop, event: nil, rules, now, &effects) }
    next(index, rules, now, &effects)
  }

  /// Whether a reading confirms the SET.
  private func agrees(_ operation: HVOperation, _ value: CAENValue) -> Bool {
    switch operation.step {
    case .on: return value.integer.map { CAENStatus($0).isOn } ?? false
    case .off: return value.integer.map { !CAENStatus($0).isOn || CAENStatus($0).isRampingDown } ?? false
    case .clear: return value.integer.map { !CAENStatus($0).isTripped } ?? false
    case .voltage, .current, .parameter:
      guard let sent = operation.reports.last?.sent, let mark = sent.range(of: ",VAL:") else { return false }
      let wanted = String(sent[mark.upperBound...])
      guard let number = value.number, let asked = Double(wanted) else { return value.text == wanted }
      let decimals = max(value.decimals ?? 0, CAENNumber.parse(wanted)?.decimals ?? 0)
      var half = 0.5
      for _ in 0..<decimals { half /= 10 }
      return abs(number - asked) < half
    }
  }

  /// BDCLR clears the whole board: the latches of its channels that are off at 0 V go with it.
  private mutating func dropLatch(_ command: HVCommand, _ effects: inout [HVEffect]) {
    for place in channels.keys.sorted() where place.board == command.channel.board {
      guard let state = channels[place], state.latch != nil || place == command.channel else { continue }
      let isSafe = !state.isOn && state.voltageSet == 0
      guard isSafe || place == command.channel else { continue }
      channels[place]?.latch = nil
      channels[place]?.tripReads = 0
      channels[place]?.collapseReads = 0
      channels[place]?.lossReads = 0
      channels[place]?.retryAt = nil
      inheritedLatches[place] = nil
      effects.append(.cleared(place))
      effects.append(.condition("hv.trip", place, isActive: false, "cleared by \(command.actor.name)"))
    }
  }

  // MARK: Ends

  private mutating func next(_ index: Int, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    guard operations[index].position + 1 < operations[index].command.steps.count else {
      return finish(index, nil, event: nil, rules, now, &effects)
    }
    operations[index].position += 1
    begin(index, rules, now, &effects)
  }

  /// Ends an operation: audit, answer, and the next one begins.
  private mutating func finish(
    _ index: Int, _ fault: HVFault?, event: String?, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]
  ) {
    var operation = operations.remove(at: index)
    if let fault {
      effects.append(.cancel(operation: operation.command.id))
      if !operation.reports.isEmpty, event == "result" {
        operation.reports[operation.reports.count - 1].outcome = fault.code.rawValue
      }
      if let event {
        var entry = operation.entry(event)
        entry.outcome = fault.code.rawValue
        entry.reason = fault.message
        effects.append(.audit(entry))
      }
    }
    if operation.command.actor == .automatic {
      reacted(operation.command.channel, fault, rules, now)
    } else {
      effects.append(.answer(HVAnswer(id: operation.command.id, fault: fault, steps: operation.reports)))
    }
    advance(rules, now, &effects)
  }

  /// Refuses an operation that is not, or no longer, in the list.
  mutating func refuse(
    _ operation: HVOperation, _ fault: HVFault, _ verdicts: [HVVerdict], _ effects: inout [HVEffect]
  ) {
    var entry = operation.entry("refusal")
    if operation.reports.isEmpty {
      entry.parameter = operation.parameter
      entry.requested = requested(operation.step)
    }
    entry.outcome = fault.code.rawValue
    entry.reason = fault.message
    effects.append(.audit(entry))
    var reports = operation.reports
    if reports.isEmpty {
      reports = [
        HVStepReport(
          parameter: operation.parameter, channel: operation.command.channel, sent: nil, old: nil,
          requested: requested(operation.step), readBack: nil, outcome: fault.code.rawValue, rules: verdicts)
      ]
    }
    effects.append(.answer(HVAnswer(id: operation.command.id, fault: fault, steps: reports)))
  }

  mutating func intentFailed(_ id: Int, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    isAuditAvailable = false
    guard let index = index(of: id), operations[index].stage == .writing else { return }
    let last = operations[index].reports.count - 1
    operations[index].reports[last].sent = nil
    finish(
      index, HVFault(.auditUnavailable, "the audit cannot be written: nothing was sent"), event: "result", rules, now,
      &effects)
  }

  private func fault(_ outcome: CAENOutcome, of parameter: String) -> HVFault {
    let why = outcome.reason ?? "no single value"
    return switch outcome {
    case .deviceError("PAR"): HVFault(.noSuchParameter, "\(parameter): \(why)")
    case .deviceError("LOC"): HVFault(.localMode, why)
    case .deviceError: HVFault(.deviceError, "\(parameter): \(why)")
    case .disconnected: HVFault(.disconnected, why)
    case .unknownOutcome: HVFault(.unknownOutcome, why)
    default: HVFault(.timeout, "\(parameter): \(why)")
    }
  }

  // MARK: Readings

  /// Takes a reading over into what is known of a channel.
  mutating func store(_ value: CAENValue, _ parameter: String, _ place: HVChannel) {
    guard channels[place] != nil else { return }
    switch parameter {
    case "VSET": channels[place]?.voltageSet = value.number
    case "ISET": channels[place]?.currentSet = value.number
    case "VMON": channels[place]?.voltage = value.number
    case "IMON": channels[place]?.current = value.number
    case "STAT": channels[place]?.status = value.integer.map { CAENStatus($0) }
    case "IMRANGE": channels[place]?.isLowRange = value.text == "LOW"
    default: channels[place]?.facts.take(value, parameter)
    }
  }
}

extension HVChannelFacts {
  /// Takes a reading over.
  mutating func take(_ value: CAENValue, _ parameter: String) {
    switch parameter {
    case "VMIN": minimumVoltage = value.number ?? 0
    case "VMAX": maximumVoltage = value.number
    case "VDEC": voltageDecimals = value.integer ?? 1
    case "IMAX": maximumCurrent = value.number
    case "ISDEC": currentDecimals = value.integer ?? 2
    case "MAXV": hardwareLimit = value.number
    case "POL": polarity = value.text
    case "RUP": rampUp = value.number
    case "RDW": rampDown = value.number
    case "TRIP": tripTime = value.number
    case "PDWN": powerDown = value.text
    default: break
    }
  }

  /// A fact as text, for the audit.
  func text(_ parameter: String) -> String? {
    switch parameter {
    case "MAXV": hardwareLimit.map { "\($0)" }
    case "RUP": rampUp.map { "\($0)" }
    case "RDW": rampDown.map { "\($0)" }
    case "TRIP": tripTime.map { "\($0)" }
    case "PDWN": powerDown
    default: nil
    }
  }
}
