import Dispatch
import Errors
import Foundation
import Synchronization

extension BatchRunner {
  /// Computes `job(0) … job(count - 1)` on the threads and hands the values to `receive` in order, on this thread.
  ///
  /// A token of `window` is taken before a position is claimed and given back after its value was received. Positions are
  /// claimed in order, so the earliest one not yet received always has a thread that works on it, and nobody waits for
  /// ever. After a cancellation or an error of `receive` no position is claimed; claimed ones are finished.
  func deliver<Value: Sendable>(
    count: Int, job: @escaping @Sendable (Int) -> Value, to receive: (Value) throws(CavernError) -> Void
  ) throws(CavernError) {
    guard threads > 1, count > 1 else {
      for position in 0..<count where !cancellation.isCancelled { try receive(job(position)) }
      return
    }
    let exchange = Exchange<Value>(count: count, window: window)
    let token = cancellation
    let group = DispatchGroup()
    for number in 1...min(threads, count) {
      group.enter()
      let thread = Thread {
        while let position = exchange.claim(unless: { token.isCancelled }) {
          exchange.put(job(position), at: position)
        }
        group.leave()
      }
      thread.name = "batch-\(number)"
      thread.stackSize = 8 << 20  // as the main thread; the default elsewhere may be 512 KiB
      thread.start()
    }
    var fault: CavernError?
    while let value = exchange.take() {
      if fault == nil {
        do throws(CavernError) { try receive(value) } catch {
          fault = error
          exchange.close()
        }
      }
      exchange.release()
    }
    group.wait()
    if let fault { throw fault }
  }
}

/// Where the threads of a batch claim positions and leave values, and the caller takes the values in order.
private final class Exchange<Value: Sendable>: Sendable {
  private struct State {
    var nextClaim = 0
    var nextTake = 0
    var values: [Int: Value] = [:]
    var closed = false
  }

  private let count: Int
  private let state = Mutex(State())
  /// Free places in the window.
  private let places: DispatchSemaphore
  /// Signalled whenever a value was left or no more positions will be claimed.
  private let news = DispatchSemaphore(value: 0)

  init(count: Int, window: Int) {
    self.count = count
    // Begun at zero and raised: a semaphore must not be destroyed below the value it was begun with.
    places = DispatchSemaphore(value: 0)
    for _ in 0..<window { places.signal() }
  }

  /// The next position, once there is a place for it; `nil` when there is none left or the batch is stopped.
  func claim(unless stopped: () -> Bool) -> Int? {
    places.wait()
    let position: Int? = state.withLock { state in
      if stopped() { state.closed = true }
      guard !state.closed, state.nextClaim < count else {
        state.closed = true
        return nil
      }
      state.nextClaim += 1
      return state.nextClaim - 1
    }
    if position == nil {
      // The place goes to the next waiting thread, which finds the exchange closed as well.
      places.signal()
      news.signal()
    }
    return position
  }

  func put(_ value: Value, at position: Int) {
    state.withLock { $0.values[position] = value }
    news.signal()
  }

  /// The next value in order, waiting for it; `nil` when all claimed positions were taken and no more will be claimed.
  func take() -> Value? {
    while true {
      let (value, ended) = state.withLock { state -> (Value?, Bool) in
        if let value = state.values.removeValue(forKey: state.nextTake) {
          state.nextTake += 1
          return (value, false)
        }
        return (nil, state.closed && state.nextTake == state.nextClaim)
      }
      if let value { return value }
      if ended { return nil }
      news.wait()
    }
  }

  /// Gives back the place of a value that was taken and is no longer needed.
  func release() { places.signal() }

  /// No more positions are claimed from now on.
  func close() {
    state.withLock { $0.closed = true }
  }
}
