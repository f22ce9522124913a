import Foundation

/// Minimises from a start and, when the result looks bad, from other starts around it that are the same on every run.
///
/// A start says two things: a rough place and the order of magnitude. The search first trusts the place (a plain run), then
/// only the nonlinear parameters of it (those the formula is affine in follow from the data), and then scales and
/// scatters the nonlinear parameters by a low-discrepancy sequence. Many scattered points are judged by one
/// evaluation each; only the best go through the minimiser.
struct RestartSearch {
  let solver: TrustRegionSolver
  /// Parameters that the formula is affine in and that may move freely.
  let linear: [Int]
  /// Least squares in place of the likelihood: finds linear parameters even where a mean is not positive yet.
  let settler: CurveObjective
  /// Whether to search at all.
  let isSearching: Bool

  private static let scatterCount = 192
  private static let runCount = 16

  private var objective: CurveObjective { solver.objective }

  /// The best run from this start, with the iterations of all runs.
  func run(from start: [Double]) -> TrustRegionSolver.Outcome {
    var best = solver.run(from: start)
    guard isSearching, looksBad(best) else { return best }
    let nonlinear = start.indices.filter { !solver.fixed[$0] && !linear.contains($0) }
    guard !nonlinear.isEmpty || best.state == .nonFinite else { return best }
    search(around: start, nonlinear, &best)
    // A misfit that several starts agree on may still be left for something better from where it is.
    if best.state.isUsable, best.parameters != start, looksBad(best) {
      search(around: best.parameters, nonlinear, &best)
    }
    return best
  }

  /// Runs from the best candidates around a point and keeps the best result.
  private func search(around point: [Double], _ nonlinear: [Int], _ best: inout TrustRegionSolver.Outcome) {
    var iterations = best.iterations
    var confirmations = 0
    for candidate in candidates(point, nonlinear) {
      let outcome = solver.run(from: candidate)
      iterations += outcome.iterations
      if isBetter(outcome, than: best) {
        best = outcome
        confirmations = 0
      } else if outcome.state.isUsable, outcome.sum <= best.sum * (1 + 1e-6) {
        confirmations += 1
      }
      // Several of the best candidates leading to one minimum is as sure as it gets.
      if confirmations == 3 { break }
    }
    best.iterations = iterations
  }

  /// Not converged, hardly better than a constant, or with residuals that follow their neighbours.
  ///
  /// Residuals of a model that fits are independent: their first serial correlation has standard deviation 1/√n.
  private func looksBad(_ outcome: TrustRegionSolver.Outcome) -> Bool {
    guard outcome.state.isUsable else { return true }
    if outcome.sum > 0.5 * objective.constantObjective() { return true }
    return objective.serialCorrelation(outcome.parameters) * Double(objective.count).squareRoot() > 2
  }

  /// A usable result beats one that is not; among usable ones the sum must fall clearly, so that the nearest minimum wins ties.
  private func isBetter(_ outcome: TrustRegionSolver.Outcome, than best: TrustRegionSolver.Outcome) -> Bool {
    guard outcome.state.isUsable else { return false }
    return !best.state.isUsable || outcome.sum < best.sum * (1 - 1e-6)
  }

  // MARK: - Starts

  private func candidates(_ start: [Double], _ nonlinear: [Int]) -> [[Double]] {
    var points: [[Double]] = [start]
    for exponent in [-1.0, 1, -2, 2, -0.5, 0.5, -1.5, 1.5, -3, 3, -4, 4] {
      var point = start
      for j in nonlinear { point[j] *= Foundation.pow(10, exponent) }
      points.append(point)
    }
    for index in 1...Self.scatterCount {
      var point = start
      for (dimension, j) in nonlinear.enumerated() {
        let u = 2 * Self.halton(index, dimension) - 1
        let size = start[j] == 0 ? 1 : start[j]
        switch index % 3 {
        case 0: point[j] = start[j] == 0 ? u : start[j] * Foundation.pow(10, u)
        case 1: point[j] = start[j] == 0 ? u : start[j] * Foundation.pow(10, 3 * u)
        default: point[j] = start[j] + size * u
        }
      }
      points.append(point)
    }
    var ranked: [(sum: Double, order: Int, point: [Double])] = []
    for (order, point) in points.enumerated() {
      let settled = settle(clamp(point))
      let sum = objective.objective(settled).sum
      if sum.isFinite { ranked.append((sum, order, settled)) }
    }
    ranked.sort { ($0.sum, $0.order) < ($1.sum, $1.order) }
    return ranked.prefix(Self.runCount).map(\.point)
  }

  /// The point with its linear parameters moved to their least-squares values.
  private func settle(_ point: [Double]) -> [Double] {
    guard !linear.isEmpty, settler.linearize(point).sum.isFinite else { return point }
    let n = settler.count
    let norms = linear.map { j in norm(Array(settler.jacobian[j * n..<(j + 1) * n])) }
    guard norms.allSatisfy({ $0 > 0 }) else { return point }
    let factors = OrthogonalFactors(
      settler.jacobian, rows: n, chosen: linear, scale: norms, residual: settler.residual)
    // Nearly dependent columns give no step along their common direction.
    let floor = 1e-10 * (factors.singularValues.max() ?? 0)
    let step = factors.combine(
      factors.singularValues.indices.map {
        factors.singularValues[$0] > floor ? factors.projections[$0] / factors.singularValues[$0] : 0
      })
    var settled = point
    for (k, j) in linear.enumerated() { settled[j] += step[k] / norms[k] }
    settled = clamp(settled)
    return objective.objective(settled).sum.isFinite ? settled : point
  }

  private func clamp(_ point: [Double]) -> [Double] {
    point.indices.map { min(max(point[$0], solver.lower[$0]), solver.upper[$0]) }
  }

  /// The radical inverse of `index` in the prime of the dimension (Halton 1960): fills the unit cube evenly.
  private static func halton(_ index: Int, _ dimension: Int) -> Double {
    let primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]
    let base = primes[dimension % primes.count]
    var remainder = index + dimension / primes.count
    var digit = 1.0 / Double(base)
    var result = 0.0
    while remainder > 0 {
      result += Double(remainder % base) * digit
      remainder /= base
      digit /= Double(base)
    }
    return result
  }
}
