import Errors
import SQLite

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

/// Which batches a destination gets next.
public struct OutboxTurn: Sendable, Equatable {
  /// The stream that they belong to.
  public var stream: OutboxPosition.Stream
  /// The batch before the first.
  public var after: Int64
  /// The batch that the stream ends with; `nil` for no end.
  public var through: Int64?
  /// Where live samples begin, when this turn has found a backlog.
  public var liveAfter: Int64?

  /// A turn.
  public init(stream: OutboxPosition.Stream, after: Int64, through: Int64? = nil, liveAfter: Int64? = nil) {
    self.stream = stream
    self.after = after
    self.through = through
    self.liveAfter = liveAfter
  }
}

extension TimeSeriesStore {
  /// What a destination has acknowledged.
  public func position(of destination: String) throws(CavernError) -> OutboxPosition {
    let low = try database.prepare("SELECT acknowledged FROM destination WHERE name = ?")
    try low.bind(1, destination)
    let acknowledged = try low.step() ? low.int(0) : 0
    let rows = try database.prepare("SELECT after, through FROM ahead WHERE destination = ? ORDER BY after")
    try rows.bind(1, destination)
    var ahead: [OutboxPosition.Range] = []
    while try rows.step() { ahead.append(OutboxPosition.Range(after: rows.int(0), through: rows.int(1))) }
    return OutboxPosition(acknowledged: acknowledged, ahead: ahead)
  }

  /// The number of the last batch; 0 when none is in the outbox.
  public func lastBatch() throws(CavernError) -> Int64 {
    let last = try database.prepare("SELECT coalesce(max(id), 0) FROM batch")
    return try last.step() ? last.int(0) : 0
  }

  /// What a destination gets next: the backlog and live samples take turns, a page each.
  ///
  /// More than a page of what is not sent yet makes a backlog. Live is then what was recorded since the attempt before, where
  /// that fits into one page, or else what comes from now on.
  ///
  /// - Parameters:
  ///   - destination: the destination.
  ///   - lines: lines of a page at the most.
  ///   - seen: the last batch at the attempt before; `nil` at the first one.
  ///   - prefersLive: whose turn it is when both wait.
  /// - Returns: `nil` when nothing waits.
  public func outboxTurn(
    for destination: String, lines: Int, seen: Int64? = nil, prefersLive: Bool = true
  ) throws(CavernError) -> OutboxTurn? {
    var position = try position(of: destination)
    var liveAfter: Int64?
    if try !isPage(after: position.live, lines: lines) {
      liveAfter = try lastBatch()
      if let seen, seen > position.live, try isPage(after: seen, lines: lines) { liveAfter = seen }
    }
    if let liveAfter { position.startLive(after: liveAfter) }
    let hasLive = try isWaiting(after: position.live)
    if let end = position.backlogEnd, !(hasLive && prefersLive) {
      return OutboxTurn(stream: .backlog, after: position.acknowledged, through: end, liveAfter: liveAfter)
    }
    guard hasLive else { return nil }
    return OutboxTurn(stream: .live, after: position.live, through: nil, liveAfter: liveAfter)
  }

  /// Whether something waits for a destination.
  public func isWaiting(for destination: String) throws(CavernError) -> Bool {
    let position = try position(of: destination)
    if position.backlogEnd != nil { return true }
    return try isWaiting(after: position.live)
  }

  private func isWaiting(after batch: Int64) throws(CavernError) -> Bool {
    let next = try database.prepare("SELECT 1 FROM batch WHERE id > ? LIMIT 1")
    try next.bind(1, batch)
    return try next.step()
  }

  /// Whether all batches after one fit into a page.
  private func isPage(after batch: Int64, lines: Int) throws(CavernError) -> Bool {
    let counts = try database.prepare(
      """
      SELECT count(*), coalesce(sum(samples), 0) FROM (SELECT samples FROM batch WHERE id > ?1 ORDER BY id LIMIT ?2)
      """)
    try counts.bind(1, batch)
    // A batch holds at least one sample, so that more batches than lines are more than a page.
    try counts.bind(2, Int64(lines) + 1)
    guard try counts.step() else { return true }
    return counts.int(0) <= 1 || (counts.int(0) <= lines && counts.int(1) <= lines)
  }

  /// Lines of the batches after one, oldest first; whole batches, at least one, up to a number of lines or bytes.
  ///
  /// - Parameters:
  ///   - batch: the batch before the first.
  ///   - end: the last batch that may be in it.
  ///   - lineLimit: lines at the most.
  ///   - byteLimit: bytes after which no further batch begins.
  /// - Returns: `nil` when there is no batch.
  public func outboxPage(
    after batch: Int64, through end: Int64? = nil, lines lineLimit: Int = 5000, bytes byteLimit: Int = 1 << 20
  ) throws(CavernError) -> OutboxPage? {
    let batches = try database.prepare(
      "SELECT id, source, samples FROM batch WHERE id > ? AND id <= ? ORDER BY id")
    try batches.bind(1, batch)
    try batches.bind(2, end ?? .max)
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
  ///
  /// - Parameters:
  ///   - destination: the destination.
  ///   - turn: what was sent.
  ///   - batch: the last batch that it has; its faulty lines are the dead letters.
  ///   - delivered: lines that it has.
  ///   - deadLetters: lines that it refused.
  public func acknowledge(
    _ destination: String, _ turn: OutboxTurn, through batch: Int64, delivered: Int, deadLetters: [DeadLetter] = []
  ) throws(CavernError) {
    try database.transaction { () throws(CavernError) in
      try keep(deadLetters, of: destination)
      var position = try position(of: destination)
      if let liveAfter = turn.liveAfter { position.startLive(after: liveAfter) }
      position.advance(turn.stream, through: batch)
      try keep(position, of: destination)
      let update = try database.prepare(
        """
        UPDATE destination SET lines = lines + ?, rejected = rejected + ?, state = 'delivering', message = NULL, changed = ?
        WHERE name = ?
        """)
      try update.bind(1, Int64(delivered))
      try update.bind(2, Int64(deadLetters.count))
      try update.bind(3, Self.now())
      try update.bind(4, destination)
      try update.run()
      // What everybody has is no outbox any more; the samples themselves stay.
      try database.execute(
        """
        DELETE FROM span WHERE batch <= (SELECT min(acknowledged) FROM destination);
        DELETE FROM batch WHERE id <= (SELECT min(acknowledged) FROM destination);
        """)
    }
  }

  private func keep(_ deadLetters: [DeadLetter], of destination: String) throws(CavernError) {
    let insert = try database.prepare("INSERT INTO deadletter(destination, time, reason, line) VALUES(?, ?, ?, ?)")
    for letter in deadLetters {
      try insert.bind(1, destination)
      try insert.bind(2, Self.now())
      try insert.bind(3, letter.reason)
      try insert.bind(4, Array(letter.line.utf8))
      try insert.run()
    }
  }

  private func keep(_ position: OutboxPosition, of destination: String) throws(CavernError) {
    let low = try database.prepare("UPDATE destination SET acknowledged = ? WHERE name = ?")
    try low.bind(1, position.acknowledged)
    try low.bind(2, destination)
    try low.run()
    let delete = try database.prepare("DELETE FROM ahead WHERE destination = ?")
    try delete.bind(1, destination)
    try delete.run()
    let insert = try database.prepare("INSERT INTO ahead(destination, after, through) VALUES(?, ?, ?)")
    for range in position.ahead {
      try insert.bind(1, destination)
      try insert.bind(2, range.after)
      try insert.bind(3, range.through)
      try insert.run()
    }
  }
}
