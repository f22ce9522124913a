import Errors
import Foundation
import Instruments
import JSON
import Synchronization

extension HVBroker {
  /// One reading of the device, shared with everybody who asks the same at the same time.
  ///
  /// Parameters of channels are read for all channels of the board at once, so that those who ask for different channels
  /// share too.
  func read(_ place: HVChannel, isBoard: Bool, _ name: String, client: Int) throws(HVFault) -> CAENValue {
    let count = state.withLock { $0.core.boards[place.board]?.channelCount }
    guard let count else { throw HVFault(.disconnected, "the supply is not connected") }
    let request = CAENRequest.monitor(board: place.board, channel: isBoard ? nil : count, name)
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<CAENExchange?>(nil)
    let refusal = queue.ask(request, client: client) { exchange in
      result.withLock { $0 = exchange }
      done.signal()
    }
    if let refusal {
      throw HVFault(refusal, refusal == .busy ? "too many requests of this client wait" : "the supply is not connected")
    }
    guard done.wait(timeout: .now() + 30) == .success, let exchange = result.withLock({ $0 }) else {
      throw HVFault(.timeout, "the line is too busy")
    }
    switch exchange.outcome {
    case .ok(let values):
      guard values.count == (isBoard ? 1 : count) else { throw HVFault(.timeout, "a wrong number of values came") }
      return values[isBoard ? 0 : place.channel]
    case .deviceError("PAR"): throw HVFault(.noSuchParameter, "the device does not know '\(name)'")
    case .deviceError: throw HVFault(.deviceError, exchange.outcome.reason ?? "")
    case .disconnected(let why): throw HVFault(.disconnected, why)
    default: throw HVFault(.timeout, exchange.outcome.reason ?? "")
    }
  }

  /// How everything stands.
  func status() -> JSONObject {
    let time = Date()
    let now = now
    let figures = queue.statistics
    return state.withLock { state in
      var object = JSONObject([
        ("supply", .string(configuration.name)), ("line", .string(configuration.line.text)),
        ("connected", .bool(state.core.isConnected)), ("link", .string(state.linkText)),
        ("audit", .bool(state.core.isAuditAvailable)),
      ])
      object["boards"] = .array(
        state.core.boards.keys.sorted().compactMap { address in
          guard let board = state.core.boards[address] else { return nil }
          return [
            "address": .integer(address), "model": .string(board.model), "serial": .string(board.serial),
            "firmware": .string(board.firmware), "channels": .integer(board.channelCount),
            "local": .bool(board.isLocal),
            "trusted": .bool(board.isTrusted), "alarm": .integer(board.alarm),
          ]
        })
      object["channels"] = .array(
        state.core.channels.keys.sorted().compactMap { place in
          guard let channel = state.core.channels[place] else { return nil }
          var json =
            Self.sampleJSON(place, channel, configuration.rules.channels[place], time).objectValue ?? JSONObject()
          // Broker connected or not, everybody sees how old a value is.
          json["age_s"] = .optional(channel.readAt.map { Double(now - $0) / 1000 })
          json["live"] = .bool(
            state.core.isConnected && channel.readAt.map { now - $0 < 3 * configuration.rules.period } ?? false)
          return .object(json)
        })
      object["alarms"] = .array(
        state.alarms.current.map {
          [
            "alarm": .string($0.name), "place": .string($0.place), "state": .string($0.state.rawValue),
            "text": .string($0.text),
          ]
        })
      object["queue"] = [
        "exchanges": .integer(figures.exchanges), "gets": .integer(figures.gets),
        "get_exchanges": .integer(figures.getExchanges), "sets": .integer(figures.sets),
        "most_overtakings": .integer(figures.mostOvertakings),
        "longest_set_wait_s": .number(figures.longestWait / .seconds(1)),
        "waiting": .integer(state.core.operationCount),
      ]
      return object
    }
  }
}
