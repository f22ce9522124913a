import JSON

/// The whole chain from the samples of one profile to its emittance, with every intermediate value.
public struct ProfileExplanation: Sendable {
  /// One step of the chain.
  public struct Step: Sendable {
    /// What is done.
    public var title: String
    /// The values in order: name for scripts, words for people, value.
    public var values: [(name: String, words: String, value: JSONValue)]
  }

  /// The steps, from samples to remarks.
  public var steps: [Step]
  private let profile: ProfileResult

  /// Explains a profile.
  ///
  /// - Parameters:
  ///   - profile: one of `analysis.profiles`.
  ///   - analysis: the analysis it comes from.
  ///   - options: those of the analysis.
  public init(_ profile: ProfileResult, in analysis: WireScanAnalysis, options: WireScanOptions) {
    self.profile = profile
    let scan = analysis.scans.first {
      $0.device == profile.device && $0.scan == profile.scan && $0.acquisition == profile.acquisition
    }
    steps = [Self.samples(profile), Self.selection(profile, scan, options)]
    if let fit = profile.gaussian { steps.append(Self.gaussian(profile, fit, options)) }
    if let fit = profile.qGaussian { steps.append(Self.qGaussian(fit)) }
    if let goodness = profile.goodness { steps.append(Self.goodness(goodness)) }
    if let gamma = scan?.gamma { steps.append(Self.gamma(gamma, options)) }
    if let optics = scan?.optics {
      steps.append(Self.optics(optics))
      if let gamma = scan?.gamma, let fit = profile.gaussian, fit.state.isUsable {
        steps.append(Self.emittance(profile, fit, optics, gamma, options))
      }
    }
    steps.append(Self.flags(profile))
  }

  private typealias Value = (name: String, words: String, value: JSONValue)

  private static func number(_ name: String, _ words: String, _ value: Double?) -> Value {
    (name, words, .optional(value))
  }

  private static func samples(_ profile: ProfileResult) -> Step {
    let samples = profile.samples
    return Step(
      title: "Samples",
      values: [
        ("photomultiplier", "photomultiplier", .integer(profile.photomultiplier)),
        ("slot", "25 ns slot", .optional(profile.slot)),
        ("samples", "finite samples, sorted by position", .integer(samples.count)),
        ("nonFiniteSamples", "samples left out, not finite", .integer(samples.nonFiniteCount)),
        number("first_mm", "first position in mm", samples.positions.first),
        number("last_mm", "last position in mm", samples.positions.last),
        number("spacing_mm", "median spacing in mm", samples.spacing),
        number("reversalShare", "share of steps against the direction", samples.reversalShare),
        number("highest", "highest sample", samples.signals.max()),
        number("peakPosition_mm", "its position in mm, zero of the fits", samples.peakPosition),
      ])
  }

  private static func selection(
    _ profile: ProfileResult, _ scan: WireScanAnalysis.Scan?, _ options: WireScanOptions
  ) -> Step {
    let baseline = profile.baseline
    return Step(
      title: "Baseline and selection",
      values: [
        number("baseline", "baseline: median of the samples beyond 4 sigmas", baseline?.baseline),
        number("noise", "noise: 1.4826 times the median distance below it", baseline?.noise),
        number("peak", "highest sample above the baseline", baseline?.peak),
        number("signalToNoise", "signal over noise", baseline?.signalToNoise),
        number("pairHeight", "highest pair of neighbours above the baseline", baseline?.pairHeight),
        number("candidateLimit", "6 noise sigmas, what the pair has to reach", baseline.map { 6 * $0.noise }),
        number("area", "area above the baseline, signal times mm", baseline?.area),
        number("typicalArea", "typical area of the scan", scan?.typicalArea),
        number("threshold", "share of it from which a row is filled", options.threshold),
        number("areaLimit", "area from which a row is filled", scan?.typicalArea.map { $0 * options.threshold }),
        number("widthEstimate_mm", "sigma from the half-maximum width in mm", baseline?.widthEstimate),
      ])
  }

