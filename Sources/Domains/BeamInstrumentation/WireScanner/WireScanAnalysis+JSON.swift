import JSON

extension WireScanAnalysis {
  /// The object of `--json`: profiles, summaries and what was used.
  public var json: JSONValue {
    [
      "file": .string(path), "profiles": .array(profiles.map(\.json)), "summaries": .array(summaries.map(\.json)),
      "scans": .array(scans.map(\.json)), "faults": .array(faults.map { $0.json["error"] ?? nil }),
    ]
  }
}

extension WireScanAnalysis.Scan {
  /// The record in the outputs.
  public var json: JSONValue {
    [
      "device": .string(device), "plane": .string(plane.rawValue), "scan": .string(scan.rawValue),
      "acquisition": .integer(acquisition), "photomultiplier": .optional(photomultiplier),
      "acqTime": .optional(acquisitionTimeText), "acqTimeUTC": .optional(time?.text),
      "cycleStamp": .optional(cycleStamp), "selector": .optional(selector), "cycleTime_s": .optional(cycleTime),
      "gammaTime_ms": .optional(gamma?.time), "gamma": .optional(gamma?.gamma),
      "betaGamma": .optional(gamma?.betaGamma), "optics": optics?.json ?? nil, "rows": .integer(rowCount),
    ]
  }
}
