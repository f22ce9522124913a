import Errors

/// A line to an instrument that carries whole messages; every operation ends within its time limit.
///
/// One owner at a time: implementations are classes that are not `Sendable`, so that the compiler keeps a line in one
/// place. Only `abortHandle` may be used from elsewhere.
///
/// Errors are `transport.timeout` (exit 75), `transport.lost`, `transport.locked`, `transport.device`,
/// `transport.unserved` (exit 69) and `transport.malformed` (exit 65). After `transport.lost`, `transport.timeout` and
/// `transport.malformed` the line is out of step: call `clear` or `reconnect` before the next message.
public protocol MessageTransport: AnyObject {
  /// Where it leads, as a VISA resource string.
  var resource: String { get }
  /// Sends a message; its last byte ends it.
  func write(_ message: [UInt8], timeout: Duration) throws(CavernError)
  /// Receives a message into an array, whose memory is used again.
  ///
  /// - Parameter limit: a longer message is refused with `transport.malformed`.
  func read(into message: inout [UInt8], limit: Int, timeout: Duration) throws(CavernError)
  /// The status byte, read beside the messages.
  func readStatusByte(timeout: Duration) throws(CavernError) -> UInt8
  /// Triggers the instrument.
  func trigger(timeout: Duration) throws(CavernError)
  /// Drops what is under way in both directions.
  func clear(timeout: Duration) throws(CavernError)
  /// Takes the instrument under remote control, or gives it back to its panel.
  func setRemote(_ isRemote: Bool, timeout: Duration) throws(CavernError)
  /// Takes the instrument for this line alone.
  ///
  /// - Parameter timeout: how long to wait for another holder.
  func lock(timeout: Duration) throws(CavernError)
  /// Gives the lock back.
  func unlock(timeout: Duration) throws(CavernError)
  /// Breaks the line down and connects anew.
  func reconnect() throws(CavernError)
  /// Ends the line; idempotent.
  func close()
  /// Ends the operation under way from another thread.
  var abortHandle: TransportAbort { get }
}

extension MessageTransport {
  /// Receives a message.
  public func read(limit: Int = 1 << 30, timeout: Duration) throws(CavernError) -> [UInt8] {
    var message: [UInt8] = []
    try read(into: &message, limit: limit, timeout: timeout)
    return message
  }
}

/// Ends an operation that another thread waits for.
public struct TransportAbort: Sendable {
  private let action: @Sendable () -> Void

  init(_ action: @escaping @Sendable () -> Void) { self.action = action }

  /// Ends it; without effect when nothing is under way.
  public func callAsFunction() { action() }
}

extension Duration {
  /// Whole milliseconds, rounded up, at least 1 and at most 24 days.
  var milliseconds: Int32 {
    let (seconds, attoseconds) = components
    guard seconds < 2_000_000 else { return 2_000_000_000 }
    return Int32(max(1, seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
  }

  /// Seconds as a double.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// The time by which an operation of several steps has to be over.
struct Deadline {
  private let end: ContinuousClock.Instant

  init(_ timeout: Duration) { end = .now + timeout }

  /// What is left.
  ///
  /// - Throws: `transport.timeout` when nothing is.
  func left(_ what: String) throws(CavernError) -> Duration {
    let left = ContinuousClock.now.duration(to: end)
    guard left > .zero else { throw TransportFault.timeout(what) }
    return left
  }
}

/// The errors that all lines to instruments share.
enum TransportFault {
  static func timeout(_ what: String) -> CavernError {
    CavernError("transport.timeout", "no answer in time: \(what)", exit: .tryAgain)
  }

  static func lost(_ what: String, _ code: Int32 = 0) -> CavernError {
    CavernError(
      "transport.lost", "the connection is lost: \(what)" + (code == 0 ? "" : " (\(SystemText.describe(code)))"),
      exit: .unavailable)
  }

  static func malformed(_ what: String) -> CavernError {
    CavernError("transport.malformed", "an answer that is none: \(what)", exit: .badData)
  }

  static func of(_ fault: InstrumentSocket.Fault, _ what: String) -> CavernError {
    switch fault {
    case .timeout: timeout(what)
    case .closed: lost(what)
    case .system(let code): lost(what, code)
    }
  }
}
