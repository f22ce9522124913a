import Instruments

/// What every rule says about one step of a command; a pure function of what is known.
///
/// Rules are asked in the order of the specification: channel, role, lease, value, sign, limits, power, step, interlocks,
/// state. The first that does not pass decides the answer.
struct HVJudgement {
  let command: HVCommand
  let step: HVStep
  let core: HVCore
  let rules: HVRules
  let now: Int
  private(set) var verdicts: [HVVerdict] = []
  /// The value that would be sent.
  private(set) var value: String?
  /// Whether the set point is there already.
  private(set) var isUnchanged = false

  init(_ command: HVCommand, _ step: HVStep, _ core: HVCore, _ rules: HVRules, at now: Int) {
    self.command = command
    self.step = step
    self.core = core
    self.rules = rules
    self.now = now
    judge()
  }

  /// The first rule that does not pass.
  var fault: HVFault? { verdicts.first { $0.fault != nil }?.fault }

  private var state: HVChannelState { core.channels[command.channel] ?? HVChannelState() }
  private var channelRules: HVChannelRules? { rules.channels[command.channel] }

  private mutating func note(_ rule: String, _ code: HVErrorCode, _ isRight: Bool, _ message: String) {
    verdicts.append(HVVerdict(rule: rule, fault: isRight ? nil : HVFault(code, message)))
  }

  private mutating func judge() {
    guard let board = core.boards[command.channel.board],
      (0..<board.channelCount).contains(command.channel.channel)
    else {
      let count = core.boards[command.channel.board]?.channelCount
      let what = count.map { "board \(command.channel.board) has channels 0 to \($0 - 1)" } ?? "there is no such board"
      note("channel", core.isConnected ? .noSuchChannel : .disconnected, false, core.isConnected ? what : "no supply")
      return
    }
    judgeActor(board)
    // Asked before the first step, so that a healthy channel is not lowered on the way to a refusal.
    if command.steps.contains(.clear) { judgeClear() }
    switch step {
    case .voltage(let wanted): judgeVoltage(wanted)
    case .current(let wanted): judgeCurrent(wanted)
    case .parameter(let name, let text): judgeParameter(name, text)
    case .on: judgeOn()
    case .off, .clear: break
    }
  }

  private mutating func judgeActor(_ board: HVBoardState) {
    let needed: HVRole =
      switch step {
      case .off: .emergency
      case .parameter: command.isEmergency ? .emergency : .expert
      default: command.isOverride ? .expert : .operator
      }
    let role = command.actor.role
    note(
      "role", .notAuthorised, role >= needed, "\(command.actor.name) is \(role.rawValue); this needs \(needed.rawValue)"
    )
    if command.isOverride {
      note("override", .notAuthorised, !command.reason.isEmpty, "going beyond the limits needs a reason")
    }
    guard !command.isEmergency else { return }
    if let lease = core.lease, lease.until > now {
      note(
        "lease", .staleLease, lease.client == command.actor.client || command.actor.client < 0,
        "\(lease.name) has the right to set")
    }
    note("identity", .readOnly, board.isTrusted, "the serial number \(board.serial) is not the configured one")
    note("remote", .localMode, !board.isLocal, "the board is in LOCAL")
  }

  // MARK: Set points

  private mutating func judgeVoltage(_ wanted: Double) {
    note("finite", .limit, wanted.isFinite, "the voltage is no number")
    guard wanted.isFinite else { return }
    let isSigned = channelRules?.isSigned ?? false
    let polarity = state.facts.polarity ?? "+"
    let isRight = wanted == 0 || (isSigned ? (wanted < 0) == (polarity == "-") : wanted > 0)
    note(
      "sign", .limit, isRight,
      isSigned ? "the polarity is \(polarity), the sign says otherwise" : "volts are magnitudes on this channel")
    if let expected = channelRules?.polarity, wanted != 0 {
      note("polarity", .limit, polarity == expected, "the polarity is \(polarity), configured is \(expected)")
    }
    let magnitude = resolved(abs(wanted), state.facts.voltageDecimals, "V")
    let present = state.voltageSet ?? 0
    if let expected = command.expected {
      note(
        "expect", .limit, abs(abs(expected) - present) <= half(state.facts.voltageDecimals),
        "VSET is \(present) V, not \(abs(expected)) V")
    }
    value = CAENNumber.text(magnitude, decimals: state.facts.voltageDecimals)
    isUnchanged = state.voltageSet.map { abs($0 - magnitude) < half(state.facts.voltageDecimals) } ?? false
    guard !isUnchanged else { return }
    if let largest = state.facts.maximumVoltage {
      note(
        "device_limit", .limit, magnitude <= largest && magnitude >= state.facts.minimumVoltage,
        "the device takes \(state.facts.minimumVoltage) to \(largest) V")
    }
    // 0 V is always allowed.
    guard magnitude > 0 else { return }
    let isRaising = magnitude > present
    if !command.isOverride { judgeConfigured(magnitude, isRaising: isRaising) }
    if let limit = state.facts.hardwareLimit {
      note("hardware_limit", .limit, magnitude <= limit, "MAXV is \(limit) V")
    }
    guard isRaising else { return }
    judgePower(magnitude, state.currentSet)
    judgeRaising()
  }

