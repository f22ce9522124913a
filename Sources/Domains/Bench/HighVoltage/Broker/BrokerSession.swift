import Errors
import Foundation
import Instruments
import JSON

/// What one client may do and asks for: the objects of the interface, whatever they came over.
public struct BrokerSession: Sendable {
  /// The broker.
  let broker: HVBroker
  /// Who it is; a client may lower its own role.
  var actor: HVActor
  /// Boards it may touch; `nil` for all.
  var boards: Set<Int>?

  /// Answers one request.
  public mutating func answer(_ request: JSONValue) -> JSONValue {
    var object = JSONObject()
    if let id = request["id"] { object["id"] = id }
    do throws(HVFault) {
      let result = try carryOut(request)
      object["ok"] = true
      for member in result.members { object[member.name] = member.value }
    } catch {
      object["ok"] = false
      object["error"] = .string(error.code.rawValue)
      object["message"] = .string(error.message)
      object["detail"] = detail ?? JSONValue.object(JSONObject())
    }
    return .object(object)
  }

  /// What there is to say about the last failure.
  private var detail: JSONValue?

  init(_ broker: HVBroker, _ actor: HVActor, boards: Set<Int>? = nil) {
    self.broker = broker
    self.actor = actor
    self.boards = boards
  }

  private mutating func carryOut(_ request: JSONValue) throws(HVFault) -> JSONObject {
    detail = nil
    guard let verb = request["op"]?.stringValue else { throw HVFault(.badRequest, "the request has no 'op'") }
    switch verb {
    case "get": return try get(request)
    case "set", "ramp", "on", "off", "kill", "clear": return try command(verb, request)
    case "status": return broker.status()
    case "role":
      guard let role = request["role"]?.stringValue.flatMap(HVRole.init(rawValue:)), role <= actor.role else {
        throw HVFault(.notAuthorised, "a role can only be lowered")
      }
      actor.role = role
      return JSONObject([("role", .string(role.rawValue))])
    case "lease", "release":
      guard actor.role >= .operator else { throw HVFault(.notAuthorised, "\(actor.name) is \(actor.role.rawValue)") }
      let seconds = request["seconds"]?.intValue ?? 60
      broker.post(.lease(actor, isWanted: verb == "lease", seconds: min(max(1, seconds), 600)))
      let lease = broker.state.withLock { $0.core.lease }
      if verb == "lease", lease?.client != actor.client {
        throw HVFault(.staleLease, "\(lease?.name ?? "somebody") has the right to set")
      }
      return JSONObject([("lease", .bool(verb == "lease"))])
    case "acknowledge", "mute": return try alarm(verb, request)
    case "publish":
      guard actor.role >= .operator else { throw HVFault(.notAuthorised, "\(actor.name) is \(actor.role.rawValue)") }
      var values: [String: Double] = [:]
      for member in request["values"]?.objectValue?.members ?? [] { values[member.name] = member.value.doubleValue }
      broker.publish(values)
      return JSONObject()
    default:
      let known = ["get", "set", "ramp", "on", "off", "kill", "clear", "status", "lease", "release", "subscribe"]
      let near = nearestNames(to: verb, in: known)
      throw HVFault(
        .badRequest, "there is no op '\(verb)'" + (near.isEmpty ? "" : "; nearest: \(near.joined(separator: ", "))"))
    }
  }

  // MARK: Places

  /// The channel that a request means, by number or by name; the number of all channels is none.
  private func place(_ request: JSONValue) throws(HVFault) -> HVChannel {
    let rules = broker.configuration.rules
    let place: HVChannel
    if let name = request["name"]?.stringValue ?? request["channel"]?.stringValue {
      guard let found = rules.channel(named: name) else {
        let near = nearestNames(to: name, in: rules.channels.values.map(\.name))
        throw HVFault(
          .noSuchChannel,
          "there is no channel '\(name)'" + (near.isEmpty ? "" : "; nearest: \(near.joined(separator: ", "))"))
      }
      place = found
    } else {
      guard let number = request["channel"]?.intValue else {
        throw HVFault(.noSuchChannel, "the request names no channel")
      }
      place = HVChannel(board: request["board"]?.intValue ?? 0, channel: number)
    }
    if let boards, !boards.contains(place.board) {
      throw HVFault(.notAuthorised, "the token is not good for board \(place.board)")
    }
    let count = broker.state.withLock { $0.core.boards[place.board]?.channelCount }
    if let count, !(0..<count).contains(place.channel) {
      throw HVFault(.noSuchChannel, "board \(place.board) has channels 0 to \(count - 1)")
    }
    return place
  }

