import Foundation
import Glibc

/// A service that `cavern bench run` has started ends when that one is gone, however it ended: nobody would look after it, and
/// nobody would know of it.
enum SupervisedProcess {
  /// The variable that names the supervisor's process.
  static let variable = "CAVERN_SUPERVISOR"

  /// Watches the supervisor where there is one; to be called once the handlers of signals are set.
  static func watch(_ variables: [String: String]) {
    guard let supervisor = variables[variable].flatMap({ pid_t($0) }) else { return }
    ServiceThread.start("supervisor") {
      // A process whose parent ends gets another one. The end is in order, as for SIGTERM.
      while getppid() == supervisor { Thread.sleep(forTimeInterval: 0.25) }
      kill(getpid(), SIGTERM)
    }
  }
}
