import Errors
import Fitting

extension PixelFits {
  /// The fits of the earlier program: the search of MINPACK from one start.
  ///
  /// `F4` and the equations with two widths have several minima, and one start often ends in the wrong one; there the engine
  /// looks as well and the lower χ² counts.
  static func legacyFits(
    _ edge: EdgeScan, _ pixels: [Int], _ inputs: ScanInputs, _ scan: ScanSettings, _ options: PixelFitOptions
  ) throws(CavernError) -> EdgeFitResult {
    let equation = options.equation
    let isBefore = options.baseline == .before
    let shifts = isBefore ? inputs.baseline ?? [] : []
    var start = scan.start(for: equation, aboveBaseline: isBefore)
    if let values = start, !edge.thresholds.allSatisfy({ equation.value($0, values).isFinite }) { start = nil }
    var fits = try EdgeFitter.search(
      edge, pixels: pixels, shifts: shifts, equation: equation, start: start, threads: options.threads)
    guard equation == .F4 || equation.hasTwoWidths, !pixels.isEmpty else { return fits }
    var fitting = EdgeFitOptions()
    fitting.objective = .leastSquares
    fitting.threads = options.threads
    fitting.start = scan.start(for: equation)
    if let values = fitting.start, !edge.thresholds.allSatisfy({ equation.value($0, values).isFinite }) {
      fitting.start = nil
    }
    let others = try EdgeFitter.fit(edge, pixels: pixels, equation: equation, options: fitting)
    for place in pixels.indices where others.states[place].isUsable {
      let isLower = others.objective[place] < fits.objective[place] * (1 - 1e-9)
      guard isLower || fits.states[place] != .converged else { continue }
      fits.replace(place, with: others, at: place)
      if isBefore { fits.move(place, equation.parameterCount - 1, by: shifts[pixels[place]]) }
    }
    return fits
  }

  /// Category of a fit as the earlier program judges it: χ² against 4 parameters, the first three and the last positive.
  mutating func judgeLegacy(_ place: Int, _ pixel: Int, _ critical: [Double]) {
    let count = fits.parameterCount
    let points = fits.degreesOfFreedom[place] + count
    guard points >= count, fits.states[place] != .maxIterations else {
      categories[pixel] = .notConverged
      return
    }
    let value = fits.objective[place]
    let degrees = points - 4
    var reason: PixelReason = []
    if degrees <= 0 || !(value < critical[max(degrees, 0)]) || value == 0 { reason.insert(.chiSquare) }
    let values = (0..<count).map { fits.parameter(place, $0) }
    let isPositive = values.prefix(3).allSatisfy { $0 > 0 } && values[count - 1] > 0
    // It knows no bound for widths: one that rests at the engine's counts by its sign like any other.
    if !isPositive { reason.insert(.bound) }
    // It does not ask for a covariance: a pixel with a constant rate, whose edge lies anywhere above, is good to it.
    reasons[pixel] = reason
    categories[pixel] = reason.isEmpty ? .good : .bad
    // The earlier program rescales errors to χ² per degree of freedom.
    let free = points - count
    errorScales[place] = free > 0 ? (value / Double(free)).squareRoot() : .nan
  }
}
