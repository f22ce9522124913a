import Conditions
import Errors
import Foundation
import JSON
import Tables

/// Luminosity delivered in windows of time, from what brilcalc printed.
public struct DeliveredLuminosity: Sendable {
  /// Windows that brilcalc was asked for: begin and end in whole seconds since 1970.
  private struct Window: Hashable, Sendable {
    var begin: Int
    var end: Int
  }

  /// Delivered luminosity of windows, in /fb.
  private var windows: [Window: Double] = [:]
  /// Beginnings of lumi sections in s since 1970, in order, and running sums of /fb before each and behind the last.
  private var times: [Double] = []
  private var sums: [Double] = [0]
  /// Length of a lumi section, in s.
  static let sectionSeconds = 23.31

  /// No luminosity known.
  public init() {}

  /// Reads files: outputs of `brilcalc lumi --byls`, or a record of calls with windows (JSON lines with `arguments` and
  /// `stdout`).
  ///
  /// - Throws: faults of the files; `brilcalc.badOutput`, `brilcalc.unknownUnit` with the line.
  public init(paths: [String]) throws(CavernError) {
    var sections: [(time: Double, delivered: Double)] = []
    for path in paths {
      let bytes = try FileBytes.read(path)
      do throws(CavernError) {
        if bytes.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
          try add(record: bytes)
        } else {
          sections += try Self.sections(bytes)
        }
      } catch {
        throw error.inFile(path)
      }
    }
    add(sections)
  }

  /// Luminosity of sections by their beginnings; doubles count once.
  public init(sections: [(time: Double, delivered: Double)]) { add(sections) }

  private mutating func add(_ sections: [(time: Double, delivered: Double)]) {
    for section in sections.sorted(by: { $0.time < $1.time }) {
      if let last = times.last, last == section.time { continue }
      times.append(section.time)
      sums.append((sums.last ?? 0) + section.delivered)
    }
  }

  /// Whether sections of a time are known.
  public var hasSections: Bool { !times.isEmpty }

  /// The luminosity delivered in [begin, end), in /fb; `nil` when nothing is known of it.
  ///
  /// Of sections those count whose beginning lies in the window.
  public func delivered(from begin: Double, to end: Double) -> Double? {
    if let found = windows[Window(begin: Int(begin), end: Int(end))] { return found }
    guard let first = times.first, let last = times.last, end > first, begin <= last + Self.sectionSeconds else {
      return nil
    }
    return sums[index(end)] - sums[index(begin)]
  }

  /// Number of sections that begin before a time.
  private func index(_ time: Double) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] < time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  // MARK: Reading

  private mutating func add(record bytes: [UInt8]) throws(CavernError) {
    var number = 0
    for line in bytes.split(separator: 10) {
      number += 1
      guard line.contains(where: { $0 > 32 }) else { continue }
      let call: JSONValue
      do {
        call = try JSONValue(parsing: Array(line))
      } catch {
        throw CavernError("brilcalc.badOutput", "the line is no JSON: \(error.message)", exit: .badData, line: number)
      }
      let words = call["arguments"]?.arrayValue?.compactMap(\.stringValue) ?? []
      func value(_ name: String) -> ConditionsTime? {
        words.firstIndex(of: name).flatMap { $0 + 1 < words.count ? ConditionsTime(american: words[$0 + 1]) : nil }
      }
      // Calls by fill number and others are of no use here.
      guard let begin = value("--begin"), let end = value("--end"), let text = call["stdout"]?.stringValue else {
        continue
      }
      if words.contains("--byls") { continue }
      do throws(CavernError) {
        windows[Window(begin: Int(begin.wholeSeconds), end: Int(end.wholeSeconds))] = try Self.total(text)
      } catch {
        var placed = error
        placed.line = number
        throw placed
      }
    }
  }

  /// Total delivered luminosity of a summary, in /fb.
  static func total(_ text: String) throws(CavernError) -> Double {
    let lines = text.split(separator: "\n")
    guard let summary = lines.firstIndex(where: { $0.hasPrefix("#Summary") }), summary + 2 < lines.count else {
      throw CavernError(
        "brilcalc.badOutput", "brilcalc printed no summary", exit: .unavailable, expected: "#Summary: and two lines")
    }
    let names = lines[summary + 1].dropFirst().split(separator: ",", omittingEmptySubsequences: false)
    let cells = lines[summary + 2].dropFirst().split(separator: ",", omittingEmptySubsequences: false)
    guard let column = names.firstIndex(where: { $0.hasPrefix("totdelivered(") }), column < cells.count,
      let value = Double(cells[column])
    else {
      throw CavernError(
        "brilcalc.badOutput", "the summary is cut short", exit: .unavailable, expected: "totdelivered(unit)")
    }
    return value * (try femtobarns(names[column]))
  }

  /// Beginnings and luminosities of sections, in s since 1970 and /fb.
  static func sections(_ text: [UInt8]) throws(CavernError) -> [(time: Double, delivered: Double)] {
    var columns: (time: Int, delivered: Int)?
    var factor = 1.0
    var found: [(time: Double, delivered: Double)] = []
    found.reserveCapacity(text.count / 60)
    var clock = AmericanClock()
    var place = 0
    var line = 0
    var cells: [Range<Int>] = []
    while place < text.count {
      line += 1
      let begin = place
      cells.removeAll(keepingCapacity: true)
      var start = place
      while place < text.count, text[place] != 10 {
        if text[place] == 44 {
          cells.append(start..<place)
          start = place + 1
        }
        place += 1
      }
      cells.append(start..<(place > start && text[place - 1] == 13 ? place - 1 : place))
      let end = place
      place += 1
      if text[begin..<end].first == 35 {
        let comment = String(decoding: text[begin..<end], as: UTF8.self)
        if comment.hasPrefix("#Summary") { break }
        if comment.hasPrefix("#run:fill") {
          let named = try heading(comment, line: line)
          columns = named.0
          factor = named.1
        }
        continue
      }
      guard let columns, cells.count > 1 else { continue }
      guard cells.count > max(columns.time, columns.delivered), let time = clock.seconds(text, cells[columns.time]),
        let delivered = NumberText.double(text[cells[columns.delivered]]), delivered.isFinite
      else {
        throw CavernError(
          "brilcalc.badOutput",
          "this is no lumi section: \(String(decoding: text[begin..<end].prefix(80), as: UTF8.self))", exit: .badData,
          line: line)
      }
      found.append((time, delivered * factor))
    }
    guard columns != nil else {
      throw CavernError(
        "brilcalc.badOutput", "this is no output of brilcalc", exit: .badData, line: 1,
        expected: "#run:fill,ls,time,…,delivered(/ub),…")
    }
    return found
  }

  /// The columns of time and delivered luminosity, and what takes the latter to /fb.
  private static func heading(
    _ line: String, line number: Int
  ) throws(CavernError) -> ((time: Int, delivered: Int), Double) {
    let cells = line.split(separator: ",", omittingEmptySubsequences: false)
    guard let time = cells.firstIndex(of: "time"), cells.contains("ls"),
      let delivered = cells.firstIndex(where: { $0.hasPrefix("delivered(") })
    else {
      throw CavernError(
        "brilcalc.badOutput", "the heading has no sections", exit: .badData, line: number,
        expected: "#run:fill,ls,time,…,delivered(/ub),…", hint: "call brilcalc with --byls")
    }
    return ((time, delivered), try femtobarns(cells[delivered]))
  }

  /// Times `MM/DD/YY HH:MM:SS`, of which many in a row are of the same day.
  private struct AmericanClock {
    private var day: [UInt8] = []
    private var midnight = 0.0

    mutating func seconds(_ text: [UInt8], _ cell: Range<Int>) -> Double? {
      guard cell.count == 17 else { return nil }
      let at = cell.lowerBound
      if !text[at..<at + 8].elementsEqual(day) {
        guard let time = ConditionsTime(american: String(decoding: text[at..<at + 8], as: UTF8.self) + " 00:00:00")
        else { return nil }
        day = Array(text[at..<at + 8])
        midnight = time.seconds
      }
      func two(_ place: Int) -> Int? {
        let (tens, ones) = (text[at + place] &- 48, text[at + place + 1] &- 48)
        return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
      }
      guard text[at + 8] == 32, text[at + 11] == 58, text[at + 14] == 58, let hour = two(9), let minute = two(12),
        let second = two(15), hour < 24, minute < 60, second < 61
      else { return nil }
      return midnight + Double(hour * 3600 + minute * 60 + second)
    }
  }

  /// How many /fb the unit of a heading such as `delivered(/ub)` is.
  private static func femtobarns(_ heading: Substring) throws(CavernError) -> Double {
    let unit = heading.drop { $0 != "(" }.dropFirst().prefix { $0 != ")" }
    let units: [String: Double] = [
      "/fb": 1, "/pb": 1e-3, "/nb": 1e-6, "/ub": 1e-9, "/mb": 1e-12, "/b": 1e-15,
    ]
    if let factor = units[String(unit)] { return factor }
    throw CavernError(
      "brilcalc.unknownUnit", "the unit '\(unit)' is not known", exit: .badData,
      expected: units.keys.sorted().joined(separator: ", "), nearest: nearestNames(to: String(unit), in: units.keys))
  }
}
