import Instruments

/// Where the monitoring stands: one reading at a time, round all boards.
struct HVCycle: Sendable, Hashable {
  /// What is read of every board in a round.
  static let parameters = ["VMON", "IMON", "STAT", "VSET", "ISET", "IMRANGE", "BDALARM", "BDCTR"]
  /// What seldom changes: one of them in each round.
  static let slowParameters = ["MAXV", "TRIP", "RUP", "RDW", "PDWN", "POL"]
  /// Without these a round says nothing about trips.
  static let essential: Set<String> = ["VMON", "STAT", "VSET"]

  var boards: [Int] = []
  /// Board and parameter that come next; `nil` between rounds.
  var board = 0
  var parameter = 0
  /// Whether a reading is under way.
  var isOut = false
  /// When the next round begins, broker time in ms.
  var due = 0
  /// When this round began.
  var began = 0
  /// Whether every essential reading of the present board has worked.
  var isWhole = true
  /// Which of the slow parameters comes next.
  var slow = 0

  /// The parameter that comes next.
  var name: String {
    parameter < Self.parameters.count ? Self.parameters[parameter] : Self.slowParameters[slow]
  }
}

extension HVCore {
  mutating func tick(_ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    retryReactions(rules, now, &effects)
    guard isConnected, !cycle.isOut, !cycle.boards.isEmpty, now >= cycle.due else { return }
    if cycle.board == 0, cycle.parameter == 0 { cycle.began = now }
    sendNext(rules, now, &effects)
  }

  private mutating func sendNext(_ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    let address = cycle.boards[cycle.board]
    let name = cycle.name
    let isBoard = CAENParameter.named(name)?.scope == .board
    cycle.isOut = true
    // A round older than three periods goes ahead of those who only ask.
    let isLate = now - cycle.began > 3 * rules.period
    effects.append(
      .read(
        .monitor(board: address, parameter: name),
        .monitor(board: address, channel: isBoard ? nil : boards[address]?.channelCount, name),
        isLate ? .interactive : .monitoring))
  }

  /// One reading of the cycle is there.
  mutating func monitored(
    _ board: Int, _ parameter: String, _ outcome: CAENOutcome, _ rules: HVRules, _ now: Int,
    _ effects: inout [HVEffect]
  ) {
    let count = boards[board]?.channelCount ?? 0
    let isBoard = CAENParameter.named(parameter)?.scope == .board
    if let values = outcome.values, values.count == (isBoard ? 1 : count) {
      if isBoard {
        storeBoard(values[0], parameter, board, &effects)
      } else {
        for (number, value) in values.enumerated() {
          store(value, parameter, HVChannel(board: board, channel: number))
        }
      }
    } else if HVCycle.essential.contains(parameter) {
      cycle.isWhole = false
    }
    guard isConnected, cycle.isOut else { return }
    cycle.isOut = false
    cycle.parameter += 1
    if cycle.parameter > HVCycle.parameters.count {
      if cycle.isWhole { roundEnded(board, rules, now, &effects) }
      (cycle.parameter, cycle.isWhole) = (0, true)
      cycle.board += 1
      if cycle.board >= cycle.boards.count {
        cycle.board = 0
        cycle.slow = (cycle.slow + 1) % HVCycle.slowParameters.count
        effects.append(
          .condition(
            "hv.slow", nil, isActive: now - cycle.began > 3 * rules.period, "a round took \(now - cycle.began) ms"))
        // On the grid; what was missed is left out.
        cycle.due = max(cycle.due + rules.period, now)
        guard now >= cycle.due else { return }
        cycle.began = now
      }
    }
    sendNext(rules, now, &effects)
  }

  private mutating func storeBoard(_ value: CAENValue, _ parameter: String, _ board: Int, _ effects: inout [HVEffect]) {
    if parameter == "BDALARM" { boards[board]?.alarm = value.integer ?? 0 }
    if parameter == "BDCTR" {
      let isLocal = value.text == "LOCAL"
      boards[board]?.isLocal = isLocal
      effects.append(
        .condition("hv.local", HVChannel(board: board, channel: 0), isActive: isLocal, "board \(board) is in LOCAL"))
    }
  }

  // MARK: After a round of a board

  private mutating func roundEnded(_ board: Int, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    let count = boards[board]?.channelCount ?? 0
    for number in 0..<count {
      let place = HVChannel(board: board, channel: number)
      guard channels[place] != nil else { continue }
      channels[place]?.readAt = now
      watchTrips(place, rules, now, &effects)
      watchConditions(place, rules, now, &effects)
    }
    effects.append(.cycle(board: board))
  }

