import Glibc
import Synchronization

/// Ctrl-C: the first asks the command to finish the current item and end with a partial report, the second ends the
/// process at once.
///
/// SIGTERM counts like the first.
enum Interrupts {
  private static let count = Atomic(0)

  /// Whether the user asked to stop; commands look between items.
  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// Sets the signal handlers.
  static func install() {
    // Makes the counter now and not inside a handler.
    _ = count.load(ordering: .relaxed)
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        // Only an atomic and two calls that POSIX allows in handlers.
        if Interrupts.count.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
        let notice: StaticString = "\nfinishing the current item; press Ctrl-C again to stop at once\n"
        _ = write(STDERR_FILENO, notice.utf8Start, notice.utf8CodeUnitCount)
      }
      sigaddset(&wanted, number)
    }
    // Whoever started the program may have blocked them, as job schedulers and test runners do.
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }
}
