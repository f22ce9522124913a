import CODBC
import Errors
import SharedLibraries

/// A connection through the ODBC driver manager.
///
/// Calls that may block run on a thread of their own (`BlockingCall`); a connection whose call never came back is given up
/// with its handles. `@unchecked`: the pool hands a connection to one thread at a time; only `SQLCancel`, which ODBC allows
/// from other threads, is called beside it.
final class ODBCConnection: SQLConnection, @unchecked Sendable {
  let dialect: SQLDialect
  private(set) var isUsable = true
  private let handles: ODBCHandles
  private let name: String

  /// Connects.
  ///
  /// - Throws: `database.login`, `database.unreachable`, `database.timeout`; messages hold the name of the source, never the
  ///   password.
  init(_ source: DatabaseSource, text: String, limit: Duration, isCancelled: @escaping @Sendable () -> Bool)
    throws(CavernError)
  {
    try SharedLibrary.odbc.load()
    name = source.name
    let handles = try ODBCHandles(name: source.name, secrets: source.secrets)
    self.handles = handles
    let outcome = BlockingCall.run(limit: limit, isCancelled: isCancelled) {
      Result { () throws(CavernError) in try handles.connect(text, limit: limit) }
    }
    switch outcome {
    case .finished(let result): dialect = try result.get()
    case .stopped(let stop):
      throw stop == .cancelled ? .databaseCancelled(name) : .databaseTimeout(name, limit)
    case .abandoned(let stop):
      handles.abandon()
      throw stop == .cancelled ? .databaseCancelled(name) : .databaseTimeout(name, limit)
    }
  }

  func rows(
    _ query: SQLQuery, limit: Duration, isCancelled: @escaping @Sendable () -> Bool
  ) throws(CavernError) -> SQLRows {
    try call(limit: limit, isCancelled: isCancelled) { statement, dialect in
      Result { () throws(CavernError) in
        try statement.execute(query.text, query.values, dialect: dialect, limit: limit)
        return try statement.fetch(query.columns, dialect: dialect)
      }
    }
  }

  func execute(_ text: String, _ values: [SQLValue], limit: Duration) throws(CavernError) {
    try call(limit: limit, isCancelled: { false }) { statement, dialect in
      Result { () throws(CavernError) in try statement.execute(text, values, dialect: dialect, limit: limit) }
    }
  }

  private func call<Value: Sendable>(
    limit: Duration, isCancelled: @escaping @Sendable () -> Bool,
    _ body: @escaping @Sendable (ODBCStatement, SQLDialect) -> Result<Value, CavernError>
  ) throws(CavernError) -> Value {
    let statement = try ODBCStatement(handles)
    let dialect = self.dialect
    let outcome = BlockingCall.run(
      limit: limit, isCancelled: isCancelled, cancel: { statement.cancel() }, { body(statement, dialect) })
    switch outcome {
    case .finished(.success(let value)): return value
    case .finished(.failure(var error)):
      if error.code == "database.connectionLost" { isUsable = false }
      // A server that ran into its own limit says so; the limit is ours.
      if error.code == "database.timeout" { error = .databaseTimeout(name, limit) }
      throw error
    case .stopped(let stop):
      isUsable = false
      throw stop == .cancelled ? .databaseCancelled(name) : .databaseTimeout(name, limit)
    case .abandoned(let stop):
      isUsable = false
      statement.abandon()
      handles.abandon()
      throw stop == .cancelled ? .databaseCancelled(name) : .databaseTimeout(name, limit)
    }
  }
}

/// Environment and connection handle; each connection has an environment of its own, so that the driver manager's lock on the
/// environment does not make connections wait for one another.
///
/// `@unchecked`: see `ODBCConnection`.
final class ODBCHandles: @unchecked Sendable {
  let name: String
  private let secrets: [String]
  private var environment: SQLHENV?
  private(set) var connection: SQLHDBC?
  private var isAbandoned = false
  private var isConnected = false

