import Errors
import Fitting

/// The fits of the profiles of one scan: all rows go through the engine as one batch.
struct ProfileFits {
  /// One per profile.
  var gaussians: [GaussianFit]
  /// One per profile; `nil` when the q-Gaussian was not asked for.
  var qGaussians: [QGaussianFit]?
  /// One per profile; `nil` where neither fit is usable.
  var goodness: [ProfileGoodness?]
  /// Standard error of each Gaussian's sigma with the noise model.
  var sigmaErrors: [Double?]
  /// One per profile; `nil` for profiles without a baseline estimate.
  var inspections: [ProfileInspection?]

  /// Fits profiles.
  ///
  /// - Parameters:
  ///   - profiles: rows with a bunch; positions are taken relative to the highest sample.
  ///   - leftOut: per profile which samples stay out (clipped, towering), or `nil`.
  ///   - options: models, weights and baseline.
  init(_ profiles: [ProfileResult], leftOut: [[Bool]?], options: WireScanOptions) throws(CavernError) {
    let inputs = zip(profiles, leftOut).map { ProfileFitInput($0, leftOut: $1) }
    let unweighted = try Self.fit(inputs, weights: nil, options: options)
    gaussians = unweighted.gaussians
    qGaussians = unweighted.qGaussians
    var models = inputs.indices.map { index in
      inputs[index].model(unweighted.gaussians[index], unweighted.qGaussians?[index])
    }
    let noises = inputs.indices.map { inputs[$0].noise(models[$0]) }
    if options.weights == .noise {
      let weights = inputs.indices.map { inputs[$0].weights(noises[$0], models[$0]) }
      let weighted = try Self.fit(inputs, weights: weights, options: options)
      gaussians = weighted.gaussians
      qGaussians = weighted.qGaussians
      models = inputs.indices.map { inputs[$0].model(weighted.gaussians[$0], weighted.qGaussians?[$0]) }
    }
    let (gaussians, qGaussians, curves) = (gaussians, qGaussians, models)
    goodness = inputs.indices.map { index in
      inputs[index].goodness(
        noises[index], gaussian: gaussians[index], qGaussian: qGaussians?[index], model: curves[index])
    }
    let isWeighted = options.weights == .noise
    sigmaErrors = inputs.indices.map { index in
      isWeighted ? gaussians[index].standardError(2) : inputs[index].sigmaError(gaussians[index], noises[index])
    }
    inspections = profiles.indices.map { index in
      profiles[index].baseline.map {
        ProfileInspection(
          input: inputs[index], samples: profiles[index].samples, baseline: $0, fit: gaussians[index],
          tails: qGaussians?[index], noise: noises[index], residuals: curves[index]?.residuals)
      }
    }
  }

  /// Takes over the fits of one profile.
  mutating func replace(_ position: Int, with place: Int, of other: ProfileFits) {
    gaussians[position] = other.gaussians[place]
    if let tails = other.qGaussians { qGaussians?[position] = tails[place] }
    goodness[position] = other.goodness[place]
    sigmaErrors[position] = other.sigmaErrors[place]
    inspections[position] = other.inspections[place]
  }

  private static func fit(_ inputs: [ProfileFitInput], weights: [[Double]]?, options: WireScanOptions)
    throws(CavernError) -> (
      gaussians: [GaussianFit], qGaussians: [QGaussianFit]?
    )
  {
    var offsets = [0]
    for input in inputs { offsets.append(offsets[offsets.count - 1] + input.x.count) }
    let batch = try ProfileBatch(
      x: inputs.flatMap(\.x), y: inputs.flatMap(\.y), weights: weights?.flatMap { $0 }, offsets: offsets)
    let fitOptions = FitOptions(threads: options.threads)
    let isLinear = options.baseline == .linear
    let starts: [Double] = inputs.flatMap { (input: ProfileFitInput) -> [Double] in
      isLinear ? input.start + [0] : input.start
    }
    let gaussian =
      isLinear
      ? try BatchFitter.fit(batch, model: GaussianPeakWithSlope.self, starts: starts, options: fitOptions)
      : try BatchFitter.fit(batch, model: GaussianPeak.self, starts: starts, options: fitOptions)
    let gaussians = inputs.indices.map { GaussianFit(gaussian, problem: $0) }
    guard options.fitsQGaussian else { return (gaussians, nil) }
    let tails = try BatchFitter.fit(batch, model: QGaussianPeak.self, options: fitOptions)
    return (gaussians, inputs.indices.map { QGaussianFit(tails, problem: $0, gaussianSigma: gaussians[$0].sigma) })
  }
}

extension GaussianFit {
  /// The fit of one problem of a batch.
  init(_ result: BatchFitResult, problem: Int) {
    let hasSlope = result.parameterCount == 5
    let values = Array(result.parameters(of: problem))
    let size = result.parameterCount
    self.init(
      state: result.states[problem], amplitude: values[0], mean: values[1], sigma: values[2], offset: values[3],
      slope: hasSlope ? values[4] : nil,
      covariance: Array(result.covariance[problem * size * size..<(problem + 1) * size * size]),
      residualSumOfSquares: result.residualSumOfSquares[problem],
      degreesOfFreedom: result.degreesOfFreedom[problem], iterations: result.iterations[problem])
  }
}

extension QGaussianFit {
  /// The fit of one problem of a batch with the quantities that follow from it.
  ///
  /// - Parameter gaussianSigma: sigma of the Gaussian fit in mm, in units of which tails are counted.
  init(_ result: BatchFitResult, problem: Int, gaussianSigma: Double) {
    let values = Array(result.parameters(of: problem))
    let (peak, width, q) = (values[0], values[2], values[3])
    let isUsable = result.states[problem].isUsable
    let sigma = isUsable ? QGaussianPeak.rmsSigma(width: width, q: q) : .nan
    let sigmaError = QGaussianPeak.rmsSigmaError(
      width: width, q: q, varianceOfWidth: result.covariance(problem, 2, 2),
      covariance: result.covariance(problem, 2, 3), varianceOfQ: result.covariance(problem, 3, 3))
    let area = QGaussianPeak.area(peak: peak, width: width, q: q)
    // The tail function counts in core sigmas, width/√2.
    let scale = gaussianSigma * 2.0.squareRoot() / width
    func tail(_ k: Double) -> Double? {
      let fraction = QGaussianPeak.tailFraction(beyondSigma: k * scale, q: q)
      return isUsable && fraction.isFinite ? fraction : nil
    }
    self.init(
      state: result.states[problem], peak: peak, mean: values[1], beta: 1 / (width * width), q: q, offset: values[4],
      covariance: Array(result.covariance[problem * 25..<(problem + 1) * 25]),
      residualSumOfSquares: result.residualSumOfSquares[problem],
      degreesOfFreedom: result.degreesOfFreedom[problem], qError: result.standardError(problem, 3),
      area: isUsable && area.isFinite ? area : nil, rmsSigma: sigma.isFinite ? sigma : nil,
      rmsSigmaError: sigma.isFinite && sigmaError.isFinite ? sigmaError : nil,
      fullWidthAtHalfMaximum: QGaussianPeak.fwhm(width: width, q: q), tailFraction3: tail(3), tailFraction4: tail(4))
  }
}
