import Conditions
import Errors
import JSON

/// What OMS is asked for, and how its records become fills and luminosities: every condition of the question is applied to
/// the answer again.
public struct FillQuery: Sendable {
  private let selection: FillSelection
  private let facts: PixelFacts

  /// Questions about a selection of fills.
  public init(_ selection: FillSelection, facts: PixelFacts) { (self.selection, self.facts) = (selection, facts) }

  /// The limits that a question needs: those of the selection, within the era.
  var limits: ClosedRange<Int> {
    let first = max(selection.first ?? 1, selection.era?.ranges.map(\.lowerBound).min() ?? 1)
    let last = min(selection.last ?? 99_999_999, selection.era?.ranges.map(\.upperBound).max() ?? 99_999_999)
    return first...max(first, last)
  }

  private var range: [OMSQuery.Condition] {
    [
      OMSQuery.Condition("fill_number", .greaterOrEqual, "\(limits.lowerBound)"),
      OMSQuery.Condition("fill_number", .lessOrEqual, "\(limits.upperBound)"),
    ]
  }

  /// Good fills: stable beams with begin and end, luminosity, a filling scheme.
  public func goodFills(pageSize: Int) -> OMSQuery {
    let known = ["start_stable_beam", "end_stable_beam", "delivered_lumi", "injection_scheme"]
    return OMSQuery(
      "fills", fields: ["delivered_lumi", "fill_number", "start_stable_beam", "end_stable_beam"],
      conditions: range + [OMSQuery.Condition("stable_beams", .equal, "true")]
        + known.map { OMSQuery.Condition($0, .notEqual, "null") }
        + [OMSQuery.Condition("delivered_lumi", .greater, "0")],
      sort: "fill_number", pageSize: pageSize)
  }

  /// Luminosity of all fills that have some, with units.
  public func luminosities(pageSize: Int) -> OMSQuery {
    OMSQuery(
      "fills",
      fields: ["recorded_lumi", "delivered_lumi", "fill_number", "start_stable_beam", "end_stable_beam"],
      conditions: range + [
        OMSQuery.Condition("delivered_lumi", .notEqual, "null"), OMSQuery.Condition("delivered_lumi", .greater, "0"),
      ], sort: "fill_number", include: ["meta"], pageSize: pageSize)
  }

  /// What was left out of an answer, with how often.
  public struct Omissions: Sendable, Equatable {
    /// Fills by reason.
    public private(set) var fills: [String: [Int]] = [:]

    mutating func add(_ fill: Int, _ reason: String) { fills[reason, default: []].append(fill) }

    /// One warning a reason.
    public var warnings: [CavernWarning] {
      fills.sorted { $0.key < $1.key }.map { reason, numbers in
        CavernWarning(
          "pixel.fillLeftOut", "\(numbers.count) fills left out: \(reason): \(numbers.sorted().firstFew(6))")
      }
    }
  }

  /// Good fills of an answer, by number; the same fill twice with equal content counts once.
  ///
  /// - Throws: `pixel.fillConflict` when a fill comes with different content, `pixel.badRecord` for a record without a
  ///   number or with a time that is none.
  public func fills(_ records: [OMSRecord]) throws(CavernError) -> (list: FillList, omissions: Omissions) {
    var omissions = Omissions()
    var fills: [Int: Fill] = [:]
    for record in try Self.unique(records) {
      let number = try Self.number(record)
      guard selection.holds(number) else { continue }
      if facts.excludedFills.contains(number) {
        omissions.add(
          number, "excluded period of \(facts.excludedFills.lowerBound) to \(facts.excludedFills.upperBound)")
        continue
      }
      if record.attributes["stable_beams"]?.boolValue == false {
        omissions.add(number, "no stable beams")
        continue
      }
      if record.attributes["injection_scheme"] == .null {
        omissions.add(number, "no injection scheme")
        continue
      }
      guard let delivered = record.number("delivered_lumi") else {
        omissions.add(number, "no luminosity")
        continue
      }
      guard delivered > 0 else {
        omissions.add(number, "zero luminosity")
        continue
      }
      guard let start = try Self.time(record, "start_stable_beam") else {
        omissions.add(number, "no begin of stable beams")
        continue
      }
      guard let end = try Self.time(record, "end_stable_beam") else {
        omissions.add(number, "no end of stable beams")
        continue
      }
      guard end > start else {
        omissions.add(number, "stable beams end at or before their begin")
        continue
      }
      fills[number] = Fill(number: number, start: start, end: end)
    }
    return (FillList(Array(fills.values)), omissions)
  }

