import JSON

/// Intensities of the chosen bunches of one file over the cycle, and their mean and spread: what a run over many files keeps of each.
public struct IntensityRun: Sendable, Equatable {
  /// The file's name without its extension.
  public var name: String
  /// Device.
  public var device: String
  /// Time stamp as recorded.
  public var acquisitionTimeText: String?
  /// Moment of the acquisition, UTC.
  public var time: AcquisitionTime?
  /// What intensities are counted in.
  public var unitName: String
  /// Slots of the bunches.
  public var slots: [Int]
  /// Times in the cycle in s.
  public var times: [Double]
  /// Intensities [measurement][bunch].
  public var intensities: [[Double]]

  /// Mean over the bunches per measurement; NaN without one.
  public var means: [Double] { intensities.map { Moments.mean($0.filter(\.isFinite)) ?? .nan } }
  /// Standard deviation over the bunches (divided by n) per measurement; NaN without one.
  public var spreads: [Double] { intensities.map { Moments.populationDeviation($0.filter(\.isFinite)) ?? .nan } }

  /// The chosen bunches of an analysis.
  ///
  /// - Parameter subtractsBaseline: whether the level of the empty slots is subtracted.
  public init(_ analysis: BeamCurrentAnalysis, subtractsBaseline: Bool = false) {
    let record = analysis.record
    let file = analysis.path.split(separator: "/").last.map(String.init) ?? analysis.path
    name = file.hasSuffix(".parquet") ? String(file.dropLast(8)) : file
    device = record.device
    acquisitionTimeText = record.acquisitionTimeText
    time = record.time
    unitName = record.unitName
    let slots = analysis.chosen.map { analysis.bunches[$0].slot }
    self.slots = slots
    times = record.times
    intensities = (0..<record.measurementCount).map { measurement in
      let level = subtractsBaseline ? analysis.baseline.level(measurement) : 0
      return slots.map { record.intensity(measurement, $0) - level }
    }
  }
}

/// The mean over many runs, built up file by file: memory does not grow with their number.
///
/// Runs with the time base of the first are added as they are, others on straight lines between their samples; outside the time that
/// a run covers it does not count.
public struct IntensityRunAverage: Sendable, Equatable {
  /// Times in the cycle in s, those of the first run.
  public private(set) var times: [Double] = []
  /// Files added.
  public private(set) var fileCount = 0
  /// Of those, files whose time base differs.
  public private(set) var resampledCount = 0
  /// Per measurement: how many files counted, and the mean and sum of squared deviations of their means and of their spreads.
  private var counts: [Int] = []
  private var sums: [Double] = []
  private var squares: [Double] = []
  private var spreadSums: [Double] = []

  /// No runs yet.
  public init() {}

  /// Adds a run; one without bunches is left out.
  ///
  /// - Returns: whether its time base differs from that of the first.
  @discardableResult public mutating func add(_ run: IntensityRun) -> Bool {
    guard !run.slots.isEmpty, !run.times.isEmpty else { return false }
    if fileCount == 0 {
      times = run.times
      counts = [Int](repeating: 0, count: times.count)
      sums = [Double](repeating: 0, count: times.count)
      squares = sums
      spreadSums = sums
    }
    fileCount += 1
    // Stamps that differ by less than a microsecond are the same.
    let isSame = run.times.count == times.count && zip(run.times, times).allSatisfy { abs($0 - $1) < 1e-6 }
    let base = TimeBase(times: run.times)
    let (means, spreads) = (run.means, run.spreads)
    for index in times.indices {
      let mean = isSame ? means[index] : base.interpolate(means, at: times[index]) ?? .nan
      guard mean.isFinite else { continue }
      let spread = isSame ? spreads[index] : base.interpolate(spreads, at: times[index]) ?? 0
      // Welford's update of mean and sum of squared deviations.
      counts[index] += 1
      let before = mean - sums[index]
      sums[index] += before / Double(counts[index])
      squares[index] += before * (mean - sums[index])
      spreadSums[index] += spread
    }
    if !isSame { resampledCount += 1 }
    return !isSame
  }

  /// Mean over files and bunches per measurement; NaN where no file counts.
  public var means: [Double] { counts.indices.map { counts[$0] > 0 ? sums[$0] : .nan } }
  /// Standard deviation (divided by n) of the files' means per measurement.
  public var deviations: [Double] {
    counts.indices.map { counts[$0] > 0 ? (squares[$0] / Double(counts[$0])).squareRoot() : .nan }
  }
  /// Mean over files of the spread over bunches per measurement.
  public var meanSpreads: [Double] {
    counts.indices.map { counts[$0] > 0 ? spreadSums[$0] / Double(counts[$0]) : .nan }
  }

  /// The record in the outputs.
  public var json: JSONValue {
    [
      "files": .integer(fileCount), "resampledFiles": .integer(resampledCount), "cycleTime_s": .numbers(times),
      "count": .array(counts.map { .integer($0) }), "mean": .numbers(means), "standardDeviation": .numbers(deviations),
      "meanSpreadOverBunches": .numbers(meanSpreads),
    ]
  }
}
