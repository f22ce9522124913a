import Errors

/// The cells of a text as rows and columns, turned into values by column.
struct CSVCells {
  let text: [UInt8]
  let scanner: CSVScanner
  let missingWords: Set<String>
  /// The first record that is data.
  private(set) var firstRow = 0
  /// Cells in a record.
  private(set) var width = 0

  init(text: [UInt8], scanner: CSVScanner, missingWords: Set<String>) {
    self.text = text
    self.scanner = scanner
    self.missingWords = missingWords
  }

  /// Number of data rows.
  var rowCount: Int { scanner.recordCount - firstRow }

  /// Byte at which a cell of a record begins; the record's begin for a cell it lacks.
  func offset(_ record: Int, _ column: Int) -> Int {
    let cells = scanner.record(min(record, scanner.recordCount - 1))
    let index = min(cells.lowerBound + column, cells.upperBound - 1)
    return scanner.cells.indices.contains(index) ? scanner.cells[index].start : text.count
  }

  /// The names of the columns, nil when there are none; sets where the data begin.
  mutating func names(_ options: CSVOptions, _ delimiter: CSVOptions.Delimiter) -> [String]? {
    let first = scanner.record(0).map { decoded($0) }
    switch options.header {
    case .names(let names): return names
    case .absent: return nil
    case .present:
      firstRow = 1
      return first
    case .detect:
      let isNumeric = scanner.record(0).contains { withCell($0) { NumberText.double($0) != nil } }
      // The first cell may be empty above an index, the last one after a delimiter at the end of the line.
      let isNamed = first.contains { !$0.isEmpty } && first.dropFirst().dropLast().allSatisfy { !$0.isEmpty }
      if !isNumeric, isNamed {
        firstRow = 1
        return first
      }
      return namesInComment(first.count, delimiter)
    }
  }

  private func namesInComment(_ count: Int, _ delimiter: CSVOptions.Delimiter) -> [String]? {
    guard let range = scanner.comment else { return nil }
    let line = Array(text[range])
    for candidate in [delimiter, .blanks] {
      guard let words = try? CSVScanner(line, from: 0, delimiter: candidate, comment: nil), words.recordCount == 1,
        words.record(0).count == count
      else { continue }
      let cells = CSVCells(text: line, scanner: words, missingWords: [])
      let names = words.record(0).map { cells.decoded($0) }
      if names.allSatisfy({ !$0.isEmpty && Double($0) == nil }), Set(names).count == count { return names }
    }
    return nil
  }

  /// Finds the number of cells in a record and checks that all have it.
  ///
  /// One empty cell more at the end, from a delimiter there, is let pass.
  mutating func settleWidth(_ named: Int?) throws(CavernError) {
    width = named ?? scanner.record(0).count
    for record in firstRow..<max(firstRow, scanner.recordCount) {
      let cells = scanner.record(record)
      if cells.count == width { continue }
      if cells.count == width + 1, scanner.cells[cells.upperBound - 1].length == 0 { continue }
      let place = cells.count > width ? offset(record, width) : offset(record, cells.count - 1)
      throw csvFault(
        "csv.rowLength", "\(cells.count) cells in a table of \(width) columns", text, place,
        expected: "\(width) cells")
    }
  }

  /// Whether a column has no values.
  func isAllMissing(_ column: Int) -> Bool {
    (firstRow..<max(firstRow, scanner.recordCount)).allSatisfy { isMissing(index($0, column)) }
  }

  /// A column of the type it was said to have, or of the first that fits.
  func column(_ column: Int, _ name: String, _ kind: CSVOptions.Kind?) throws(CavernError) -> Column {
    switch kind {
    case .integer: return Column(name, try strict(column, name, "a whole number") { NumberText.int($0) })
    case .double: return Column(name, try strict(column, name, "a number") { NumberText.double($0) })
    case .bool: return Column(name, try strict(column, name, "true or false") { Self.bool($0) })
    case .string: return Column(name, try strings(column))
    case nil: break
    }
    if let values = values(column, { NumberText.int($0) }), values.contains(where: { $0 != nil }) {
      return Column(name, values)
    }
    if let values = values(column, { NumberText.double($0) }) { return Column(name, values) }
    if let values = values(column, { Self.bool($0) }) { return Column(name, values) }
    return Column(name, try strings(column))
  }

