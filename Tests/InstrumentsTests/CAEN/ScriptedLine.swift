import Errors
import Instruments
import Synchronization

/// A line in memory: what arrives after each request is written down before.
final class ScriptedLine: ByteLine {
  /// What happens on the line.
  enum Arrival: Sendable {
    /// These bytes arrive at once.
    case bytes(String)
    /// Nothing more arrives within any limit.
    case silence
    /// The other side closes.
    case end
  }

  private struct State {
    var waiting: [Arrival]
    var replies: [[Arrival]]
    var sent: [String] = []
  }

  private let state: Mutex<State>

  init(waiting: [Arrival] = [], _ replies: [[Arrival]]) { state = Mutex(State(waiting: waiting, replies: replies)) }

  var sent: [String] { state.withLock { $0.sent } }

  func send(_ bytes: [UInt8], within limit: Duration) throws(CavernError) {
    state.withLock { state in
      state.sent.append(String(decoding: bytes, as: UTF8.self))
      if !state.replies.isEmpty { state.waiting += state.replies.removeFirst() }
    }
  }

  func receive(upTo count: Int, within limit: Duration) throws(CavernError) -> [UInt8] {
    let next = state.withLock { state -> Arrival? in
      guard let first = state.waiting.first else { return nil }
      // Silence lasts for one call that waits.
      if case .silence = first, limit == .zero { return nil }
      state.waiting.removeFirst()
      return first
    }
    switch next {
    case .bytes(let text): return text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    case .silence, nil: return []
    case .end: throw CavernError("line.disconnected", "the other side has closed the connection", exit: .unavailable)
    }
  }

  func close() {}
}
