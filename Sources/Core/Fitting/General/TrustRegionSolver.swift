/// Levenberg and Marquardt's method in Moré's trust-region form, with geodesic acceleration and bounds, from one start.
///
/// Each iteration factors the Jacobian once (`OrthogonalFactors`), finds the damping that makes the scaled step as long as the
/// trust region allows, and corrects the step by the second derivative along it (Transtrum and Sethna, arXiv:1201.5885).
/// Near the end, where the sum of squares no longer tells better from worse in double precision, undamped steps go
/// on as long as the projected residual shrinks: it keeps digits when the sum has none left.
struct TrustRegionSolver {
  /// Where one run ended.
  struct Outcome {
    var parameters: [Double]
    var sum: Double
    var state: FitState
    var iterations: Int
    /// Length of the next undamped step in units of the standard errors.
    var offset: Double
    var atBound: [Bool]
  }

  let objective: CurveObjective
  let lower: [Double]
  let upper: [Double]
  let fixed: [Bool]
  let tolerance: Double
  let maximumIterations: Int

  /// Singular values below this part of the largest mean that the data do not determine the parameters.
  static let rankTolerance = 1e-13

  private var parameterCount: Int { objective.parameterCount }

  /// Minimises from a start, which must lie within the bounds.
  func run(from start: [Double]) -> Outcome {
    var x = start
    var value = objective.linearize(x)
    guard value.sum.isFinite else { return outcome(x, .nan, .nonFinite, 0, .infinity) }
    var scale = [Double](repeating: 0, count: parameterCount)
    var radius = 0.0
    var iteration = 0
    while iteration < maximumIterations {
      let free = freeParameters(at: x)
      guard !free.isEmpty else { return outcome(x, value.sum, .converged, iteration, 0) }
      updateScale(&scale)
      let factors = OrthogonalFactors(
        objective.jacobian, rows: objective.count, chosen: free, scale: free.map { scale[$0] },
        residual: objective.residual)
      if radius == 0 {
        let length = norm(free.map { scale[$0] * x[$0] })
        radius = length > 0 ? length : 1
      }
      let offset = relativeOffset(factors, value.sum)
      let reachable = squaredNorm(factors.projections)
      if offset <= tolerance * 0.01 || reachable <= max(1e-13 * value.sum, value.noise) {
        return polish(x, value, iteration)
      }
      iteration += 1
      var isAccepted = false
      var refusals = 0
      while !isAccepted {
        let step = boundedStep(factors, radius)
        let trial = candidate(x, free, factors, step)
        let next = objective.objective(trial.point)
        let actual = value.sum - next.sum
        let ratio = next.sum.isFinite ? actual / trial.predicted : -1
        let length = norm(trial.scaledStep)
        if ratio < 0.25 || !ratio.isFinite {
          let shrink = ratio.isFinite && ratio > -1 ? 0.5 / max(0.5, min(5, 1 - ratio)) : 0.1
          radius = shrink * min(radius, 10 * length)
        } else if ratio > 0.75 {
          radius = max(radius, 2 * length)
        }
        if ratio > 1e-4, actual > 0 {
          let linearized = objective.linearize(trial.point)
          if linearized.sum.isFinite {
            x = trial.point
            value = linearized
            isAccepted = true
            break
          }
          radius *= 0.1
        }
        refusals += 1
        if refusals > 60 || radius <= 1e-18 * norm(free.map { scale[$0] * x[$0] }) || trial.predicted <= value.noise {
          _ = objective.linearize(x)
          return polish(x, value, iteration)
        }
      }
    }
    return outcome(x, value.sum, .maxIterations, iteration, .infinity)
  }

  // MARK: - Steps

  /// Parameters that may move: not fixed and not pressed against a bound.
  private func freeParameters(at x: [Double]) -> [Int] {
    (0..<parameterCount).filter { j in
      if fixed[j] { return false }
      guard x[j] <= lower[j] || x[j] >= upper[j] else { return true }
      // The sum falls in the direction of Jᵀr.
      var slope = 0.0
      for i in 0..<objective.count { slope += objective.jacobian[j * objective.count + i] * objective.residual[i] }
      return !((x[j] <= lower[j] && slope <= 0) || (x[j] >= upper[j] && slope >= 0))
    }
  }

