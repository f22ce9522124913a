import CODBC
import Errors

/// One statement: bound values, execution, rows fetched in blocks.
///
/// `@unchecked`: used by the thread that runs it; `cancel` alone is called from others, as ODBC allows.
final class ODBCStatement: @unchecked Sendable {
  private let handles: ODBCHandles
  private var handle: SQLHSTMT?
  private var isAbandoned = false
  private var buffers: [UnsafeMutableRawPointer] = []
  /// Rows fetched at a time.
  private static let blockRows = 512

  init(_ handles: ODBCHandles) throws(CavernError) {
    self.handles = handles
    guard succeeded(SQLAllocHandle(SQLSMALLINT(SQL_HANDLE_STMT), handles.connection, &handle)) else {
      throw handles.failure(SQLSMALLINT(SQL_HANDLE_DBC), handles.connection)
    }
  }

  deinit {
    guard !isAbandoned else { return }
    // The handle goes first: it may still point to the buffers.
    SQLFreeHandle(SQLSMALLINT(SQL_HANDLE_STMT), handle)
    for buffer in buffers { buffer.deallocate() }
  }

  /// Leaves handle and buffers to the thread that still uses them.
  func abandon() { isAbandoned = true }

  /// Asks the driver to give up; may be called from any thread.
  func cancel() { SQLCancel(handle) }

