import Fitting

/// One bunch in one frame.
public struct BunchFit: Sendable, Equatable {
  /// What can be remarked on a bunch.
  public enum Flag: String, Sendable, CaseIterable {
    /// Splitting and not resolved: two Gaussians describe it much better than any single bunch shape.
    case split
    /// Wider than 65 bins, which the earlier program refused.
    case tooWide
    /// The window cuts the bunch: its sigma is more than a third of the distance to the nearer end.
    case truncated
  }

  /// Window of the fit in bins.
  public var window: Range<Int>
  /// How the fit ended.
  public var state: FitState
  /// Height in units of the signal.
  public var amplitude: Double
  /// Position in ns from the start of the frame, and its error.
  public var position: (value: Double, error: Double)
  /// Standard deviation of the Gaussian in ns, and its error.
  public var sigma: (value: Double, error: Double)
  /// Baseline in units of the signal.
  public var baseline: Double
  /// Area of the Gaussian in signal units × ns, and its error.
  public var area: (value: Double, error: Double)
  /// Full width at half maximum of the signal itself in ns, and its error; `nil` when it does not fall to half.
  public var fullWidthAtHalfMaximum: (value: Double, error: Double)?
  /// Standard deviation of the signal itself within four sigmas in ns, and its error; `nil` when noise outweighs it.
  public var rootMeanSquare: (value: Double, error: Double)?
  /// Covariance of amplitude, position (ns), sigma (ns) and baseline, row by row.
  public var covariance: [Double]
  /// How much better two Gaussians describe the bunch than the best single shape, as a difference of the Bayesian
  /// information criterion; positive speaks for two.
  ///
  /// `nil` when not tested.
  public var splitEvidence: Double?
  /// Remarks.
  public var flags: [Flag]

  /// Four sigmas in ns: the full length of a bunch as it is usually quoted.
  public var fourSigma: Double { 4 * sigma.value }

  /// Equal when all numbers are.
  public static func == (left: BunchFit, right: BunchFit) -> Bool {
    left.window == right.window && left.state == right.state && left.amplitude == right.amplitude
      && left.position == right.position && left.sigma == right.sigma && left.baseline == right.baseline
      && left.covariance == right.covariance && left.flags == right.flags
  }
}
