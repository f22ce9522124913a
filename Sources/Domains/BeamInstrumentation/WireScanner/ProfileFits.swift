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
  /// One per profile; `nil` for profiles without a baseline estimate.
  var inspections: [ProfileInspection?]

  /// Fits profiles.
  ///
  /// - Parameters:
  ///   - profiles: rows with a bunch; positions are taken relative to the highest sample.
  ///   - clipped: per profile which samples are clipped and stay out, or `nil`.
  ///   - options: models, weights and baseline.
  init(_ profiles: [ProfileResult], clipped: [[Bool]?], options: WireScanOptions) throws(CavernError) {
    let inputs = zip(profiles, clipped).map { Input($0, clipped: $1) }
    let unweighted = try Self.fit(inputs, weights: nil, options: options)
    gaussians = unweighted.gaussians
    qGaussians = unweighted.qGaussians
    let noises = inputs.indices.map { index in
      inputs[index].noise(gaussian: unweighted.gaussians[index], qGaussian: unweighted.qGaussians?[index])
    }
    if options.weights == .noise {
      let weights = inputs.indices.map { index in
        inputs[index].weights(
          noises[index], gaussian: unweighted.gaussians[index], qGaussian: unweighted.qGaussians?[index])
      }
      let weighted = try Self.fit(inputs, weights: weights, options: options)
      gaussians = weighted.gaussians
      qGaussians = weighted.qGaussians
    }
    let (gaussians, qGaussians) = (gaussians, qGaussians)
    goodness = inputs.indices.map { index in
      inputs[index].goodness(noises[index], gaussian: gaussians[index], qGaussian: qGaussians?[index])
    }
    inspections = profiles.indices.map { index in
      profiles[index].baseline.map {
        ProfileInspection(profile: profiles[index].samples, baseline: $0, fit: gaussians[index], noise: noises[index])
      }
    }
  }

  private static func fit(_ inputs: [Input], weights: [[Double]]?, options: WireScanOptions) throws(CavernError) -> (
    gaussians: [GaussianFit], qGaussians: [QGaussianFit]?
  ) {
    var offsets = [0]
    for input in inputs { offsets.append(offsets[offsets.count - 1] + input.x.count) }
    let batch = try ProfileBatch(
      x: inputs.flatMap(\.x), y: inputs.flatMap(\.y), weights: weights?.flatMap { $0 }, offsets: offsets)
    let fitOptions = FitOptions(threads: options.threads)
    let isLinear = options.baseline == .linear
    let starts: [Double] = inputs.flatMap { (input: Input) -> [Double] in isLinear ? input.start + [0] : input.start }
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

/// What one profile gives to the engine.
private struct Input {
  var x: [Double]
  var y: [Double]
  var start: [Double]
  var baselineNoise: Double

  init(_ profile: ProfileResult, clipped: [Bool]?) {
    let kept = clipped.map { profile.samples.without($0) } ?? (profile.samples.positions, profile.samples.signals)
    let peak = profile.samples.peakPosition
    x = kept.0.map { $0 - peak }
    y = kept.1
    baselineNoise = profile.baseline?.noise ?? 0
    let width = max(profile.baseline?.widthEstimate ?? 0, profile.samples.spacing / 2)
    start = [profile.baseline?.peak ?? 0, 0, width > 0 ? width : 1, profile.baseline?.baseline ?? 0]
  }

  /// The fitted signal above the baseline and the residuals: of the q-Gaussian where usable, which follows tails, else of
  /// the Gaussian; `nil` when neither is usable.
  private func model(_ gaussian: GaussianFit, _ qGaussian: QGaussianFit?) -> (signals: [Double], residuals: [Double])? {
    if let qGaussian, qGaussian.state.isUsable {
      let curve = x.map { qGaussian($0) }
      return (curve.map { $0 - qGaussian.offset }, zip(y, curve).map { $0 - $1 })
    }
    guard gaussian.state.isUsable else { return nil }
    let curve = x.map { gaussian($0) }
    return (zip(x, curve).map { $1 - gaussian.offset - (gaussian.slope ?? 0) * $0 }, zip(y, curve).map { $0 - $1 })
  }

  func noise(gaussian: GaussianFit, qGaussian: QGaussianFit?) -> NoiseModel {
    let model = model(gaussian, qGaussian)
    return NoiseModel(
      baselineNoise: baselineNoise, signals: model?.signals ?? [], residuals: model?.residuals ?? [])
  }

  func weights(_ noise: NoiseModel, gaussian: GaussianFit, qGaussian: QGaussianFit?) -> [Double] {
    guard let model = model(gaussian, qGaussian) else { return y.map { _ in 1 } }
    return model.signals.map { signal in
      let variance = noise.variance(signal: signal)
      return variance > 0 ? 1 / variance : 1
    }
  }

  func goodness(_ noise: NoiseModel, gaussian: GaussianFit, qGaussian: QGaussianFit?) -> ProfileGoodness? {
    guard gaussian.state.isUsable, noise.baselineNoise > 0, let model = model(gaussian, qGaussian) else { return nil }
    let variances = model.signals.map { noise.variance(signal: $0) }
    let residuals = zip(x, y).map { $1 - gaussian($0) }
    let chiSquare = zip(residuals, variances).reduce(0) { $0 + $1.0 * $1.0 / $1.1 }
    let degrees = y.count - gaussian.parameterCount
    guard degrees > 0 else { return nil }
    var result = ProfileGoodness(
      gaussianChiSquarePerDegree: chiSquare / Double(degrees), qGaussianChiSquarePerDegree: nil,
      gaussianProbability: Scalar.chiSquareProbability(chiSquare, degreesOfFreedom: degrees),
      residualRuns: Self.runs(residuals), deltaBIC: nil)
    if let qGaussian, qGaussian.state.isUsable, y.count > 5 {
      let other = zip(model.residuals, variances).reduce(0) { $0 + $1.0 * $1.0 / $1.1 }
      result.qGaussianChiSquarePerDegree = other / Double(y.count - 5)
      result.deltaBIC = chiSquare - other - Scalar.log(Double(y.count)) * Double(5 - gaussian.parameterCount)
    }
    return result
  }

  /// Wald and Wolfowitz: number of runs of equal sign against its expectation, in sigmas.
  private static func runs(_ residuals: [Double]) -> Double {
    let signs = residuals.filter { $0 != 0 }.map { $0 > 0 }
    let positive = Double(signs.count { $0 })
    let negative = Double(signs.count) - positive
    let total = positive + negative
    let expected = 2 * positive * negative / total + 1
    let variance = (expected - 1) * (expected - 2) / (total - 1)
    guard variance > 0 else { return .nan }
    let runs = Double(1 + zip(signs, signs.dropFirst()).count { $0 != $1 })
    return (runs - expected) / variance.squareRoot()
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
