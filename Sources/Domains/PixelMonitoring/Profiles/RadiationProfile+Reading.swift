import Errors
import Foundation
import Tables

extension RadiationProfile {
  /// Reads a profile in either form.
  ///
  /// - Throws: faults of the file; `profile.empty`, `profile.noHeading`, `profile.noRows`, `profile.columns`,
  ///   `profile.notANumber`, `profile.badValue`, `profile.order`, each with the line.
  public init(path: String) throws(CavernError) {
    let bytes = try FileBytes.read(path)
    do throws(CavernError) { try self.init(text: bytes) } catch { throw error.inFile(path) }
  }

  /// Reads a profile from its text.
  ///
  /// Columns are parted by any blanks. Blank lines are allowed at the end only.
  ///
  /// - Throws: as `init(path:)`.
  public init(text: [UInt8]) throws(CavernError) {
    guard text.contains(where: { $0 > 32 }) else {
      throw CavernError(
        "profile.empty", text.isEmpty ? "the file is empty (0 bytes)" : "the file holds only blanks", exit: .badData)
    }
    var rows: [Row] = []
    rows.reserveCapacity(text.count / 40)
    var heading: String?
    var isPhysics = false
    var line = 0
    var blankLine: Int?
    var place = 0
    var words: [Range<Int>] = []
    while place < text.count {
      line += 1
      words.removeAll(keepingCapacity: true)
      let begin = place
      while place < text.count, text[place] != 10 {
        if text[place] <= 32 {
          place += 1
          continue
        }
        let start = place
        while place < text.count, text[place] > 32 { place += 1 }
        words.append(start..<place)
      }
      let end = place
      place += 1
      if words.isEmpty {
        blankLine = blankLine ?? line
        continue
      }
      if heading == nil {
        heading = try Self.heading(text, begin..<end, words, line: line)
        blankLine = nil
        continue
      }
      if let blankLine {
        throw CavernError(
          "profile.columns", "there is a blank line between rows", exit: .badData, line: blankLine,
          expected: "six columns a line")
      }
      let row = try Self.row(text, words, line: line)
      isPhysics = isPhysics || words[1..<3].contains { text[$0].contains(46) }
      if let last = rows.last, row.timestamp <= last.timestamp {
        throw CavernError(
          "profile.order", "the time \(Self.plain(row.timestamp)) is not after that of the row before", exit: .badData,
          line: line, expected: "more than \(Self.plain(last.timestamp))")
      }
      rows.append(row)
    }
    guard !rows.isEmpty else {
      throw CavernError(
        "profile.noRows", "there is a heading but no row", exit: .badData, line: line,
        expected: "fill, time, duration, temperature, fluence rate and current a line")
    }
    self.init(rows: rows, heading: heading ?? Self.header, form: isPhysics ? .physics : .compatible)
  }

  private static func heading(
    _ text: [UInt8], _ range: Range<Int>, _ words: [Range<Int>], line: Int
  ) throws(CavernError) -> String {
    guard words.contains(where: { NumberText.double(text[$0]) == nil }) else {
      throw CavernError(
        "profile.noHeading", "the first line is a row, not a heading", exit: .badData, line: line, expected: header)
    }
    let heading = String(decoding: text[range], as: UTF8.self)
    let lower = heading.lowercased()
    guard lower.contains("timestamp"), lower.contains("duration"), lower.contains("temperature") else {
      throw CavernError(
        "profile.noHeading", "the first line is not the heading of a radiation profile", exit: .badData, line: line,
        expected: header)
    }
    return heading.last == "\r" ? String(heading.dropLast()) : heading
  }

  private static func row(_ text: [UInt8], _ words: [Range<Int>], line: Int) throws(CavernError) -> Row {
    guard words.count == 6 else {
      throw CavernError(
        "profile.columns", "the line has \(words.count) column\(words.count == 1 ? "" : "s")", exit: .badData,
        line: line, expected: "6: fill, time, duration, temperature, fluence rate, current")
    }
    func number(_ index: Int, _ what: String) throws(CavernError) -> Double {
      guard let value = NumberText.double(text[words[index]]), value.isFinite else {
        throw CavernError(
          "profile.notANumber", "'\(String(decoding: text[words[index]], as: UTF8.self))' is not a number",
          exit: .badData, line: line, expected: what)
      }
      return value
    }
    let fill = try number(0, "a fill number, or -999 between fills")
    let row = Row(
      fill: Int(exactly: fill) ?? Int(missing), timestamp: try number(1, "seconds since 1970"),
      duration: try number(2, "a length in seconds"), temperature: try number(3, "a temperature in K"),
      fluenceRate: try number(4, "a fluence rate"), current: try number(5, "a current"))
    guard fill == Double(row.fill) else {
      throw CavernError(
        "profile.notANumber", "'\(fill)' is not a fill number", exit: .badData, line: line,
        expected: "a whole number, or -999 between fills")
    }
    guard row.duration >= 0 else {
      throw CavernError(
        "profile.badValue", "the duration \(plain(row.duration)) s is negative", exit: .badData, line: line,
        expected: "a length of at least 0 s")
    }
    guard row.fluenceRate >= 0 || row.fluenceRate == missing else {
      throw CavernError(
        "profile.badValue", "the fluence rate \(row.fluenceRate) is negative", exit: .badData, line: line,
        expected: "at least 0")
    }
    return row
  }

  /// A number without a fraction when it has none.
  static func plain(_ value: Double) -> String { Int(exactly: value)?.description ?? value.description }
}
