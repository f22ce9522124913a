import Arguments

/// A table of text with aligned columns, for people.
struct TextTable: Sendable {
  /// How a column is headed and aligned.
  struct Column: Sendable {
    /// The heading.
    var title: String
    /// Whether cells stand at the right edge, as numbers do.
    var isRight: Bool

    /// A column of text.
    static func left(_ title: String) -> Column { Column(title: title, isRight: false) }
    /// A column of numbers.
    static func right(_ title: String) -> Column { Column(title: title, isRight: true) }
  }

  /// The columns from left to right.
  var columns: [Column]
  /// The cells; a short row leaves its last cells empty.
  var rows: [[String]]

  /// The table, two blanks between columns, without blanks at line ends; when it would be wider than `width`, the last
  /// column is broken over lines as long as at least 20 characters are left for it.
  func text(width: Int = 80) -> String {
    var widths = columns.map(\.title.count)
    for row in rows {
      for (column, cell) in row.prefix(widths.count).enumerated() { widths[column] = max(widths[column], cell.count) }
    }
    let before = widths.dropLast().reduce(0) { $0 + $1 + 2 }
    if let last = widths.last, before + last > width, columns.last?.isRight == false {
      widths[widths.count - 1] = max(20, width - before)
    }
    let lines = [columns.map(\.title)] + rows
    return lines.flatMap { lay($0, widths, before) }.map { $0 + "\n" }.joined()
  }

  private func lay(_ cells: [String], _ widths: [Int], _ before: Int) -> [String] {
    var line = ""
    var more: [String] = []
    for (column, width) in widths.enumerated() {
      var cell = column < cells.count ? cells[column] : ""
      if column == widths.count - 1, cell.count > width {
        let broken = TextWrap.wrap(cell, width: width).split(separator: "\n").map(String.init)
        cell = broken.first ?? ""
        more = broken.dropFirst().map { String(repeating: " ", count: before) + $0 }
      }
      let blanks = String(repeating: " ", count: max(0, width - cell.count))
      line += (column == 0 ? "" : "  ") + (columns[column].isRight ? blanks + cell : cell + blanks)
    }
    while line.last == " " { line.removeLast() }
    return [line] + more
  }
}