  private func updateScale(_ scale: inout [Double]) {
    for j in 0..<parameterCount {
      var sum = 0.0
      for i in 0..<objective.count {
        let element = objective.jacobian[j * objective.count + i]
        sum += element * element
      }
      scale[j] = max(scale[j], sum.squareRoot())
      if scale[j] == 0 { scale[j] = 1e-300 }
    }
  }

  private func relativeOffset(_ factors: OrthogonalFactors, _ sum: Double) -> Double {
    let freedom = Double(max(1, objective.count - factors.columns))
    guard sum > 0 else { return 0 }
    return (squaredNorm(factors.projections) / Double(factors.columns)).squareRoot() / (sum / freedom).squareRoot()
  }

  /// Coefficients along the singular vectors of the step of at most the given scaled length.
  private func boundedStep(_ factors: OrthogonalFactors, _ radius: Double) -> (coefficients: [Double], damping: Double)
  {
    let sigma = factors.singularValues
    let c = factors.projections
    let floor = (sigma.max() ?? 0) * 1e-15
    func coefficients(_ damping: Double) -> [Double] {
      sigma.indices.map { sigma[$0] > floor || damping > 0 ? sigma[$0] * c[$0] / (sigma[$0] * sigma[$0] + damping) : 0 }
    }
    let undamped = coefficients(0)
    if norm(undamped) <= radius * 1.1 { return (undamped, 0) }
    // Newton's method on 1/‖z(λ)‖ = 1/Δ, kept inside a bracket (Moré 1978).
    var low = 0.0
    var high = norm(sigma.indices.map { sigma[$0] * c[$0] }) / radius
    var damping = max(high * 1e-3, 1e-300)
    for _ in 0..<50 {
      let z = coefficients(damping)
      let length = norm(z)
      if Swift.abs(length - radius) <= 0.05 * radius { break }
      if length > radius { low = max(low, damping) } else { high = min(high, damping) }
      var derivative = 0.0
      for k in sigma.indices { derivative += z[k] * z[k] / (sigma[k] * sigma[k] + damping) }
      let next = damping + (length - radius) / radius * length * length / derivative
      damping = next > low && next < high ? next : (low > 0 ? (low * high).squareRoot() : high * 1e-3)
    }
    return (coefficients(damping), damping)
  }

  /// The point after a step: accelerated where that is trustworthy, cut at the bounds.
  private func candidate(
    _ x: [Double], _ free: [Int], _ factors: OrthogonalFactors, _ step: (coefficients: [Double], damping: Double)
  ) -> (point: [Double], scaledStep: [Double], predicted: Double) {
    var scaled = factors.combine(step.coefficients)
    if let correction = acceleration(x, free, factors, step, scaled) {
      for k in scaled.indices { scaled[k] += 0.5 * correction[k] }
    }
    var point = x
    for (k, j) in free.enumerated() {
      point[j] = min(max(x[j] + scaled[k] / factors.scale[k], lower[j]), upper[j])
      scaled[k] = (point[j] - x[j]) * factors.scale[k]
    }
    // The step without acceleration is what the linear model speaks of.
    var predicted = 0.0
    let isCut = free.contains { point[$0] <= lower[$0] || point[$0] >= upper[$0] }
    let coefficients = isCut ? factors.analyse(scaled) : step.coefficients
    for k in coefficients.indices {
      let image = factors.singularValues[k] * coefficients[k]
      predicted += image * (2 * factors.projections[k] - image)
    }
    return (point, scaled, max(predicted, 1e-300))
  }

