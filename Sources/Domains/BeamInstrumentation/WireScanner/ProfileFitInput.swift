/// What one profile gives to the engine.
struct ProfileFitInput: Sendable {
  /// Positions relative to the highest sample in mm.
  var x: [Double]
  /// Signals.
  var y: [Double]
  /// Amplitude, mean, sigma and offset to start from.
  var start: [Double]
  /// RMS noise away from the peak.
  var baselineNoise: Double

  /// The samples of a profile but those left out.
  init(_ profile: ProfileResult, leftOut: [Bool]?) {
    let kept = leftOut.map { profile.samples.without($0) } ?? (profile.samples.positions, profile.samples.signals)
    let peak = profile.samples.peakPosition
    x = kept.0.map { $0 - peak }
    y = kept.1
    baselineNoise = profile.baseline?.noise ?? 0
    let width = max(profile.baseline?.widthEstimate ?? 0, profile.samples.spacing / 2)
    // The peak that spikes do not move; the highest sample may be one.
    let height = profile.baseline.map { $0.pairHeight > 0 ? $0.pairHeight : $0.peak } ?? 0
    let centre = (profile.baseline?.peakPosition).map { $0 - peak } ?? 0
    start = [height, centre, width > 0 ? width : 1, profile.baseline?.baseline ?? 0]
  }

  /// A fitted curve at the samples.
  struct Model: Sendable {
    /// The curve above its baseline.
    var signals: [Double]
    /// Samples minus curve.
    var residuals: [Double]
  }

  /// The curve of the q-Gaussian where usable, which follows tails, else of the Gaussian; `nil` when neither is usable.
  func model(_ gaussian: GaussianFit, _ qGaussian: QGaussianFit?) -> Model? {
    if let qGaussian, qGaussian.state.isUsable {
      let curve = x.map { qGaussian($0) }
      return Model(signals: curve.map { $0 - qGaussian.offset }, residuals: zip(y, curve).map { $0 - $1 })
    }
    guard gaussian.state.isUsable else { return nil }
    let curve = x.map { gaussian($0) }
    return Model(
      signals: zip(x, curve).map { $1 - gaussian.offset - (gaussian.slope ?? 0) * $0 },
      residuals: zip(y, curve).map { $0 - $1 })
  }

  /// The variance of a sample as the residuals show it.
  func noise(_ model: Model?) -> NoiseModel {
    NoiseModel(baselineNoise: baselineNoise, signals: model?.signals ?? [], residuals: model?.residuals ?? [])
  }

  /// Inverse variances of the samples.
  func weights(_ noise: NoiseModel, gaussian: GaussianFit, qGaussian: QGaussianFit?) -> [Double] {
    weights(noise, model(gaussian, qGaussian))
  }

  /// Inverse variances of the samples.
  func weights(_ noise: NoiseModel, _ model: Model?) -> [Double] {
    guard let model else { return y.map { _ in 1 } }
    return model.signals.map { signal in
      let variance = noise.variance(signal: signal)
      return variance > 0 ? 1 / variance : 1
    }
  }

  /// χ², runs test and information criterion with a noise model.
  ///
  /// - Parameter model: the curve of these fits.
  func goodness(
    _ noise: NoiseModel, gaussian: GaussianFit, qGaussian: QGaussianFit?, model: Model?
  ) -> ProfileGoodness? {
    guard gaussian.state.isUsable, noise.baselineNoise > 0, let model else { return nil }
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
  static func runs(_ residuals: [Double]) -> Double {
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

  /// Standard error of the Gaussian's sigma when each sample has the variance of the noise model.
  ///
  /// C Jᵀ V J C with C = (JᵀJ)⁻¹. The residual variance alone understates it where the noise grows with the signal.
  func sigmaError(_ fit: GaussianFit, _ noise: NoiseModel) -> Double? {
    let size = fit.parameterCount
    guard fit.state.isUsable, fit.residualSumOfSquares > 0, fit.degreesOfFreedom > 0 else { return nil }
    let variance = fit.residualSumOfSquares / Double(fit.degreesOfFreedom)
    let row = (0..<size).map { fit.covariance[2 * size + $0] / variance }
    let sum = x.reduce(0) { sum, position in
      let t = (position - fit.mean) / fit.sigma
      let shape = Scalar.exp(-0.5 * t * t)
      let scaled = fit.amplitude * shape / fit.sigma
      var derivative = row[0] * shape + row[1] * scaled * t + row[2] * scaled * t * t + row[3]
      if size == 5 { derivative += row[4] * position }
      return sum + derivative * derivative * noise.variance(signal: fit.amplitude * shape)
    }
    return sum.isFinite ? sum.squareRoot() : nil
  }
}