  init(name: String, secrets: [String]) throws(CavernError) {
    (self.name, self.secrets) = (name, secrets)
    guard succeeded(SQLAllocHandle(SQLSMALLINT(SQL_HANDLE_ENV), nil, &environment)),
      // The version is passed in place of a pointer, as ODBC wants it.
      succeeded(
        SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, UnsafeMutableRawPointer(bitPattern: Int(SQL_OV_ODBC3)), 0)),
      succeeded(SQLAllocHandle(SQLSMALLINT(SQL_HANDLE_DBC), environment, &connection))
    else {
      throw CavernError("database.odbc", "the ODBC driver manager gives no handle", exit: .unavailable, file: name)
    }
  }

  deinit {
    guard !isAbandoned else { return }
    if isConnected { SQLDisconnect(connection) }
    if connection != nil { SQLFreeHandle(SQLSMALLINT(SQL_HANDLE_DBC), connection) }
    if environment != nil { SQLFreeHandle(SQLSMALLINT(SQL_HANDLE_ENV), environment) }
  }

  /// Leaves the handles to the thread that still uses them.
  func abandon() { isAbandoned = true }

  func connect(_ text: String, limit: Duration) throws(CavernError) -> SQLDialect {
    let seconds = max(1, Int((limit / .seconds(1)).rounded(.up)))
    SQLSetConnectAttr(connection, SQLINTEGER(SQL_LOGIN_TIMEOUT), UnsafeMutableRawPointer(bitPattern: seconds), 0)
    var bytes = Array(text.utf8) + [0]
    // The length is that of the text without its end; the driver reads no further.
    let code = SQLDriverConnect(
      connection, nil, &bytes, SQLSMALLINT(clamping: bytes.count - 1), nil, 0, nil, SQLUSMALLINT(SQL_DRIVER_NOPROMPT))
    guard succeeded(code) else { throw failure(SQLSMALLINT(SQL_HANDLE_DBC), connection, isLogin: true) }
    isConnected = true
    var product = [UInt8](repeating: 0, count: 128)
    var length: SQLSMALLINT = 0
    SQLGetInfo(connection, SQLUSMALLINT(SQL_DBMS_NAME), &product, SQLSMALLINT(product.count), &length)
    let shown = String(decoding: product.prefix(max(0, min(Int(length), product.count - 1))), as: UTF8.self)
    let lower = shown.lowercased()
    return lower.contains("sqlite")
      ? .sqlite : lower.contains("postgres") ? .postgreSQL : lower.contains("oracle") ? .oracle : .other(shown)
  }

  /// What the driver says about the last failure of a handle.
  func failure(_ kind: SQLSMALLINT, _ handle: SQLHANDLE?, isLogin: Bool = false) -> CavernError {
    var state = [UInt8](repeating: 0, count: 6)
    var message = [UInt8](repeating: 0, count: 1024)
    var native: SQLINTEGER = 0
    var length: SQLSMALLINT = 0
    var text = "no reason given"
    var code = ""
    if succeeded(SQLGetDiagRec(kind, handle, 1, &state, &native, &message, SQLSMALLINT(message.count), &length)) {
      text = String(decoding: message.prefix(max(0, min(Int(length), message.count - 1))), as: UTF8.self)
      code = String(decoding: state.prefix(5), as: UTF8.self)
    }
    for secret in secrets { text = text.replacing(secret, with: "…") }
    text = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return ODBCFault(state: code, message: text, isDead: isDead, isLogin: isLogin).error(source: name)
  }

  private var isDead: Bool {
    var answer: SQLINTEGER = 0
    var length: SQLINTEGER = 0
    guard isConnected,
      succeeded(SQLGetConnectAttr(connection, SQLINTEGER(SQL_ATTR_CONNECTION_DEAD), &answer, 4, &length))
    else { return false }
    return answer == 1
  }
}

/// Whether an ODBC call succeeded, with or without remarks.
func succeeded(_ code: SQLRETURN) -> Bool { code & ~1 == 0 }
