import Dispatch
import Errors
import Foundation

/// Turns Ctrl-C and a polite kill into the cancellation of a batch, for as long as the source lives.
///
/// The first SIGINT or SIGTERM cancels the token; the second ends the process at once with status 130, for work that hangs.
public final class InterruptSource {
  private static let signals = [SIGINT, SIGTERM]
  private let sources: [any DispatchSourceSignal]

  /// Starts listening.
  ///
  /// - Parameters:
  ///   - token: is cancelled by the first signal.
  ///   - notify: called after the first signal, on another thread; tell the user there that the current items are finished.
  public init(cancelling token: CancellationToken, notify: @escaping @Sendable () -> Void = {}) {
    let queue = DispatchQueue(label: "cavern.interrupt")
    sources = Self.signals.map { number in
      // The default action would end the process before the source hears of the signal.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if token.isCancelled { _exit(ExitStatus.interrupted.rawValue) }
        token.cancel()
        notify()
      }
      source.resume()
      return source
    }
  }

  /// Stops listening and gives the signals their default action back.
  deinit {
    for source in sources { source.cancel() }
    for number in Self.signals { signal(number, SIG_DFL) }
  }
}
