import CSQLite
import Errors

/// A connection to an SQLite file.
///
/// A connection belongs to one owner at a time (an actor or a function); it is not safe to use from several threads at once.
/// Statements keep their connection alive.
public final class SQLiteDatabase {
  /// How a file is opened.
  public enum Mode: Sendable {
    /// Reading only; the file must exist.
    case readOnly
    /// Reading and writing; the file must exist.
    case readWrite
    /// Reading and writing; a missing file is made.
    case create
  }

  /// The path as it was given.
  public let path: String
  let handle: OpaquePointer

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: the file; `:memory:` is a database that lives as long as the connection.
  ///   - mode: what may be done with it.
  ///   - busyTimeout: how long to wait for other writers before `database.busy`.
  /// - Throws: `database.cannotOpen` (exit 66), `database.notADatabase` (65).
  public init(_ path: String, mode: Mode = .readOnly, busyTimeout: Duration = .seconds(5)) throws(CavernError) {
    self.path = path
    let access =
      switch mode {
      case .readOnly: SQLITE_OPEN_READONLY
      case .readWrite: SQLITE_OPEN_READWRITE
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK, let opened else {
      let failure = Self.failure(code, opened, path)
      sqlite3_close_v2(opened)
      throw failure
    }
    handle = opened
    let milliseconds = busyTimeout / .milliseconds(1)
    sqlite3_busy_timeout(opened, Int32(clamping: Int(max(0, min(milliseconds, 1e9)))))
  }

  // Statements that still live keep the handle until they end ("zombie" connections of sqlite3_close_v2).
  deinit { sqlite3_close_v2(handle) }

  /// Runs one or several statements without values and without rows.
  ///
  /// - Throws: a `database.*` error naming the file.
  public func execute(_ sql: String) throws(CavernError) {
    try check(sqlite3_exec(handle, sql, nil, nil, nil))
  }

  /// Compiles a statement for repeated use.
  ///
  /// - Parameter sql: one statement; values are `?` or `:name`, never put into the text.
  /// - Throws: a `database.*` error naming the file.
  public func prepare(_ sql: String) throws(CavernError) -> SQLiteStatement {
    var made: OpaquePointer?
    try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil))
    guard let made else {
      throw CavernError("database.emptyStatement", "there is no SQL statement in the text", exit: .internal, file: path)
    }
    return SQLiteStatement(made, of: self)
  }

  /// Runs `body` between BEGIN IMMEDIATE and COMMIT; rolls back when it throws.
  ///
  /// - Throws: what `body` throws, or the failure of the commit, after which nothing of `body` is in the file.
  public func transaction<Value>(_ body: () throws(CavernError) -> Value) throws(CavernError) -> Value {
    try execute("BEGIN IMMEDIATE")
    do throws(CavernError) {
      let value = try body()
      try execute("COMMIT")
      return value
    } catch {
      // Some failures (disk full, input/output) have rolled back already; the second one is of no interest.
      if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
      throw error
    }
  }

  /// The rowid of the last insertion by this connection.
  public var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }

  /// How many rows the last statement changed.
  public var changes: Int { Int(sqlite3_changes64(handle)) }

  /// Throws when a result code is a failure.
  func check(_ code: Int32) throws(CavernError) {
    guard code != SQLITE_OK, code != SQLITE_ROW, code != SQLITE_DONE else { return }
    throw Self.failure(code, handle, path)
  }

  private static func failure(_ code: Int32, _ handle: OpaquePointer?, _ path: String) -> CavernError {
    let said = handle.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
    let message = said.map { String(cString: $0) } ?? "error \(code)"
    let (name, exit): (String, ExitStatus) =
      switch code & 0xFF {
      case SQLITE_BUSY, SQLITE_LOCKED: ("busy", .tryAgain)
      case SQLITE_CANTOPEN: ("cannotOpen", .noInput)
      case SQLITE_NOTADB: ("notADatabase", .badData)
      case SQLITE_CORRUPT: ("corrupt", .badData)
      case SQLITE_FULL: ("full", .inputOutput)
      case SQLITE_IOERR: ("inputOutput", .inputOutput)
      case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: ("readOnly", .cannotCreate)
      case SQLITE_CONSTRAINT: ("constraint", .badData)
      case SQLITE_INTERRUPT: ("interrupted", .interrupted)
      default: ("statement", .internal)
      }
    return CavernError("database.\(name)", "SQLite: \(message)", exit: exit, file: path)
  }
}
