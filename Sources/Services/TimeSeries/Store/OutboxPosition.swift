/// What a destination has acknowledged: every batch up to a number, and ranges beyond it, made by live samples that went ahead of
/// a backlog.
///
/// Between the number and the first range, and between two ranges, lie batches that wait: the backlog. What comes after the last
/// range is live. Without ranges all that waits is live.
public struct OutboxPosition: Sendable, Equatable {
  /// Acknowledged batches beyond a backlog.
  public struct Range: Sendable, Equatable {
    /// The last batch before the range.
    public var after: Int64
    /// The last batch of the range; equal to `after` while nothing of it is acknowledged.
    public var through: Int64

    /// A range.
    public init(after: Int64, through: Int64) {
      self.after = after
      self.through = through
    }
  }

  /// Which of the two streams a page belongs to.
  public enum Stream: String, Sendable, CaseIterable {
    /// What waited while the server was away, oldest first.
    case backlog
    /// What was recorded since, in order.
    case live
  }

  /// All batches up to this one are acknowledged.
  public private(set) var acknowledged: Int64
  /// Acknowledged ranges beyond it, in order and apart from each other; only the last may be empty.
  public private(set) var ahead: [Range]

  /// A position.
  ///
  /// - Parameters:
  ///   - acknowledged: all batches up to this one are acknowledged.
  ///   - ahead: ranges beyond it; those that touch what comes before are joined with it.
  public init(acknowledged: Int64, ahead: [Range] = []) {
    self.acknowledged = acknowledged
    self.ahead = []
    for range in ahead.sorted(by: { $0.after < $1.after }) where range.through >= range.after {
      if range.after <= live, let last = self.ahead.indices.last {
        self.ahead[last].through = max(self.ahead[last].through, range.through)
      } else if range.after <= self.acknowledged {
        self.acknowledged = max(self.acknowledged, range.through)
      } else {
        self.ahead.append(range)
      }
    }
  }

  /// The last batch that is acknowledged, or that the backlog ends with while no live one is.
  public var live: Int64 { ahead.last?.through ?? acknowledged }

  /// The batch that ends the first stretch of the backlog; `nil` without a backlog.
  public var backlogEnd: Int64? { ahead.first?.after }

  /// Whether a batch waits, given that it is there.
  public func isWaiting(_ batch: Int64) -> Bool {
    batch > acknowledged && !ahead.contains { batch > $0.after && batch <= $0.through }
  }

  /// Lets live samples begin after a batch: what waits up to it is backlog from now on.
  public mutating func startLive(after batch: Int64) {
    if let last = ahead.last, last.after == last.through { ahead.removeLast() }
    if batch > live { ahead.append(Range(after: batch, through: batch)) }
  }

  /// Takes note that a stream is acknowledged up to a batch; a backlog that reaches a range ends there.
  public mutating func advance(_ stream: Stream, through batch: Int64) {
    if stream == .live, let last = ahead.indices.last {
      ahead[last].through = max(ahead[last].through, batch)
      return
    }
    acknowledged = max(acknowledged, stream == .backlog ? min(batch, backlogEnd ?? batch) : batch)
    while let first = ahead.first, first.after <= acknowledged {
      acknowledged = max(acknowledged, first.through)
      ahead.removeFirst()
    }
  }
}
