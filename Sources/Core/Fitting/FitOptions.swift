/// What a fit minimises.
public enum FitObjective: String, Sendable, Hashable, CaseIterable {
  /// Σ (y − f)², or Σ w (y − f)² when the problem has weights (inverse variances).
  case leastSquares
  /// The Poisson deviance 2 Σ [f − y + y ln(y/f)] of counts y ≥ 0 (Baker and Cousins, NIM 221 (1984) 437).
  case poissonLikelihood
}

/// What the inverse of the normal matrix is multiplied with to give the covariance.
public enum CovarianceScaling: String, Sendable, Hashable, CaseIterable {
  /// Residual variance for unweighted least squares, absolute otherwise.
  case automatic
  /// Always the residual sum of squares over the degrees of freedom.
  case residualVariance
  /// Never scaled: the weights are true inverse variances.
  case absolute
}

/// The knobs of every fit in this module.
public struct FitOptions: Sendable, Hashable {
  /// What is minimised.
  public var objective: FitObjective
  /// Stop when χ² and all parameters change by less than this, relative to their scale.
  public var tolerance: Double
  /// Largest number of iterations (each one linear solve and one evaluation of the model) from one start.
  public var maximumIterations: Int
  /// How the covariance is scaled.
  public var covariance: CovarianceScaling
  /// Number of threads for a batch, at least 1; results do not depend on it.
  public var threads: Int

  /// Options with the defaults that the tests certify.
  public init(
    objective: FitObjective = .leastSquares, tolerance: Double = 1e-10, maximumIterations: Int = 200,
    covariance: CovarianceScaling = .automatic, threads: Int = 1
  ) {
    self.objective = objective
    self.tolerance = tolerance
    self.maximumIterations = maximumIterations
    self.covariance = covariance
    self.threads = threads
  }
}
