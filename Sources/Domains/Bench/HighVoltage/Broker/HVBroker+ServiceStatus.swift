import Foundation
import JSON

extension HVBroker {
  /// The status that the broker leaves for other services of the bench and for people: the same members as the gas service's.
  ///
  /// `last` holds `<channel>.vmon`, `.imon` and `.trip` (1 while a trip is latched) of channels that were read in the last three
  /// rounds; `lastGood` is when, in nanoseconds since 1970 UTC.
  public func serviceStatus() -> JSONValue {
    let wall = Date().timeIntervalSince1970
    let now = now
    return state.withLock { state in
      var last = JSONObject()
      var readAt: Int?
      for place in state.core.channels.keys.sorted() {
        guard let channel = state.core.channels[place], let time = channel.readAt else { continue }
        readAt = max(readAt ?? time, time)
        guard state.core.isConnected, now - time < 3 * configuration.rules.period else { continue }
        let rules = configuration.rules.channels[place]
        let name = rules?.name ?? ""
        let label = name.isEmpty ? "\(place.board).\(place.channel)" : name
        last["\(label).vmon"] = .optional(channel.signed(channel.voltage, rules))
        last["\(label).imon"] = .optional(channel.current)
        last["\(label).trip"] = .integer(channel.latch != nil || channel.status?.isTripped == true ? 1 : 0)
      }
      let alarms = state.alarms.current.filter { $0.state == .active || $0.state == .acknowledged }
      let condition = state.core.isConnected ? alarms.isEmpty ? "ok" : "alarm" : "disconnected"
      return [
        "device": .string(configuration.line.text), "state": .string(condition),
        "lastGood": .optional(readAt.map { Int((wall - Double(now - $0) / 1000) * 1e9) }),
        "last": .object(last), "errors": .object(JSONObject()),
        "alarms": .array(alarms.map { .string($0.place.isEmpty ? $0.name : "\($0.name) \($0.place)") }),
      ]
    }
  }
}
