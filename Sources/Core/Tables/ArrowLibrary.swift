import CArrow
import Dispatch

/// The library that reads and writes Parquet and Arrow files.
///
/// It is loaded by the first call that needs it. A command that is sure to write a table may have it loaded while it reads its
/// input: that takes some 20 ms of a core that is free.
public final class ArrowLibrary: Sendable {
  private let group = DispatchGroup()

  /// Begins to load the library on a thread of its own; a failure is told by the first call that needs the library.
  public init() {
    DispatchQueue.global().async(group: group) { carrow_load() }
  }

  /// Waits until it is loaded: a program must not end while a library is being loaded.
  public func wait() { group.wait() }
}
