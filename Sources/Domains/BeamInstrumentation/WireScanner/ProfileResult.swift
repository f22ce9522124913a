import Fitting
import JSON

/// A Gaussian on a constant or inclined baseline, fitted to one profile.
///
/// f(x) = amplitude · exp(−(x − mean)²/(2σ²)) + offset + slope · (x − peak position).
public struct GaussianFit: Sendable, Equatable {
  /// How the fit ended.
  public var state: FitState
  /// Height above the baseline in signal units.
  public var amplitude: Double
  /// Mean in mm, relative to the highest sample.
  public var mean: Double
  /// RMS width in mm.
  public var sigma: Double
  /// Baseline at the highest sample in signal units.
  public var offset: Double
  /// Slope of the baseline in signal units per mm; `nil` for a constant one.
  public var slope: Double?
  /// Covariance of amplitude, mean, sigma, offset and, if fitted, slope, row after row.
  public var covariance: [Double]
  /// Σ (y − f)², weighted when the fit was.
  public var residualSumOfSquares: Double
  /// Samples minus parameters.
  public var degreesOfFreedom: Int
  /// Iterations used.
  public var iterations: Int

  /// Number of fitted parameters.
  public var parameterCount: Int { slope == nil ? 4 : 5 }

  /// Standard error of a parameter by its place in `covariance`; NaN when there is none.
  public func standardError(_ parameter: Int) -> Double {
    covariance[parameter * (parameterCount + 1)].squareRoot()
  }

  /// The fitted curve at a position in mm relative to the highest sample.
  public func callAsFunction(_ x: Double) -> Double {
    let t = (x - mean) / sigma
    return amplitude * Scalar.exp(-0.5 * t * t) + offset + (slope ?? 0) * x
  }
}

/// A q-Gaussian on a constant baseline, fitted to one profile.
///
/// f(x) = peak · e_q(−β(x − μ)²) + offset with the q-exponential e_q (Umarov, Tsallis, Steinberg, Milan J. Math. 2008).
public struct QGaussianFit: Sendable, Equatable {
  /// How the fit ended.
  public var state: FitState
  /// Height above the baseline in signal units.
  public var peak: Double
  /// Mean in mm, relative to the highest sample.
  public var mean: Double
  /// β in mm⁻².
  public var beta: Double
  /// Tail parameter: 1 for a Gaussian, larger for stronger tails.
  public var q: Double
  /// Baseline in signal units.
  public var offset: Double
  /// Covariance of peak, mean, 1/√β, q and offset, row after row.
  public var covariance: [Double]
  /// Σ (y − f)², weighted when the fit was.
  public var residualSumOfSquares: Double
  /// Samples minus parameters.
  public var degreesOfFreedom: Int
  /// Standard error of q.
  public var qError: Double
  /// ∫ of the peak in signal units times mm; `nil` when the state is not usable.
  public var area: Double?
  /// RMS width in mm; `nil` for q ≥ 5/3, where the variance is infinite.
  public var rmsSigma: Double?
  /// Standard error of the rms width in mm.
  public var rmsSigmaError: Double?
  /// Full width at half maximum in mm.
  public var fullWidthAtHalfMaximum: Double
  /// Share of the beam beyond ±3 and ±4 sigmas of the Gaussian fit.
  public var tailFraction3: Double?
  /// See `tailFraction3`.
  public var tailFraction4: Double?

  /// The fitted curve at a position in mm relative to the highest sample.
  public func callAsFunction(_ x: Double) -> Double {
    let u = -beta * (x - mean) * (x - mean)
    return peak * Scalar.qExponential(u, q: q) + offset
  }
}

/// What a fit with a noise model says about the profile.
public struct ProfileGoodness: Sendable, Equatable {
  /// χ²/dof of the Gaussian with the noise model s₀² + g·signal.
  public var gaussianChiSquarePerDegree: Double
  /// χ²/dof of the q-Gaussian with the same noise model.
  public var qGaussianChiSquarePerDegree: Double?
  /// Probability of a larger χ² for the Gaussian.
  public var gaussianProbability: Double
  /// Runs test of the Gaussian's residual signs: deviations from the expected number of runs in sigmas; negative means
  /// that residuals hang together.
  public var residualRuns: Double
  /// Bayesian information criterion of the Gaussian minus that of the q-Gaussian: above 10 the beam has tails.
  public var deltaBIC: Double?
}

/// Everything found about one profile.
public struct ProfileResult: Sendable, Equatable {
  /// Device, `SPS.BWS.51637.H`.
  public var device: String
  /// Plane.
  public var plane: Plane
  /// Direction of the scan.
  public var scan: ScanDirection
  /// Row of the acquisition in the file, from 0.
  public var acquisition: Int
  /// Row of the profile, from 0.
  public var row: Int
  /// 25 ns slot of the bunch, when the record says.
  public var slot: Int?
  /// Photomultiplier, from 1.
  public var photomultiplier: Int
  /// The samples on the scanner's axis.
  public var samples: ProfileSamples
  /// Baseline, noise and area before the fit; `nil` for constant and unusable rows.
  public var baseline: ProfileBaseline?
  /// The Gaussian; `nil` when no fit was tried.
  public var gaussian: GaussianFit?
  /// The q-Gaussian; `nil` when no fit was tried.
  public var qGaussian: QGaussianFit?
  /// Normalised emittance from the Gaussian sigma.
  public var emittance: Emittance?
  /// Normalised emittance from the rms width of the q-Gaussian, where q + 2 errors is below 5/3.
  public var emittanceRms: Emittance?
  /// The betatron profile with the momentum distribution taken out, when its shape was given.
  public var deconvolved: DeconvolvedFit?
  /// Normalised emittance from the rms width of `deconvolved`.
  public var emittanceDeconvolved: Emittance?
  /// Goodness of the fits.
  public var goodness: ProfileGoodness?
  /// Lorentz factor at the scan.
  public var gamma: Double?
  /// Standard error of the Gaussian's sigma in mm when the noise grows with the signal; for comparisons between scans.
  var sigmaErrorWithNoise: Double?
  /// Remarks.
  public var flags: [ProfileFlag]

  /// Whether the row enters the averages of its scan.
  public var countsInAverages: Bool {
    gaussian?.state.isUsable == true && !flags.contains(where: \.excludesFromAverages)
  }

  /// How the fit ended, for people and scripts.
  public var state: FitState {
    if let gaussian { return gaussian.state }
    return flags.contains { $0.kind == .empty } ? .constantInput : .emptyInput
  }

  /// Centre of the bunch on the scanner's axis in mm.
  public var meanOnAxis: Double? { gaussian.map { $0.mean + samples.peakPosition } }
}
