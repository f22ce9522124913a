import Errors

extension Table {
  /// Reads delimited text.
  ///
  /// - Throws: the faults of the file (`file.missing`, …) and those of `init(csv:options:)`, naming the file.
  public init(csvFile path: String, options: CSVOptions = CSVOptions()) throws(CavernError) {
    let bytes = try FileCheck.bytes(path)
    do throws(CavernError) { try self.init(csv: bytes, options: options) } catch { throw error.inFile(path) }
  }

  /// Takes delimited text apart: names, types and missing values are found out unless the options say them.
  ///
  /// A column is whole numbers, numbers, truth values (`true`, `false`) or text, the first that fits all its cells. An
  /// empty cell is a missing value; in a column of text a quoted empty cell is an empty text.
  ///
  /// - Parameter text: UTF-8, with or without a byte order mark.
  /// - Throws: `csv.empty`, `csv.encoding`, `csv.rowLength`, `csv.badValue`, `csv.duplicateColumn`,
  ///   `csv.unterminatedQuote`, `csv.strayQuote`, each with line and column.
  public init(csv text: [UInt8], options: CSVOptions = CSVOptions()) throws(CavernError) {
    let start = text.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    try Self.checkEncoding(text)
    let delimiter = options.delimiter == .detect ? Self.delimiter(of: text, start, options) : options.delimiter
    let scanner = try CSVScanner(text, from: start, delimiter: delimiter, comment: options.comment)
    guard scanner.recordCount > 0 else {
      throw CavernError(
        "csv.empty", text.isEmpty ? "the file is empty (0 bytes)" : "the file holds no records", exit: .badData,
        offset: 0, expected: "rows of delimited text")
    }
    var cells = CSVCells(text: text, scanner: scanner, missingWords: options.missingWords)
    var names = cells.names(options, delimiter)
    try cells.settleWidth(names?.count)
    let isFromFirst = names != nil && cells.firstRow == 1
    for (index, name) in (names ?? []).enumerated() where !name.isEmpty && names?.firstIndex(of: name) != index {
      throw csvFault(
        "csv.duplicateColumn", "two columns are named '\(name)'", text, isFromFirst ? cells.offset(0, index) : 0)
    }
    if let given = names, given.count != cells.width {
      throw csvFault(
        "csv.rowLength", "\(given.count) names for \(cells.width) cells", text, cells.offset(cells.firstRow, 0),
        expected: "\(given.count) cells")
    }
    names = names ?? (0..<cells.width).map { "column\($0 + 1)" }
    var columns: [Column] = []
    for (index, name) in (names ?? []).enumerated() {
      // A delimiter at the end of every line makes a column without name and values.
      if name.isEmpty, index == cells.width - 1, index > 0, cells.isAllMissing(index) { continue }
      let label = name.isEmpty ? "column\(index + 1)" : name
      columns.append(try cells.column(index, label, options.kinds[label]))
    }
    self.init(unchecked: columns, rowCount: cells.rowCount, metadata: [:])
  }

  private static func checkEncoding(_ text: [UInt8]) throws(CavernError) {
    let isWide = text.starts(with: [0xff, 0xfe]) || text.starts(with: [0xfe, 0xff])
    if isWide || text.prefix(4096).contains(0) {
      throw CavernError(
        "csv.encoding", isWide ? "the text is in UTF-16" : "the file is not text", exit: .badData, offset: 0,
        expected: "text in UTF-8", hint: isWide ? "convert it: iconv -f UTF-16 -t UTF-8" : nil)
    }
  }

  /// The delimiter that cuts most of the first records into the same number of cells, at least two.
  private static func delimiter(of text: [UInt8], _ start: Int, _ options: CSVOptions) -> CSVOptions.Delimiter {
    let candidates: [CSVOptions.Delimiter] =
      [.character(9), .character(UInt8(ascii: ";")), .character(UInt8(ascii: ",")), .blanks]
    var best = (score: 0.5, delimiter: CSVOptions.Delimiter.character(UInt8(ascii: ",")))
    for candidate in candidates {
      guard
        let probe = try? CSVScanner(text, from: start, delimiter: candidate, comment: options.comment, limit: 64),
        probe.recordCount > 0
      else { continue }
      // Blanks also stand inside text, so they only serve when nothing else does.
      if candidate == .blanks, best.score > 0.5 { continue }
      var frequency: [Int: Int] = [:]
      for record in 0..<probe.recordCount { frequency[probe.record(record).count, default: 0] += 1 }
      let usual = frequency.filter { $0.key > 1 }.max { ($0.value, -$0.key) < ($1.value, -$1.key) }
      let score = Double(usual?.value ?? 0) / Double(probe.recordCount)
      if score > best.score { best = (score, candidate) }
    }
    return best.delimiter
  }
}
