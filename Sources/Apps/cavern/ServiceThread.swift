import Foundation

/// Threads of services that wait in system calls.
enum ServiceThread {
  /// Starts a thread.
  static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread { body() }
    thread.name = name
    thread.start()
  }
}
