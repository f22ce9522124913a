import CSQLite
import Errors

extension SQLiteStatement {
  /// Binds two whole numbers, a double and a whole number, runs the statement and makes it ready for the next values.
  ///
  /// One call a row: binding each value with its own check costs as much as the insertion itself.
  public func run(_ first: Int64, _ second: Int64, _ third: Double, _ fourth: Int64) throws(CavernError) {
    // The handle lives as long as the statement; wrong indices come back as result codes.
    var code = sqlite3_bind_int64(handle, 1, first)
    if code == SQLITE_OK { code = sqlite3_bind_int64(handle, 2, second) }
    if code == SQLITE_OK { code = sqlite3_bind_double(handle, 3, third) }
    if code == SQLITE_OK { code = sqlite3_bind_int64(handle, 4, fourth) }
    try finish(code)
  }

  /// Binds four whole numbers, runs the statement and makes it ready for the next values.
  public func run(_ first: Int64, _ second: Int64, whole third: Int64, _ fourth: Int64) throws(CavernError) {
    var code = sqlite3_bind_int64(handle, 1, first)
    if code == SQLITE_OK { code = sqlite3_bind_int64(handle, 2, second) }
    if code == SQLITE_OK { code = sqlite3_bind_int64(handle, 3, third) }
    if code == SQLITE_OK { code = sqlite3_bind_int64(handle, 4, fourth) }
    try finish(code)
  }

  private func finish(_ bound: Int32) throws(CavernError) {
    var code = bound
    if code == SQLITE_OK { code = sqlite3_step(handle) }
    guard code == SQLITE_DONE else {
      // The message of the failure must be read before the reset makes it old.
      defer { sqlite3_reset(handle) }
      return try database.check(code)
    }
    sqlite3_reset(handle)
  }
}
