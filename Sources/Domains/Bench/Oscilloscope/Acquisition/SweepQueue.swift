import Errors
import Foundation

/// The bounded way from the reader of sweeps to their writer.
///
/// A fixed number of sets of buffers goes round: the reader takes an empty one, fills it and hands it on; the writer gives it
/// back. So no more than that many sweeps are in memory, whatever the disk does.
final class SweepQueue: @unchecked Sendable {
  // Everything below is used with `condition` locked.
  private let condition = NSCondition()
  private var empty: [[[UInt8]]]
  private var full: [AcquiredSweep] = []
  private var isClosed = false
  private var fault: CavernError?

  /// A queue with so many sets of buffers, one buffer a channel in each.
  init(sets: Int, channels: Int) {
    empty = Array(repeating: Array(repeating: [], count: channels), count: sets)
  }

  /// An empty set of buffers; waits for one, `nil` when the writer has failed.
  func take() -> [[UInt8]]? {
    condition.lock()
    defer { condition.unlock() }
    while empty.isEmpty, fault == nil { condition.wait() }
    return fault == nil ? empty.removeLast() : nil
  }

  /// Gives a set back without a sweep in it.
  func giveBack(_ buffers: consuming [[UInt8]]) {
    condition.lock()
    defer { condition.unlock() }
    empty.append(buffers)
    condition.broadcast()
  }

  /// Hands a sweep to the writer.
  func put(_ sweep: consuming AcquiredSweep) {
    condition.lock()
    defer { condition.unlock() }
    full.append(sweep)
    condition.broadcast()
  }

  /// The next sweep for the writer; `nil` at the end.
  func next() -> AcquiredSweep? {
    condition.lock()
    defer { condition.unlock() }
    while full.isEmpty, !isClosed { condition.wait() }
    return full.isEmpty ? nil : full.removeFirst()
  }

  /// No more sweeps come.
  func close() {
    condition.lock()
    defer { condition.unlock() }
    isClosed = true
    condition.broadcast()
  }

  /// The writer has failed.
  func fail(_ error: CavernError) {
    condition.lock()
    defer { condition.unlock() }
    fault = error
    full = []
    isClosed = true
    condition.broadcast()
  }

  /// Why the writer failed; `nil` when it did not.
  var failure: CavernError? {
    condition.lock()
    defer { condition.unlock() }
    return fault
  }
}
