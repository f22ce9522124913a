import Foundation

/// Threads for work that waits: servers of the simulators, transfers beside the writer of files.
enum InstrumentThread {
  /// Runs `body` on a thread of its own.
  static func run(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread { body() }
    thread.stackSize = 1 << 20
    thread.start()
  }
}
