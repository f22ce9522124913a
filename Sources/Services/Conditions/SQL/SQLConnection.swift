import Errors

/// The SQL that differs between databases.
public enum SQLDialect: Sendable, Equatable {
  /// Times are text of 26 characters.
  case sqlite
  /// Times are TIMESTAMP.
  case postgreSQL
  /// Times are TIMESTAMP; one row an INSERT.
  case oracle
  /// Anything else that ODBC reaches; taken to know TIMESTAMP.
  case other(String)

  /// Most rows in one INSERT.
  var rowsPerInsert: Int { self == .oracle ? 1 : 64 }
}

/// One connection to a database, used by one thread at a time.
protocol SQLConnection: AnyObject, Sendable {
  /// What is at the other end.
  var dialect: SQLDialect { get }
  /// Whether it can be used again after a failure.
  var isUsable: Bool { get }
  /// Runs a query and takes all its rows.
  ///
  /// - Parameters:
  ///   - limit: how long the whole query may take.
  ///   - isCancelled: asked at least every tenth of a second; `true` stops the query.
  /// - Throws: `database.connectionLost`, `database.timeout`, `database.cancelled`, `database.statement`, `database.noTable`.
  func rows(
    _ query: SQLQuery, limit: Duration, isCancelled: @escaping @Sendable () -> Bool
  ) throws(CavernError) -> SQLRows
  /// Runs a statement that gives no rows.
  func execute(_ text: String, _ values: [SQLValue], limit: Duration) throws(CavernError)
}
