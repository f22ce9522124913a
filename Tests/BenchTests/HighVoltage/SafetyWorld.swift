import Instruments

@testable import Bench

/// The broker's core, a device of two channels and a line between them, small enough to explore whole.
///
/// Readings are answered at once; SETs wait in the queue until the exploration lets them out, with every possible end:
/// carried out and answered, carried out without a reply, lost, refused because of LOCAL, or cut off by the end of the
/// connection or of the broker.
struct SafetyWorld: Hashable {
  struct Channel: Hashable {
    var voltageSet = 0.0
    var currentSet = 1.0
    var isOn = false
    var isTripped = false
  }

  struct Pending: Hashable {
    var tag: HVTag
    var channel: Int
    var parameter: String
    var value: Double
    var priority: HVPriority
    var operation: Int
  }

  /// What can happen.
  enum Action: Hashable, Sendable {
    case ask(client: Int, channel: Int, Wish)
    case send(End)
    case trip(Int)
    case poll
    case disconnect
    case reconnect
    case restart
    case diskFull
  }

  enum Wish: CaseIterable, Hashable, Sendable { case up, beyond, leap, zero, on, off, clear }
  enum End: CaseIterable, Hashable, Sendable { case done, silent, lost, local, cut, killed }

  static let limit = 250.0
  static let step = 100.0
  static let rules: HVRules = {
    var channel = HVChannelRules(name: "a")
    channel.maximumVoltage = limit
    channel.maximumCurrent = 10
    channel.maximumStep = step
    var other = channel
    other.name = "b"
    var rules = HVRules(channels: [HVChannel(channel: 0): channel, HVChannel(channel: 1): other])
    rules.period = 0
    rules.retry = 0
    return rules
  }()

  var core = HVCore()
  var channels = [Channel(), Channel()]
  var queue: [Pending] = []
  /// Operations whose intent is in the audit.
  var intents: Set<Int> = []
  /// Latches as the audit has them: they outlive the broker.
  var latches: [HVChannel: String] = [:]
  var isLinked = false
  var isDiskFull = false
  /// The reading of the cycle that is under way.
  var monitoring: HVTag?
  /// Which of the two clients waits for an answer.
  var busy: Set<Int> = []
  /// What has gone wrong; the exploration stops at the first.
  var violations: [String] = []

  init() {
    link()
    poll()
  }

  // MARK: Actions

  /// What can happen now; channels and clients are interchangeable, so the second comes into play after the first.
  var actions: [Action] {
    var list: [Action] = []
    let touched = channels[0] != Channel() || core.operationCount > 0
    for client in 1...2 where !busy.contains(client) && (client == 1 || busy.contains(1)) {
      for channel in 0...1 where channel == 0 || touched {
        list += Wish.allCases.map { .ask(client: client, channel: channel, $0) }
      }
    }
    if !queue.isEmpty { list += End.allCases.map { .send($0) } }
    for channel in 0...1 where channels[channel].isOn { list.append(.trip(channel)) }
    list += isLinked ? [.poll, .disconnect] : [.reconnect]
    list.append(.restart)
    if !isDiskFull { list.append(.diskFull) }
    return list
  }

  /// The world after an action.
  func after(_ action: Action) -> SafetyWorld {
    var world = self
    switch action {
    case .ask(let client, let channel, let wish): world.ask(client, channel, wish)
    case .send(let end): world.send(end)
    case .trip(let channel): (world.channels[channel].isOn, world.channels[channel].isTripped) = (false, true)
    case .poll: world.poll()
    case .disconnect: world.unlink()
    case .reconnect: world.link()
    case .restart: world.restart()
    case .diskFull: world.isDiskFull = true
    }
    return world
  }

  private mutating func ask(_ client: Int, _ channel: Int, _ wish: Wish) {
    let present = channels[channel].voltageSet
    let steps: [HVStep] =
      switch wish {
      case .up: [.voltage(min(present + Self.step, Self.limit))]
      case .beyond: [.current(1), .voltage(Self.limit + 1)]
      case .leap: [.voltage(present + Self.step + 1)]
      case .zero: [.voltage(0)]
      case .on: [.on]
      case .off: [.off]
      case .clear: [.voltage(0), .off, .clear]
      }
    busy.insert(client)
    let actor = HVActor(name: "client", role: .operator, client: client)
    post(.request(HVCommand(id: client, actor: actor, channel: HVChannel(channel: channel), steps: steps)))
  }

