import Errors
import Foundation
import Synchronization

/// A conditions database behind a small pool of connections: bound values only, a time limit for every query, and queries
/// that lost their connection asked again.
///
///     let database = try ConditionsDatabase(DatabaseSource("DSN=conditions"))
///     let rows = try database.rows(SQLQuery("SELECT id, dpname FROM dp_name2id", columns: [.integer, .name]))
public final class ConditionsDatabase: Sendable {
  /// Limits and patience.
  public struct Options: Sendable {
    /// Most connections at a time.
    public var connections = 2
    /// How often a query is asked again after its connection was lost.
    public var retries = 3
    /// Pause before the first new attempt; each further one is twice as long.
    public var pause = Duration.milliseconds(200)
    /// How long a query may take.
    public var queryLimit = Duration.seconds(120)
    /// How long connecting, and waiting for a free connection, may take.
    public var loginLimit = Duration.seconds(20)
    /// Whether the database is written to; a missing SQLite file is then made.
    public var isWritable = false
    /// Asked between and during queries; `true` stops them with `database.cancelled`.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// The usual limits.
    public init() {}
  }

  /// Where the data are.
  public let source: DatabaseSource
  /// What is at the other end.
  public let dialect: SQLDialect
  /// Limits and patience.
  public let options: Options
  private let counter = Atomic(0)
  private let lost = Atomic(0)
  private let pool: Mutex<Pool>

  private struct Pool {
    var idle: [any SQLConnection] = []
    var open = 0
  }

  /// Opens a database; one connection is made to see that it is there.
  ///
  /// - Throws: `database.cannotOpen`, `database.notADatabase`, `database.login`, `database.unreachable`, `database.noDriver`,
  ///   `database.timeout`.
  public init(_ source: DatabaseSource, options: Options = Options()) throws(CavernError) {
    (self.source, self.options) = (source, options)
    if case .file(let path) = source, !options.isWritable { try Self.checkFile(path) }
    let first = try Self.connect(source, options)
    dialect = first.dialect
    pool = Mutex(Pool(idle: [first], open: 1))
  }

  /// Most rows that one INSERT may hold.
  public var rowsPerInsert: Int { dialect.rowsPerInsert }
  /// How many queries were sent.
  public var queryCount: Int { counter.load(ordering: .relaxed) }
  /// How many queries had to be sent again because their connection was lost.
  public var lostConnections: Int { lost.load(ordering: .relaxed) }

  /// Runs a query and takes all its rows.
  ///
  /// - Throws: `database.connectionLost` after the last attempt, `database.timeout`, `database.cancelled`,
  ///   `database.noTable`, `database.statement`, `database.badTime`.
  public func rows(_ query: SQLQuery) throws(CavernError) -> SQLRows {
    var attempt = 0
    while true {
      do throws(CavernError) {
        return try withConnection { (connection) throws(CavernError) in
          counter.add(1, ordering: .relaxed)
          return try connection.rows(query, limit: options.queryLimit, isCancelled: options.isCancelled)
        }
      } catch {
        let isLost = ["database.connectionLost", "database.unreachable"].contains(error.code)
        guard isLost, attempt < options.retries, !options.isCancelled() else {
          guard isLost, attempt > 0 else { throw error }
          var told = error
          told.message += " (after \(attempt + 1) attempts)"
          throw told
        }
        lost.add(1, ordering: .relaxed)
        try rest(options.pause * (1 << attempt))
        attempt += 1
      }
    }
  }

  /// Runs a statement that gives no rows; it is not repeated when the connection is lost.
  public func execute(_ text: String, _ values: [SQLValue] = []) throws(CavernError) {
    try withConnection { (connection) throws(CavernError) in
      try connection.execute(text, values, limit: options.queryLimit)
    }
  }

  /// Runs statements on one connection between BEGIN and COMMIT; after a failure none of them has an effect.
  public func transaction(
    _ body: (_ execute: (String, [SQLValue]) throws(CavernError) -> Void) throws(CavernError) -> Void
  )
    throws(CavernError)
  {
    try withConnection { (connection) throws(CavernError) in
      let limit = options.queryLimit
      try connection.execute("BEGIN", [], limit: limit)
      do throws(CavernError) {
        try body { (text, values) throws(CavernError) in try connection.execute(text, values, limit: limit) }
        try connection.execute("COMMIT", [], limit: limit)
      } catch {
        // What matters is the first failure.
        try? connection.execute("ROLLBACK", [], limit: limit)
        throw error
      }
    }
  }

  // MARK: Pool

  private func withConnection<Value>(_ body: (any SQLConnection) throws(CavernError) -> Value) throws(CavernError)
    -> Value
  {
    let connection = try take()
    defer { give(connection) }
    return try body(connection)
  }

  private func take() throws(CavernError) -> any SQLConnection {
    let deadline = ContinuousClock.now + options.loginLimit
    while true {
      enum Choice { case use(any SQLConnection), make, wait }
      let choice: Choice = pool.withLock { pool in
        if let idle = pool.idle.popLast() { return .use(idle) }
        guard pool.open < max(1, options.connections) else { return .wait }
        pool.open += 1
        return .make
      }
      switch choice {
      case .use(let connection): return connection
      case .make:
        do throws(CavernError) {
          return try Self.connect(source, options)
        } catch {
          pool.withLock { $0.open -= 1 }
          throw error
        }
      case .wait:
        if options.isCancelled() { throw .databaseCancelled(source.name) }
        guard ContinuousClock.now < deadline else {
          throw CavernError(
            "database.busy", "no connection became free within \(options.loginLimit)", exit: .tryAgain,
            file: source.name)
        }
        try rest(.milliseconds(2))
      }
    }
  }

  private func give(_ connection: any SQLConnection) {
    pool.withLock { pool in
      if connection.isUsable { pool.idle.append(connection) } else { pool.open -= 1 }
    }
  }

  private static func connect(_ source: DatabaseSource, _ options: Options) throws(CavernError) -> any SQLConnection {
    switch source {
    case .file(let path): return try SQLiteConnection(path, isWritable: options.isWritable)
    case .odbc(let text):
      return try ODBCConnection(source, text: text, limit: options.loginLimit, isCancelled: options.isCancelled)
    }
  }

  /// Waits in short steps, so that a wish to stop is heard.
  private func rest(_ time: Duration) throws(CavernError) {
    let end = ContinuousClock.now + time
    while ContinuousClock.now < end {
      if options.isCancelled() { throw .databaseCancelled(source.name) }
      Thread.sleep(forTimeInterval: min(0.05, max(0.0005, (end - .now) / .seconds(1))))
    }
  }

  private static func checkFile(_ path: String) throws(CavernError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CavernError(
        "database.missing", "there is no such file", exit: .noInput, file: path,
        hint: "--db takes the path of an SQLite file or an ODBC connection string like 'DSN=name'")
    }
    guard !isFolder.boolValue else {
      throw CavernError("database.folder", "this is a folder, not an SQLite file", exit: .badData, file: path)
    }
    guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size > 0 else {
      throw CavernError("database.empty", "the file is empty (0 bytes)", exit: .badData, file: path)
    }
  }
}
