/// How one fit ended; only `converged` and `atBound` come with usable parameters and covariance.
///
/// A batch never throws for one bad problem: each problem carries its own state. The raw values are the words that
/// results and `--json` output use.
public enum FitState: String, Sendable, Hashable, CaseIterable {
  /// The tolerances on χ² and on all parameters were met.
  case converged
  /// The tolerances were met with at least one parameter on its bound; that parameter has no standard error.
  case atBound
  /// The iterations ran out; the parameters are the best found, without covariance.
  case maxIterations
  /// The normal equations have no unique solution; the parameters are the best found, without covariance.
  case singular
  /// There was no sample (or none with a positive weight).
  case emptyInput
  /// A sample, weight, start value or the objective itself was NaN or infinite.
  case nonFinite
  /// Fewer samples than free parameters.
  case tooFewSamples
  /// All samples have the same value, so there is nothing to fit.
  case constantInput
  /// A sample lies outside the domain of the objective, for example a negative count with `poissonLikelihood`.
  case invalidInput

  /// Whether parameters and covariance may be used.
  public var isUsable: Bool { self == .converged || self == .atBound }

  /// A stable small number for columns that store states compactly.
  public var index: UInt8 { UInt8(Self.allCases.firstIndex(of: self) ?? 0) }
}
