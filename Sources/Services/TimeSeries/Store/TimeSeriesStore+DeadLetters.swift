import Errors

/// A line that a destination refuses, and why.
public struct DeadLetter: Sendable, Equatable {
  /// Its number in the store; 0 before it is stored.
  public var id: Int64 = 0
  /// Who refused it.
  public var destination = ""
  /// When, nanoseconds since 1970-01-01 UTC.
  public var time: Int64 = 0
  /// What the server said.
  public var reason: String
  /// The line, without its line end.
  public var line: String
}

extension TimeSeriesStore {
  /// The dead letters, oldest first.
  public func deadLetters(of destination: String? = nil, limit: Int = 1000) throws(CavernError) -> [DeadLetter] {
    let rows = try database.prepare(
      """
      SELECT id, destination, time, reason, line FROM deadletter WHERE ?1 IS NULL OR destination = ?1 ORDER BY id LIMIT ?2
      """)
    if let destination { try rows.bind(1, destination) } else { try rows.bindNull(1) }
    try rows.bind(2, Int64(limit))
    var letters: [DeadLetter] = []
    while try rows.step() {
      letters.append(
        DeadLetter(
          id: rows.int(0), destination: rows.text(1) ?? "", time: rows.int(2), reason: rows.text(3) ?? "",
          line: String(decoding: rows.bytes(4), as: UTF8.self)))
    }
    return letters
  }

  /// Removes dead letters by number.
  ///
  /// - Returns: how many there were.
  @discardableResult
  public func removeDeadLetters(_ ids: [Int64]) throws(CavernError) -> Int {
    try database.transaction { () throws(CavernError) in
      let delete = try database.prepare("DELETE FROM deadletter WHERE id = ?")
      var count = 0
      for id in ids {
        try delete.bind(1, id)
        try delete.run()
        count += database.changes
      }
      return count
    }
  }
}
