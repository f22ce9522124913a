import Foundation
import JSON
import Synchronization

/// The log of a service on standard error: one JSON object a line, repeated messages collapsed.
///
/// A message that repeats is shown the first time and then every ten minutes with its count.
final class ServiceLog: Sendable {
  private struct Seen {
    var count = 0
    var lastShown = ContinuousClock.now
  }

  private let component: String
  private let seen = Mutex<[String: Seen]>([:])
  private let state = Mutex("")

  /// A log.
  init(component: String) { self.component = component }

  /// Notes an event; with `isState` only when it differs from the state noted last.
  func note(_ event: String, _ message: String, isState: Bool = false) {
    if isState {
      let isNew = state.withLock { state in
        defer { state = event + message }
        return state != event + message
      }
      guard isNew else { return }
    }
    write("info", event, message, count: 1)
  }

  /// Notes a fault.
  func warn(_ event: String, _ message: String) {
    state.withLock { $0 = "" }
    let shown: Int? = seen.withLock { seen in
      let now = ContinuousClock.now
      var entry = seen[event + message] ?? Seen(count: 0, lastShown: now - .seconds(601))
      entry.count += 1
      defer { seen[event + message] = entry }
      guard now - entry.lastShown > .seconds(600) else { return nil }
      let count = entry.count
      entry = Seen(count: 0, lastShown: now)
      return count
    }
    if let shown { write("warning", event, message, count: shown) }
  }

  private func write(_ level: String, _ event: String, _ message: String, count: Int) {
    var object = JSONObject([
      ("time", .string(Date.now.formatted(.iso8601))), ("level", .string(level)), ("component", .string(component)),
      ("event", .string(event)), ("message", .string(message)),
    ])
    if count > 1 { object["count"] = .integer(count) }
    StandardStreams.writeError(Array((JSONValue.object(object).text() + "\n").utf8))
  }
}
