import JSON

/// Averages over the rows of one scan that carry no excluding flag.
public struct ScanSummary: Sendable, Equatable {
  /// Device, `SPS.BWS.51637.H`.
  public var device: String
  /// Plane.
  public var plane: Plane
  /// Direction of the scan.
  public var scan: ScanDirection
  /// Row of the acquisition in the file, from 0.
  public var acquisition: Int
  /// Rows in the averages of the emittance.
  public var count: Int
  /// Mean normalised emittance in µm; `nil` without rows.
  public var meanEmittance: Double?
  /// Standard deviation of the emittance over the rows, divided by n, in µm.
  public var standardDeviation: Double?
  /// Standard error of the mean, √(Σ(ε − mean)²/(n(n − 1))), in µm; `nil` below two rows.
  public var standardError: Double?
  /// Mean weighted by the inverse squares of the statistical uncertainties, in µm.
  public var weightedMean: Double?
  /// Error of the weighted mean in µm.
  public var weightedMeanError: Double?
  /// Mean systematic uncertainty in µm; it is common to all rows and does not shrink with their number.
  public var systematic: Double?
  /// Mean sigma in mm.
  public var meanSigma: Double?
  /// Standard deviation of sigma over the rows, divided by n, in mm.
  public var standardDeviationOfSigma: Double?
  /// Mean tail parameter q.
  public var meanQ: Double?
  /// Standard deviation of q over the rows, divided by n.
  public var standardDeviationOfQ: Double?
  /// Rows with a bunch that stay out of the averages.
  public var excludedRows: [Int]
  /// Ratio of the mean outgoing to the mean incoming sigma of the rows that have both; on outgoing summaries only.
  public var outOverIn: Double?

  /// Averages of profiles of one scan.
  public init(device: String, plane: Plane, scan: ScanDirection, acquisition: Int, profiles: [ProfileResult]) {
    self.device = device
    self.plane = plane
    self.scan = scan
    self.acquisition = acquisition
    let counted = profiles.filter(\.countsInAverages)
    excludedRows = profiles.filter { profile in
      !profile.countsInAverages && (profile.gaussian != nil || profile.flags.contains(where: \.excludesFromAverages))
    }.map(\.row)
    let emittances = counted.compactMap(\.emittance)
    let values = emittances.map(\.value)
    count = values.count
    meanEmittance = Moments.mean(values)
    standardDeviation = Moments.populationDeviation(values)
    if let deviation = standardDeviation, count > 1 {
      standardError = deviation / Double(count - 1).squareRoot()
    }
    systematic = Moments.mean(emittances.map(\.systematic))
    let weights = emittances.map { $0.statistical > 0 ? 1 / ($0.statistical * $0.statistical) : 0 }
    let weightSum = weights.reduce(0, +)
    if weightSum > 0 {
      weightedMean = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } / weightSum
      weightedMeanError = (1 / weightSum).squareRoot()
    }
    let sigmas = counted.compactMap { $0.gaussian?.sigma }
    meanSigma = Moments.mean(sigmas)
    standardDeviationOfSigma = Moments.populationDeviation(sigmas)
    let tails = counted.compactMap { $0.qGaussian?.q }
    meanQ = Moments.mean(tails)
    standardDeviationOfQ = Moments.populationDeviation(tails)
  }

  /// The record in the outputs.
  public var json: JSONValue {
    [
      "device": .string(device), "plane": .string(plane.rawValue), "scan": .string(scan.rawValue),
      "acquisition": .integer(acquisition), "n": .integer(count), "meanEmittance_um": .optional(meanEmittance),
      "standardDeviation_um": .optional(standardDeviation), "standardError_um": .optional(standardError),
      "weightedMeanEmittance_um": .optional(weightedMean), "weightedMeanError_um": .optional(weightedMeanError),
      "systematic_um": .optional(systematic), "meanSigma_mm": .optional(meanSigma),
      "standardDeviationOfSigma_mm": .optional(standardDeviationOfSigma), "meanQ": .optional(meanQ),
      "standardDeviationOfQ": .optional(standardDeviationOfQ),
      "excludedRows": .array(excludedRows.map { .integer($0) }), "sigmaOutOverIn": .optional(outOverIn),
    ]
  }
}

/// Moments of small samples.
enum Moments {
  /// Arithmetic mean; `nil` of nothing.
  static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// Standard deviation divided by n; `nil` of nothing.
  static func populationDeviation(_ values: [Double]) -> Double? {
    guard let mean = mean(values) else { return nil }
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }
}