  // MARK: Reading

  private func get(_ request: JSONValue) throws(HVFault) -> JSONObject {
    guard let name = request["par"]?.stringValue else { throw HVFault(.noSuchParameter, "the request names no 'par'") }
    let (wire, wanted) = Self.wireName(name)
    guard let definition = CAENParameter.named(wire), definition.isReadable else {
      let near = nearestNames(to: wire, in: CAENParameter.all.filter(\.isReadable).map(\.name))
      throw HVFault(
        .noSuchParameter,
        "there is no parameter '\(name)' to read" + (near.isEmpty ? "" : "; nearest: \(near.joined(separator: ", "))"))
    }
    let isBoard = definition.scope == .board
    let board = request["board"]?.intValue ?? 0
    let place = isBoard ? HVChannel(board: board, channel: 0) : try place(request)
    if let boards, !boards.contains(place.board) {
      throw HVFault(.notAuthorised, "the token is not good for this board")
    }
    let value = try broker.read(place, isBoard: isBoard, wire, client: actor.client)
    var object = JSONObject()
    object["value"] = try present(value, definition, place, wanted)
    object["unit"] = .optional(definition.unit)
    object["t"] = .string(Date().ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true)))
    object["board"] = .integer(place.board)
    if !isBoard { object["channel"] = .integer(place.channel) }
    object["par"] = .string(name)
    if wire == "STAT" || wire == "BDALARM" {
      let bits = wire == "STAT" ? CAENStatus.channelBits : CAENStatus.boardBits
      object["flags"] = .array(CAENStatus(value.integer ?? 0).names(bits).map { .string($0) })
    }
    return object
  }

  private func present(
    _ value: CAENValue, _ definition: CAENParameter, _ place: HVChannel, _ range: String?
  ) throws(HVFault) -> JSONValue {
    guard let number = value.number else { return .string(value.text) }
    if definition.form == .integer { return .integer(Int(number)) }
    if let range {
      // The vendor's names for the two ranges: the one that is not active reads 0.
      let active = try broker.read(place, isBoard: false, "IMRANGE", client: actor.client)
      return .number(active.text == range ? number : 0)
    }
    guard definition.name == "VSET" || definition.name == "VMON", number != 0,
      broker.configuration.rules.channels[place]?.isSigned == true
    else { return .number(number) }
    let polarity = broker.state.withLock { $0.core.channels[place]?.facts.polarity }
    return .number(polarity == "-" ? -number : number)
  }

  /// The name on the wire of a name, and the current range it means.
  static func wireName(_ name: String) -> (wire: String, range: String?) {
    switch name {
    case "IMonH": ("IMON", "HIGH")
    case "IMonL": ("IMON", "LOW")
    default: (name.uppercased(), nil)
    }
  }

  // MARK: Acting

  private mutating func command(_ verb: String, _ request: JSONValue) throws(HVFault) -> JSONObject {
    let place = try place(request)
    let steps = try steps(verb, request, place)
    if verb == "clear" { try makeSafe(place) }
    let answer = broker.perform { id in
      var command = HVCommand(id: id, actor: actor, channel: place, steps: steps)
      command.reason = request["reason"]?.stringValue ?? ""
      command.isDryRun = request["dry_run"]?.boolValue ?? false
      command.isOverride = request["override"]?.boolValue ?? false
      command.isRounded = request["round"]?.boolValue ?? false
      command.expected = request["expect"]?.doubleValue
      return command
    }
    let reports = JSONValue.array(answer.steps.map(Self.json))
    if let fault = answer.fault {
      detail = ["board": .integer(place.board), "channel": .integer(place.channel), "steps": reports]
      throw fault
    }
    var object = JSONObject([
      ("board", .integer(place.board)), ("channel", .integer(place.channel)),
      ("op_id", .string("\(broker.run).\(answer.id)")), ("steps", reports),
    ])
    if let last = answer.steps.last { object["outcome"] = .string(last.outcome) }
    if answer.steps.allSatisfy({ $0.outcome == "unchanged" }) { object["unchanged"] = true }
    return object
  }

  private func steps(_ verb: String, _ request: JSONValue, _ place: HVChannel) throws(HVFault) -> [HVStep] {
    switch verb {
    case "off": return [.off]
    case "kill":
      let before = broker.state.withLock { $0.core.channels[place]?.facts.powerDown }
      // At once instead of ramping; what was set before is put back.
      return [.parameter("PDWN", "KILL"), .off] + (before == "RAMP" ? [.parameter("PDWN", "RAMP")] : [])
    case "clear": return [.voltage(0), .off, .clear]
    case "on": return try Self.setPoints(request) + [.on]
    case "ramp":
      guard let value = request["value"]?.doubleValue ?? request["voltage"]?.doubleValue else {
        throw HVFault(.badRequest, "a ramp needs a 'value'")
      }
      return [.voltage(value)]
    default: break
    }
    guard let name = request["par"]?.stringValue else {
      let steps = try Self.setPoints(request)
      guard !steps.isEmpty else { throw HVFault(.badRequest, "a set needs 'par' and 'value', 'voltage' or 'current'") }
      return steps
    }
    guard let value = request["value"] else { throw HVFault(.badRequest, "a set needs a 'value'") }
    switch name.uppercased() {
    case "VSET", "ISET":
      guard let number = value.doubleValue else { throw HVFault(.limit, "'\(value.text())' is no number") }
      return name.uppercased() == "VSET" ? [.voltage(number)] : [.current(number)]
    case "ON", "OFF", "BDCLR": throw HVFault(.badRequest, "use the op on, off or clear")
    default:
      guard let definition = CAENParameter.named(name.uppercased()) else {
        let near = nearestNames(to: name.uppercased(), in: CAENParameter.all.filter(\.isWritable).map(\.name))
        throw HVFault(
          .noSuchParameter,
          "there is no parameter '\(name)'" + (near.isEmpty ? "" : "; nearest: \(near.joined(separator: ", "))"))
      }
      let text = value.stringValue ?? value.doubleValue.map { CAENNumber.text($0, decimals: definition.decimals) } ?? ""
      return [.parameter(definition.name, text)]
    }
  }

  /// Current first, then voltage, as an ON needs it.
  private static func setPoints(_ request: JSONValue) throws(HVFault) -> [HVStep] {
    var steps: [HVStep] = []
    if let current = request["current"]?.doubleValue { steps.append(.current(current)) }
    if let voltage = request["voltage"]?.doubleValue { steps.append(.voltage(voltage)) }
    return steps
  }

  /// Before a board is cleared: every other tripped channel of it goes to 0 V and off, since BDCLR has no form for one.
  private func makeSafe(_ place: HVChannel) throws(HVFault) {
    let others = broker.state.withLock { state in
      state.core.channels.filter {
        $0.key.board == place.board && $0.key != place && ($0.value.latch != nil || $0.value.status?.isTripped == true)
      }.keys.sorted()
    }
    guard actor.role >= .operator else { return }
    for other in others {
      let answer = broker.perform { id in
        var command = HVCommand(id: id, actor: actor, channel: other, steps: [.voltage(0), .off])
        command.reason = "made safe before the board is cleared"
        return command
      }
      if let fault = answer.fault {
        throw HVFault(fault.code, "channel \(other.text) has tripped too and cannot be made safe: \(fault.message)")
      }
    }
  }

  private func alarm(_ verb: String, _ request: JSONValue) throws(HVFault) -> JSONObject {
    guard actor.role >= .operator else { throw HVFault(.notAuthorised, "\(actor.name) is \(actor.role.rawValue)") }
    guard let name = request["alarm"]?.stringValue else { throw HVFault(.badRequest, "the request names no 'alarm'") }
    let place = request["place"]?.stringValue ?? ""
    let now = broker.now
    broker.state.withLock { state in
      if verb == "mute" {
        state.alarms.mute(name, place, until: now + 1000 * (request["seconds"]?.intValue ?? 3600))
      } else {
        for step in state.alarms.acknowledge(name, place, at: now) { broker.announce(step, &state) }
      }
    }
    return JSONObject()
  }

  /// A step of an operation as JSON.
  static func json(_ report: HVStepReport) -> JSONValue {
    [
      "board": .integer(report.channel.board), "channel": .integer(report.channel.channel),
      "par": .string(report.parameter), "old": .optional(report.old), "requested": .string(report.requested),
      "sent": .optional(report.sent), "read_back": .optional(report.readBack), "outcome": .string(report.outcome),
      "rules": .array(
        report.rules.map {
          ["rule": .string($0.rule), "ok": .bool($0.fault == nil), "message": .optional($0.fault?.message)]
        }),
    ]
  }
}
