import Errors
import Fitting

/// A fit of the flux summed or averaged over pixels of an ASIC.
public struct AsicFit: Sendable {
  /// Names of the parameters.
  public var names: [String]
  /// Values.
  public var values: [Double]
  /// Standard errors; NaN where there is none.
  public var errors: [Double]
  /// How the fit ended.
  public var state: FitState
  /// Minimised value.
  public var objective: Double
  /// Degrees of freedom.
  public var degreesOfFreedom: Int
  /// Target in DAC codes and its uncertainty; NaN without a baseline.
  public var target = Double.nan
  /// Uncertainty of the target.
  public var targetError = Double.nan
  /// Gain in electrons per DAC code.
  public var gain = Double.nan
  /// Its uncertainty.
  public var gainError = Double.nan
  /// Whether an error of the data was 0, which makes the earlier program return its start values.
  public var isDegenerate = false

  /// Position of E0.
  public var position: Double { values.last ?? .nan }

  /// The Poisson fit of counts summed over pixels.
  static func poisson(
    _ counts: ScanCounts, _ pixels: [Int], _ options: PixelFitOptions, _ scan: ScanSettings
  ) -> AsicFit? {
    guard !pixels.isEmpty else { return nil }
    let live = counts.liveSeconds
    let used = live.indices.filter { live[$0] > 0 }
    let sums = used.map { k in
      pixels.reduce(0.0) { $0 + Double(counts.hits[k * PixelMatrix.count + $1]) }
    }
    var fitting = EdgeFitOptions()
    fitting.start = scan.start(for: options.equation)
    let result = try? EdgeFitter.fit(
      thresholds: used.map { Double(counts.thresholds[$0]) }, values: sums,
      exposures: used.map { live[$0] * Double(pixels.count) }, equation: options.equation, options: fitting)
    return result.map { AsicFit($0, scale: 1) }
  }

  /// The earlier program's fit of a mean flux with its uncertainties, by the search of MINPACK from one start.
  ///
  /// - Parameter shift: what is subtracted from the thresholds; with one, the start is that above the baseline.
  static func legacy(
    _ thresholds: [Double], _ flux: [Double], _ errors: [Double], shift: Double, _ options: PixelFitOptions,
    _ scan: ScanSettings
  ) -> AsicFit? {
    let isUnweighted = errors.allSatisfy { $0 == 0 }
    let equation = options.equation
    let start = scan.start(for: equation, aboveBaseline: shift != 0)
    guard
      let result = try? EdgeFitter.search(
        thresholds: thresholds.map { $0 - shift }, values: flux, errors: isUnweighted ? errors.map { _ in 1 } : errors,
        equation: equation, start: start)
    else { return nil }
    let degrees = result.degreesOfFreedom[0]
    let scale = degrees > 0 ? (result.objective[0] / Double(degrees)).squareRoot() : .nan
    var fit = AsicFit(result, scale: scale)
    fit.isDegenerate = !isUnweighted && errors.contains(0)
    return fit
  }

  private init(_ result: EdgeFitResult, scale: Double) {
    names = result.parameterNames
    values = Array(result.parameters)
    errors = names.indices.map { result.standardError(0, $0) * scale }
    state = result.states[0]
    objective = result.objective[0]
    degreesOfFreedom = result.degreesOfFreedom[0]
  }

  /// Adds target and gain.
  mutating func calibrate(_ inputs: ScanInputs, _ source: RadiationSource, _ options: PixelFitOptions) {
    guard options.baseline != .none, let baseline = inputs.baseline else { return }
    let positive = baseline.filter { $0 > 0 }
    guard !positive.isEmpty else { return }
    let isLegacy = options.method == .legacy
    let mean = RobustStatistics.mean(positive)
    target = position - (isLegacy ? (options.baseline == .before ? 0 : mean.rounded(.towardZero)) : mean)
    targetError = errors.last ?? .nan
    if isLegacy, options.baseline == .after {
      let width = RobustStatistics.mean((inputs.width ?? []).filter { $0 >= 0 })
      if width.isFinite { targetError = (targetError * targetError + width * width).squareRoot() }
    }
    gain = source.gain(target: target)
    gainError =
      isLegacy
      ? source.totalGainError(target: target, error: targetError)
      : source.statisticalGainError(target: target, error: targetError)
  }
}
