import Errors

/// What one call of `brilcalc lumi` wrote, with `--output-style csv`: one row a run, or with `--byls` one a lumisection.
///
/// Columns are found by their names in the header line, units are read from it.
public struct BrilcalcListing: Sendable, Equatable {
  /// One run or one lumisection.
  public struct Row: Sendable, Equatable {
    /// CMS run.
    public var run: Int
    /// LHC fill.
    public var fill: Int
    /// Number of the lumisection; nil in listings by run.
    public var lumisection: Int?
    /// Number of the lumisection in CMS data, 0 when CMS did not record; nil in listings by run.
    public var recordedLumisection: Int?
    /// Start in milliseconds since 1970 UTC.
    public var startMilliseconds: Double
    /// Beam mode, for example `STABLE BEAMS`; nil in listings by run.
    public var beamStatus: String?
    /// Beam energy in GeV; nil in listings by run.
    public var energy: Double?
    /// Lumisections of the run; nil in listings by lumisection.
    public var sectionCount: Int?
    /// Delivered luminosity in µb⁻¹.
    public var delivered: Double
    /// Recorded luminosity in µb⁻¹.
    public var recorded: Double
    /// Average pile-up; nil in listings by run.
    public var pileUp: Double?
    /// The luminometer, for example `HFET`; nil in listings by run.
    public var source: String?
  }

  /// Total luminosities of the summary.
  public struct Summary: Sendable, Equatable {
    /// Number of runs.
    public var runs: Int?
    /// Number of lumisections.
    public var sections: Int?
    /// Delivered luminosity in µb⁻¹.
    public var delivered: Double
    /// Recorded luminosity in µb⁻¹.
    public var recorded: Double
  }

  /// A line that is no row.
  public struct Remark: Sendable, Equatable {
    /// Its number, from 1.
    public var line: Int
    /// What it says.
    public var text: String
  }

  /// The data tag, for example `24v1`.
  public private(set) var dataTag = ""
  /// The norm tag: a path, a name, `onlineresult` or `None`.
  public private(set) var normTag = ""
  /// The rows in the order of the listing.
  public private(set) var rows: [Row] = []
  /// The summary.
  public private(set) var summary: Summary?
  /// Lines between and behind the rows that are no rows, for example warnings of the program, with their numbers.
  public private(set) var remarks: [Remark] = []

  /// Whether a norm tag was applied, so that luminosities can be trusted.
  public var hasNormTag: Bool { !["", "None", "onlineresult"].contains(normTag) }

  /// Takes a listing apart.
  ///
  /// Lines before `#Data tag` are passed over, later ones that do not begin with a run and a fill are kept as remarks. Whether
  /// rows are missing is seen from their sums in the summary.
  ///
  /// - Parameter requiresSummary: whether a listing without summary, which may have been cut, is refused.
  /// - Throws: `brilcalc.empty`, `brilcalc.noHeader`, `brilcalc.cutRow`, `brilcalc.noSummary`, `brilcalc.badTime`,
  ///   `lumi.unknownUnit`, with the line.
  public init(parsing text: String, requiresSummary: Bool = true) throws(CavernError) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.contains(where: { !$0.isEmpty }) else {
      throw CavernError("brilcalc.empty", "brilcalc wrote nothing", exit: .badData)
    }
    let start = lines.firstIndex { $0.hasPrefix("#Data tag") } ?? 0
    var header: Header?
    var isSummary = false
    var summaryHeader: Header?
    for (index, line) in lines.enumerated() where index >= start {
      let words = line.trimmingBlanks()
      if words.isEmpty { continue }
      if words.hasPrefix("#Data tag") {
        readTags(words)
      } else if words.hasPrefix("#run:") || words.hasPrefix("#run,") {
        header = try Header(words, line: index + 1)
      } else if words.hasPrefix("#Summary") {
        isSummary = true
      } else if isSummary, words.hasPrefix("#nfill") {
        summaryHeader = try Header(words, line: index + 1)
      } else if isSummary, summary == nil, let names = summaryHeader, words.hasPrefix("#") {
        try readSummary(words.dropFirst(), names, line: index + 1)
      } else if words.hasPrefix("#") {
        continue
      } else if header != nil, !Self.beginsLikeRow(words) {
        remarks.append(Remark(line: index + 1, text: String(words)))
      } else {
        guard let header else {
          throw CavernError(
            "brilcalc.noHeader", "a row stands before the line that names the columns", exit: .badData, line: index + 1,
            expected: "#run:fill,…")
        }
        rows.append(try header.row(words, line: index + 1))
      }
    }
    guard header != nil else {
      throw CavernError(
        "brilcalc.noHeader", "no line names the columns", exit: .badData, expected: "#run:fill,…",
        hint: lines.first.map { "the text begins with '\($0.prefix(60))'" })
    }
    guard summary != nil || !requiresSummary else {
      throw CavernError(
        "brilcalc.noSummary", "the summary at the end is missing; the listing may have been cut", exit: .badData,
        line: lines.count, expected: "#Summary: and two lines after it")
    }
  }

  /// Whether a line begins with digits, as every row and every piece of one does.
  private static func beginsLikeRow(_ line: Substring) -> Bool {
    guard let first = line.utf8.first else { return false }
    return (0x30...0x39).contains(first)
  }

  private mutating func readTags(_ line: Substring) {
    for part in line.dropFirst().split(separator: ",", maxSplits: 1) {
      guard let colon = part.firstIndex(of: ":") else { continue }
      let value = String(part[part.index(after: colon)...].trimmingBlanks())
      if part.contains("Data tag") { dataTag = value } else if part.contains("orm tag") { normTag = value }
    }
  }

  private mutating func readSummary(_ text: Substring, _ names: Header, line: Int) throws(CavernError) {
    let cells = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingBlanks() }
    guard cells.count == names.columns.count else { throw Header.cut(line, cells.count, names.columns.count) }
    guard let delivered = try names.luminosity("totdelivered", cells, line),
      let recorded = try names.luminosity("totrecorded", cells, line)
    else {
      throw CavernError(
        "brilcalc.noSummary", "the summary names no totals", exit: .badData, line: line,
        expected: "totdelivered and totrecorded")
    }
    func count(_ name: String) -> Int? { names.columns.firstIndex { $0.name == name }.flatMap { Int(cells[$0]) } }
    summary = Summary(runs: count("nrun"), sections: count("nls"), delivered: delivered, recorded: recorded)
  }
}

