import Errors

/// What became of a whole batch.
public struct BatchSummary: Sendable, Equatable {
  /// Number of items in the input.
  public var total = 0
  /// Number of items in each state, taken-over ones included.
  public var counts: [BatchState: Int] = [:]
  /// How many were taken over from an earlier run.
  public var reused = 0
  /// Whether the run was stopped before the last item.
  public var cancelled = false
  /// Bytes at the end of the manifest that a killed run had left half written, and that were cut off.
  public var tornBytes = 0
  /// Lines of the manifest that could not be read; their items ran again.
  public var damagedLines = 0

  /// Nothing yet.
  public init() {}

  /// How many items ended in that state.
  public func count(_ state: BatchState) -> Int { counts[state] ?? 0 }

  /// How many items were delivered.
  public var delivered: Int { counts.values.reduce(0, +) }

  /// How the command ends: interrupted, done, partial, failed when not one item gave a result, no input for no items.
  public var exit: ExitStatus {
    if cancelled { return .interrupted }
    if total == 0 { return .noInput }
    if count(.done) == total { return .done }
    return count(.done) + count(.partial) == 0 ? .failed : .partial
  }
}

/// How far a batch is.
public struct BatchProgress: Sendable, Equatable {
  /// Items delivered so far, taken-over ones included.
  public var done: Int
  /// Items in the batch.
  public var total: Int
  /// Of the delivered ones, how many were taken over from an earlier run.
  public var reused: Int
  /// Time since the start.
  public var elapsed: Duration

  /// Items worked on per second; `nil` before the first one ended.
  ///
  /// Taken-over items do not count: they cost no time.
  public var rate: Double? {
    let worked = done - reused
    let seconds = elapsed / .seconds(1)
    return worked > 0 && seconds > 0 ? Double(worked) / seconds : nil
  }

  /// Time until the end at the present rate; `nil` while the rate is not known.
  public var timeLeft: Duration? {
    if done == total { return .zero }
    return rate.map { .seconds(Double(total - done) / $0) }
  }

  /// Progress after `done` of `total` items.
  public init(done: Int, total: Int, reused: Int, elapsed: Duration) {
    self.done = done
    self.total = total
    self.reused = reused
    self.elapsed = elapsed
  }
}
