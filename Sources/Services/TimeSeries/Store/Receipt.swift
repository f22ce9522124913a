import JSON

/// What became of samples that were given to the store.
public struct Receipt: Sendable, Equatable {
  /// Samples that are on the disk.
  public var accepted = 0
  /// Samples that wait in memory for the disk.
  public var queued = 0
  /// Samples that were refused.
  public var rejected = 0
  /// Why; one entry a fault, at most a hundred.
  public var reasons: [String] = []
  /// The number of the last batch; `nil` when nothing was stored.
  public var batch: Int64?

  /// An empty receipt.
  public init() {}

  /// The sum of two receipts.
  public static func + (left: Receipt, right: Receipt) -> Receipt {
    var sum = left
    sum.accepted += right.accepted
    sum.queued += right.queued
    sum.rejected += right.rejected
    sum.reasons = Array((left.reasons + right.reasons).prefix(100))
    sum.batch = right.batch ?? left.batch
    return sum
  }

  mutating func reject(_ count: Int, _ reason: String) {
    rejected += count
    if reasons.count < 100 { reasons.append(reason) }
  }

  /// The receipt for scripts.
  public var json: JSONValue {
    [
      "accepted": .integer(accepted), "queued": .integer(queued), "rejected": .integer(rejected),
      "reasons": .array(reasons.map { .string($0) }), "batch": .optional(batch.map(Int.init)),
    ]
  }
}
