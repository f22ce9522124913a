import Arguments
import BeamHalo
import Errors
import JSON
import Tables

/// Tables as JSON rows, CSV and text.
enum HaloTables {
  /// The rows of a table as objects with the names of its columns.
  static func rows(_ table: Table) -> JSONValue {
    .array(
      (0..<table.rowCount).map { row in
        .object(JSONObject(table.columns.map { ($0.name, value($0.value(at: row))) }))
      })
  }

  /// The table as CSV.
  static func csv(_ table: Table) -> String {
    (try? table.csvBytes()).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// The chosen columns for people, numbers with five digits.
  static func text(_ table: Table, _ names: [String]) -> String {
    let columns = names.compactMap { table[$0] }
    return TextTable(
      columns: columns.map { column in
        if case .string? = (0..<table.rowCount).lazy.map({ column.value(at: $0) }).first(where: { $0 != .null }) {
          return .left(column.name)
        }
        return .right(column.name)
      },
      rows: (0..<table.rowCount).map { row in columns.map { cell($0.value(at: row)) } }
    ).text(width: .max)
  }

  private static func cell(_ value: CellValue) -> String {
    switch value {
    case .integer(let number): number.description
    case .double(let number): NumberText.significant(number, 5)
    case .string(let text): text
    case .bool(let truth): truth ? "yes" : "no"
    default: "-"
    }
  }

  private static func value(_ cell: CellValue) -> JSONValue {
    switch cell {
    case .integer(let number): .integer(Int(number))
    case .double(let number): .number(number)
    case .string(let text): .string(text)
    case .bool(let truth): .bool(truth)
    default: .null
    }
  }
}
