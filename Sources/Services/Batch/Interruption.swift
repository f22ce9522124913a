import Errors
import Foundation
import Synchronization

/// Ctrl-C and a polite kill as the cancellation of a batch.
public enum Interruption {
  /// Cancelled by the first SIGINT or SIGTERM after ``listen()``; hand it to the runner.
  public static let token = CancellationToken()

  private static let signals = Atomic(0)

  /// Starts listening, for the rest of the process.
  ///
  /// The first signal cancels ``token``; the second ends the process at once with status 130, for work that hangs.
  public static func listen() {
    // A handler may interrupt any instruction, so it only touches atomics, and both are made before it is installed.
    _ = token.isCancelled
    _ = signals.load(ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        let count = Interruption.signals.add(1, ordering: .relaxed).newValue
        if count > 1 { _exit(Errors.ExitStatus.interrupted.rawValue) }
        Interruption.token.cancel()
      }
    }
  }
}
