import Instruments

/// The broker as a value: everything that decides what goes to the supply, without clocks, sockets or files.
///
/// `reduce` takes what happens and returns what has to be done. The running broker and the exhaustive exploration in the
/// tests use the same code.
///
/// One operation sets at a time; others wait in order. Operations that only take voltage away start at once, and take what
/// an earlier operation on the same channel has waiting out of the queue.
public struct HVCore: Sendable, Hashable {
  /// Boards by address.
  public internal(set) var boards: [Int: HVBoardState] = [:]
  /// Channels that were found.
  public internal(set) var channels: [HVChannel: HVChannelState] = [:]
  /// Whether the line is there.
  public internal(set) var isConnected = false
  /// Whether the audit can be written.
  public internal(set) var isAuditAvailable = true
  /// Who has the exclusive right to set.
  public internal(set) var lease: HVLease?
  /// What is under way and what waits, in order.
  var operations: [HVOperation] = []
  /// Values from elsewhere.
  var external: [String: Double] = [:]
  /// The monitoring cycle.
  var cycle = HVCycle()
  /// Latches of an earlier run, for channels that have not been found yet.
  var inheritedLatches: [HVChannel: String]

  /// A broker that knows nothing but the latches of its earlier run.
  public init(latches: [HVChannel: String] = [:]) { inheritedLatches = latches }

  /// Operations that wait or are under way.
  public var operationCount: Int { operations.count }

  /// Takes what happens.
  ///
  /// - Parameters:
  ///   - event: what happens.
  ///   - rules: what is allowed.
  ///   - now: broker time in ms, monotonic.
  /// - Returns: what has to be done, in order.
  public mutating func reduce(_ event: HVEvent, _ rules: HVRules, at now: Int) -> [HVEffect] {
    var effects: [HVEffect] = []
    switch event {
    case .request(let command): request(command, rules, now, &effects)
    case .exchanged(let tag, let outcome): exchanged(tag, outcome, rules, now, &effects)
    case .connected(let identities): connected(identities, rules, now, &effects)
    case .disconnected:
      isConnected = false
      cycle = HVCycle()
    case .intentFailed(let id): intentFailed(id, rules, now, &effects)
    case .audit(let isAvailable): isAuditAvailable = isAvailable
    case .external(let values): external = values
    case .tick: tick(rules, now, &effects)
    case .lease(let actor, let isWanted, let seconds):
      if isWanted {
        if lease == nil || lease?.client == actor.client || (lease?.until ?? 0) <= now {
          lease = HVLease(client: actor.client, name: actor.name, until: now + 1000 * seconds)
        }
      } else if lease?.client == actor.client {
        lease = nil
      }
    }
    return effects
  }

  // MARK: Requests

  private mutating func request(_ command: HVCommand, _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    let operation = HVOperation(command)
    // What can be refused without the device is refused at once.
    let first = HVJudgement(command, command.steps.first ?? .off, self, rules, at: now)
    let early: Set<String> = ["channel", "role", "lease", "override"]
    let isEarly = first.verdicts.contains { $0.fault != nil && early.contains($0.rule) }
    if isEarly, let fault = first.fault { return refuse(operation, fault, first.verdicts, &effects) }
    guard isConnected else {
      return refuse(operation, HVFault(.disconnected, "the supply is not connected"), [], &effects)
    }
    if command.isEmergency, !command.isDryRun {
      overtake(command.channel, by: command.id, HVFault(.busy, "overtaken by \(command.verb)"), &effects)
      operations.append(operation)
      begin(operations.count - 1, rules, now, &effects)
      return
    }
    guard operations.count < 1024 else {
      return refuse(operation, HVFault(.busy, "too many requests wait"), [], &effects)
    }
    operations.append(operation)
    advance(rules, now, &effects)
  }

  /// Ends what other operations have on a channel, as far as it has not gone out.
  mutating func overtake(_ channel: HVChannel, by id: Int, _ fault: HVFault, _ effects: inout [HVEffect]) {
    for index in operations.indices.reversed()
    where operations[index].command.channel == channel && operations[index].command.id != id
      && !operations[index].command.isEmergency && operations[index].command.actor != .automatic
    {
      let other = operations[index].command.id
      switch operations[index].stage {
      case .waiting, .reading:
        effects.append(.cancel(operation: other))
        refuse(operations[index], fault, [], &effects)
        operations.remove(at: index)
      case .writing:
        // What is on the wire ends as it ends, what waits is taken out; nothing follows it.
        operations[index].stop = fault
        effects.append(.cancel(operation: other))
      case .verifying: operations[index].stop = fault
      }
    }
  }

  /// Starts the next operation when none that sets is under way.
  mutating func advance(_ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]) {
    while true {
      let isBusy = operations.contains { !$0.isParallel && $0.stage != .waiting }
      guard !isBusy, let next = operations.firstIndex(where: { $0.stage == .waiting && !$0.isParallel }) else { return }
      begin(next, rules, now, &effects)
    }
  }

  func index(of id: Int) -> Int? { operations.firstIndex { $0.command.id == id } }

  /// Whether a condition holds on what is known.
  func holds(_ interlock: InterlockExpression, _ rules: HVRules, at now: Int) -> Bool {
    interlock.holds {
      external[$0]
    } reading: { quantity, name in
      guard isConnected, let channel = rules.channel(named: name), let state = channels[channel],
        let readAt = state.readAt,
        now - readAt <= rules.maximumAge
      else { return nil }
      let sign = rules.channels[channel]?.isSigned == true && state.facts.polarity == "-" ? -1.0 : 1.0
      return switch quantity {
      case "v": state.voltage.map { sign * $0 }
      case "vset": state.voltageSet.map { sign * $0 }
      case "i": state.current
      case "iset": state.currentSet
      case "on": state.status.map { $0.isOn ? 1 : 0 }
      default: state.latch == nil ? 0 : 1
      }
    }
  }

  // MARK: Connection

  private mutating func connected(
    _ identities: [HVIdentity], _ rules: HVRules, _ now: Int, _ effects: inout [HVEffect]
  ) {
    isConnected = true
    for identity in identities {
      let known = boards[identity.address]
      if let known, known.serial != identity.board.serial {
        effects.append(
          .note("hv.identity", "board \(identity.address) was \(known.serial), is \(identity.board.serial)"))
      }
      boards[identity.address] = identity.board
      effects.append(
        .condition(
          "hv.identity", HVChannel(board: identity.address, channel: 0), isActive: !identity.board.isTrusted,
          "board \(identity.address) has the serial number \(identity.board.serial)"))
      for (number, found) in identity.channels.enumerated() {
        let place = HVChannel(board: identity.address, channel: number)
        merge(found, place, now, &effects)
      }
    }
    cycle = HVCycle(boards: identities.map(\.address), due: now)
  }

  /// Takes over what a connection found; latches and expectations stay.
  private mutating func merge(_ found: HVChannelState, _ place: HVChannel, _ now: Int, _ effects: inout [HVEffect]) {
    guard var state = channels[place] else {
      var state = found
      state.latch = inheritedLatches[place]
      state.isExpectedOn = found.isOn
      channels[place] = state
      return
    }
    if let before = state.voltageSet, let after = found.voltageSet, before != after {
      effects.append(.note("hv.vset_changed", "channel \(place.text): VSET was \(before) V, is \(after) V"))
    }
    (state.voltageSet, state.currentSet, state.voltage, state.current) =
      (found.voltageSet, found.currentSet, found.voltage, found.current)
    (state.status, state.isLowRange, state.facts) = (found.status, found.isLowRange, found.facts)
    channels[place] = state
  }
}
