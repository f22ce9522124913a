import Errors

/// Fits edges to many pixels: four pixels in a vector, each lane on its own path.
///
/// Fisher scoring with analytic derivatives. Every number of a pixel depends on its own counts alone, down to the last bit:
/// neither on its place in the batch nor on its neighbours in the vector nor on the number of threads. A pixel whose plain
/// steps do not settle, or whose fit is poor, is fitted again with damping from several starts, and the lowest minimum is
/// kept.
public enum EdgeFitter {
  /// Fits pixels of a scan.
  ///
  /// - Parameters:
  ///   - scan: the counts.
  ///   - pixels: which pixels, by number.
  ///   - equation: what is fitted.
  ///   - options: how.
  /// - Throws: `fit.shape` for a wrong number of start values or pivots or a pixel that does not exist, `fit.options` for options
  ///   that make no sense, `fit.tooFewThresholds` when fewer thresholds have live time than there are parameters plus one.
  public static func fit(
    _ scan: EdgeScan, pixels: [Int], equation: EdgeEquation, options: EdgeFitOptions = EdgeFitOptions()
  ) throws(CavernError) -> EdgeFitResult {
    let used = scan.exposures.indices.filter { scan.exposures[$0] > 0 }
    let setup = try self.setup(
      used.map { scan.thresholds[$0] }, used.map { scan.exposures[$0] }, equation, options)
    for pixel in pixels where pixel < 0 || pixel >= scan.pixelCount {
      throw shape("pixel \(pixel) is not among \(scan.pixelCount)")
    }
    if options.secondLine != nil, options.pivots.count != scan.pixelCount {
      throw shape("\(options.pivots.count) pivots for \(scan.pixelCount) pixels")
    }
    var result = EdgeFitResult(parameterNames: names(equation, options), pixels: pixels)
    run(scan, used, setup, options, &result)
    return result
  }

  /// Fits one curve with values and weights of its own, for example a mean over pixels.
  ///
  /// - Parameters:
  ///   - thresholds: where it was taken, growing.
  ///   - values: counts (Poisson) or any values (least squares).
  ///   - exposures: what the model is multiplied with, positive.
  ///   - weights: for least squares, 1/σ² of each value; 0 leaves it out.
  /// - Throws: as `fit(_:pixels:equation:options:)`.
  public static func fit(
    thresholds: [Double], values: [Double], exposures: [Double], weights: [Double]? = nil, equation: EdgeEquation,
    options: EdgeFitOptions = EdgeFitOptions()
  ) throws(CavernError) -> EdgeFitResult {
    guard values.count == thresholds.count, exposures.count == thresholds.count,
      weights == nil || weights?.count == thresholds.count
    else { throw shape("\(values.count) values for \(thresholds.count) thresholds") }
    var options = options
    if weights != nil { options.objective = .leastSquares }
    let setup = try self.setup(thresholds, exposures, equation, options)
    var result = EdgeFitResult(parameterNames: names(equation, options), pixels: [0])
    run(values, weights, setup, options, &result)
    return result
  }

  private static func names(_ equation: EdgeEquation, _ options: EdgeFitOptions) -> [String] {
    equation.parameterNames + (options.hasBackground ? ["c"] : [])
  }

  private static func shape(_ message: String) -> CavernError { CavernError("fit.shape", message, exit: .internal) }

  private static func setup(
    _ thresholds: [Double], _ exposures: [Double], _ equation: EdgeEquation, _ options: EdgeFitOptions
  ) throws(CavernError) -> EdgeSetup {
    if let start = options.start, start.count != equation.parameterCount {
      throw shape("\(start.count) start values for \(equation.parameterCount) parameters of \(equation.rawValue)")
    }
    guard options.tolerance > 0, options.maximumIterations > 0, options.threads > 0 else {
      throw CavernError(
        "fit.options", "tolerance, iterations and threads must be positive", exit: .usage,
        expected: "a tolerance above 0, at least one iteration and one thread")
    }
    let setup = EdgeSetup(
      equation: equation, thresholds: thresholds, exposures: exposures, secondLine: options.secondLine,
      hasBackground: options.hasBackground)
    guard thresholds.count > setup.parameters else {
      throw CavernError(
        "fit.tooFewThresholds", "\(thresholds.count) thresholds with live time for \(setup.parameters) parameters",
        exit: .badData, expected: "more thresholds than parameters")
    }
    return setup
  }
}