  private static func gaussian(
    _ profile: ProfileResult, _ fit: GaussianFit, _ options: WireScanOptions
  ) -> Step {
    let start = ProfileFitInput(profile, leftOut: nil).start
    var values: [Value] = [
      ("weights", "weights", .string(options.weights.rawValue)),
      ("baselineModel", "baseline", .string(options.baseline.rawValue)),
      number("startAmplitude", "start amplitude", start[0]), number("startMean_mm", "start mean in mm", start[1]),
      number("startSigma_mm", "start sigma in mm", start[2]), number("startOffset", "start offset", start[3]),
      ("state", "state", .string(fit.state.rawValue)), ("iterations", "iterations", .integer(fit.iterations)),
    ]
    let names = [
      ("amplitude", "amplitude"), ("mean_mm", "mean in mm"), ("sigma_mm", "sigma in mm"), ("offset", "offset"),
    ]
    for (index, value) in [fit.amplitude, fit.mean, fit.sigma, fit.offset].enumerated() {
      values.append(number(names[index].0, names[index].1, value))
      values.append(
        number("\(names[index].0)_error", "  its standard error", fit.standardError(index)))
    }
    values.append(number("slope_per_mm", "slope per mm", fit.slope))
    values.append(number("meanOnAxis_mm", "mean on the scanner's axis in mm", profile.meanOnAxis))
    values.append(number("residualSumOfSquares", "residual sum of squares", fit.residualSumOfSquares))
    values.append(("degreesOfFreedom", "degrees of freedom", .integer(fit.degreesOfFreedom)))
    return Step(title: "Gaussian", values: values)
  }

  private static func qGaussian(_ fit: QGaussianFit) -> Step {
    Step(
      title: "q-Gaussian",
      values: [
        ("state", "state", .string(fit.state.rawValue)), number("peak", "height", fit.peak),
        number("mean_mm", "mean in mm", fit.mean), number("beta_per_mm2", "beta in 1/mm²", fit.beta),
        number("q", "q", fit.q), number("q_error", "  its standard error", fit.qError),
        number("offset", "offset", fit.offset), number("rmsSigma_mm", "r.m.s. size in mm", fit.rmsSigma),
        number("rmsSigma_mm_error", "  its standard error", fit.rmsSigmaError),
        number("fwhm_mm", "full width at half maximum in mm", fit.fullWidthAtHalfMaximum),
        number("tailFraction3", "share beyond 3 sigmas of the Gaussian", fit.tailFraction3),
        number("residualSumOfSquares", "residual sum of squares", fit.residualSumOfSquares),
      ])
  }

  private static func goodness(_ goodness: ProfileGoodness) -> Step {
    Step(
      title: "Goodness with the noise model",
      values: [
        number("gaussianChiSquarePerDegree", "chi2/dof of the Gaussian", goodness.gaussianChiSquarePerDegree),
        number("qGaussianChiSquarePerDegree", "chi2/dof of the q-Gaussian", goodness.qGaussianChiSquarePerDegree),
        number("gaussianProbability", "probability of a larger chi2", goodness.gaussianProbability),
        number("residualRuns", "runs of residual signs, in sigmas", goodness.residualRuns),
        number("deltaBIC", "BIC of the Gaussian minus that of the q-Gaussian", goodness.deltaBIC),
      ])
  }

  private static func gamma(_ gamma: ScanGamma, _ options: WireScanOptions) -> Step {
    Step(
      title: "Energy",
      values: [
        ("source", "taken from", .string(options.gamma == nil ? "the gamma function of the file" : "the options")),
        number("cycleOffset_ms", "offset taken off the instrument's time in ms", options.cycleOffset),
        number("time_ms", "time in the function in ms", gamma.time), number("gamma", "gamma", gamma.gamma),
        number("beta", "beta", Relativity.beta(gamma: gamma.gamma)),
        number("betaGamma", "beta·gamma", gamma.betaGamma),
        number("betaGamma_relativeUncertainty", "  its relative uncertainty", gamma.relativeUncertainty),
      ])
  }

