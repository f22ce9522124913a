import Errors
import Foundation
import Instruments
import JSON

extension HVBroker {
  /// Carries out one effect; the lock is held.
  func perform(
    _ effect: HVEffect, _ state: inout State, _ events: inout [HVEvent], _ answers: inout [() -> Void]
  ) {
    switch effect {
    case .read(let tag, let request, let priority):
      if !queue.push(tag, request, priority) {
        events.append(.exchanged(tag, .disconnected("the supply is not connected")))
      }
    case .write(let entry, let tag, let request, let priority, let goesWithoutAudit):
      do {
        try state.audit.append(record(entry, state))
        tell("audit", .object(record(entry, state)), state)
      } catch {
        log("\(error)")
        if !goesWithoutAudit {
          events.append(.intentFailed(operation: entry.operation))
          return
        }
        events.append(.audit(isAvailable: false))
      }
      if !queue.push(tag, request, priority) {
        events.append(.exchanged(tag, .disconnected("the supply is not connected")))
      }
    case .audit(let entry): write(entry, &state, &events)
    case .cancel(let operation):
      for tag in queue.cancel(operation: operation) { events.append(.exchanged(tag, .disconnected("overtaken"))) }
    case .answer(let answer):
      state.replies[answer.id] = nil
      guard let waiting = state.waiting.removeValue(forKey: answer.id) else { return }
      answers.append { waiting(answer) }
    case .condition(let name, let place, let isActive, let text):
      report(name, place?.text ?? "", isActive, text, &state)
    case .tripped(let place, let reason):
      log("channel \(place.text) has tripped: \(reason)")
      keepHistory(place, reason, state)
    case .cleared(let place):
      var entry = HVAuditEntry(
        event: "cleared", operation: 0, actor: .automatic, verb: "clear", channel: place)
      entry.reason = "the latch is dropped"
      write(entry, &state, &events)
    case .cycle(let board):
      sample(board, &state)
      record(board, &state)
    case .note(let name, let text):
      log("\(name): \(text)")
      tell("event", ["event": .string(name), "text": .string(text)], state)
    }
  }

  private func write(_ entry: HVAuditEntry, _ state: inout State, _ events: inout [HVEvent]) {
    let record = record(entry, state)
    do {
      try state.audit.append(record)
      if !state.core.isAuditAvailable { events.append(.audit(isAvailable: true)) }
    } catch {
      log("\(error)")
      events.append(.audit(isAvailable: false))
    }
    tell("audit", .object(record), state)
  }

  /// The record of an act.
  private func record(_ entry: HVAuditEntry, _ state: borrowing State) -> JSONObject {
    var object = JSONObject([
      ("time_ns", .integer(Int(Date().timeIntervalSince1970 * 1e9))), ("monotonic_ms", .integer(now)),
      ("event", .string(entry.event)), ("op_id", .string("\(run).\(entry.operation)")), ("verb", .string(entry.verb)),
      ("actor", .string(entry.actor.name)), ("role", .string(entry.actor.role.rawValue)),
      ("address", .string(entry.actor.address)), ("client", .integer(entry.actor.client)),
      ("board", .integer(entry.channel.board)), ("channel", .integer(entry.channel.channel)),
    ])
    object["serial"] = .optional(state.core.boards[entry.channel.board]?.serial)
    object["alias"] = .optional(configuration.rules.channels[entry.channel]?.name)
    object["parameter"] = .string(entry.parameter)
    object["old"] = .optional(entry.old)
    object["requested"] = .optional(entry.requested)
    object["sent"] = .optional(entry.sent)
    if entry.event == "result" { object["reply"] = .optional(state.replies[entry.operation]) }
    object["read_back"] = .optional(entry.readBack)
    object["outcome"] = .optional(entry.outcome)
    object["reason"] = .string(entry.reason)
    object["dry_run"] = .bool(entry.isDryRun)
    object["override"] = .bool(entry.isOverride)
    return object
  }

  func tell(_ kind: String, _ json: JSONValue, _ state: borrowing State) {
    for listener in state.listeners.values { listener(kind, json) }
  }

  // MARK: Alarms

  func report(_ name: String, _ place: String, _ holds: Bool, _ text: String, _ state: inout State) {
    for step in state.alarms.report(name, place, holds: holds, text, at: now) { announce(step, &state) }
  }

  func announce(_ step: AlarmTransition, _ state: inout State) {
    sinks.send(step, supply: configuration.name)
    let json = AlarmSinks.json(step, supply: configuration.name)
    tell("alarms", json, state)
    var record = JSONObject([
      ("time_ns", .integer(Int(Date().timeIntervalSince1970 * 1e9))), ("monotonic_ms", .integer(now)),
      ("event", "alarm"),
    ])
    for member in json.objectValue?.members ?? [] { record[member.name] = member.value }
    do {
      try state.audit.append(record)
    } catch {
      log("\(error)")
    }
  }

  // MARK: Samples

  private func sample(_ board: Int, _ state: inout State) {
    let time = Date()
    for (place, channel) in state.core.channels where place.board == board {
      let json = Self.sampleJSON(place, channel, configuration.rules.channels[place], time)
      var history = state.history[place] ?? []
      history.append(json)
      if history.count > configuration.tripHistory { history.removeFirst(history.count - configuration.tripHistory) }
      state.history[place] = history
      tell("samples", json, state)
      if let volts = json["vmon"], configuration.alarms.mqtt != nil {
        sinks.publish(
          "cavern/hv/\(configuration.name)/\(place.channel)/vmon",
          ["value": volts, "unit": "V", "time": json["t"] ?? .null, "quality": 0])
      }
    }
  }

  /// One channel at one time.
  static func sampleJSON(
    _ place: HVChannel, _ channel: HVChannelState, _ rules: HVChannelRules?, _ time: Date
  ) -> JSONValue {
    let isSaturated = isSaturated(channel)
    return [
      "t": .string(time.ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))),
      "board": .integer(place.board), "channel": .integer(place.channel), "name": .optional(rules?.name),
      "vmon": .optional(channel.signed(channel.voltage, rules)),
      "vset": .optional(channel.signed(channel.voltageSet, rules)), "imon": .optional(channel.current),
      "iset": .optional(channel.currentSet), "stat": .optional(channel.status?.word),
      "flags": .array((channel.status?.names() ?? []).map { .string($0) }), "on": .bool(channel.isOn),
      "imrange": .optional(channel.isLowRange.map { $0 ? "LOW" : "HIGH" }), "saturated": .bool(isSaturated),
      "latched": .optional(channel.latch), "polarity": .optional(channel.facts.polarity),
      "maxv": .optional(channel.facts.hardwareLimit), "v_max": .optional(rules?.maximumVoltage),
    ]
  }

  static func isSaturated(_ channel: HVChannelState) -> Bool {
    guard channel.isLowRange == true, let current = channel.current, let largest = channel.facts.maximumCurrent else {
      return false
    }
    return current >= largest / 10
  }

  /// Keeps the readings before a trip beside the audit.
  private func keepHistory(_ place: HVChannel, _ reason: String, _ state: borrowing State) {
    let json: JSONValue = [
      "channel": .string(place.text), "reason": .string(reason), "samples": .array(state.history[place] ?? []),
    ]
    let name = "hv-\(configuration.name)-trip-\(Int(Date().timeIntervalSince1970))-\(place.text).json"
    do {
      try Data((json.text() + "\n").utf8).write(to: URL(filePath: "\(configuration.stateFolder)/\(name)"))
    } catch {
      log("the readings before the trip cannot be kept: \(error.localizedDescription)")
    }
    tell("trip", json, state)
  }
}
