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

  /// The table without as many of the named columns, from the first name on, as it must lose to fit `width`.
  func text(width: Int, dropping names: [String]) -> String {
    var table = self
    for name in names where table.fullWidth > width {
      guard let place = table.columns.firstIndex(where: { $0.title == name }) else { continue }
      table.columns.remove(at: place)
      for row in table.rows.indices where place < table.rows[row].count { table.rows[row].remove(at: place) }
    }
    return table.text(width: width)
  }

  /// Characters of a line when no column is broken.
  private var fullWidth: Int {
    columns.indices.reduce(-2) { sum, column in
      sum + 2 + rows.reduce(columns[column].title.count) { max($0, column < $1.count ? $1[column].count : 0) }
    }
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
