import Errors
import Fitting

/// How pixels are fitted.
public struct PixelFitOptions: Sendable {
  /// How the fit weighs and judges.
  public enum Method: String, Sendable, CaseIterable {
    /// Poisson likelihood.
    case poisson
    /// Least squares with the weights, cuts and errors of the earlier program.
    case legacy
    /// Least squares with weights from the counts, errors not rescaled.
    case neyman
    /// Weights from the model, renewed at every step.
    case pearson
  }

  /// When the baseline is taken off.
  public enum Baseline: String, Sendable, CaseIterable {
    /// From the fitted E0.
    case after
    /// From the thresholds.
    case before
    /// Not at all.
    case none
  }

  /// How the fit weighs and judges.
  public var method = Method.poisson
  /// Equation of the flux.
  public var equation = EdgeEquation.F1_0
  /// Group of pixels.
  public var group = PixelGroup.all
  /// When the baseline is taken off.
  public var baseline = Baseline.after
  /// Fits with a lower p-value are bad; `nil` for 0.001, or 0.05 for the earlier program's method.
  public var alpha: Double?
  /// Rate in Hz above which a pixel is noisy at the highest thresholds; `nil` for the automatic test alone.
  public var noisyRate: Double?
  /// Second line of the source.
  public var secondLine: EdgeSecondLine?
  /// Whether a constant background is fitted.
  public var hasBackground = false
  /// Rows and columns to fit; `nil` for all.
  public var window: (rows: Range<Int>, columns: Range<Int>)?
  /// Simulated fits for the goodness of each of a sample of pixels; 0 for none.
  public var toys = 0
  /// Number of threads.
  public var threads = 1

  /// The Poisson likelihood of `F1_0` on one thread.
  public init() {}

  /// The p-value in force.
  public var probabilityLimit: Double { alpha ?? (method == .legacy ? 0.05 : 0.001) }
}

/// The fits of all pixels of a scan.
public struct PixelFits: Sendable {
  /// How they were fitted.
  public let options: PixelFitOptions
  /// Category of each of the 65,536 pixels.
  public internal(set) var categories: [PixelCategory]
  /// Reasons of each pixel.
  public internal(set) var reasons: [PixelReason]
  /// The fits of those pixels that were fitted.
  public internal(set) var fits: EdgeFitResult
  /// Place of each pixel in `fits`; −1 where it was not fitted.
  public internal(set) var places: [Int32]
  /// Factor on the standard errors of each fit (1 but for the earlier program's).
  public internal(set) var errorScales: [Double]

  /// Value of parameter `index` of a pixel; `nil` where there is none.
  public func value(_ pixel: Int, _ index: Int) -> Double? {
    let place = Int(places[pixel])
    guard place >= 0 else { return nil }
    let value = fits.parameter(place, index)
    return value.isFinite ? value : nil
  }

  /// Standard error of parameter `index` of a pixel; `nil` where there is none.
  public func error(_ pixel: Int, _ index: Int) -> Double? {
    let place = Int(places[pixel])
    guard place >= 0 else { return nil }
    let value = fits.standardError(place, index) * errorScales[place]
    return value.isFinite ? value : nil
  }

  /// Whether the fit of a pixel converged.
  public func hasConverged(_ pixel: Int) -> Bool {
    let place = Int(places[pixel])
    return place >= 0 && fits.states[place].isUsable
  }

  /// Position of E0 among the parameters.
  public var positionIndex: Int { options.equation.parameterCount - 1 }
  /// Number of pixels in a category.
  public func count(_ category: PixelCategory) -> Int { categories.count { $0 == category } }

