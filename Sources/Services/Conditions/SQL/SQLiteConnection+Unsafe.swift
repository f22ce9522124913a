import Errors
import SQLite

/// A connection to an SQLite file through the library itself.
///
/// `@unchecked`: the pool hands a connection to one thread at a time, and the library is opened without its own locks for
/// just that use.
final class SQLiteConnection: SQLConnection, @unchecked Sendable {
  let dialect = SQLDialect.sqlite
  private(set) var isUsable = true
  private let database: SQLiteDatabase

  init(_ path: String, isWritable: Bool) throws(CavernError) {
    database = try SQLiteDatabase(path, mode: isWritable ? .create : .readOnly)
    // A file that is no database is only noticed when it is read.
    let statement = try database.prepare("SELECT COUNT(*) FROM sqlite_master")
    _ = try statement.step()
  }

  func rows(
    _ query: SQLQuery, limit: Duration, isCancelled: @escaping @Sendable () -> Bool
  ) throws(CavernError) -> SQLRows {
    let deadline = ContinuousClock.now + limit
    do throws(CavernError) {
      return try database.interruptible(when: { isCancelled() || ContinuousClock.now > deadline }) {
        () throws(CavernError) in
        let statement = try prepare(query.text, query.values)
        var rows = SQLRows(query.columns)
        while try statement.step() { try Self.append(statement, query.columns, to: &rows, path: database.path) }
        return rows
      }
    } catch {
      throw Self.named(error, database.path, limit: limit, isCancelled: isCancelled())
    }
  }

  func execute(_ text: String, _ values: [SQLValue], limit: Duration) throws(CavernError) {
    do throws(CavernError) {
      if values.isEmpty { return try database.execute(text) }
      try prepare(text, values).run()
    } catch {
      throw Self.named(error, database.path, limit: limit, isCancelled: false)
    }
  }

  private func prepare(_ text: String, _ values: [SQLValue]) throws(CavernError) -> SQLiteStatement {
    let statement = try database.prepare(text)
    for (index, value) in values.enumerated() {
      switch value {
      case .null: try statement.bindNull(index + 1)
      case .integer(let value): try statement.bind(index + 1, value)
      case .number(let value): try statement.bind(index + 1, value)
      case .text(let value): try statement.bind(index + 1, value)
      case .time(let value): try statement.bind(index + 1, value.text)
      }
    }
    return statement
  }

  private static func append(
    _ statement: SQLiteStatement, _ kinds: [SQLColumnKind], to rows: inout SQLRows, path: String
  ) throws(CavernError) {
    for index in kinds.indices {
      switch kinds[index] {
      case .integer: rows.append(integer: statement.isNull(index) ? nil : statement.int(index), to: index)
      case .number: rows.append(number: statement.double(index), to: index)
      case .text: rows.append(text: statement.text(index), to: index)
      case .time:
        guard !statement.isNull(index) else {
          rows.append(time: nil, to: index)
          continue
        }
        guard let time = statement.withText(index, { ConditionsTime(utf8: $0) }) else {
          throw CavernError(
            "database.badTime", "'\(statement.text(index) ?? "")' in column \(statement.name(index)) is no time",
            exit: .badData, file: path, expected: "YYYY-MM-DD HH:MM:SS.ffffff in UTC")
        }
        rows.append(time: time, to: index)
      }
    }
    rows.count += 1
  }

  private static func named(
    _ error: CavernError, _ path: String, limit: Duration, isCancelled: Bool
  ) -> CavernError {
    switch error.code {
    case "database.interrupted":
      return isCancelled ? .databaseCancelled(path) : .databaseTimeout(path, limit)
    case "database.statement":
      var copy = error
      let isTable = error.message.contains("no such table")
      copy.code = isTable ? "database.noTable" : "database.statement"
      copy.exit = .badData
      if isTable { copy.hint = "'cavern pixel db check' lists what a copy of the conditions must hold" }
      return copy
    default: return error
    }
  }
}

extension SQLRows {
  mutating func append(integer: Int64?, to column: Int) {
    guard case .integers(var values) = columns[column] else { return }
    columns[column] = .integers([])
    values.append(integer)
    columns[column] = .integers(values)
  }

  mutating func append(number: Double, to column: Int) {
    guard case .numbers(var values) = columns[column] else { return }
    columns[column] = .numbers([])
    values.append(number)
    columns[column] = .numbers(values)
  }

  mutating func append(text: String?, to column: Int) {
    guard case .texts(var values) = columns[column] else { return }
    columns[column] = .texts([])
    values.append(text)
    columns[column] = .texts(values)
  }

  mutating func append(time: ConditionsTime?, to column: Int) {
    guard case .times(var values) = columns[column] else { return }
    columns[column] = .times([])
    values.append(time)
    columns[column] = .times(values)
  }
}

extension CavernError {
  static func databaseCancelled(_ name: String) -> CavernError {
    CavernError(
      "database.cancelled", "the query was stopped", exit: .interrupted, file: name,
      hint: "files that are whole stay; run again with --resume to go on")
  }

  static func databaseTimeout(_ name: String, _ limit: Duration) -> CavernError {
    CavernError(
      "database.timeout", "no answer within \(limit)", exit: .unavailable, file: name,
      hint: "ask for a shorter period, or allow more time with --query-limit")
  }
}