  // MARK: The line

  private mutating func link() {
    isLinked = true
    var board = HVBoardState()
    board.channelCount = 2
    board.serial = "1"
    let found = channels.map { channel -> HVChannelState in
      var state = HVChannelState()
      state.facts.maximumVoltage = 8000
      state.facts.maximumCurrent = 3000
      state.facts.hardwareLimit = 8100
      state.facts.rampUp = 50
      state.facts.polarity = "+"
      (state.voltageSet, state.currentSet, state.voltage, state.current) = (
        channel.voltageSet, channel.currentSet, 0, 0
      )
      state.status = CAENStatus(Self.status(channel))
      return state
    }
    post(.connected([HVIdentity(address: 0, board: board, channels: found)]))
    post(.tick)
  }

  private mutating func unlink() {
    isLinked = false
    monitoring = nil
    let left = queue
    queue = []
    post(.disconnected)
    for entry in left { post(.exchanged(entry.tag, .disconnected("gone"))) }
  }

  /// SIGKILL and a new start: the audit is all that is left.
  private mutating func restart() {
    core = HVCore(latches: latches)
    (queue, intents, busy, monitoring) = ([], [], [], nil)
    isDiskFull = false
    link()
  }

  private static func status(_ channel: Channel) -> Int { (channel.isOn ? 1 : 0) | (channel.isTripped ? 128 : 0) }

  /// One round of the monitoring.
  private mutating func poll() {
    post(.tick)
    var isRound = false
    while let tag = monitoring, !isRound {
      monitoring = nil
      isRound = post(.exchanged(tag, .ok(reading(tag))))
    }
    // Which of the slow readings comes next makes no difference here.
    core.cycle.slow = 0
  }

  private func reading(_ tag: HVTag) -> [CAENValue] {
    func number(_ value: Double) -> CAENValue {
      CAENValue(text: "\(value)", number: value, decimals: value == value.rounded() ? 0 : 1)
    }
    guard case .monitor(_, let parameter) = tag else { return [] }
    return switch parameter {
    case "BDALARM":
      [number(Double(channels.enumerated().reduce(0) { $0 | ($1.element.isTripped ? 1 << $1.offset : 0) }))]
    case "BDCTR": [CAENValue(text: "REMOTE")]
    case "IMRANGE": channels.map { _ in CAENValue(text: "HIGH") }
    case "PDWN": channels.map { _ in CAENValue(text: "RAMP") }
    case "POL": channels.map { _ in CAENValue(text: "+") }
    default: channels.map { number(value(parameter, $0)) }
    }
  }

  private func value(_ parameter: String, _ channel: Channel) -> Double {
    switch parameter {
    case "VSET": channel.voltageSet
    case "ISET": channel.currentSet
    case "STAT": Double(Self.status(channel))
    case "RUP", "RDW": 50
    case "MAXV": 8100
    case "TRIP": 10
    case "VMON": channel.isOn ? channel.voltageSet : 0
    default: 0
    }
  }

  // MARK: Events and effects

  /// - Returns: whether a round of the monitoring ended.
  @discardableResult
  private mutating func post(_ event: HVEvent) -> Bool {
    var events = [event]
    var isRound = false
    while !events.isEmpty {
      for effect in core.reduce(events.removeFirst(), Self.rules, at: 0) {
        perform(effect, &events)
        if case .cycle = effect { isRound = true }
      }
    }
    return isRound
  }

