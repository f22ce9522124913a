import Foundation
import Glibc

extension Process {
  /// Ends the process by its number and waits for it; one that has ended or was never started is left alone.
  ///
  /// SIGKILL, because threads of the test runner block SIGTERM and children inherit that: a server that outlives its test
  /// holds the runner's output open, and the runner waits for it without end.
  public func endNow() {
    guard isRunning else { return }
    kill(processIdentifier, SIGKILL)
    waitUntilExit()
  }
}
