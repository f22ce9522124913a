import Files
import JSON

/// The file in which a service leaves its status for others, made anew at least once a second: one that has grown old belongs to a
/// service that is gone or hangs.
final class ServiceStatusFile {
  private let path: String?
  private var nextWrite = ContinuousClock.now

  /// A file; `nil` for a service that leaves no status.
  init(_ path: String?) { self.path = path }

  /// Writes the status where the last one is older than a second.
  func refresh(_ status: @autoclosure () -> JSONValue) {
    if path != nil, ContinuousClock.now >= nextWrite { write(status()) }
  }

  /// Writes the status.
  func write(_ status: @autoclosure () -> JSONValue) {
    guard let path else { return }
    nextWrite = .now + .seconds(1)
    // A status that cannot be written is missed by its readers; the service goes on.
    try? AtomicFile.write(path, text: status().text() + "\n", isSynchronised: false)
  }
}