  private mutating func perform(_ effect: HVEffect, _ events: inout [HVEvent]) {
    switch effect {
    case .read(let tag, let request, _):
      guard isLinked else { return events.append(.exchanged(tag, .disconnected("gone"))) }
      if case .monitor = tag {
        monitoring = tag
      } else {
        let value = value(request.parameter, channels[request.channel ?? 0])
        events.append(
          .exchanged(tag, .ok([CAENValue(text: "\(value)", number: value, decimals: value == value.rounded() ? 0 : 1)]))
        )
      }
    case .write(let entry, let tag, let request, let priority, let goesWithoutAudit):
      if isDiskFull {
        guard goesWithoutAudit else { return events.append(.intentFailed(operation: entry.operation)) }
        events.append(.audit(isAvailable: false))
      } else {
        intents.insert(entry.operation)
      }
      guard isLinked else { return events.append(.exchanged(tag, .disconnected("gone"))) }
      queue.append(
        Pending(
          tag: tag, channel: request.channel ?? entry.channel.channel, parameter: request.parameter,
          value: request.value.flatMap { Double($0) } ?? 0, priority: priority, operation: entry.operation))
    case .audit(let entry):
      if entry.event == "trip" { latches[entry.channel] = entry.reason }
      if entry.event == "result" { intents.remove(entry.operation) }
    case .cleared(let place): latches[place] = nil
    case .cancel(let operation):
      for entry in queue where entry.operation == operation {
        events.append(.exchanged(entry.tag, .disconnected("overtaken")))
      }
      queue.removeAll { $0.operation == operation }
    case .answer(let answer):
      busy.remove(answer.id)
      checkAnswer(answer)
    case .condition, .tripped, .cycle, .note: break
    }
  }

  // MARK: The device

  /// Lets the next SET of the queue out.
  private mutating func send(_ end: End) {
    guard let index = queue.indices.min(by: { (queue[$0].priority.rawValue, $0) < (queue[$1].priority.rawValue, $1) })
    else { return }
    let entry = queue.remove(at: index)
    check(entry)
    if end != .lost, end != .local { carryOut(entry) }
    switch end {
    case .done: post(.exchanged(entry.tag, .ok([])))
    case .silent, .lost: post(.exchanged(entry.tag, .unknownOutcome("no reply")))
    case .local: post(.exchanged(entry.tag, .deviceError("LOC")))
    case .cut:
      isLinked = false
      post(.exchanged(entry.tag, .unknownOutcome("cut")))
      unlink()
    case .killed: restart()
    }
  }

  private mutating func carryOut(_ entry: Pending) {
    switch entry.parameter {
    case "VSET": channels[entry.channel].voltageSet = entry.value
    case "ISET": channels[entry.channel].currentSet = entry.value
    case "ON": (channels[entry.channel].isOn, channels[entry.channel].isTripped) = (true, false)
    case "OFF": channels[entry.channel].isOn = false
    case "BDCLR": for channel in channels.indices { channels[channel].isTripped = false }
    default: break
    }
  }

  // MARK: What must always hold

  private mutating func check(_ entry: Pending) {
    let before = channels[entry.channel]
    let isRaise = entry.parameter == "VSET" && entry.value > before.voltageSet
    let takesAway = entry.parameter == "OFF" || (entry.parameter == "VSET" && entry.value == 0 && entry.operation < 0)
    if !intents.contains(entry.operation), !(takesAway && isDiskFull) {
      violations.append("a SET without an intent: \(entry)")
    }
    if entry.parameter == "VSET", entry.value > Self.limit { violations.append("a voltage above the limit: \(entry)") }
    if entry.parameter == "ISET", entry.value > 10 { violations.append("a current above the limit: \(entry)") }
    if isRaise, entry.value - before.voltageSet > Self.step + 1e-9 {
      violations.append("a step above the limit: \(entry)")
    }
    guard isRaise || entry.parameter == "ON" else { return }
    if entry.operation < 0 { violations.append("the broker raises by itself: \(entry)") }
    if latches[HVChannel(channel: entry.channel)] != nil { violations.append("raising a latched channel: \(entry)") }
    if core.channels[HVChannel(channel: entry.channel)]?.latch != nil {
      violations.append("raising a latched channel: \(entry)")
    }
  }

  private mutating func checkAnswer(_ answer: HVAnswer) {
    guard answer.fault == nil, let last = answer.steps.last, last.outcome == "ok" else { return }
    let channel = channels[last.channel.channel]
    let isTrue =
      switch last.parameter {
      case "VSET": channel.voltageSet == Double(last.requested)
      case "OFF": !channel.isOn
      case "ON": channel.isOn
      default: true
      }
    if !isTrue { violations.append("an answer that is not so: \(last)") }
  }
}
