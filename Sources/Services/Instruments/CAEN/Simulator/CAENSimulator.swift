import Errors
import Foundation
import JSON
import Synchronization

/// A chain of simulated 1470 supplies whose time runs with the clock, times `speed`.
public final class CAENSimulator: Sendable {
  private struct State {
    var boards: [SimulatedBoard]
    var script: SimulatorScript?
    var faults: [CAENSimulatorFault] = []
    var last: ContinuousClock.Instant?
    var requests = 0
    var sets: [String] = []
  }

  /// How fast time runs.
  public let speed: Double
  private let state: Mutex<State>

  /// A simulator.
  public init(boards: [SimulatedBoard], speed: Double = 1, script: SimulatorScript? = nil) {
    self.speed = speed
    state = Mutex(State(boards: boards, script: script))
  }

  /// What is to be sent for a request line, and whether the connection ends after it.
  struct Answer {
    var pieces: [(pause: Double, bytes: [UInt8])] = []
    var ends = false
    var isAbrupt = false
  }

  /// Carries out a request line and says what is sent.
  func answer(_ line: String) -> Answer {
    state.withLock { state in
      pass(&state)
      state.requests += 1
      let fault = Self.takeFault(&state, line)
      if fault?.kind == .lost { return Answer() }
      var delay = 0.0
      var reply: [UInt8]?
      if let entry = state.script?.reply(to: line) {
        (reply, delay) = (entry.reply, entry.delay)
      } else if state.script == nil {
        for board in state.boards.indices {
          guard let text = state.boards[board].answer(line) else { continue }
          reply = Array(text.utf8) + [0x0D, 0x0A]
          break
        }
      }
      if line.contains("CMD:SET"), reply != nil { state.sets.append(line) }
      // An absent address is silent.
      guard let reply else { return Answer() }
      guard let fault else { return Answer(pieces: [(delay, reply)]) }
      return Answer(
        pieces: fault.pieces(of: reply), ends: fault.kind == .close || fault.kind == .reset,
        isAbrupt: fault.kind == .reset)
    }
  }

  private func pass(_ state: inout State) {
    let now = ContinuousClock.now
    if let last = state.last {
      let seconds = (now - last) / .seconds(1) * speed
      for board in state.boards.indices { state.boards[board].advance(by: seconds) }
    }
    state.last = now
  }

  private static func takeFault(_ state: inout State, _ line: String) -> CAENSimulatorFault? {
    guard let index = state.faults.firstIndex(where: { $0.match.isEmpty || line.contains($0.match) }) else {
      return nil
    }
    if state.faults[index].skip > 0 {
      state.faults[index].skip -= 1
      return nil
    }
    let fault = state.faults[index]
    state.faults[index].count -= 1
    if state.faults[index].count <= 0 { state.faults.remove(at: index) }
    return fault
  }

  // MARK: For tests and the control socket

  /// Makes the next replies go wrong.
  public func add(_ fault: CAENSimulatorFault) { state.withLock { $0.faults.append(fault) } }

  /// Looks at or changes the boards, brought up to the present.
  public func withBoards<Value: Sendable>(_ body: @Sendable (inout [SimulatedBoard]) -> Value) -> Value {
    state.withLock { state in
      pass(&state)
      return body(&state.boards)
    }
  }

  /// Every SET that reached a board, in order.
  public var sets: [String] { state.withLock { $0.sets } }

  /// Requests so far.
  public var requestCount: Int { state.withLock { $0.requests } }

  /// Carries out one line of the control socket.
  ///
  /// `{"fault":"late","delay":2}` · `{"board":0,"local":true}` · `{"board":0,"interlock":true}` · `{"board":0,"serial":"1"}`
  /// · `{"board":0,"power_cycle":true}` · `{"board":0,"channel":1,"resistance":10,"breakdown":500,"disabled":true,
  /// "kill":true,"polarity":"-"}` · `{"state":true}`.
  ///
  /// - Returns: the answer.
  public func control(_ line: String) -> JSONValue {
    do {
      let json = try JSONValue(parsing: line)
      if json["fault"] != nil {
        add(try CAENSimulatorFault(json))
        return ["ok": true]
      }
      if json["state"]?.boolValue == true { return describe() }
      let address = json["board"]?.intValue ?? 0
      let isKnown = withBoards { boards -> Bool in
        guard let index = boards.firstIndex(where: { $0.address == address }) else { return false }
        return Self.change(&boards[index], json)
      }
      return isKnown ? ["ok": true] : ["ok": false, "error": "no such board or channel"]
    } catch let error as JSONSyntaxError {
      return ["ok": false, "error": .string(error.message)]
    } catch {
      return ["ok": false, "error": .string((error as? CavernError)?.message ?? "\(error)")]
    }
  }

  private static func change(_ board: inout SimulatedBoard, _ json: JSONValue) -> Bool {
    if let isLocal = json["local"]?.boolValue { board.isLocal = isLocal }
    if let isActive = json["interlock"]?.boolValue { board.isInterlockActive = isActive }
    if let serial = json["serial"]?.stringValue { board.serial = serial }
    if json["power_cycle"]?.boolValue == true { board.cyclePower() }
    guard let channel = json["channel"]?.intValue else { return true }
    guard board.channels.indices.contains(channel) else { return false }
    if let resistance = json["resistance"]?.doubleValue { board.channels[channel].resistance = resistance }
    if let breakdown = json["breakdown"]?.doubleValue { board.channels[channel].breakdownVoltage = breakdown }
    if let isDisabled = json["disabled"]?.boolValue { board.channels[channel].isDisabled = isDisabled }
    if let isKilled = json["kill"]?.boolValue { board.channels[channel].isKilled = isKilled }
    if let polarity = json["polarity"]?.stringValue { board.channels[channel].polarity = polarity }
    return true
  }

  private func describe() -> JSONValue {
    let boards = withBoards { $0 }
    return [
      "ok": true, "requests": .integer(requestCount),
      "boards": .array(
        boards.map { board in
          [
            "address": .integer(board.address), "serial": .string(board.serial), "local": .bool(board.isLocal),
            "channels": .array(
              board.channels.map { channel in
                [
                  "on": .bool(channel.isOn), "vset": .number(channel.voltageSet), "voltage": .number(channel.voltage),
                  "current": .number(channel.current), "status": .integer(channel.status),
                ]
              }),
          ]
        }),
    ]
  }
}
