import Conditions
import Errors
import Files
import Foundation
import JSON

/// Answers about runs in a folder, one file a run.
///
/// A file that is damaged or of another format is set aside and made anew by the next `cavern halo runinfo`.
struct HaloRunCache {
  /// One run.
  struct Entry: Equatable {
    /// The run.
    var run: Int
    /// Seconds since 1970 UTC when it was asked for.
    var fetched: Double
    /// What OMS knows; nil when it knows nothing.
    var record: RunRecord?
    /// Its lumisections; empty when brilcalc has none.
    var sections: [Lumisection]
    /// Whether luminosity was asked for with success.
    var hasLuminosity: Bool

    /// Whether it should be asked for again: the run had no end, and ten minutes are over.
    func isStale(now: Double) -> Bool {
      (record?.endMilliseconds == nil || !hasLuminosity) && now - fetched > 600
    }
  }

  /// The folder.
  var folder: String
  private static let schema = "cavern.halo.run/1"

  private func path(_ run: Int) -> String { "\(folder)/run_\(run).json" }

  /// What is kept about a run; nil when nothing is.
  func entry(_ run: Int, warnings: inout [CavernWarning]) -> Entry? {
    guard let data = FileManager.default.contents(atPath: path(run)) else { return nil }
    guard let json = try? JSONValue(parsing: Array(data)), let entry = Self.entry(json), entry.run == run else {
      let aside = path(run) + ".damaged"
      try? FileManager.default.removeItem(atPath: aside)
      try? FileManager.default.moveItem(atPath: path(run), toPath: aside)
      warnings.append(
        CavernWarning(
          "halo.cacheDamaged", "the kept answer is damaged or of another format and is set aside", file: aside))
      return nil
    }
    return entry
  }

  /// Keeps an answer.
  func keep(_ entry: Entry) throws(CavernError) {
    try OutputFolder.prepare(folder)
    var run: JSONValue = .null
    if let record = entry.record {
      run = [
        "run": .integer(record.run), "fill": .optional(record.fill), "start_ms": .optional(record.startMilliseconds),
        "end_ms": .optional(record.endMilliseconds), "energy_GeV": .optional(record.energy),
        "stable": record.isStable.map { .bool($0) } ?? .null, "delivered_per_pb": .optional(record.delivered),
        "recorded_per_pb": .optional(record.recorded), "mode": .optional(record.mode),
      ]
    }
    let sections = entry.sections.map { section -> JSONValue in
      [
        "fill": .integer(section.fill), "ls": .integer(section.number), "start_ms": .number(section.startMilliseconds),
        "status": .string(section.beamStatus), "energy_GeV": .number(section.energy),
        "delivered_per_ub": .number(section.delivered), "recorded_per_ub": .number(section.recorded),
        "pileup": .number(section.pileUp), "trusted": .bool(section.isTrusted),
      ]
    }
    let document: JSONValue = [
      "schema": .string(Self.schema), "run": .integer(entry.run), "fetched_s": .number(entry.fetched),
      "has_luminosity": .bool(entry.hasLuminosity), "oms": run, "sections": .array(sections),
    ]
    try AtomicFile.write(path(entry.run), text: document.text(.pretty) + "\n", isSynchronised: false)
  }

  private static func entry(_ json: JSONValue) -> Entry? {
    guard json["schema"]?.stringValue == schema, let run = json["run"]?.intValue,
      let fetched = json["fetched_s"]?.doubleValue, let list = json["sections"]?.arrayValue
    else { return nil }
    var record: RunRecord?
    if let oms = json["oms"], oms != .null {
      record = RunRecord(
        run: run, fill: oms["fill"]?.intValue, startMilliseconds: oms["start_ms"]?.doubleValue,
        endMilliseconds: oms["end_ms"]?.doubleValue, energy: oms["energy_GeV"]?.doubleValue,
        isStable: oms["stable"]?.boolValue, delivered: oms["delivered_per_pb"]?.doubleValue,
        recorded: oms["recorded_per_pb"]?.doubleValue, mode: oms["mode"]?.stringValue)
    }
    var sections: [Lumisection] = []
    for item in list {
      guard let number = item["ls"]?.intValue, let start = item["start_ms"]?.doubleValue,
        let status = item["status"]?.stringValue, let delivered = item["delivered_per_ub"]?.doubleValue
      else { return nil }
      sections.append(
        Lumisection(
          run: run, fill: item["fill"]?.intValue ?? 0, number: number, startMilliseconds: start, beamStatus: status,
          energy: item["energy_GeV"]?.doubleValue ?? 0, delivered: delivered,
          recorded: item["recorded_per_ub"]?.doubleValue ?? 0, pileUp: item["pileup"]?.doubleValue ?? 0,
          isTrusted: item["trusted"]?.boolValue ?? false))
    }
    return Entry(
      run: run, fetched: fetched, record: record, sections: sections,
      hasLuminosity: json["has_luminosity"]?.boolValue ?? !sections.isEmpty)
  }
}