  /// Luminosities of an answer in fb⁻¹, by fill.
  ///
  /// - Throws: `lumi.unknownUnit`, `lumi.noUnit`, and as `fills(_:)`.
  public func luminosities(
    _ records: [OMSRecord]
  ) throws(CavernError) -> (table: LuminosityTable, omissions: Omissions) {
    var omissions = Omissions()
    var rows: [(fill: Int, delivered: Double, recorded: Double)] = []
    for record in try Self.unique(records) {
      let number = try Self.number(record)
      guard selection.holds(number) else { continue }
      guard let delivered = try Self.femtobarn(record, "delivered_lumi", number) else {
        omissions.add(number, "no luminosity")
        continue
      }
      guard delivered > 0 else {
        omissions.add(number, "zero luminosity")
        continue
      }
      let recorded = try Self.femtobarn(record, "recorded_lumi", number)
      if recorded == nil { omissions.add(number, "no recorded luminosity, taken for zero (fill kept)") }
      rows.append((number, delivered, recorded ?? 0))
    }
    return (LuminosityTable(rows), omissions)
  }

  private static func unique(_ records: [OMSRecord]) throws(CavernError) -> [OMSRecord] {
    var seen: [Int: OMSRecord] = [:]
    var kept: [OMSRecord] = []
    for record in records {
      let number = try number(record)
      if let earlier = seen[number] {
        guard earlier.attributes == record.attributes, earlier.units == record.units else {
          throw CavernError(
            "pixel.fillConflict", "fill \(number) comes twice with different content", exit: .unavailable,
            hint: "the data changed between two pages; ask again")
        }
        continue
      }
      seen[number] = record
      kept.append(record)
    }
    return kept
  }

  private static func number(_ record: OMSRecord) throws(CavernError) -> Int {
    if let number = record.integer("fill_number") ?? Int(record.id) { return number }
    throw CavernError("pixel.badRecord", "record '\(record.id)' has no fill number", exit: .unavailable)
  }

  private static func time(_ record: OMSRecord, _ name: String) throws(CavernError) -> ConditionsTime? {
    guard let text = record.text(name) else { return nil }
    if let time = ConditionsTime(text) { return time }
    throw CavernError(
      "pixel.badRecord", "'\(text)' of fill \(record.id) is no time", exit: .unavailable, expected: "ISO 8601")
  }

  /// A luminosity in fb⁻¹ by the unit of its row.
  private static func femtobarn(_ record: OMSRecord, _ name: String, _ fill: Int) throws(CavernError) -> Double? {
    guard let value = record.number(name) else { return nil }
    guard let unit = record.units[name] else {
      throw CavernError(
        "lumi.noUnit", "the answer names no unit for \(name) of fill \(fill)", exit: .badData,
        expected: "meta.row.\(name).units")
    }
    // 1 mb⁻¹ is 10³ b⁻¹ and so on; 10¹⁵ b⁻¹ are 1 fb⁻¹.
    let inverseBarns: [String: Double] = [
      "fb^{-1}": 1e15, "pb^{-1}": 1e12, "nb^{-1}": 1e9, "{\\mu}b^{-1}": 1e6, "mb^{-1}": 1e3, "b^{-1}": 1,
    ]
    if let factor = inverseBarns[unit] { return value * factor * 1e-15 }
    return value * (try LuminosityUnit.inverseMicrobarn(unit)) * 1e-9
  }
}

/// Saved answers of OMS: raw pages in any order.
public enum OMSPages {
  /// The records of pages; the same record twice counts once.
  ///
  /// - Parameter pages: text and name of each page.
  /// - Throws: `oms.notJSON` with the first 200 characters, `oms.cutPages` when the records are fewer than the total that a
  ///   page tells.
  public static func records(_ pages: [(text: String, name: String)]) throws(CavernError) -> [OMSRecord] {
    var records: [OMSRecord] = []
    var total: Int?
    var entries = 0
    for page in pages {
      guard let value = try? JSONValue(parsing: page.text), let data = value["data"]?.arrayValue else {
        throw CavernError(
          "oms.notJSON", "the page is no list of records: \(page.text.prefix(200))", exit: .unavailable,
          file: page.name,
          expected: "a JSON:API document with 'data'")
      }
      total = value["meta"]?["totalResourceCount"]?.intValue ?? total
      for entry in data {
        guard let attributes = entry["attributes"]?.objectValue,
          let id = entry["id"]?.stringValue ?? entry["id"]?.intValue.map(String.init)
        else {
          throw CavernError("oms.notJSON", "a record has no name or no attributes", exit: .unavailable, file: page.name)
        }
        var units: [String: String] = [:]
        for (name, value) in entry["meta"]?["row"]?.objectValue?.members ?? [] {
          units[name] = value["units"]?.stringValue
        }
        let record = OMSRecord(id: id, attributes: attributes, units: units)
        entries += 1
        if !records.contains(record) { records.append(record) }
      }
    }
    let found = Set(records.map(\.id)).count
    // A server may count a record that it holds twice; the same page given twice counts once.
    if let total, found != total, entries != total {
      throw CavernError(
        "oms.cutPages", "the pages hold \(found) records, but tell of \(total)", exit: .unavailable,
        file: pages.last?.name, hint: "a page is missing or comes from another question")
    }
    return records
  }
}
