/// A value bound to a `?` of a query; values never become part of the text.
public enum SQLValue: Sendable, Equatable {
  /// NULL.
  case null
  /// A whole number.
  case integer(Int64)
  /// A number.
  case number(Double)
  /// A text.
  case text(String)
  /// A point in time: text of 26 characters in SQLite, TIMESTAMP elsewhere.
  case time(ConditionsTime)
}

/// What a column of a result holds.
public enum SQLColumnKind: Sendable, Equatable {
  /// Whole numbers.
  case integer
  /// Numbers; NULL is NaN.
  case number
  /// Texts of at most so many bytes.
  case text(maximumBytes: Int)
  /// Points in time.
  case time

  /// Texts of names, at most 512 bytes long.
  public static let name = SQLColumnKind.text(maximumBytes: 512)
}

/// One query: text with `?` for its values, the values, and what its columns hold.
public struct SQLQuery: Sendable, Equatable {
  /// The text in portable SQL.
  public var text: String
  /// One value for each `?`, in order.
  public var values: [SQLValue]
  /// The kinds of the columns, in order.
  public var columns: [SQLColumnKind]

  /// A query.
  public init(_ text: String, _ values: [SQLValue] = [], columns: [SQLColumnKind]) {
    self.text = text
    self.values = values
    self.columns = columns
  }
}

/// One column of a result.
public enum SQLColumn: Sendable, Equatable {
  /// Whole numbers; `nil` for NULL.
  case integers([Int64?])
  /// Numbers; NaN for NULL.
  case numbers([Double])
  /// Texts; `nil` for NULL.
  case texts([String?])
  /// Points in time; `nil` for NULL.
  case times([ConditionsTime?])

  init(_ kind: SQLColumnKind) {
    switch kind {
    case .integer: self = .integers([])
    case .number: self = .numbers([])
    case .text: self = .texts([])
    case .time: self = .times([])
    }
  }
}

/// The rows of a result, column by column.
public struct SQLRows: Sendable, Equatable {
  /// The columns, of equal length, in the order of the query.
  public internal(set) var columns: [SQLColumn]
  /// Number of rows.
  public internal(set) var count: Int

  init(_ kinds: [SQLColumnKind]) {
    columns = kinds.map(SQLColumn.init)
    count = 0
  }

  /// One value, to be bound again; NULL outside the table.
  public func value(_ row: Int, _ column: Int) -> SQLValue {
    guard columns.indices.contains(column), row >= 0, row < count else { return .null }
    switch columns[column] {
    case .integers(let values): return values[row].map { .integer($0) } ?? .null
    case .numbers(let values): return values[row].isNaN ? .null : .number(values[row])
    case .texts(let values): return values[row].map { .text($0) } ?? .null
    case .times(let values): return values[row].map { .time($0) } ?? .null
    }
  }

  /// A column of whole numbers; empty when the column holds something else.
  public func integers(_ column: Int) -> [Int64?] {
    if columns.indices.contains(column), case .integers(let values) = columns[column] { return values }
    return []
  }

  /// A column of numbers; empty when the column holds something else.
  public func numbers(_ column: Int) -> [Double] {
    if columns.indices.contains(column), case .numbers(let values) = columns[column] { return values }
    return []
  }

  /// A column of texts; empty when the column holds something else.
  public func texts(_ column: Int) -> [String?] {
    if columns.indices.contains(column), case .texts(let values) = columns[column] { return values }
    return []
  }

  /// A column of times; empty when the column holds something else.
  public func times(_ column: Int) -> [ConditionsTime?] {
    if columns.indices.contains(column), case .times(let values) = columns[column] { return values }
    return []
  }
}
