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

  /// No luminosity known.
  public init() {}

  /// Reads files: outputs of `brilcalc lumi --byls`, or a record of calls with windows (JSON lines with `arguments` and
  /// `stdout`).
  ///
  /// - Throws: faults of the files; `brilcalc.badOutput`, `brilcalc.unknownUnit` with the line.
  public init(paths: [String]) throws(CavernError) {
    var read: [LuminositySections] = []
    for path in paths {
      let bytes = try FileBytes.read(path)
      do throws(CavernError) {
        if bytes.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
          try add(record: bytes)
        } else {
          read.append(try LuminositySections(bytes))
        }
      } catch {
        throw error.inFile(path)
      }
    }
    add(read.flatMap(\.times), read.flatMap(\.delivered))
  }

  /// Luminosity of sections by their beginnings; doubles count once.
  public init(sections: [(time: Double, delivered: Double)]) { add(sections.map(\.time), sections.map(\.delivered)) }

  private mutating func add(_ begins: [Double], _ delivered: [Double]) {
    times.reserveCapacity(begins.count)
    sums.reserveCapacity(begins.count + 1)
    var (last, sum) = (-Double.infinity, 0.0)
    func append(_ time: Double, _ luminosity: Double) {
      guard time > last else { return }
      (last, sum) = (time, sum + luminosity)
      times.append(time)
      sums.append(sum)
    }
    var isSorted = true
    for place in begins.indices.dropFirst() where begins[place] < begins[place - 1] {
      isSorted = false
      break
    }
    if isSorted {
      for place in begins.indices { append(begins[place], delivered[place]) }
    } else {
      for place in begins.indices.sorted(by: { (begins[$0], $0) < (begins[$1], $1) }) {
        append(begins[place], delivered[place])
      }
    }
  }

  /// Whether sections of a time are known.
  public var hasSections: Bool { !times.isEmpty }

  /// The luminosity delivered in [begin, end), in /fb; `nil` when nothing is known of it.
  ///
  /// Of sections those count whose beginning lies in the window. A window without any delivered nothing, unless the fill
  /// around it has none either: then the listings are not of this fill.
  ///
  /// - Parameter fill: begin and end of the fill that the window lies in; `nil` to leave that out.
  public func delivered(from begin: Double, to end: Double, in fill: ClosedRange<Double>? = nil) -> Double? {
    if let found = windows[Window(begin: Int(begin), end: Int(end))] { return found }
    guard let first = times.first, let last = times.last, end > first, begin <= last + BrilcalcLuminosity.sectionSeconds
    else {
      return nil
    }
    let section = BrilcalcLuminosity.sectionSeconds
    if let fill, fill.upperBound - fill.lowerBound > 2 * section, index(fill.lowerBound) == index(fill.upperBound) {
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
    let lines = text.split(whereSeparator: \.isNewline)
    guard let summary = lines.firstIndex(where: { $0.hasPrefix("#Summary") }), summary + 2 < lines.count else {
      throw CavernError(
        "brilcalc.badOutput", "brilcalc printed no summary", exit: .unavailable, expected: "#Summary: and two lines")
    }
    return try total(lines[summary + 1], lines[summary + 2])
  }

  /// The same of the two lines below `#Summary`: names and numbers.
  static func total(_ names: some StringProtocol, _ numbers: some StringProtocol) throws(CavernError) -> Double {
    let names = names.dropFirst().split(separator: ",", omittingEmptySubsequences: false)
    let cells = numbers.dropFirst().split(separator: ",", omittingEmptySubsequences: false)
    guard let column = names.firstIndex(where: { $0.hasPrefix("totdelivered(") }), column < cells.count,
      let value = Double(cells[column])
    else {
      throw CavernError(
        "brilcalc.badOutput", "the summary is cut short", exit: .unavailable, expected: "totdelivered(unit)")
    }
    return value * (try femtobarns(Substring(names[column])))
  }

  /// How many /fb the unit of a heading such as `delivered(/ub)` is.
  static func femtobarns(_ heading: Substring) throws(CavernError) -> Double {
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
