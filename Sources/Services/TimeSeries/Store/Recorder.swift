import Errors
import Synchronization

/// Records points for a service: shares one connection among threads, and keeps measuring possible when the disk is full.
///
/// While the disk refuses, samples wait in memory up to a limit; what does not fit is counted and becomes a gap record when
/// the disk takes data again. Records that must not be lost (audit, alarms) are either on the disk or refused.
public final class Recorder: Sendable {
  private struct Waiting {
    var points: [Point]
    var options: TimeSeriesStore.AppendOptions
    var bytes: Int
  }

  private struct State {
    var store: TimeSeriesStore
    var waiting: [Waiting] = []
    var waitingBytes = 0
    var gap: GapRecord?
    var failure: CavernError?
    var lastUpkeep = ContinuousClock.now
  }

  private let state: Mutex<State>
  /// Who records.
  public let source: String
  /// How many bytes of samples may wait in memory.
  public let memoryLimit: Int

  /// A recorder with a store of its own.
  ///
  /// - Parameters:
  ///   - path: the store's file, made when it is missing.
  ///   - source: who records, for example `gas`.
  ///   - options: how the store is opened.
  ///   - memoryLimit: how many bytes of samples may wait in memory while the disk refuses; 64 MiB.
  /// - Throws: as `TimeSeriesStore.init`.
  public init(
    _ path: String, source: String, options: TimeSeriesStore.Options = TimeSeriesStore.Options(),
    memoryLimit: Int = 64 << 20
  ) throws(CavernError) {
    state = Mutex(State(store: try TimeSeriesStore(path, options: options)))
    self.source = source
    self.memoryLimit = memoryLimit
  }

  /// Records samples; never fails, the receipt says what became of them.
  public func record(_ points: [Point]) -> Receipt {
    state.withLock { state in
      let options = TimeSeriesStore.AppendOptions(source: source, keepsBoth: true)
      do throws(CavernError) {
        try Self.deliverWaiting(&state)
        let receipt = try state.store.append(points, options)
        state.failure = nil
        Self.keepUp(&state)
        return receipt
      } catch {
        state.failure = error
        return hold(points, options, error, &state)
      }
    }
  }

  /// Records what must not be lost: it is on the disk when the call returns.
  ///
  /// - Throws: `database.*` when the disk does not take it; then nothing is recorded.
  public func recordDurably(_ points: [Point]) throws(CavernError) {
    let failure: CavernError? = state.withLock { state in
      do throws(CavernError) {
        _ = try state.store.append(
          points, TimeSeriesStore.AppendOptions(source: source, isProtected: true, keepsBoth: true))
        return nil
      } catch {
        state.failure = error
        return error
      }
    }
    if let failure { throw failure }
  }

  /// Why the disk refused last; `nil` when it takes data.
  public var failure: CavernError? { state.withLock { $0.failure } }

  /// Points that wait in memory.
  public var waitingCount: Int { state.withLock { $0.waiting.reduce(0) { $0 + $1.points.count } } }

  /// Samples that are not on the disk: those that wait in memory, and those of a gap that could not be written down yet.
  public var unstoredCount: Int {
    state.withLock { state in
      state.waiting.reduce(state.gap?.lines ?? 0) { sum, waiting in
        sum + waiting.points.reduce(0) { $0 + $1.fields.count }
      }
    }
  }

  /// Tries to store what waits in memory.
  ///
  /// - Returns: whether nothing waits any more.
  @discardableResult
  public func flush() -> Bool {
    state.withLock { state in
      do throws(CavernError) {
        try Self.deliverWaiting(&state)
        state.failure = nil
        return true
      } catch {
        state.failure = error
        return false
      }
    }
  }

  /// Reads from the store between two records.
  public func read<Value: Sendable>(
    _ body: (TimeSeriesStore) throws(CavernError) -> Value
  ) throws(CavernError) -> Value {
    let result: Result<Value, CavernError> = state.withLock { state in
      do throws(CavernError) { return .success(try body(state.store)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private static func deliverWaiting(_ state: inout State) throws(CavernError) {
    while let first = state.waiting.first {
      _ = try state.store.append(first.points, first.options)
      state.waitingBytes -= first.bytes
      state.waiting.removeFirst()
    }
    if let gap = state.gap {
      _ = try state.store.append(
        [gap.point], TimeSeriesStore.AppendOptions(source: "cavern", isProtected: true, keepsBoth: true))
      state.gap = nil
    }
  }

  private func hold(
    _ points: [Point], _ options: TimeSeriesStore.AppendOptions, _ error: CavernError, _ state: inout State
  ) -> Receipt {
    var receipt = Receipt()
    receipt.reasons = [error.message]
    let count = points.reduce(0) { $0 + $1.fields.count }
    // About what a point takes in memory: names are shared, each field has its value and name.
    let bytes = points.reduce(0) { $0 + 96 + 64 * $1.fields.count }
    if state.waitingBytes + bytes <= memoryLimit {
      state.waiting.append(Waiting(points: points, options: options, bytes: bytes))
      state.waitingBytes += bytes
      receipt.queued = count
    } else if let (first, last) = Self.extent(points) {
      var gap = state.gap ?? GapRecord(source: source, from: first, to: last, lines: 0)
      gap.from = min(gap.from, first)
      gap.to = max(gap.to, last)
      gap.lines += count
      state.gap = gap
      receipt.rejected = count
    }
    return receipt
  }

  private static func extent(_ points: [Point]) -> (Int64, Int64)? {
    guard let first = points.map(\.time).min(), let last = points.map(\.time).max() else { return nil }
    return (first, last)
  }

  /// Roll-ups and retention once a minute; a failure there does not concern the samples.
  private static func keepUp(_ state: inout State) {
    let now = ContinuousClock.now
    guard now - state.lastUpkeep >= .seconds(60) else { return }
    state.lastUpkeep = now
    try? state.store.maintain()
    _ = try? state.store.enforceRetention()
  }
}