  private func buffer(_ bytes: Int) -> UnsafeMutableRawPointer {
    let made = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 16), alignment: 16)
    made.initializeMemory(as: UInt8.self, repeating: 0, count: max(bytes, 16))
    buffers.append(made)
    return made
  }

  private func check(_ code: SQLRETURN) throws(CavernError) {
    guard succeeded(code) || code == SQL_NO_DATA else { throw handles.failure(SQLSMALLINT(SQL_HANDLE_STMT), handle) }
  }

  // MARK: Execution

  func execute(_ text: String, _ values: [SQLValue], dialect: SQLDialect, limit: Duration) throws(CavernError) {
    // Drivers that know no limit refuse the attribute; the caller keeps watch in any case.
    let seconds = max(1, Int((limit / .seconds(1)).rounded(.up)))
    SQLSetStmtAttr(handle, SQLINTEGER(SQL_QUERY_TIMEOUT), UnsafeMutableRawPointer(bitPattern: seconds), 0)
    for (index, value) in values.enumerated() { try bind(SQLUSMALLINT(index + 1), value, dialect) }
    var bytes = Array(text.utf8) + [0]
    try check(SQLExecDirect(handle, &bytes, SQLINTEGER(bytes.count - 1)))
  }

  private func bind(_ index: SQLUSMALLINT, _ value: SQLValue, _ dialect: SQLDialect) throws(CavernError) {
    // Indicator and value live in buffers of this statement until it ends, longer than the driver needs them.
    let indicator = buffer(MemoryLayout<SQLLEN>.size).bindMemory(to: SQLLEN.self, capacity: 1)
    func bind(_ cType: Int32, _ sqlType: Int32, size: Int, digits: Int, _ place: UnsafeMutableRawPointer?, _ bytes: Int)
      throws(CavernError)
    {
      try check(
        SQLBindParameter(
          handle, index, SQLSMALLINT(SQL_PARAM_INPUT), SQLSMALLINT(cType), SQLSMALLINT(sqlType), SQLULEN(size),
          SQLSMALLINT(digits), place, SQLLEN(bytes), indicator))
    }
    func text(_ value: String) throws(CavernError) {
      let bytes = Array(value.utf8)
      let place = buffer(bytes.count + 1)
      place.copyMemory(from: bytes, byteCount: bytes.count)
      indicator.pointee = SQLLEN(bytes.count)
      try bind(SQL_CHAR, SQL_VARCHAR, size: max(bytes.count, 1), digits: 0, place, bytes.count + 1)
    }
    switch value {
    case .null:
      indicator.pointee = SQLLEN(SQL_NULL_DATA)
      try bind(SQL_CHAR, SQL_VARCHAR, size: 1, digits: 0, nil, 0)
    case .integer(let value):
      guard let short = Int32(exactly: value) else { return try self.bind(index, .number(Double(value)), dialect) }
      let place = buffer(4)
      place.storeBytes(of: short, as: Int32.self)
      // SQL_C_SLONG: Oracle's driver takes no 64-bit integers.
      try bind(SQL_INTEGER - 20, SQL_INTEGER, size: 0, digits: 0, place, 4)
    case .number(let value):
      let place = buffer(8)
      place.storeBytes(of: value, as: Double.self)
      if value.isNaN { indicator.pointee = SQLLEN(SQL_NULL_DATA) }
      try bind(SQL_DOUBLE, SQL_DOUBLE, size: 15, digits: 0, place, 8)
    case .text(let value): try text(value)
    case .time(let value):
      guard dialect != .sqlite else { return try text(value.text) }
      let place = buffer(MemoryLayout<SQL_TIMESTAMP_STRUCT>.size)
      place.storeBytes(of: value.timestamp, as: SQL_TIMESTAMP_STRUCT.self)
      indicator.pointee = SQLLEN(MemoryLayout<SQL_TIMESTAMP_STRUCT>.size)
      try bind(
        SQL_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, size: 26, digits: 6, place, MemoryLayout<SQL_TIMESTAMP_STRUCT>.size)
    }
  }

  // MARK: Rows

  /// A bound column: `width` bytes for each row of a block, and the lengths.
  private struct BoundColumn {
    var kind: SQLColumnKind
    var width: Int
    var values: UnsafeMutableRawPointer
    var lengths: UnsafeMutablePointer<SQLLEN>
  }

  func fetch(_ kinds: [SQLColumnKind], dialect: SQLDialect) throws(CavernError) -> SQLRows {
    let block = Self.blockRows
    SQLSetStmtAttr(handle, SQLINTEGER(SQL_ATTR_ROW_ARRAY_SIZE), UnsafeMutableRawPointer(bitPattern: block), 0)
    let fetched = buffer(MemoryLayout<SQLULEN>.size).bindMemory(to: SQLULEN.self, capacity: 1)
    SQLSetStmtAttr(handle, SQLINTEGER(SQL_ATTR_ROWS_FETCHED_PTR), fetched, 0)
    var bound: [BoundColumn] = []
    for (index, kind) in kinds.enumerated() {
      let (cType, width): (Int32, Int) =
        switch kind {
        // Whole numbers travel as doubles, which every driver knows and which hold 53 bits.
        case .integer, .number: (SQL_DOUBLE, 8)
        case .text(let most): (SQL_CHAR, most + 1)
        case .time: dialect == .sqlite ? (SQL_CHAR, 64) : (SQL_TYPE_TIMESTAMP, MemoryLayout<SQL_TIMESTAMP_STRUCT>.size)
        }
      let column = BoundColumn(
        kind: kind, width: width, values: buffer(width * block),
        lengths: buffer(MemoryLayout<SQLLEN>.size * block).bindMemory(to: SQLLEN.self, capacity: block))
      try check(
        SQLBindCol(handle, SQLUSMALLINT(index + 1), SQLSMALLINT(cType), column.values, SQLLEN(width), column.lengths))
      bound.append(column)
    }
    var rows = SQLRows(kinds)
    while true {
      let code = SQLFetch(handle)
      if code == SQL_NO_DATA { return rows }
      try check(code)
      // A driver never reports more rows than the block it was given has room for.
      let count = min(Int(fetched.pointee), block)
      for row in 0..<count {
        for (index, column) in bound.enumerated() { try take(column, row, index, &rows, dialect) }
        rows.count += 1
      }
      if count == 0 { return rows }
    }
  }

  private func take(
    _ column: BoundColumn, _ row: Int, _ index: Int, _ rows: inout SQLRows, _ dialect: SQLDialect
  ) throws(CavernError) {
    // `row` is below the number of rows of the block, each of which has `width` bytes.
    let place = column.values + row * column.width
    let length = Int(column.lengths[row])
    let isNull = length == Int(SQL_NULL_DATA)
    switch column.kind {
    case .integer:
      rows.append(integer: isNull ? nil : Int64(exactly: place.loadUnaligned(as: Double.self).rounded()), to: index)
    case .number: rows.append(number: isNull ? .nan : place.loadUnaligned(as: Double.self), to: index)
    case .text:
      rows.append(text: isNull ? nil : try text(place, length, column.width), to: index)
    case .time:
      guard !isNull else { return rows.append(time: nil, to: index) }
      guard let time = try time(place, length, column.width, dialect) else {
        throw CavernError(
          "database.badTime", "a value in column \(index + 1) is no time", exit: .badData, file: handles.name,
          expected: "YYYY-MM-DD HH:MM:SS.ffffff in UTC")
      }
      rows.append(time: time, to: index)
    }
  }

  /// A text of a row; `length` is what the driver says it is, which exceeds the room when the text was cut.
  private func text(_ place: UnsafeMutableRawPointer, _ length: Int, _ width: Int) throws(CavernError) -> String {
    guard length >= 0, length < width else {
      throw CavernError(
        "database.longText", "a text is longer than the \(width - 1) bytes allowed for it", exit: .badData,
        file: handles.name)
    }
    return String(decoding: UnsafeRawBufferPointer(start: place, count: length), as: UTF8.self)
  }

  private func time(
    _ place: UnsafeMutableRawPointer, _ length: Int, _ width: Int, _ dialect: SQLDialect
  ) throws(CavernError) -> ConditionsTime? {
    guard dialect == .sqlite else { return place.loadUnaligned(as: SQL_TIMESTAMP_STRUCT.self).time }
    return ConditionsTime(try text(place, length, width))
  }
}

extension ConditionsTime {
  /// The time in ODBC's form; the fraction is in nanoseconds.
  var timestamp: SQL_TIMESTAMP_STRUCT {
    let day = Self.civil(dayNumber)
    let inDay = microseconds - Int64(dayNumber) * 86_400_000_000
    return SQL_TIMESTAMP_STRUCT(
      year: SQLSMALLINT(day.year), month: SQLUSMALLINT(day.month), day: SQLUSMALLINT(day.day),
      hour: SQLUSMALLINT(inDay / 3_600_000_000), minute: SQLUSMALLINT(inDay / 60_000_000 % 60),
      second: SQLUSMALLINT(inDay / 1_000_000 % 60), fraction: SQLUINTEGER(inDay % 1_000_000 * 1000))
  }
}

extension SQL_TIMESTAMP_STRUCT {
  /// The time; `nil` when it does not exist.
  var time: ConditionsTime? {
    ConditionsTime(
      year: Int(year), month: Int(month), day: Int(day), hour: Int(hour), minute: Int(minute), second: Int(second),
      microsecond: Int(fraction / 1000))
  }
}
