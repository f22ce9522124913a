import Errors
import SQLite

/// A place that samples are sent to, as the store keeps it.
public struct DestinationStatus: Sendable, Equatable {
  /// The name.
  public var name: String
  /// The number of the last batch that it has acknowledged, or whose faulty lines are dead letters.
  public var acknowledged: Int64
  /// Lines delivered.
  public var deliveredLines: Int
  /// Lines that became dead letters.
  public var rejectedLines: Int
  /// `new`, `delivering`, `waiting` or `misconfigured`.
  public var state: String
  /// What the server said last, when it did not accept.
  public var message: String?
  /// Batches and samples that wait.
  public var pendingBatches: Int, pendingSamples: Int
  /// When the oldest waiting batch was stored, nanoseconds since 1970-01-01 UTC; `nil` when none waits.
  public var oldestPending: Int64?
}

/// Lines of some batches, ready to be sent.
public struct OutboxPage: Sendable {
  /// Lines of one source.
  public struct Part: Sendable, Equatable {
    /// Who measured them.
    public var source: String
    /// The lines, each with its line feed.
    public var lines: [ArraySlice<UInt8>]
  }

  /// The lines in order of the batches, by source.
  public var parts: [Part]
  /// The number of the last batch in it.
  public var lastBatch: Int64

  /// How many lines there are.
  public var lineCount: Int { parts.reduce(0) { $0 + $1.lines.count } }
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
    for table in ["destination WHERE name", "deadletter WHERE destination"] {
      let delete = try database.prepare("DELETE FROM \(table) = ?")
      try delete.bind(1, name)
      try delete.run()
    }
  }

  /// All destinations with what waits for them.
  public func destinations() throws(CavernError) -> [DestinationStatus] {
    let rows = try database.prepare(
      """
      SELECT name, acknowledged, lines, rejected, state, message,
        (SELECT count(*) FROM batch WHERE id > acknowledged),
        (SELECT coalesce(sum(samples), 0) FROM batch WHERE id > acknowledged),
        (SELECT created FROM batch WHERE id > acknowledged ORDER BY id LIMIT 1)
      FROM destination ORDER BY name
      """)
    var result: [DestinationStatus] = []
    while try rows.step() {
      result.append(
        DestinationStatus(
          name: rows.text(0) ?? "", acknowledged: rows.int(1), deliveredLines: Int(rows.int(2)),
          rejectedLines: Int(rows.int(3)), state: rows.text(4) ?? "", message: rows.text(5),
          pendingBatches: Int(rows.int(6)), pendingSamples: Int(rows.int(7)),
          oldestPending: rows.isNull(8) ? nil : rows.int(8)))
    }
    return result
  }

  /// The next lines for a destination, oldest batch first; whole batches, at least one, up to a number of lines or bytes.
  ///
  /// - Returns: `nil` when nothing waits.
  public func outboxPage(
    for destination: String, lines lineLimit: Int = 5000, bytes byteLimit: Int = 1 << 20
  ) throws(CavernError) -> OutboxPage? {
    let batches = try database.prepare(
      """
      SELECT id, source, samples FROM batch
      WHERE id > (SELECT acknowledged FROM destination WHERE name = ?) ORDER BY id
      """)
    try batches.bind(1, destination)
    var pages: [String: LineEncoder] = [:]
    var order: [String] = []
    var last: Int64?
    var (lineCount, byteCount) = (0, 0)
    let reader = try BatchReader(self)
    while try batches.step() {
      guard last == nil || (lineCount + Int(batches.int(2)) <= lineLimit && byteCount < byteLimit) else { break }
      let source = batches.text(1) ?? ""
      var encoder = pages.removeValue(forKey: source) ?? LineEncoder()
      let before = (encoder.lineCount, encoder.bytes.count)
      if !order.contains(source) { order.append(source) }
      encoder.append(try reader.batch(batches.int(0)))
      lineCount += encoder.lineCount - before.0
      byteCount += encoder.bytes.count - before.1
      pages[source] = encoder
      last = batches.int(0)
    }
    guard let last else { return nil }
    let parts = order.compactMap { source in
      pages[source].map { OutboxPage.Part(source: source, lines: Self.lines($0.bytes)) }
    }
    return OutboxPage(parts: parts.filter { !$0.lines.isEmpty }, lastBatch: last)
  }

  private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    for (place, byte) in bytes.enumerated() where byte == 0x0A {
      lines.append(bytes[start...place])
      start = place + 1
    }
    return lines
  }

  /// Moves a destination's position on and stores what it refused, in one commit.
  public func acknowledge(
    _ destination: String, through batch: Int64, delivered: Int, deadLetters: [DeadLetter] = []
  ) throws(CavernError) {
    try database.transaction { () throws(CavernError) in
      let insert = try database.prepare("INSERT INTO deadletter(destination, time, reason, line) VALUES(?, ?, ?, ?)")
      for letter in deadLetters {
        try insert.bind(1, destination)
        try insert.bind(2, Self.now())
        try insert.bind(3, letter.reason)
        try insert.bind(4, Array(letter.line.utf8))
        try insert.run()
      }
      let update = try database.prepare(
        """
        UPDATE destination SET acknowledged = max(acknowledged, ?), lines = lines + ?, rejected = rejected + ?,
          state = 'delivering', message = NULL, changed = ? WHERE name = ?
        """)
      try update.bind(1, batch)
      try update.bind(2, Int64(delivered))
      try update.bind(3, Int64(deadLetters.count))
      try update.bind(4, Self.now())
      try update.bind(5, destination)
      try update.run()
      // What everybody has is no outbox any more; the samples themselves stay.
      try database.execute(
        """
        DELETE FROM span WHERE batch <= (SELECT min(acknowledged) FROM destination);
        DELETE FROM batch WHERE id <= (SELECT min(acknowledged) FROM destination);
        """)
    }
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
