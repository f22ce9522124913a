import CSQLite
import Errors

/// A compiled statement: bind values, step over rows, reset, again.
public final class SQLiteStatement {
  /// The connection it runs on.
  public let database: SQLiteDatabase
  private let handle: OpaquePointer
  /// How many values a row has.
  public let columnCount: Int

  init(_ handle: OpaquePointer, of database: SQLiteDatabase) {
    self.handle = handle
    self.database = database
    columnCount = Int(sqlite3_column_count(handle))
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: Values

  /// Binds a whole number; parameters count from 1.
  public func bind(_ index: Int, _ value: Int64) throws(CavernError) {
    try database.check(sqlite3_bind_int64(handle, Int32(index), value))
  }

  /// Binds a number.
  ///
  /// SQLite stores NaN as NULL.
  public func bind(_ index: Int, _ value: Double) throws(CavernError) {
    try database.check(sqlite3_bind_double(handle, Int32(index), value))
  }

  /// Binds a text.
  public func bind(_ index: Int, _ value: String) throws(CavernError) {
    // An empty Swift string may have no base address, which SQLite would take for NULL.
    guard !value.isEmpty else {
      return try database.check(sqlite3_bind_text(handle, Int32(index), "", 0, Self.transient))
    }
    var text = value
    // SQLITE_TRANSIENT: SQLite copies the bytes before the call returns, so that the buffer may end with the closure.
    let code = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        sqlite3_bind_text64(
          handle, Int32(index), $0.baseAddress, UInt64($0.count), Self.transient, UInt8(SQLITE_UTF8))
      }
    }
    try database.check(code)
  }

  /// Binds bytes.
  public func bind(_ index: Int, _ value: [UInt8]) throws(CavernError) {
    guard !value.isEmpty else { return try database.check(sqlite3_bind_zeroblob(handle, Int32(index), 0)) }
    try database.check(
      value.withUnsafeBytes {
        sqlite3_bind_blob64(handle, Int32(index), $0.baseAddress, UInt64($0.count), Self.transient)
      })
  }

  /// Binds NULL.
  public func bindNull(_ index: Int) throws(CavernError) {
    try database.check(sqlite3_bind_null(handle, Int32(index)))
  }

  // MARK: Rows

  /// Goes to the next row; `false` at the end.
  public func step() throws(CavernError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    try database.check(code)
    return false
  }

  /// Runs a statement that yields no rows, and makes it ready for the next values.
  public func run() throws(CavernError) {
    defer { reset() }
    while try step() {}
  }

  /// Makes the statement ready to run again; values stay bound.
  public func reset() { sqlite3_reset(handle) }

  /// The name of a column, from 0.
  public func name(_ column: Int) -> String {
    inRange(column) ? sqlite3_column_name(handle, Int32(column)).map { String(cString: $0) } ?? "" : ""
  }

  /// Whether a value is NULL.
  public func isNull(_ column: Int) -> Bool {
    !inRange(column) || sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
  }

  /// A whole number; 0 where the value is none.
  public func int(_ column: Int) -> Int64 { inRange(column) ? sqlite3_column_int64(handle, Int32(column)) : 0 }

  /// A number; NaN for NULL.
  public func double(_ column: Int) -> Double {
    isNull(column) ? .nan : sqlite3_column_double(handle, Int32(column))
  }

  /// A text, or `nil` for NULL.
  ///
  /// Bytes that are not UTF-8 are replaced.
  public func text(_ column: Int) -> String? {
    guard !isNull(column), let bytes = sqlite3_column_text(handle, Int32(column)) else { return nil }
    // The pointer is valid for sqlite3_column_bytes bytes until the next step or reset.
    let count = Int(sqlite3_column_bytes(handle, Int32(column)))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  /// Bytes; empty for NULL.
  public func bytes(_ column: Int) -> [UInt8] {
    guard !isNull(column), let start = sqlite3_column_blob(handle, Int32(column)) else { return [] }
    // As for text: valid for sqlite3_column_bytes bytes.
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column)))))
  }

  /// The bytes of a text, valid until the next step or reset.
  func textPointer(_ column: Int) -> UnsafeBufferPointer<UInt8>? {
    guard inRange(column), let bytes = sqlite3_column_text(handle, Int32(column)) else { return nil }
    return UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, Int32(column))))
  }

  private func inRange(_ column: Int) -> Bool { column >= 0 && column < columnCount }

  /// SQLITE_TRANSIENT, which C writes as a cast of -1.
  private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
