import Foundation
import Glibc

extension Process {
  /// Ends the process by its number and waits for it; one that has ended or was never started is left alone.
  ///
  /// SIGKILL, because threads that start processes may block SIGTERM and children inherit that: SIGTERM then never arrives.
  public func endNow() {
    guard isRunning else { return }
    kill(processIdentifier, SIGKILL)
    waitUntilExit()
  }
}
