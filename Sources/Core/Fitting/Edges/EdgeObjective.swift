/// What a fit of edges minimises.
public enum EdgeObjective: String, Sendable, Hashable, CaseIterable {
  /// The Poisson deviance 2 Σ [μ − n + n ln(n/μ)] over all thresholds, zeros included.
  case poisson
  /// Σ (n − μ)²/μ with weights from the model, renewed at every step; its optimum is that of the likelihood.
  case pearson
  /// Σ w (y − μ)² with fixed weights: 1/n for counts (thresholds without counts left out), or given ones.
  case leastSquares
}

/// What one threshold of four pixels adds; chosen at compile time.
protocol EdgePass {
  /// Whether weights are read.
  static var usesWeights: Bool { get }
  /// Weight in the normal equations, weighted residual, and the addition to the objective.
  static func apply(_ n: Lanes, weight: Lanes, mean: Lanes) -> (weight: Lanes, residual: Lanes, value: Lanes)
}

/// Scoring steps of the Poisson likelihood, without its value.
enum PoissonScoring: EdgePass {
  static var usesWeights: Bool { false }

  @inline(__always)
  static func apply(_ n: Lanes, weight: Lanes, mean: Lanes) -> (weight: Lanes, residual: Lanes, value: Lanes) {
    let tiny = VectorMath.all(1e-280)
    let w = VectorMath.all(1) / mean.replacing(with: tiny, where: mean .< tiny)
    return (w, VectorMath.multiplyAdd(n, w, VectorMath.all(-1)), .zero)
  }
}

/// The same with the deviance.
enum PoissonDeviance: EdgePass {
  static var usesWeights: Bool { false }

  @inline(__always)
  static func apply(_ n: Lanes, weight: Lanes, mean: Lanes) -> (weight: Lanes, residual: Lanes, value: Lanes) {
    let (w, residual, _) = PoissonScoring.apply(n, weight: weight, mean: mean)
    let ratio = VectorMath.all(1).replacing(with: n * w, where: n .> VectorMath.all(0))
    let half = VectorMath.multiplyAdd(n, VectorMath.log(ratio), mean - n)
    // A mean that is not positive cannot give counts.
    let isImpossible = mean .<= VectorMath.all(0) .& n .> VectorMath.all(0)
    return (w, residual, (half + half).replacing(with: VectorMath.all(.infinity), where: isImpossible))
  }
}

/// Weighted least squares.
enum SquaresPass: EdgePass {
  static var usesWeights: Bool { true }

  @inline(__always)
  static func apply(_ n: Lanes, weight: Lanes, mean: Lanes) -> (weight: Lanes, residual: Lanes, value: Lanes) {
    let difference = n - mean
    let residual = weight * difference
    return (weight, residual, residual * difference)
  }
}
