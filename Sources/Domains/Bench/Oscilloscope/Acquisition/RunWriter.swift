import Errors
import Foundation

/// Writes sweeps on a thread of its own while the next one is read.
final class RunWriter: @unchecked Sendable {
  private let queue: SweepQueue
  private let isSynchronised: Bool
  private let finished = DispatchSemaphore(value: 0)
  // The folder and the sums are used by the writer's thread alone until `finish` has seen its end; `sums` has a lock.
  private var folder: RunFolder
  private let place: RunFolder
  private let lock = NSLock()
  private var sums = (sweeps: 0, segments: 0, bytes: 0)

  /// Starts writing what comes through the queue into a folder.
  init(_ folder: RunFolder, _ queue: SweepQueue, isSynchronised: Bool) {
    self.folder = folder
    place = folder
    self.queue = queue
    self.isSynchronised = isSynchronised
  }

  /// Starts the thread.
  func start() {
    let thread = Thread { [self] in
      run()
      finished.signal()
    }
    thread.start()
  }

  private func run() {
    while var sweep = queue.next() {
      do throws(CavernError) {
        let records = try folder.write(sweep, isSynchronised: isSynchronised)
        lock.withLock {
          sums.sweeps += 1
          sums.segments += records.first?.segments ?? 0
          sums.bytes += records.reduce(0) { $0 + $1.bytes }
        }
      } catch {
        queue.fail(error)
        return
      }
      let buffers = sweep.messages
      // Only one owner is left, so that the memory can be filled again in place.
      sweep.messages = []
      queue.giveBack(buffers)
    }
  }

  /// The bytes that are free where the run lies.
  var freeBytes: Int? { place.freeBytes }

  /// What has been written so far.
  var written: (sweeps: Int, segments: Int, bytes: Int) { lock.withLock { sums } }

  /// Waits for the end of the thread; the folder with all records.
  func finish() -> RunFolder {
    queue.close()
    finished.wait()
    return folder
  }
}