  private static func optics(_ optics: ScanOptics) -> Step {
    Step(
      title: "Optics",
      values: [
        ("set", "set", .string(optics.set)), number("beta_m", "beta function in m", optics.beta),
        number("beta_relativeUncertainty", "  its relative uncertainty", optics.betaRelativeUncertainty),
        number("dispersion_m", "dispersion in m", optics.dispersion),
        number("dispersion_relativeUncertainty", "  its relative uncertainty", optics.dispersionRelativeUncertainty),
        number("dpp", "r.m.s. momentum spread", optics.momentumSpread),
        number("dpp_relativeUncertainty", "  its relative uncertainty", optics.momentumSpreadRelativeUncertainty),
        number("dispersiveSize_mm", "dispersive size in mm", optics.dispersiveSize),
      ])
  }

  private static func emittance(
    _ profile: ProfileResult, _ fit: GaussianFit, _ optics: ScanOptics, _ gamma: ScanGamma, _ options: WireScanOptions
  ) -> Step {
    let parts = Emittance.Parts(
      sigma: fit.sigma, sigmaError: fit.standardError(2), optics: optics, gamma: gamma,
      positionScaleUncertainty: options.positionScaleUncertainty)
    return Step(
      title: "Normalised emittance from the Gaussian",
      values: [
        number("sigma_mm", "measured size in mm", fit.sigma),
        number(
          "betatronSize_mm", "betatron size in mm", parts.betatronSquare > 0 ? parts.betatronSquare.squareRoot() : nil),
        number(
          "geometricEmittance_um", "geometric emittance in um", profile.emittance.map { $0.value / gamma.betaGamma }),
        number("emittance_um", "normalised emittance in um", profile.emittance?.value),
        number("statistical_um", "statistical uncertainty in um", profile.emittance?.statistical),
        number("systematic_um", "systematic uncertainty in um", profile.emittance?.systematic),
        number("fromBeta_um", "  from the beta function", parts.fromBeta),
        number("fromDispersion_um", "  from the dispersion", parts.fromDispersion),
        number("fromMomentumSpread_um", "  from the momentum spread", parts.fromMomentumSpread),
        number("fromPositionScale_um", "  from the position scale", parts.fromPositionScale),
        number("fromGamma_um", "  from gamma", parts.fromGamma),
        number("emittanceRms_um", "from the r.m.s. size of the q-Gaussian in um", profile.emittanceRms?.value),
      ])
  }

  private static func flags(_ profile: ProfileResult) -> Step {
    var values = profile.flags.map { flag -> Value in
      number(
        flag.kind.rawValue, flag.kind.rawValue + (flag.excludesFromAverages ? " (out of averages)" : ""), flag.value)
    }
    values.append(
      ("countsInAverages", "counts in the averages", .bool(profile.countsInAverages)))
    return Step(title: "Flags", values: values)
  }

  /// The record of `--json`: which profile, its steps and its samples.
  public var json: JSONValue {
    var object = JSONObject([
      ("device", .string(profile.device)), ("plane", .string(profile.plane.rawValue)),
      ("scan", .string(profile.scan.rawValue)), ("acquisition", .integer(profile.acquisition)),
      ("row", .integer(profile.row)), ("state", .string(profile.state.rawValue)),
    ])
    object["steps"] = .array(
      steps.map { step in
        [
          "title": .string(step.title),
          "values": .object(JSONObject(step.values.map { ($0.name, $0.value) })),
        ]
      })
    object["profile"] = [
      "position_mm": .numbers(profile.samples.positions), "signal": .numbers(profile.samples.signals),
    ]
    return .object(object)
  }
}
