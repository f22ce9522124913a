import Errors
import SQLite

/// A place that samples are sent to, as the store keeps it.
public struct DestinationStatus: Sendable, Equatable {
  /// The name.
  public var name: String
  /// What it has acknowledged, lines that became dead letters included.
  public var position: OutboxPosition
  /// Lines delivered.
  public var deliveredLines: Int
  /// Lines that became dead letters.
  public var rejectedLines: Int
  /// `new`, `delivering`, `waiting` or `misconfigured`.
  public var state: String
  /// What the server said last, when it did not accept.
  public var message: String?
  /// Batches and samples that wait, backlog and live ones.
  public var pendingBatches: Int, pendingSamples: Int
  /// Samples among them that belong to the backlog; live ones go ahead of it.
  public var backlogSamples: Int
  /// When the oldest waiting batch was stored, nanoseconds since 1970-01-01 UTC; `nil` when none waits.
  public var oldestPending: Int64?
  /// The same of the oldest one that is not backlog.
  public var oldestLivePending: Int64?

  /// Samples that wait and belong to no backlog.
  public var liveSamples: Int { pendingSamples - backlogSamples }
}

extension TimeSeriesStore {
  /// Makes a destination known; one that is known already keeps its position.
  ///
  /// - Parameter fromStart: whether it gets what was stored before; otherwise it begins with the next batch.
  public func addDestination(_ name: String, fromStart: Bool = true) throws(CavernError) {
    let insert = try database.prepare(
      """
      INSERT INTO destination(name, acknowledged)
      VALUES(?1, CASE WHEN ?2 THEN 0 ELSE (SELECT coalesce(max(id), 0) FROM batch) END) ON CONFLICT DO NOTHING
      """)
    try insert.bind(1, name)
    try insert.bind(2, Int64(fromStart ? 1 : 0))
    try insert.run()
  }

  /// Forgets a destination and its dead letters.
  public func removeDestination(_ name: String) throws(CavernError) {
    for table in ["destination WHERE name", "ahead WHERE destination", "deadletter WHERE destination"] {
      let delete = try database.prepare("DELETE FROM \(table) = ?")
      try delete.bind(1, name)
      try delete.run()
    }
  }

  /// All destinations with what waits for them.
  public func destinations() throws(CavernError) -> [DestinationStatus] {
    let rows = try database.prepare(
      "SELECT name, lines, rejected, state, message FROM destination ORDER BY name")
    var result: [DestinationStatus] = []
    while try rows.step() {
      let name = rows.text(0) ?? ""
      let position = try position(of: name)
      var status = DestinationStatus(
        name: name, position: position, deliveredLines: Int(rows.int(1)), rejectedLines: Int(rows.int(2)),
        state: rows.text(3) ?? "", message: rows.text(4), pendingBatches: 0, pendingSamples: 0, backlogSamples: 0)
      // The stretches of the backlog, and what comes after the last.
      var after = position.acknowledged
      for range in position.ahead {
        let stretch = try waiting(after: after, through: range.after)
        status.pendingBatches += stretch.batches
        status.backlogSamples += stretch.samples
        status.oldestPending = status.oldestPending ?? stretch.oldest
        after = range.through
      }
      let live = try waiting(after: after, through: .max)
      status.pendingBatches += live.batches
      status.pendingSamples = status.backlogSamples + live.samples
      status.oldestPending = status.oldestPending ?? live.oldest
      status.oldestLivePending = live.oldest
      result.append(status)
    }
    return result
  }

  private func waiting(
    after: Int64, through: Int64
  ) throws(CavernError) -> (batches: Int, samples: Int, oldest: Int64?) {
    let counts = try database.prepare(
      """
      SELECT count(*), coalesce(sum(samples), 0),
        (SELECT created FROM batch WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 1)
      FROM batch WHERE id > ?1 AND id <= ?2
      """)
    try counts.bind(1, after)
    try counts.bind(2, through)
    guard try counts.step() else { return (0, 0, nil) }
    return (Int(counts.int(0)), Int(counts.int(1)), counts.isNull(2) ? nil : counts.int(2))
  }

  /// Notes why a destination does not accept.
  public func setState(_ state: String, message: String?, of destination: String) throws(CavernError) {
    let update = try database.prepare(
      """
      UPDATE destination SET state = ?1, message = ?2, changed = ?3
      WHERE name = ?4 AND (state <> ?1 OR message IS NOT ?2)
      """)
    try update.bind(1, state)
    if let message { try update.bind(2, message) } else { try update.bindNull(2) }
    try update.bind(3, Self.now())
    try update.bind(4, destination)
    try update.run()
  }
}
