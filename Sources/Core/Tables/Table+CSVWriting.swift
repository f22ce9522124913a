import Errors
import Files

extension Table {
  /// The table as comma-separated text by RFC 4180, lines ended with LF.
  ///
  /// Numbers are the shortest that read back to the same double; a missing value and NaN are an empty cell. In a table
  /// of one column such a cell is written as two quotation marks, because an empty line is no record.
  ///
  /// - Throws: `csv.nested` when a column holds lists or records.
  public func csvBytes() throws(CavernError) -> [UInt8] {
    for column in columns where !column.type.children.isEmpty {
      throw CavernError(
        "csv.nested", "column '\(column.name)' holds \(column.type), which has no form in CSV", exit: .badData,
        hint: "write Parquet, or take single members of it")
    }
    guard !columns.isEmpty else { return [] }
    var bytes: [UInt8] = []
    for (index, column) in columns.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      Self.append(column.name, to: &bytes)
    }
    bytes.append(10)
    for row in 0..<rowCount {
      let begin = bytes.count
      for (index, column) in columns.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        switch column.value(at: row) {
        case .null: break
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value): if !value.isNaN { bytes.append(contentsOf: value.description.utf8) }
        case .string(let value): Self.append(value, to: &bytes)
        case .bytes, .list, .record, .unreadable:
          throw CavernError(
            "csv.nested", "row \(row) of column '\(column.name)' has no form in CSV", exit: .badData)
        }
      }
      if bytes.count == begin { bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: "\"")]) }
      bytes.append(10)
    }
    return bytes
  }

  /// Writes comma-separated text, whole or not at all; `-` is standard output.
  ///
  /// - Throws: `csv.nested`, `file.cannotCreate`, `file.cannotWrite`.
  public func writeCSV(to path: String) throws(CavernError) { try AtomicFile.write(path, try csvBytes()) }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

  /// Text as a cell: quoted when it holds a delimiter, a quotation mark, a line end or blanks at an end, is empty or looks
  /// like a comment.
  private static func append(_ text: String, to bytes: inout [UInt8]) {
    let quote = UInt8(ascii: "\"")
    let cell = Array(text.utf8)
    let special = Set(",;\"\n\r\t".utf8)
    let edge = cell.first.map(Self.isBlank) == true || cell.last.map(Self.isBlank) == true
    guard cell.isEmpty || edge || cell.first == UInt8(ascii: "#") || cell.contains(where: special.contains) else {
      bytes.append(contentsOf: cell)
      return
    }
    bytes.append(quote)
    for byte in cell {
      if byte == quote { bytes.append(quote) }
      bytes.append(byte)
    }
    bytes.append(quote)
  }
}