  private func index(_ record: Int, _ column: Int) -> Int { scanner.record(record).lowerBound + column }

  /// Calls `body` with the bytes of a cell, blanks around an unquoted one left out.
  private func withCell<Value>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
    text.withUnsafeBufferPointer { body(trimmed($0, index)) }
  }

  private func trimmed(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> UnsafeBufferPointer<UInt8> {
    // The scanner made each cell a range inside the text.
    let cell = scanner.cells[index]
    var lower = cell.start
    var upper = cell.start + cell.length
    while lower < upper, bytes[lower] == 32 || bytes[lower] == 9 { lower += 1 }
    while upper > lower, bytes[upper - 1] == 32 || bytes[upper - 1] == 9 { upper -= 1 }
    return UnsafeBufferPointer(rebasing: bytes[lower..<upper])
  }

  private func isMissing(_ index: Int) -> Bool { withCell(index) { isMissing($0) } }

  private func isMissing(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
    guard cell.count > 0 else { return true }
    // No word for missing is longer than a few letters, and numbers begin otherwise.
    guard cell.count <= 16, cell[0] >= 58 else { return false }
    return missingWords.contains(String(decoding: cell, as: UTF8.self))
  }

  /// All cells of a column as values; nil as soon as one is neither a value nor missing.
  private func values<Value>(_ column: Int, _ parse: (UnsafeBufferPointer<UInt8>) -> Value?) -> [Value?]? {
    text.withUnsafeBufferPointer { bytes in
      var values: [Value?] = []
      values.reserveCapacity(rowCount)
      for record in firstRow..<max(firstRow, scanner.recordCount) {
        let cell = trimmed(bytes, index(record, column))
        if let value = parse(cell) {
          values.append(value)
        } else {
          guard isMissing(cell) else { return nil }
          values.append(nil)
        }
      }
      return values
    }
  }

  private func strict<Value>(
    _ column: Int, _ name: String, _ expected: String, _ parse: (UnsafeBufferPointer<UInt8>) -> Value?
  ) throws(CavernError) -> [Value?] {
    if let values = values(column, parse) { return values }
    for record in firstRow..<max(firstRow, scanner.recordCount) {
      let place = index(record, column)
      if withCell(place, { parse($0) == nil && !isMissing($0) }) {
        throw csvFault(
          "csv.badValue", "'\(decoded(place))' in column '\(name)' is not \(expected)", text,
          scanner.cells[place].start, expected: expected)
      }
    }
    return []
  }

  private func strings(_ column: Int) throws(CavernError) -> [String?] {
    var values: [String?] = []
    values.reserveCapacity(rowCount)
    for record in firstRow..<max(firstRow, scanner.recordCount) {
      let place = index(record, column)
      let cell = scanner.cells[place]
      if cell.length == 0, !cell.isQuoted {
        values.append(nil)
        continue
      }
      let bytes = text[cell.start..<cell.start + cell.length]
      guard let value = String(validating: bytes, as: UTF8.self) else {
        throw csvFault(
          "csv.encoding", "the text is not in UTF-8", text, cell.start, expected: "text in UTF-8",
          hint: "convert it, for example: iconv -f ISO-8859-1 -t UTF-8")
      }
      values.append(cell.isEscaped ? Self.unescaped(value) : value)
    }
    return values
  }

  /// A cell as text, blanks around it left out; bytes that are not UTF-8 become the replacement character.
  private func decoded(_ index: Int) -> String {
    let value = withCell(index) { String(decoding: $0, as: UTF8.self) }
    return scanner.cells[index].isEscaped ? Self.unescaped(value) : value
  }

  private static func unescaped(_ text: String) -> String {
    var result: [UInt8] = []
    var isSecond = false
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\""), !isSecond {
        isSecond = true
        result.append(byte)
        continue
      }
      if !(byte == UInt8(ascii: "\"") && isSecond) { result.append(byte) }
      isSecond = false
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func bool(_ cell: UnsafeBufferPointer<UInt8>) -> Bool? {
    guard cell.count == 4 || cell.count == 5 else { return nil }
    switch String(decoding: cell, as: UTF8.self) {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: return nil
    }
  }
}