  /// Half of the second-order correction is added to a step when it is small against the step itself.
  private func acceleration(
    _ x: [Double], _ free: [Int], _ factors: OrthogonalFactors, _ step: (coefficients: [Double], damping: Double),
    _ scaled: [Double]
  ) -> [Double]? {
    // The Poisson residual bends with its own weights, which is not the model's bend.
    guard !objective.isPoisson else { return nil }
    let h = 0.1
    var probe = x
    for (k, j) in free.enumerated() {
      probe[j] += h * scaled[k] / factors.scale[k]
      if probe[j] < lower[j] || probe[j] > upper[j] { return nil }
    }
    guard objective.objective(probe).sum.isFinite else { return nil }
    let n = objective.count
    // r(x + hδ) ≈ r − h J δ − h²/2 f″; what the linear part leaves is the bend of the model along the step.
    var bend = [Double](repeating: 0, count: n)
    for i in 0..<n { bend[i] = (objective.trialResidual[i] - objective.residual[i]) / h }
    for (k, j) in free.enumerated() {
      let move = scaled[k] / factors.scale[k]
      for i in 0..<n { bend[i] += objective.jacobian[j * n + i] * move }
    }
    for i in 0..<n { bend[i] *= 2 / h }
    let projected = factors.project(bend)
    let sigma = factors.singularValues
    let floor = (sigma.max() ?? 0) * 1e-15
    let coefficients = sigma.indices.map {
      sigma[$0] > floor || step.damping > 0 ? sigma[$0] * projected[$0] / (sigma[$0] * sigma[$0] + step.damping) : 0
    }
    let correction = factors.combine(coefficients)
    let length = norm(scaled)
    guard length > 0, norm(correction) <= 0.75 * length else { return nil }
    return correction
  }

  // MARK: - The end

  /// Undamped steps at the limit of double precision, then the verdict.
  private func polish(_ start: [Double], _ startValue: CurveObjective.Value, _ iterations: Int) -> Outcome {
    var x = start
    defer { objective.useDoublePrecision() }
    var sum = objective.refine(start, startValue).sum
    guard sum.isFinite else { return outcome(x, startValue.sum, .nonFinite, iterations, .infinity) }
    var best = x
    var bestSum = sum
    var bestOffset = Double.infinity
    var bestStep = Double.infinity
    var bestCondition = 0.0
    for _ in 0..<40 {
      let free = freeParameters(at: x)
      guard !free.isEmpty else { return outcome(x, sum, .converged, iterations, 0) }
      let norms = free.map { j in norm(Array(objective.jacobian[j * objective.count..<(j + 1) * objective.count])) }
      let factors = OrthogonalFactors(
        objective.jacobian, rows: objective.count, chosen: free, scale: norms, residual: objective.residual)
      let condition = factors.reciprocalCondition
      let offset = relativeOffset(factors, sum)
      let isBetter = offset < 0.8 * bestOffset
      if offset < bestOffset {
        best = x
        bestSum = sum
        bestOffset = offset
        bestCondition = condition
      }
      guard isBetter, condition > Self.rankTolerance else { break }
      let step = factors.combine(
        factors.singularValues.indices.map { factors.projections[$0] / factors.singularValues[$0] })
      var change = 0.0
      for (k, j) in free.enumerated() {
        let move = step[k] / norms[k]
        if move != 0 { change = max(change, Swift.abs(move) / max(Swift.abs(x[j]), 1e-300)) }
        x[j] = min(max(x[j] + move, lower[j]), upper[j])
      }
      bestStep = min(bestStep, change)
      let value = objective.linearize(x)
      guard value.sum.isFinite, value.sum <= sum * (1 + 1e-9) + 100 * value.noise else { break }
      sum = value.sum
      if change < 1e-16 { break }
    }
    if bestCondition <= Self.rankTolerance { return outcome(best, bestSum, .singular, iterations, bestOffset) }
    let isConverged = bestOffset <= max(tolerance, 1e-5) || bestStep <= 1e-9
    return outcome(best, bestSum, isConverged ? .converged : .maxIterations, iterations, bestOffset)
  }

  private func outcome(
    _ x: [Double], _ sum: Double, _ state: FitState, _ iterations: Int, _ offset: Double
  ) -> Outcome {
    let atBound = x.indices.map { !fixed[$0] && (x[$0] <= lower[$0] || x[$0] >= upper[$0]) }
    let reported = state == .converged && atBound.contains(true) ? FitState.atBound : state
    return Outcome(
      parameters: x, sum: sum, state: reported, iterations: iterations, offset: offset, atBound: atBound)
  }
}

/// √Σ x².
func norm(_ values: [Double]) -> Double { squaredNorm(values).squareRoot() }
