import JSON

/// One file of a run over many, small enough that thousands stay in memory.
public struct BeamCurrentSession: Sendable {
  /// What one record came to.
  public struct Summary: Sendable, Equatable {
    /// Device.
    public var device: String
    /// Row of the acquisition in the file.
    public var acquisition: Int
    /// Moment of the acquisition, UTC.
    public var time: AcquisitionTime?
    /// Stamp of the machine cycle in ns since 1970.
    public var cycleStamp: Int?
    /// Timing user.
    public var selector: String?
    /// What intensities are counted in.
    public var unitName: String
    /// Charges per particle, when known.
    public var chargeState: Double?
    /// Selected bunches.
    public var bunches: Int
    /// Injected charges.
    public var injected: BunchEvolution.Measured?
    /// Charges at the end.
    public var final: BunchEvolution.Measured?
    /// Mean lifetime of the bunches in s, and its standard error from their spread.
    public var lifetime: BunchEvolution.Measured?
    /// Sudden losses of bunches.
    public var suddenLosses: Int
    /// DC over fast transformer.
    public var calibration: Double?

    /// Final over injected intensity.
    public var transmission: BunchEvolution.Measured? { BunchEvolution.ratio(final, injected) }

    /// The summary of an analysis.
    public init(_ analysis: BeamCurrentAnalysis) {
      let record = analysis.record
      device = record.device
      acquisition = record.acquisition
      time = record.time
      cycleStamp = record.cycleStamp
      selector = record.selector
      unitName = record.unitName
      chargeState = analysis.options.chargeState
      bunches = analysis.bunches.count
      injected = analysis.total.injected
      final = analysis.total.final
      let lifetimes = analysis.bunches.compactMap { $0.reportedLifetime(analysis.options.weights)?.lifetime }
      if let mean = Moments.mean(lifetimes), let deviation = Moments.populationDeviation(lifetimes), lifetimes.count > 1
      {
        lifetime = BunchEvolution.Measured(value: mean, error: deviation / Double(lifetimes.count - 1).squareRoot())
      }
      suddenLosses = analysis.bunches.reduce(0) { $0 + $1.losses.count }
      calibration = analysis.calibration?.factor
    }
  }

  /// One file.
  public struct Entry: Sendable, Equatable {
    /// Path as reported.
    public var file: String
    /// SHA-256 of the file, hexadecimal.
    public var sha256: String?
    /// `done`, `partial`, `skipped` or `failed`.
    public var state: String
    /// Why something is missing.
    public var causes: [String]
    /// Its records.
    public var records: [Summary]

    /// A file.
    public init(file: String, sha256: String?, state: String, causes: [String], records: [Summary]) {
      self.file = file
      self.sha256 = sha256
      self.state = state
      self.causes = causes
      self.records = records
    }
  }

  /// The files in the order of their time stamps.
  public var entries: [Entry] = []
  /// Mean over the runs of the session.
  public var average = IntensityRunAverage()
  /// The run that stands for the session.
  public var representative: IntensityRun?

  /// A session without files.
  public init() {}

  /// The result of a run over many files.
  public var json: JSONValue {
    [
      "files": .array(entries.map(\.json)), "average": average.json,
      "representative": representative.map { .string($0.name) } ?? .null,
    ]
  }
}

extension BeamCurrentSession.Entry {
  /// The entry as a record that `init(json:)` reads back without loss.
  public var json: JSONValue {
    [
      "file": .string(file), "sha256": .optional(sha256), "state": .string(state),
      "causes": .array(causes.map { .string($0) }), "records": .array(records.map(\.json)),
    ]
  }

  /// The entry of a record; `nil` when it is not one.
  public init?(json: JSONValue) {
    guard let file = json["file"]?.stringValue, let state = json["state"]?.stringValue else { return nil }
    self.init(
      file: file, sha256: json["sha256"]?.stringValue, state: state,
      causes: json["causes"]?.arrayValue?.compactMap(\.stringValue) ?? [],
      records: json["records"]?.arrayValue?.compactMap(BeamCurrentSession.Summary.init(json:)) ?? [])
  }
}

extension BeamCurrentSession.Summary {
  /// The summary as a record that `init(json:)` reads back without loss.
  public var json: JSONValue {
    [
      "device": .string(device), "acquisition": .integer(acquisition), "acqTimeUTC": .optional(time?.text),
      "time_ns": .optional(time?.nanoseconds), "cycleStamp": .optional(cycleStamp), "selector": .optional(selector),
      "unit": .string(unitName), "chargeState": .optional(chargeState), "bunches": .integer(bunches),
      "injected": injected?.json ?? nil, "final": final?.json ?? nil, "transmission": transmission?.json ?? nil,
      "lifetime_s": lifetime?.json ?? nil, "suddenLosses": .integer(suddenLosses),
      "calibration": .optional(calibration),
    ]
  }

  /// The summary of a record; `nil` when it is not one.
  public init?(json: JSONValue) {
    guard let device = json["device"]?.stringValue, let unit = json["unit"]?.stringValue,
      let bunches = json["bunches"]?.intValue
    else { return nil }
    func measured(_ name: String) -> BunchEvolution.Measured? {
      guard let value = json[name]?["value"]?.doubleValue, let error = json[name]?["error"]?.doubleValue else {
        return nil
      }
      return BunchEvolution.Measured(value: value, error: error)
    }
    self.device = device
    acquisition = json["acquisition"]?.intValue ?? 0
    time = json["time_ns"]?.intValue.map { AcquisitionTime(nanoseconds: $0) }
    cycleStamp = json["cycleStamp"]?.intValue
    selector = json["selector"]?.stringValue
    unitName = unit
    chargeState = json["chargeState"]?.doubleValue
    self.bunches = bunches
    injected = measured("injected")
    final = measured("final")
    lifetime = measured("lifetime_s")
    suddenLosses = json["suddenLosses"]?.intValue ?? 0
    calibration = json["calibration"]?.doubleValue
  }
}
