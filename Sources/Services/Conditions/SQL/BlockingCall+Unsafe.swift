import Errors
import Foundation

/// Runs a call of a foreign library that may block for ever on a thread of its own, and waits for it with a limit.
enum BlockingCall {
  /// Why a call was not waited for.
  enum Stop: Sendable, Equatable {
    /// The time was up.
    case timeout
    /// The user asked to stop.
    case cancelled
  }

  /// What came of it.
  enum Outcome<Value: Sendable>: Sendable {
    /// It came back by itself.
    case finished(Result<Value, CavernError>)
    /// It came back after it was asked to stop.
    case stopped(Stop)
    /// It did not come back; its thread is left alone with what it holds.
    case abandoned(Stop)
  }

  /// The result of a thread, taken by another.
  private final class Mailbox<Value: Sendable>: @unchecked Sendable {
    // Every access is under the lock of the condition.
    private let condition = NSCondition()
    private var result: Result<Value, CavernError>?

    func put(_ value: Result<Value, CavernError>) {
      condition.lock()
      result = value
      condition.broadcast()
      condition.unlock()
    }

    func take(until date: Date) -> Result<Value, CavernError>? {
      condition.lock()
      defer { condition.unlock() }
      while result == nil, condition.wait(until: date) {}
      return result
    }
  }

  /// Runs `body` and waits.
  ///
  /// - Parameters:
  ///   - limit: how long to wait.
  ///   - grace: how long to wait after `cancel`.
  ///   - isCancelled: asked every 50 ms.
  ///   - cancel: asks the library to give up, from another thread; must not block for long, but may.
  static func run<Value: Sendable>(
    limit: Duration, grace: Duration = .seconds(2), isCancelled: @Sendable () -> Bool = { false },
    cancel: @escaping @Sendable () -> Void = {}, _ body: @escaping @Sendable () -> Result<Value, CavernError>
  ) -> Outcome<Value> {
    let mailbox = Mailbox<Value>()
    Thread.detachNewThread { mailbox.put(body()) }
    let deadline = ContinuousClock.now + limit
    while true {
      if let result = mailbox.take(until: Date(timeIntervalSinceNow: 0.05)) { return .finished(result) }
      let stop: Stop? = isCancelled() ? .cancelled : ContinuousClock.now >= deadline ? .timeout : nil
      guard let stop else { continue }
      // The call to cancel may wait for the same lock as the call that hangs.
      Thread.detachNewThread { cancel() }
      let patience = Date(timeIntervalSinceNow: grace / .seconds(1))
      return mailbox.take(until: patience) == nil ? .abandoned(stop) : .stopped(stop)
    }
  }
}