  private mutating func judgeConfigured(_ magnitude: Double, isRaising: Bool) {
    guard let configured = channelRules, let largest = configured.maximumVoltage else {
      note("configured", .limit, false, "no limit is configured for the channel: it takes OFF and 0 V alone")
      return
    }
    note("v_max", .limit, magnitude <= largest, "\(magnitude) V is above v_max, \(largest) V")
    guard isRaising else { return }
    note(
      "v_min", .limit, magnitude >= configured.minimumVoltage,
      "\(magnitude) V is below v_min, \(configured.minimumVoltage) V")
    if let step = configured.maximumStep {
      let present = state.voltageSet ?? 0
      note(
        "max_step_v", .limit, magnitude - present <= step + half(state.facts.voltageDecimals) / 100,
        "a step from \(present) to \(magnitude) V is larger than \(step) V")
    }
    if let ramp = configured.maximumRamp, let rate = state.facts.rampUp {
      note("max_ramp_v_s", .limit, rate <= ramp, "RUP is \(rate) V/s, allowed are \(ramp) V/s")
    }
  }

  private mutating func judgeCurrent(_ wanted: Double) {
    note("finite", .limit, wanted.isFinite && wanted >= 0, "the current is no magnitude")
    guard wanted.isFinite, wanted >= 0 else { return }
    let current = resolved(wanted, state.facts.currentDecimals, "uA")
    let present = state.currentSet ?? 0
    if let expected = command.expected {
      note(
        "expect", .limit, abs(expected - present) <= half(state.facts.currentDecimals),
        "ISET is \(present) uA, not \(expected) uA")
    }
    value = CAENNumber.text(current, decimals: state.facts.currentDecimals)
    isUnchanged = state.currentSet.map { abs($0 - current) < half(state.facts.currentDecimals) } ?? false
    guard !isUnchanged else { return }
    if let largest = state.facts.maximumCurrent {
      note("device_limit", .limit, current <= largest, "the device takes 0 to \(largest) uA")
      if state.isLowRange == true {
        note(
          "range", .limit, current <= largest / 10, "in the LOW range currents end at \(largest / 10) uA")
      }
    }
    guard current > present else { return }
    if !command.isOverride {
      if let largest = channelRules?.maximumCurrent {
        note("i_max", .limit, current <= largest, "\(current) uA is above i_max, \(largest) uA")
      } else if channelRules?.maximumVoltage == nil {
        note("configured", .limit, false, "no limit is configured for the channel: it takes OFF and 0 V alone")
      }
    }
    judgePower(state.voltageSet ?? 0, current)
  }

  private mutating func judgePower(_ volts: Double, _ microampere: Double?) {
    guard let microampere else { return }
    let largest = channelRules?.maximumPower ?? 8
    let power = volts * microampere * 1e-6
    note("p_max", .limit, power <= largest * (1 + 1e-12), "\(volts) V x \(microampere) uA is above \(largest) W")
  }

  // MARK: Switching on

  private mutating func judgeOn() {
    let present = state.voltageSet ?? 0
    // A latched channel that still says ON (firmware 1.04 after a trip) is refused and not called unchanged.
    if state.isOn, state.latch == nil {
      isUnchanged = true
      return
    }
    if !command.isOverride, present > 0 || channelRules?.maximumVoltage == nil {
      guard let configured = channelRules, let largest = configured.maximumVoltage else {
        note("configured", .limit, false, "no limit is configured for the channel: it takes OFF and 0 V alone")
        return
      }
      note("v_max", .limit, present <= largest, "VSET is \(present) V, above v_max, \(largest) V")
      if let ramp = configured.maximumRamp, let rate = state.facts.rampUp {
        note("max_ramp_v_s", .limit, rate <= ramp, "RUP is \(rate) V/s, allowed are \(ramp) V/s")
      }
      if let expected = configured.polarity {
        note(
          "polarity", .limit, (state.facts.polarity ?? expected) == expected,
          "the polarity is \(state.facts.polarity ?? "?"), configured is \(expected)")
      }
    }
    judgePower(present, state.currentSet)
    judgeRaising()
  }

