import Errors
import JSON

extension WireScanSession.Scan {
  /// The record in `result.json` and in the manifest.
  public var json: JSONValue {
    [
      "device": .string(device), "plane": .string(plane.rawValue), "scan": .string(scan.rawValue),
      "acquisition": .integer(acquisition), "acqTime": .optional(acquisitionTimeText),
      "acqTimeUTC": .optional(time?.text), "cycleStamp": .optional(cycleStamp), "selector": .optional(selector),
      "cycleTime_s": .optional(cycleTime), "gamma": .optional(gamma), "optics": .optional(opticsSet),
      "n": .integer(count), "meanEmittance_um": .optional(meanEmittance),
      "standardDeviation_um": .optional(standardDeviation), "standardError_um": .optional(standardError),
      "systematic_um": .optional(systematic), "meanQ": .optional(meanQ),
      "standardDeviationOfQ": .optional(standardDeviationOfQ), "rows": .array(rows.map { .integer($0) }),
      "slots": .array(slots.map { .optional($0) }), "emittances_um": .numbers(emittances),
      "emittanceErrors_um": .numbers(emittanceErrors), "q": .numbers(tails),
      "counted": .array(counted.map { .bool($0) }),
      "flags": .object(JSONObject(flagCounts.map { ($0.name, .integer($0.count)) })),
    ]
  }

  /// Reads the record back; `nil` when it is none.
  public init?(json: JSONValue) {
    guard let device = json["device"]?.stringValue, let plane = json["plane"]?.stringValue.flatMap(Plane.init),
      let scan = json["scan"]?.stringValue.flatMap(ScanDirection.init)
    else { return nil }
    func number(_ name: String) -> Double? { json[name]?.doubleValue }
    func numbers(_ name: String) -> [Double] { json[name]?.arrayValue?.map { $0.doubleValue ?? .nan } ?? [] }
    let rows = json["rows"]?.arrayValue?.compactMap(\.intValue) ?? []
    let counted = json["counted"]?.arrayValue?.compactMap(\.boolValue) ?? []
    // Figures index these lists with one another.
    guard [numbers("emittances_um").count, numbers("q").count, counted.count].allSatisfy({ $0 == rows.count }) else {
      return nil
    }
    self.init(
      device: device, plane: plane, scan: scan, acquisition: json["acquisition"]?.intValue ?? 0,
      time: json["acqTimeUTC"]?.stringValue.flatMap { AcquisitionTime(parsing: $0) },
      acquisitionTimeText: json["acqTime"]?.stringValue, cycleStamp: json["cycleStamp"]?.intValue,
      selector: json["selector"]?.stringValue, cycleTime: number("cycleTime_s"), gamma: number("gamma"),
      opticsSet: json["optics"]?.stringValue, count: json["n"]?.intValue ?? 0,
      meanEmittance: number("meanEmittance_um"), standardDeviation: number("standardDeviation_um"),
      standardError: number("standardError_um"), systematic: number("systematic_um"), meanQ: number("meanQ"),
      standardDeviationOfQ: number("standardDeviationOfQ"),
      rows: rows, slots: json["slots"]?.arrayValue?.map(\.intValue) ?? [], emittances: numbers("emittances_um"),
      emittanceErrors: numbers("emittanceErrors_um"), tails: numbers("q"), counted: counted,
      flagCounts: json["flags"]?.objectValue?.members.compactMap { member in
        member.value.intValue.map { (member.name, $0) }
      } ?? [])
  }
}

extension WireScanSession.Entry {
  /// The record in `result.json` and in the manifest.
  public var json: JSONValue {
    [
      "file": .string(file), "sha256": .optional(sha256), "state": .string(state),
      "causes": .array(causes.map { .string($0) }), "scans": .array(scans.map(\.json)),
    ]
  }

  /// Reads the record back; `nil` when it is none.
  public init?(json: JSONValue) {
    guard let file = json["file"]?.stringValue, let state = json["state"]?.stringValue else { return nil }
    self.init(
      file: file, sha256: json["sha256"]?.stringValue, state: state,
      causes: json["causes"]?.arrayValue?.compactMap(\.stringValue) ?? [],
      scans: json["scans"]?.arrayValue?.compactMap { WireScanSession.Scan(json: $0) } ?? [])
  }
}

extension WireScanSession {
  /// The result of a folder: the entries in order.
  public var json: JSONValue {
    ["files": .array(entries.map(\.json))]
  }

  /// Reads the result of a folder.
  ///
  /// - Throws: `ws.notASession` when it is something else.
  public init(json: JSONValue) throws(CavernError) {
    guard let files = json["files"]?.arrayValue else {
      throw CavernError(
        "ws.notASession", "this is not the result of 'cavern beam ws batch'", exit: .badData,
        expected: "result.json with a list 'files'")
    }
    self.init(entries: files.compactMap(Entry.init))
  }

  /// `full_WS_data.json` of the earlier package: lists with one entry per file, X and Y filled independently.
  ///
  /// Emittances in m·rad, times in s; missing numbers are `null`. Only incoming scans are exported, as before; a plane
  /// without data adds no entry.
  public var legacyJSON: JSONValue {
    var object = JSONObject()
    let inward = scans.map(\.scan).filter { $0.scan == .inward && !$0.rows.isEmpty }
    for plane in Plane.allCases {
      let letter = plane.coordinate
      let chosen = inward.filter { $0.plane == plane }
      func list(_ value: (Scan) -> JSONValue) -> JSONValue { .array(chosen.map(value)) }
      object["UTC_timestamp_\(letter)"] = list { .optional($0.acquisitionTimeText ?? $0.time?.text) }
      object["N_emittances_\(letter)"] = list { .numbers($0.emittances.map { $0 * 1e-6 }) }
      object["N_avg_emit\(letter)"] = list { .optional($0.meanEmittance.map { $0 * 1e-6 }) }
      object["Ctime_\(letter)"] = list { .optional($0.cycleTime) }
      object["q_values_\(letter)"] = list { .numbers($0.tails) }
      object["q_values_\(letter)_mean"] = list { .optional($0.meanQ) }
    }
    return .object(object)
  }
}
