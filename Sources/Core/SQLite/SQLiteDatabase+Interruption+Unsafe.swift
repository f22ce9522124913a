import CSQLite
import Errors

extension SQLiteDatabase {
  /// Runs `body` and stops its statements with `database.interrupted` once `when` says so; it is asked every few thousand
  /// steps of SQLite's machine.
  ///
  /// - Throws: what `body` throws.
  public func interruptible<Value>(
    when isStopped: () -> Bool, _ body: () throws(CavernError) -> Value
  ) throws(CavernError) -> Value {
    var result: Result<Value, CavernError>?
    // The pointer to the closure is used by SQLite only until the handler is taken away again, inside this scope.
    withoutActuallyEscaping(isStopped) { escapable in
      var box = escapable
      withUnsafeMutablePointer(to: &box) { pointer in
        sqlite3_progress_handler(
          handle, 4000,
          { context in
            guard let closure = context?.assumingMemoryBound(to: (() -> Bool).self) else { return 0 }
            return closure.pointee() ? 1 : 0
          }, pointer)
        result = Result { () throws(CavernError) in try body() }
        sqlite3_progress_handler(handle, 0, nil, nil)
      }
    }
    guard let result else { throw CavernError("database.interrupted", "not run", exit: .internal, file: path) }
    return try result.get()
  }
}

extension SQLiteStatement {
  /// Gives the bytes of a text to `body`, without a copy; none for NULL.
  public func withText<Value>(_ column: Int, _ body: (Span<UInt8>) -> Value) -> Value {
    guard !isNull(column), let bytes = textPointer(column) else { return body(Span<UInt8>()) }
    // Valid until the next step or reset, which `body` cannot cause since it has no access to the statement's progress.
    return body(bytes.span)
  }
}
