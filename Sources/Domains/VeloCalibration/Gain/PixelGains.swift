import Fitting

/// Target and gain of every pixel, and their summary.
public struct PixelGains: Sendable {
  /// Target in DAC codes above the baseline; `nil` where there is none.
  public private(set) var target: [Double?]
  /// Its uncertainty.
  public private(set) var targetError: [Double?]
  /// Gain in electrons per DAC code.
  public private(set) var gain: [Double?]
  /// Its uncertainty: statistical, or with the common scale error for the earlier program's method.
  public private(set) var gainError: [Double?]

  /// Targets and gains of fitted pixels.
  ///
  /// The earlier program's method uses good fits only, adds the noise width to the error of the target, and cuts targets
  /// outside 0 … 1000 and gains from 50 on.
  public init(_ fits: PixelFits, inputs: ScanInputs, source: RadiationSource) {
    let count = PixelMatrix.count
    target = Array(repeating: nil, count: count)
    targetError = target
    gain = target
    gainError = target
    let isLegacy = fits.options.method == .legacy
    let isBefore = fits.options.baseline == .before
    guard fits.options.baseline != .none, let baseline = inputs.baseline else { return }
    for pixel in 0..<count {
      guard isLegacy ? fits.categories[pixel] == .good : fits.hasConverged(pixel),
        let position = fits.value(pixel, fits.positionIndex)
      else { continue }
      let error = fits.error(pixel, fits.positionIndex)
      guard baseline[pixel] > 0 || (isLegacy && isBefore) else { continue }
      let value = isLegacy && isBefore ? position : position - baseline[pixel]
      guard value > 0, value < 1000 else { continue }
      var combined = error
      if isLegacy, !isBefore {
        combined = error.map { ($0 * $0 + Self.square(inputs.width?[pixel] ?? 0)).squareRoot() }
      } else if let extra = inputs.baselineError {
        combined = error.map { ($0 * $0 + Self.square(extra[pixel])).squareRoot() }
      }
      let k = source.gain(target: value)
      if isLegacy, k >= 50 { continue }
      target[pixel] = value
      targetError[pixel] = combined
      gain[pixel] = k
      gainError[pixel] = combined.map {
        isLegacy
          ? source.totalGainError(target: value, error: $0) : source.statisticalGainError(target: value, error: $0)
      }
    }
  }

  private static func square(_ x: Double) -> Double { x * x }
}

/// Location and spread of a quantity over pixels.
public struct PixelSummary: Sendable {
  /// Number of pixels.
  public let count: Int
  /// Mean; NaN without pixels.
  public let mean: Double
  /// Population standard deviation.
  public let deviation: Double
  /// Error of the mean of independent pixels.
  public var meanError: Double { count > 0 ? deviation / Double(count).squareRoot() : .nan }
  /// Median.
  public let median: Double
  /// 1.4826 times the median absolute deviation.
  public let robustDeviation: Double
  /// Mean with inverse variances as weights.
  public let weightedMean: Double
  /// χ² of constancy about it, and its degrees of freedom.
  public let chiSquare: Double
  /// Degrees of freedom of `chiSquare`.
  public let degreesOfFreedom: Int

  /// The summary of the values that are there.
  public init(_ values: [Double?], errors: [Double?]) {
    let list = values.compactMap { $0 }
    count = list.count
    mean = RobustStatistics.mean(list)
    deviation = RobustStatistics.deviation(list)
    let middle = RobustStatistics.median(list)
    median = middle
    robustDeviation = 1.4826 * RobustStatistics.median(list.map { abs($0 - middle) })
    var weight = 0.0, sum = 0.0, used = 0
    for (value, error) in zip(values, errors) {
      guard let value, let error, error > 1e-15 else { continue }
      weight += 1 / (error * error)
      sum += value / (error * error)
      used += 1
    }
    let average = weight > 0 ? sum / weight : .nan
    weightedMean = average
    var chi = 0.0
    for (value, error) in zip(values, errors) {
      guard let value, let error, error > 1e-15 else { continue }
      chi += (value - average) * (value - average) / (error * error)
    }
    chiSquare = used > 0 ? chi : .nan
    degreesOfFreedom = max(used - 1, 0)
  }
}
