/// What a fit of edges minimises.
public enum EdgeObjective: String, Sendable, Hashable, CaseIterable {
  /// The Poisson deviance 2 Σ [μ − n + n ln(n/μ)] over all thresholds, zeros included.
  case poisson
  /// Σ (n − μ)²/μ with weights from the model, renewed at every step; its optimum is that of the likelihood.
  case pearson
  /// Σ w (y − μ)² with fixed weights: 1/n for counts (thresholds without counts left out), or given ones.
  case leastSquares
}
