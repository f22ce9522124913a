import JSON

/// The scanners of a file and where their bunches are, before any fit.
public struct WireScanOverview: Sendable, Equatable {
  /// One scan.
  public struct Scan: Sendable, Equatable {
    /// Device.
    public var device: String
    /// Plane.
    public var plane: Plane
    /// Direction.
    public var direction: ScanDirection
    /// Moment of the acquisition, UTC.
    public var time: AcquisitionTime?
    /// Time in the cycle in s.
    public var cycleTime: Double?
    /// Timing user.
    public var selector: String?
    /// Lorentz factor at the scan.
    public var gamma: Double?
    /// Rows recorded.
    public var rowCount: Int
    /// Samples in the longest row.
    public var sampleCount: Int
    /// Widest span of positions in mm.
    public var span: Double
    /// Photomultipliers recorded.
    public var channelCount: Int
    /// The best one, from 1.
    public var photomultiplier: Int
    /// Median signal over noise of its filled rows.
    public var signalToNoise: Double
    /// Rows that hold a bunch.
    public var filledRows: [Int]
    /// Rows with a bunch below the threshold.
    public var weakRows: [Int]
  }

  /// The scans in the order of the file.
  public var scans: [Scan]

  /// Looks at the scans of a file.
  public init(_ file: WireScanFile, threshold: Double) {
    scans = []
    for scanner in file.scanners {
      for scan in scanner.scans {
        let selections = scan.channels.map { BunchSelection($0, threshold: threshold) }
        guard
          let best = selections.indices.max(by: {
            (selections[$0].medianSignalToNoise, $1) < (selections[$1].medianSignalToNoise, $0)
          })
        else { continue }
        let rows = scan.channels[best]
        scans.append(
          Scan(
            device: scan.device, plane: scan.plane, direction: scan.scan, time: scanner.time,
            cycleTime: scan.cycleTime, selector: scanner.selector,
            gamma: file.gammas[scan.acquisition].flatMap { ScanGamma($0, time: scan.gammaTime, offset: 0)?.gamma },
            rowCount: scan.rowCount, sampleCount: rows.map(\.count).max() ?? 0,
            span: rows.map { ($0.positions.last ?? 0) - ($0.positions.first ?? 0) }.max() ?? 0,
            channelCount: scan.channels.count, photomultiplier: scan.photomultiplier(best),
            signalToNoise: selections[best].medianSignalToNoise, filledRows: selections[best].filledRows,
            weakRows: selections[best].contents.indices.filter { selections[best].contents[$0] == .weak }))
      }
    }
  }

  /// The object of `--json`.
  public var json: JSONValue {
    let list = scans.map { scan -> JSONValue in
      [
        "device": .string(scan.device), "plane": .string(scan.plane.rawValue),
        "scan": .string(scan.direction.rawValue), "acqTimeUTC": .optional(scan.time?.text),
        "cycleTime_s": .optional(scan.cycleTime), "selector": .optional(scan.selector),
        "gamma": .optional(scan.gamma), "rows": .integer(scan.rowCount), "samples": .integer(scan.sampleCount),
        "span_mm": .number(scan.span), "photomultipliers": .integer(scan.channelCount),
        "photomultiplier": .integer(scan.photomultiplier), "signalToNoise": .number(scan.signalToNoise),
        "filledRows": .array(scan.filledRows.map { .integer($0) }),
        "weakRows": .array(scan.weakRows.map { .integer($0) }),
      ]
    }
    return ["scans": .array(list)]
  }
}
