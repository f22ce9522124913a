import Glibc
import Synchronization

/// SIGHUP: services read their configuration again.
enum Reloads {
  private static let count = Atomic(0)

  /// Sets the signal handler.
  static func install() {
    // Makes the counter now and not inside the handler.
    _ = count.load(ordering: .relaxed)
    signal(SIGHUP) { _ in Reloads.count.add(1, ordering: .relaxed) }
  }

  /// Remembers which signals were seen.
  final class Watcher {
    private var seen = Reloads.count.load(ordering: .relaxed)

    /// Whether a signal came since the last call.
    var isDue: Bool {
      let present = Reloads.count.load(ordering: .relaxed)
      defer { seen = present }
      return present != seen
    }
  }
}