extension Substring {
  /// Without blanks at the ends.
  func trimmingBlanks() -> Substring {
    var part = self
    while part.first == " " || part.first == "\t" { part.removeFirst() }
    while part.last == " " || part.last == "\t" { part.removeLast() }
    return part
  }
}

extension BrilcalcListing {
  /// The names and units of the columns.
  fileprivate struct Header {
    var columns: [(name: String, unit: String?)]

    init(_ line: Substring, line number: Int) throws(CavernError) {
      columns = line.dropFirst().split(separator: ",", omittingEmptySubsequences: false).map { cell in
        let cell = cell.trimmingBlanks()
        guard let open = cell.firstIndex(of: "("), cell.hasSuffix(")") else { return (String(cell), nil) }
        return (String(cell[..<open]), String(cell[cell.index(after: open)...].dropLast()))
      }
    }

    static func cut(_ line: Int, _ found: Int, _ wanted: Int) -> CavernError {
      CavernError(
        "brilcalc.cutRow", "the row has \(found) of \(wanted) cells", exit: .badData, line: line,
        expected: "\(wanted) cells", hint: "the listing was cut; ask for it again")
    }

    private func wrong(_ name: String, _ text: Substring, _ line: Int) -> CavernError {
      CavernError("brilcalc.badValue", "'\(text)' is no value of the column '\(name)'", exit: .badData, line: line)
    }

    private func cell(_ name: String, _ cells: [Substring]) -> Substring? {
      columns.firstIndex { $0.name == name }.map { cells[$0] }
    }

    func number(_ name: String, _ cells: [Substring], _ line: Int) throws(CavernError) -> Double? {
      guard let text = cell(name, cells) else { return nil }
      guard let value = Double(text), value.isFinite else { throw wrong(name, text, line) }
      return value
    }

    /// A luminosity in µb⁻¹.
    func luminosity(_ name: String, _ cells: [Substring], _ line: Int) throws(CavernError) -> Double? {
      guard let value = try number(name, cells, line) else { return nil }
      let unit = columns.first { $0.name == name }?.unit
      do throws(CavernError) {
        let factor = try LuminosityUnit.inverseMicrobarn(unit ?? "")
        return factor == 1 ? value : value * factor
      } catch {
        var named = error
        named.line = line
        throw named
      }
    }

    private func pair(_ name: String, _ text: Substring, _ line: Int) throws(CavernError) -> (Int, Int) {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      guard parts.count == 2, let first = parts[0], let second = parts[1] else { throw wrong(name, text, line) }
      return (first, second)
    }

    func row(_ text: Substring, line: Int) throws(CavernError) -> Row {
      let cells = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingBlanks() }
      guard cells.count == columns.count else { throw Self.cut(line, cells.count, columns.count) }
      let (run, fill) = try pair("run:fill", cells[0], line)
      guard let time = cell("time", cells) else {
        throw CavernError("brilcalc.badTime", "the listing has no column 'time'", exit: .badData, line: line)
      }
      guard let start = Int(time).map({ Double($0) * 1000 }) ?? UTCTime.milliseconds(brilcalc: String(time)) else {
        throw CavernError(
          "brilcalc.badTime", "'\(time)' is no time", exit: .badData, line: line,
          expected: "seconds since 1970 or MM/DD/YY HH:MM:SS")
      }
      guard let delivered = try luminosity("delivered", cells, line),
        let recorded = try luminosity("recorded", cells, line)
      else {
        throw CavernError(
          "brilcalc.noHeader", "the listing has no columns 'delivered' and 'recorded'", exit: .badData, line: line)
      }
      var sections: (Int, Int)?
      if let text = cell("ls", cells) { sections = try pair("ls", text, line) }
      return Row(
        run: run, fill: fill, lumisection: sections?.0, recordedLumisection: sections?.1, startMilliseconds: start,
        beamStatus: cell("beamstatus", cells).map(String.init), energy: try number("E", cells, line),
        sectionCount: try number("nls", cells, line).map { Int($0) }, delivered: delivered, recorded: recorded,
        pileUp: try number("avgpu", cells, line), source: cell("source", cells).map(String.init))
    }
  }
}
