import Conditions
import Errors

/// Good fills with their stable beams, as `fills.csv` holds them.
public struct FillList: Sendable, Equatable {
  /// The fills by number.
  public var fills: [Fill]
  /// Lines or rows that were left out, and why.
  public var warnings: [CavernWarning]

  /// Fills by number.
  public init(_ fills: [Fill], warnings: [CavernWarning] = []) {
    self.fills = fills.sorted()
    self.warnings = warnings
  }

  /// Reads a file.
  ///
  /// - Throws: as `init(csv:path:)`, and the faults of the file.
  public init(path: String) throws(CavernError) { try self.init(csv: try TextLines.read(path), path: path) }

  /// Takes `fill_number,start_stable_beam,end_stable_beam` apart; columns may come in any order and others may stand between.
  ///
  /// A line without end, with an end at or before the begin, with text in place of a number or a second time with other
  /// content is left out with its line and the reason; equal lines count once.
  ///
  /// - Throws: `fills.noHeader`, `fills.empty`.
  public init(csv text: String, path: String) throws(CavernError) {
    let lines = TextLines.split(text).filter { !TextLines.trimmed($0.line).isEmpty }
    guard let header = lines.first else {
      throw CavernError(
        "fills.empty", text.isEmpty ? "the file is empty (0 bytes)" : "the file holds no lines", exit: .badData,
        file: path,
        expected: Self.header)
    }
    let names = Self.cells(header.line)
    guard let number = names.firstIndex(of: "fill_number"), let start = names.firstIndex(of: "start_stable_beam"),
      let end = names.firstIndex(of: "end_stable_beam")
    else {
      throw CavernError(
        "fills.noHeader", "the first line does not name the columns of a list of fills", exit: .badData, file: path,
        line: header.number, expected: Self.header)
    }
    var found: [Int: (fill: Fill, line: Int)] = [:]
    var contradicted: Set<Int> = []
    var warnings: [CavernWarning] = []
    for (line, content) in lines.dropFirst() {
      let cells = Self.cells(content)
      func leave(_ reason: String) {
        warnings.append(CavernWarning("fills.badLine", "this line is left out: \(reason)", file: path, line: line))
      }
      guard cells.count == names.count else {
        leave("\(cells.count) cells instead of \(names.count)")
        continue
      }
      guard let fill = Int(cells[number]), fill > 0 else {
        leave("'\(cells[number])' is no fill number")
        continue
      }
      guard !cells[start].isEmpty else {
        leave("fill \(fill) has no begin of stable beams")
        continue
      }
      guard !cells[end].isEmpty else {
        leave("fill \(fill) has no end of stable beams")
        continue
      }
      guard let begin = ConditionsTime(cells[start]) else {
        leave("'\(cells[start])' is no time")
        continue
      }
      guard let finish = ConditionsTime(cells[end]) else {
        leave("'\(cells[end])' is no time")
        continue
      }
      guard finish > begin else {
        leave("fill \(fill) ends at or before its begin")
        continue
      }
      let made = Fill(number: fill, start: begin, end: finish)
      if let earlier = found[fill] {
        if earlier.fill == made { continue }
        contradicted.insert(fill)
        leave("fill \(fill) stands in line \(earlier.line) with other times; both are left out")
        continue
      }
      found[fill] = (made, line)
    }
    for fill in contradicted { found[fill] = nil }
    self.init(found.values.map(\.fill), warnings: warnings)
  }

  /// The columns of the file.
  public static let header = "fill_number,start_stable_beam,end_stable_beam"

  /// The file: one line a fill, by number, ended by LF.
  public var csv: String {
    Self.header + "\n" + fills.map { "\($0.number),\($0.start.text),\($0.end.text)\n" }.joined()
  }

  private static func cells(_ line: Substring) -> [String] {
    line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
      let text = TextLines.trimmed(cell)
      return text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
        ? String(text.dropFirst().dropLast()) : text
    }
  }
}

/// Which fills to work on.
public struct FillSelection: Sendable {
  /// The first fill; `nil` for no limit.
  public var first: Int?
  /// The last fill; `nil` for no limit.
  public var last: Int?
  /// An era in place of or beside the limits.
  public var era: Era?
  /// Fills that are of no use.
  public var bad: Set<Int>

  /// A selection.
  public init(first: Int? = nil, last: Int? = nil, era: Era? = nil, bad: Set<Int> = []) {
    (self.first, self.last, self.era, self.bad) = (first, last, era, bad)
  }

  /// Whether a fill lies in the limits, bad or not.
  public func holds(_ fill: Int) -> Bool {
    fill >= first ?? .min && fill <= last ?? .max && (era?.holds(fill) ?? true)
  }

  /// The fills of a list, by number, and those that were left out for being bad.
  ///
  /// - Throws: `pixel.noFills` when none is left.
  public func select(_ list: FillList) throws(CavernError) -> (fills: [Fill], bad: [Int]) {
    let inside = list.fills.filter { holds($0.number) }
    let kept = inside.filter { !bad.contains($0.number) }
    guard !kept.isEmpty else {
      let limits = [first.map { "from \($0)" }, last.map { "to \($0)" }, era.map { "of \($0.name)" }].compactMap { $0 }
      let remark = list.warnings.first
      throw CavernError(
        "pixel.noFills",
        (["no fill"] + limits + ["is left"]).joined(separator: " ")
          + (inside.isEmpty ? "" : "; \(inside.count) are in the list of bad fills"), exit: .badData,
        line: list.fills.isEmpty ? remark?.line : nil,
        expected: list.fills.isEmpty
          ? "a list with fills" : "fills \(list.fills[0].number) to \(list.fills[list.fills.count - 1].number)",
        hint: list.fills.isEmpty ? remark?.message : nil)
    }
    return (kept, inside.filter { bad.contains($0.number) }.map(\.number))
  }
}

/// Lists of fills that are of no use: one number a line, blanks around it allowed, `#` begins a remark.
public enum BadFills {
  /// Reads a file.
  ///
  /// - Throws: `fills.badLine` with the line that is no number, and the faults of the file.
  public static func read(_ path: String) throws(CavernError) -> Set<Int> {
    var fills: Set<Int> = []
    for (number, line) in TextLines.split(try TextLines.read(path)) {
      let word = TextLines.trimmed(line.prefix { $0 != "#" })
      if word.isEmpty { continue }
      guard let fill = Int(word) else {
        throw CavernError(
          "fills.badLine", "'\(word)' is no fill number", exit: .badData, file: path, line: number,
          expected: "one fill number a line; # begins a remark")
      }
      fills.insert(fill)
    }
    return fills
  }
}
