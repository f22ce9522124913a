import Errors

/// Counts of many pixels over a scan of the threshold.
public struct EdgeScan: Sendable {
  /// Thresholds in DAC codes, growing.
  public let thresholds: [Double]
  /// Live time at each threshold in seconds; 0 leaves the threshold out of every fit.
  public let exposures: [Double]
  /// Counts, threshold after threshold, each with one number a pixel.
  public let counts: [UInt32]
  /// Number of pixels.
  public let pixelCount: Int

  /// A scan.
  ///
  /// - Throws: `fit.shape` when lengths do not fit together, `fit.options` for thresholds that do not grow or live times that
  ///   are negative or not finite.
  public init(thresholds: [Double], exposures: [Double], counts: [UInt32], pixelCount: Int) throws(CavernError) {
    guard exposures.count == thresholds.count, counts.count == thresholds.count * pixelCount, pixelCount >= 0 else {
      throw CavernError(
        "fit.shape", "\(counts.count) counts and \(exposures.count) live times for \(thresholds.count) thresholds",
        exit: .internal, expected: "one live time a threshold and one count a pixel and threshold")
    }
    guard zip(thresholds, thresholds.dropFirst()).allSatisfy(<), thresholds.allSatisfy(\.isFinite),
      exposures.allSatisfy({ $0 >= 0 && $0.isFinite })
    else {
      throw CavernError(
        "fit.options", "thresholds must grow and live times must not be negative", exit: .internal)
    }
    self.thresholds = thresholds
    self.exposures = exposures
    self.counts = counts
    self.pixelCount = pixelCount
  }
}

/// How edges are fitted.
public struct EdgeFitOptions: Sendable {
  /// What is minimised.
  public var objective = EdgeObjective.poisson
  /// Start values in the order of the equation's parameters, used when the estimate from the counts does not lead to a
  /// minimum; `nil` for none.
  public var start: [Double]?
  /// A second line of the source.
  public var secondLine: EdgeSecondLine?
  /// For the second line: the threshold of zero charge of each pixel of the scan; empty without a second line.
  public var pivots: [Double] = []
  /// Whether a constant background rate is fitted as a last parameter `c`.
  public var hasBackground = false
  /// Fits with a lower p-value are tried again from other starts.
  public var restartProbability = 0.001
  /// Squared distance to the minimum, in units of standard errors, below which a fit has converged.
  public var tolerance = 1e-6
  /// Steps at the most from one start.
  public var maximumIterations = 100
  /// Number of threads.
  public var threads = 1

  /// Options as they stand by default: Poisson likelihood on one thread.
  public init() {}
}
