import JSON

extension ProfileResult {
  /// The record in the outputs; every field is present, missing numbers are `null`.
  public var json: JSONValue {
    [
      "device": .string(device), "plane": .string(plane.rawValue), "scan": .string(scan.rawValue),
      "acquisition": .integer(acquisition), "row": .integer(row), "slot": .optional(slot),
      "photomultiplier": .integer(photomultiplier), "state": .string(state.rawValue), "flags": flags.names,
      "flagValues": flags.values, "samples": .integer(samples.count),
      "peakPosition_mm": .number(samples.peakPosition), "area": .optional(baseline?.area),
      "baseline": .optional(baseline?.baseline), "noise": .optional(baseline?.noise),
      "signalToNoise": .optional(baseline?.signalToNoise), "gamma": .optional(gamma),
      "gaussian": gaussianRecord, "qGaussian": qGaussianRecord, "emittance_um": emittance.json,
      "emittanceRms_um": emittanceRms.json, "deconvolved": DeconvolvedFit.json(deconvolved),
      "emittanceDeconvolved_um": emittanceDeconvolved.json, "goodness": goodnessRecord,
    ]
  }

  private var gaussianRecord: JSONValue {
    let fit = gaussian
    let error = { (parameter: Int) -> JSONValue in .optional(fit?.standardError(parameter)) }
    return [
      "amplitude": .optional(fit?.amplitude), "mean_mm": .optional(fit?.mean), "meanOnAxis_mm": .optional(meanOnAxis),
      "sigma_mm": .optional(fit?.sigma), "offset": .optional(fit?.offset), "slope_per_mm": .optional(fit?.slope),
      "standardErrors": [
        "amplitude": error(0), "mean_mm": error(1), "meanOnAxis_mm": error(1), "sigma_mm": error(2),
        "offset": error(3),
      ],
      "covariance": matrix(fit?.covariance, fit?.parameterCount ?? 4),
      "residualSumOfSquares": .optional(fit?.residualSumOfSquares),
      "degreesOfFreedom": .optional(fit?.degreesOfFreedom), "iterations": .optional(fit?.iterations),
    ]
  }

  private var qGaussianRecord: JSONValue {
    let fit = qGaussian
    return [
      "state": .optional(fit?.state.rawValue), "q": .optional(fit?.q), "rmsSigma_mm": .optional(fit?.rmsSigma),
      "peak": .optional(fit?.peak), "mu_mm": .optional(fit?.mean), "beta_per_mm2": .optional(fit?.beta),
      "offset": .optional(fit?.offset), "area": .optional(fit?.area),
      "fwhm_mm": .optional(fit?.fullWidthAtHalfMaximum), "tailFraction3": .optional(fit?.tailFraction3),
      "tailFraction4": .optional(fit?.tailFraction4),
      "standardErrors": ["q": .optional(fit?.qError), "rmsSigma_mm": .optional(fit?.rmsSigmaError)],
      "covariance": matrix(fit?.covariance, 5), "residualSumOfSquares": .optional(fit?.residualSumOfSquares),
      "degreesOfFreedom": .optional(fit?.degreesOfFreedom),
    ]
  }

  private var goodnessRecord: JSONValue {
    [
      "chiSquarePerDegreeOfFreedom": .optional(goodness?.gaussianChiSquarePerDegree),
      "probability": .optional(goodness?.gaussianProbability),
      "qGaussianChiSquarePerDegreeOfFreedom": .optional(goodness?.qGaussianChiSquarePerDegree),
      "residualRuns": .optional(goodness?.residualRuns), "deltaBIC": .optional(goodness?.deltaBIC),
    ]
  }

  private func matrix(_ values: [Double]?, _ size: Int) -> JSONValue {
    guard let values else { return nil }
    return .array((0..<size).map { row in .numbers(values[row * size..<(row + 1) * size]) })
  }
}
