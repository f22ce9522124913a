import JSON

/// Emittance of each injected batch against the time it spent in the machine, and the growth rate that follows.
public struct EmittanceVersusInjection: Sendable, Equatable {
  /// One batch.
  public struct Batch: Sendable, Equatable {
    /// Number of the injection from 0.
    public var injection: Int
    /// Time of the injection in the cycle in s.
    public var injectionTime: Double
    /// Time in s between injection and scan.
    public var timeInMachine: Double
    /// Rows of its bunches that count.
    public var rows: [Int]
    /// Mean normalised emittance in µm.
    public var meanEmittance: Double
    /// Standard deviation over its bunches, divided by n, in µm.
    public var standardDeviation: Double
    /// Error of the mean in µm: spread over √(n − 1), or the statistical uncertainty of a single bunch.
    public var error: Double
  }

  /// The scan.
  public var scan: WireScanAnalysis.Scan
  /// Batches with at least one bunch that counts, in the order of injection.
  public var batches: [Batch]
  /// How the rows were assigned.
  public var matching: FillingScheme.Matching
  /// Straight line of emittance in µm against time in the machine in s; `nil` below two batches.
  public var growth: StraightLine?

  /// Assigns the rows of a scan to injections.
  ///
  /// - Parameters:
  ///   - scan: one of `analysis.scans`.
  ///   - analysis: the file's analysis.
  ///   - scheme: the filling scheme.
  ///   - firstRow: row of the first injected bunch; `nil` finds it.
  ///   - injectionTimes: time in the cycle of each injection in s.
  /// - Returns: `nil` without a scan time, without emittances, or when no row matches.
  public init?(
    _ scan: WireScanAnalysis.Scan, in analysis: WireScanAnalysis, scheme: FillingScheme, firstRow: Int?,
    injectionTimes: [Double]
  ) {
    let profiles = analysis.profiles(of: scan).filter { $0.countsInAverages && $0.emittance != nil }
    guard let scanTime = scan.cycleTime,
      let matching = scheme.match(rows: profiles.map(\.row), firstRow: firstRow)
    else { return nil }
    self.scan = scan
    self.matching = matching
    batches = []
    for injection in 0..<scheme.sets * scheme.batchesPerSet where injection < injectionTimes.count {
      let rows = matching.bunches.filter { $0.batch == injection }.compactMap(\.row)
      let emittances = profiles.filter { rows.contains($0.row) }.compactMap(\.emittance)
      let values = emittances.map(\.value)
      guard let mean = Moments.mean(values), let deviation = Moments.populationDeviation(values) else { continue }
      let error = values.count > 1 ? deviation / Double(values.count - 1).squareRoot() : emittances[0].statistical
      batches.append(
        Batch(
          injection: injection, injectionTime: injectionTimes[injection],
          timeInMachine: scanTime - injectionTimes[injection], rows: rows.sorted(), meanEmittance: mean,
          standardDeviation: deviation, error: max(error, emittances.map(\.statistical).min() ?? error)))
    }
    guard !batches.isEmpty else { return nil }
    growth = StraightLine(
      x: batches.map(\.timeInMachine), y: batches.map(\.meanEmittance), errors: batches.map(\.error))
  }

  /// Equidistant injections: the first at `first` s in the cycle, then every `interval` s.
  public static func injectionTimes(count: Int, first: Double, interval: Double) -> [Double] {
    (0..<count).map { first + interval * Double($0) }
  }

  /// The record in the outputs.
  public var json: JSONValue {
    [
      "scan": scan.json, "firstRow": .integer(matching.firstRow),
      "batches": .array(
        batches.map { batch in
          [
            "injection": .integer(batch.injection), "injectionTime_s": .number(batch.injectionTime),
            "timeInMachine_s": .number(batch.timeInMachine), "rows": .array(batch.rows.map { .integer($0) }),
            "meanEmittance_um": .number(batch.meanEmittance), "standardDeviation_um": .number(batch.standardDeviation),
            "error_um": .number(batch.error),
          ]
        }),
      "growthRate_um_per_s": [
        "value": .optional(growth?.slope), "standardError": .optional(growth?.slopeError),
        "emittanceAtInjection_um": .optional(growth?.intercept),
        "emittanceAtInjectionError_um": .optional(growth?.interceptError),
        "chiSquare": .optional(growth?.chiSquare), "degreesOfFreedom": .optional(growth?.degreesOfFreedom),
      ],
      "displacedRows": .array(matching.displaced.compactMap { $0.row.map { .integer($0) } }),
      "missingRows": .array(matching.missing.map { .integer($0.expectedRow) }),
      "unexpectedRows": .array(matching.unexpectedRows.map { .integer($0) }),
    ]
  }
}