  /// The three forms of a trip, each seen twice (a collapse three times) in a row, since single status words are sometimes
  /// wrong.
  private mutating func watchTrips(_ place: HVChannel, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    guard var state = channels[place], let status = state.status else { return }
    let isAlarmed =
      place.channel < 4 && (boards[place.board]?.channelCount ?? 0) <= 4
      && (boards[place.board]?.alarm ?? 0) >> place.channel & 1 == 1
    state.tripReads = status.isTripped || isAlarmed ? state.tripReads + 1 : 0
    let isCollapsed =
      status.isOn && !status.isRamping && status.isUnderVoltage && (state.voltageSet ?? 0) >= 20
      && (state.voltage ?? .infinity) < (state.voltageSet ?? 0) / 2
    state.collapseReads = isCollapsed ? state.collapseReads + 1 : 0
    state.lossReads = state.isExpectedOn && !status.isOn ? state.lossReads + 1 : 0
    // Someone at the front panel may switch on.
    if status.isOn, operations.allSatisfy({ $0.command.channel != place }) { state.isExpectedOn = true }
    let reason: String? =
      state.tripReads >= 2
      ? "the status shows a trip"
      : state.collapseReads >= 3
        ? "the output has collapsed while the status says ON"
        : state.lossReads >= 2 ? "the output went off and nobody commanded it" : nil
    channels[place] = state
    guard let reason, state.latch == nil else { return }
    latch(place, reason, rules, now, &effects)
  }

  /// Latches a channel and reacts.
  private mutating func latch(
    _ place: HVChannel, _ reason: String, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]
  ) {
    channels[place]?.latch = reason
    channels[place]?.isExpectedOn = false
    var entry = HVAuditEntry(event: "trip", operation: 0, actor: .automatic, verb: "trip", channel: place)
    entry.reason = reason
    effects.append(.audit(entry))
    effects.append(.tripped(place, reason))
    effects.append(.condition("hv.trip", place, isActive: true, reason))
    overtake(place, by: Int.min, HVFault(.latchedTrip, "the channel has tripped: \(reason)"), &effects)
    switch rules.tripAction {
    case .alarmOnly: break
    case .safe: react(place, rules, now, &effects)
    case .groupOff:
      let group = rules.groups.first { $0.contains(place) } ?? [place]
      for member in group where channels[member] != nil {
        overtake(member, by: Int.min, HVFault(.latchedTrip, "channel \(place.text) of the group has tripped"), &effects)
        react(member, rules, now, &effects)
      }
    }
  }

  /// The safe reaction: VSET 0, then OFF.
  private mutating func react(_ place: HVChannel, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    let id = -1 - place.board * 64 - place.channel
    guard index(of: id) == nil else { return }
    channels[place]?.retryAt = nil
    var command = HVCommand(id: id, actor: .automatic, channel: place, steps: [.voltage(0), .off])
    command.reason = channels[place]?.latch ?? "a channel of the group has tripped"
    operations.append(HVOperation(command))
    begin(operations.count - 1, rules, now, &effects)
  }

  /// A reaction has ended; one that failed is tried again later.
  mutating func reacted(_ place: HVChannel, _ fault: HVFault?, _ rules: HVRules, _ now: Int) {
    channels[place]?.retryAt = fault == nil ? nil : now + rules.retry
  }

  private mutating func retryReactions(_ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    guard isConnected else { return }
    for place in channels.keys.sorted() {
      guard let at = channels[place]?.retryAt, now >= at else { continue }
      react(place, rules, now, &effects)
    }
  }

  private mutating func watchConditions(
    _ place: HVChannel, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]
  ) {
    guard let state = channels[place], let status = state.status else { return }
    if !status.isOverCurrent {
      channels[place]?.overCurrentSince = nil
    } else if state.overCurrentSince == nil {
      channels[place]?.overCurrentSince = now
    }
    let isLong = (channels[place]?.overCurrentSince).map { now - $0 >= 3000 } ?? false
    func report(_ name: String, _ isActive: Bool, _ text: String) {
      effects.append(.condition(name, place, isActive: isActive, text))
    }
    report("hv.overcurrent", isLong, "at the current limit of \(state.currentSet ?? 0) uA")
    report("hv.over_power", status.isOverPower, "above the largest power")
    report("hv.over_temp", status.isOverTemperature, "above 105 C")
    report("hv.interlock", status.isInterlocked, "the interlock input is active")
    let isOff =
      status.isOn && !status.isRamping
      && abs((state.voltage ?? 0) - (state.voltageSet ?? 0)) > max(1, 0.005 * (state.voltageSet ?? 0))
    report("hv.vmon_off_target", isOff, "VMON is \(state.voltage ?? 0) V, VSET \(state.voltageSet ?? 0) V")
    guard let configured = rules.channels[place] else { return }
    if let polarity = configured.polarity {
      report(
        "hv.polarity", state.facts.polarity != nil && state.facts.polarity != polarity,
        "the polarity is \(state.facts.polarity ?? "?"), configured is \(polarity)")
    }
    let different = configured.expected.keys.sorted().filter { name in
      guard let found = state.facts.text(name), let wanted = configured.expected[name] else { return false }
      return Double(found) != Double(wanted) || (Double(found) == nil && found != wanted)
    }
    report("hv.expect_mismatch", !different.isEmpty, "\(different.joined(separator: ", ")) not as configured")
  }
}
