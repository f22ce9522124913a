import Errors

/// Columns of equal length, in order, with remarks on the whole.
public struct Table: Sendable {
  /// The columns, in the order of the file.
  public private(set) var columns: [Column]
  /// Number of rows.
  public private(set) var rowCount: Int
  /// Remarks on the table.
  public var metadata: [String: String]

  /// A table of columns.
  ///
  /// - Throws: `table.unequalColumns` when their lengths differ, `table.duplicateColumn` when a name comes twice.
  public init(columns: [Column], metadata: [String: String] = [:]) throws(CavernError) {
    rowCount = columns.first?.count ?? 0
    for column in columns where column.count != rowCount {
      throw CavernError(
        "table.unequalColumns",
        "column '\(column.name)' has \(column.count) rows, '\(columns[0].name)' has \(rowCount)", exit: .badData,
        expected: "columns of equal length")
    }
    var seen: Set<String> = []
    for column in columns where !seen.insert(column.name).inserted {
      throw CavernError("table.duplicateColumn", "two columns are named '\(column.name)'", exit: .badData)
    }
    self.columns = columns
    self.metadata = metadata
  }

  /// A table as a file had it; names may repeat, lengths were checked by the reader.
  init(unchecked columns: [Column], rowCount: Int, metadata: [String: String]) {
    self.columns = columns
    self.rowCount = rowCount
    self.metadata = metadata
  }

  /// The first column of a name; nil when there is none.
  public subscript(name: String) -> Column? { columns.first { $0.name == name } }

  /// The names of the columns, in order.
  public var columnNames: [String] { columns.map(\.name) }

  /// The column of a name.
  ///
  /// - Throws: `table.missingColumn` with the nearest names.
  public func column(_ name: String) throws(CavernError) -> Column {
    if let found = self[name] { return found }
    throw Self.missing(name, in: columnNames)
  }

  /// The error for a column that does not exist.
  static func missing(_ name: String, in names: [String]) -> CavernError {
    return CavernError(
      "table.missingColumn", "column '\(name)' is missing", exit: .badData,
      expected: names.isEmpty ? nil : "one of \(names.firstFew(12))", nearest: nearestNames(to: name, in: names))
  }
}