  /// Fits the pixels of a scan.
  ///
  /// - Parameters:
  ///   - counts: the summed scan.
  ///   - inputs: mask and baseline.
  ///   - scan: start values.
  ///   - options: how.
  /// - Throws: `velo.tooFewThresholds` (exit 65) when fewer thresholds than parameters + 3 have live time.
  public init(
    _ counts: ScanCounts, inputs: ScanInputs, scan: ScanSettings, options: PixelFitOptions
  ) throws(CavernError) {
    self.options = options
    let equation = options.equation
    let live = counts.liveSeconds
    let needed = equation.parameterCount + 3
    let usable = live.count { $0 > 0 }
    guard usable >= needed else {
      throw CavernError(
        "velo.tooFewThresholds", "scan '\(scan.label)' has \(usable) thresholds with live time", exit: .badData,
        expected: "at least \(needed) for \(equation.rawValue)",
        hint: "'cavern velo dataset check' says what became of the acquisitions")
    }
    var selection = PixelSelection(counts, inputs, live, options)
    var exposures = live
    if options.method == .legacy {
      exposures = selection.legacyExposures(counts)
      guard exposures.count(where: { $0 > 0 }) > equation.parameterCount else {
        throw CavernError(
          "velo.tooFewThresholds", "no thresholds are left above the last one without live time", exit: .badData,
          hint: "--method poisson does not drop the thresholds below it")
      }
    }
    let edge = try EdgeScan(
      thresholds: counts.thresholds.map(Double.init), exposures: exposures, counts: counts.hits,
      pixelCount: PixelMatrix.count)
    if options.method == .legacy {
      fits = try Self.legacyFits(edge, selection.fitted, inputs, scan, options)
    } else {
      fits = try Self.fits(edge, &selection, inputs, scan, options)
    }
    let pixels = selection.fitted
    categories = selection.categories
    reasons = selection.reasons
    places = Array(repeating: -1, count: PixelMatrix.count)
    errorScales = Array(repeating: 1, count: pixels.count)
    for (place, pixel) in pixels.enumerated() { places[pixel] = Int32(place) }
    let first = Double(counts.thresholds.first ?? 0)
    let last = Double(counts.thresholds.last ?? 0)
    let used = edge.thresholds.indices.filter { edge.exposures[$0] > 0 }.map { edge.thresholds[$0] }
    let critical = options.method == .legacy ? legacyCriticalValues(counts.thresholds.count) : []
    for (place, pixel) in pixels.enumerated() {
      if options.method == .legacy {
        judgeLegacy(place, pixel, critical)
      } else {
        judge(place, pixel, first...last, used)
      }
    }
  }

  /// Likelihood and least-squares fits of the engine.
  private static func fits(
    _ edge: EdgeScan, _ selection: inout PixelSelection, _ inputs: ScanInputs, _ scan: ScanSettings,
    _ options: PixelFitOptions
  ) throws(CavernError) -> EdgeFitResult {
    let equation = options.equation
    var fitting = EdgeFitOptions()
    switch options.method {
    case .poisson: fitting.objective = .poisson
    case .pearson: fitting.objective = .pearson
    case .legacy, .neyman: fitting.objective = .leastSquares
    }
    fitting.threads = options.threads
    fitting.hasBackground = options.hasBackground
    fitting.start = scan.start(for: equation)
    if let start = fitting.start, !edge.thresholds.allSatisfy({ equation.value($0, start).isFinite }) {
      fitting.start = nil
    }
    if let line = options.secondLine, let baseline = inputs.baseline {
      fitting.secondLine = line
      fitting.pivots = baseline
      selection.keep { baseline[$0] > 0 }
    }
    return try EdgeFitter.fit(edge, pixels: selection.fitted, equation: equation, options: fitting)
  }

  /// Category of a fit by its p-value, bounds and position.
  private mutating func judge(_ place: Int, _ pixel: Int, _ range: ClosedRange<Double>, _ thresholds: [Double]) {
    guard fits.states[place].isUsable else {
      categories[pixel] = .notConverged
      if fits.states[place] == .singular { reasons[pixel].insert(.covariance) }
      if isEdgeBetween(place, thresholds) { reasons[pixel].insert(.bound) }
      return
    }
    var reason: PixelReason = []
    let probability = fits.probability[place]
    if probability < options.probabilityLimit { reason.insert(.chiSquare) }
    if fits.states[place] == .atBound { reason.insert(.bound) }
    if !range.contains(fits.parameter(place, positionIndex)) { reason.insert(.position) }
    if !fits.standardError(place, positionIndex).isFinite { reason.insert(.covariance) }
    reasons[pixel] = reason
    categories[pixel] = reason.isEmpty ? .good : .bad
  }

  /// Whether a fit without minimum ran towards the width 0 because at most one threshold lies on its edge.
  ///
  /// With a width below a quarter of the distance of the two thresholds about E0 the curve is at its end at one of them: every
  /// smaller width, with E0 moved, fits as well.
  private func isEdgeBetween(_ place: Int, _ thresholds: [Double]) -> Bool {
    let position = fits.parameter(place, positionIndex)
    guard let upper = thresholds.firstIndex(where: { $0 > position }), upper > 0 else { return false }
    // The line's width is the last before E0: s, or s2.
    return fits.parameter(place, positionIndex - 1) < 0.25 * (thresholds[upper] - thresholds[upper - 1])
  }

  /// Number of pixels without minimum because at most one threshold lies on their edge.
  public var edgesBetweenThresholds: Int {
    categories.indices.count { categories[$0] == .notConverged && reasons[$0].contains(.bound) }
  }

  private func legacyCriticalValues(_ count: Int) -> [Double] {
    (0...count).map { ChiSquare.critical(options.probabilityLimit, degreesOfFreedom: $0) }
  }
}