  /// What blocks both ON and raising, and never lowering or OFF.
  private mutating func judgeRaising() {
    if rules.requiresHardwareLimits, let configured = channelRules { judgeHardware(configured) }
    for interlock in channelRules?.interlocks ?? [] {
      note("interlock", .interlock, core.holds(interlock, rules, at: now), "'\(interlock.text)' does not hold")
    }
    note("latch", .latchedTrip, state.latch == nil, "the channel has tripped (\(state.latch ?? "")); clear it first")
    guard let status = state.status else {
      note("status", .disconnected, false, "the status of the channel is not known")
      return
    }
    note("tripped", .latchedTrip, !status.isTripped, "the status word shows a trip; clear it first")
    for (name, isSet) in [("DIS", status.isDisabled), ("KILL", status.isKilled), ("ILK", status.isInterlocked)] {
      note(name, .disabled, !isSet, "the channel shows \(name)")
    }
  }

  private mutating func judgeHardware(_ configured: HVChannelRules) {
    if let expected = configured.expected["MAXV"].flatMap({ Double($0) }), let limit = state.facts.hardwareLimit {
      note(
        "require_hw_limits", .limit, limit <= expected, "MAXV is \(limit) V, wider than the configured \(expected) V")
    }
    if let expected = configured.expected["TRIP"].flatMap({ Double($0) }), let time = state.facts.tripTime {
      note("require_hw_limits", .limit, time <= expected, "TRIP is \(time) s, longer than the configured \(expected) s")
    }
  }

  // MARK: Others

  private mutating func judgeParameter(_ name: String, _ text: String) {
    guard let definition = CAENParameter.named(name) else {
      note("parameter", .noSuchParameter, false, "there is no parameter '\(name)'")
      return
    }
    note("parameter", .readOnly, definition.isWritable, "'\(name)' can only be read")
    value = text
    switch definition.form {
    case .word(let words):
      note("value", .limit, words.contains(text), "'\(text)' is none of \(words.joined(separator: ", "))")
    case .number, .integer:
      guard let number = CAENNumber.parse(text) else {
        note("value", .limit, false, "'\(text)' is no number")
        return
      }
      note(
        "resolution", .limit, number.decimals <= definition.decimals, "'\(name)' has \(definition.decimals) decimals")
      if let range = definition.range {
        note("range", .limit, range.contains(number.value), "'\(name)' is \(range.lowerBound) to \(range.upperBound)")
      }
      if name == "RUP", let ramp = channelRules?.maximumRamp, !command.isOverride {
        note("max_ramp_v_s", .limit, number.value <= ramp, "RUP is allowed up to \(ramp) V/s")
      }
      value = CAENNumber.text(number.value, decimals: definition.decimals)
    case .text, .none: break
    }
    if name == "IMRANGE", text == "LOW", let largest = state.facts.maximumCurrent, let present = state.currentSet {
      note("range", .limit, present <= largest / 10, "ISET is \(present) uA, above the LOW range of \(largest / 10) uA")
    }
  }

  private mutating func judgeClear() {
    let isTripped = state.latch != nil || state.status?.isTripped == true
    note(
      "tripped", .notTripped, isTripped || !state.isOn, "the channel is on and has not tripped; it is left alone")
  }

  // MARK: Resolution

  private func half(_ decimals: Int) -> Double {
    var step = 0.5
    for _ in 0..<decimals { step /= 10 }
    return step
  }

  private mutating func resolved(_ value: Double, _ decimals: Int, _ unit: String) -> Double {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = value * scale
    let nearest = scaled.rounded()
    // Decimal numbers are not exact in binary; 1e-6 of a step is far below any resolution.
    let isMultiple = abs(scaled - nearest) < 1e-6 * max(1, abs(scaled) * 1e-6)
    if command.isRounded { return (isMultiple ? nearest : scaled.rounded(.down)) / scale }
    note("resolution", .limit, isMultiple, "the resolution is \(1 / scale) \(unit)")
    return nearest / scale
  }
}
