import Foundation
import JSON

/// Server-sent events on their way to one reader (WHATWG HTML, "Server-sent events").
///
/// A reader that does not keep up loses the oldest events and is told how many with an event `lost`; it never holds up the
/// sender.
public final class HTTPEventStream: @unchecked Sendable {
  // NSCondition guards all of the state below.
  private let condition = NSCondition()
  private var waiting: [String] = []
  private var lost = 0
  private var isClosed = false
  private let limit: Int
  private let onEnd: @Sendable () -> Void

  /// A stream.
  ///
  /// - Parameters:
  ///   - limit: how many events may wait.
  ///   - onEnd: called once when the reader has gone.
  public init(limit: Int = 1024, onEnd: @escaping @Sendable () -> Void = {}) {
    self.limit = limit
    self.onEnd = onEnd
  }

  /// Sends an event.
  public func send(_ event: String, _ data: JSONValue) {
    condition.lock()
    defer { condition.unlock() }
    guard !isClosed else { return }
    if waiting.count >= limit {
      waiting.removeFirst()
      lost += 1
    }
    waiting.append("event: \(event)\ndata: \(data.text())\n\n")
    condition.signal()
  }

  /// Ends the stream after what is waiting.
  public func close() {
    condition.lock()
    isClosed = true
    condition.broadcast()
    condition.unlock()
  }

  /// The next bytes; a comment when nothing happened within the limit, `nil` at the end.
  func next(within seconds: Double) -> [UInt8]? {
    condition.lock()
    defer { condition.unlock() }
    let end = Date(timeIntervalSinceNow: seconds)
    while waiting.isEmpty, !isClosed {
      if !condition.wait(until: end) { return Array(": nothing new\n\n".utf8) }
    }
    guard !waiting.isEmpty else { return nil }
    var text = waiting.joined()
    if lost > 0 { text = "event: lost\ndata: \(lost)\n\n" + text }
    (waiting, lost) = ([], 0)
    return Array(text.utf8)
  }

  /// The reader has gone.
  func end() {
    close()
    onEnd()
  }
}
