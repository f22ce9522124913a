import Errors
import Fitting

/// Two bunches that blend: no second maximum, but a sum of two Gaussians describes the profile far better than one symmetric
/// curve.
extension ProfileInspection {
  private static let model =
    "a1*exp(-(x-m1)^2/(2*s1^2)) + a2*exp(-(x-m2)^2/(2*s2^2)) + c"
  private static let parameters = ["a1", "m1", "s1", "a2", "m2", "s2", "c"]

  /// Height of the smaller of two Gaussians over that of the larger, when the Bayesian information criterion prefers them by
  /// more than 10 to the better of Gaussian and q-Gaussian, and they stand apart.
  ///
  /// It is tried where the residuals of the better curve hang together or are larger than the noise, so that clean profiles
  /// cost nothing. Two Gaussians of one centre are tails, which are the q-Gaussian's business.
  func secondBunch() -> Double? {
    guard fit.state.isUsable, input.x.count >= 20, noise.baselineNoise > 0 else { return nil }
    let near = input.x.indices.filter { abs(input.x[$0] - fit.mean) < 3.5 * fit.sigma }
    let residuals = near.map { input.y[$0] - (curve(input.x[$0]) ?? 0) }
    let variances = near.map { noise.variance(signal: (curve(input.x[$0]) ?? 0) - fit.offset) }
    guard near.count >= 10 else { return nil }
    let chiSquare = zip(residuals, variances).reduce(0) { $0 + $1.0 * $1.0 / $1.1 }
    let excess = chiSquare / Double(near.count) - 1
    let runs = ProfileFitInput.runs(residuals)
    guard excess > 3 * (2 / Double(near.count)).squareRoot() || runs < -2.5 else { return nil }
    guard
      Self.smoothExcess(residuals, variances, near.map { input.x[$0] }, scale: fit.sigma)
        > Self.leastGain(of: input.x.count)
    else { return nil }

    let sigma = input.x.map { position in
      noise.variance(signal: (curve(position) ?? 0) - fit.offset).squareRoot()
    }
    guard let single = singleCriterion(sigma), let double = doubleFit(sigma, against: single) else { return nil }
    let (values, criterion, separationError) = double
    let (first, second) = (values[0], values[3])
    let separation = abs(values[1] - values[4])
    let (smaller, larger) = first < second ? (first, second) : (second, first)
    guard single - criterion > 10, smaller > 0.1 * larger, smaller > 6 * noise.baselineNoise,
      separation > 4 * separationError, separation > 0.5 * min(abs(values[2]), abs(values[5])),
      // Two bunches have sizes of one order; a cluster of noise on the flank is narrow.
      min(abs(values[2]), abs(values[5])) > max(samples.spacing, 0.35 * max(abs(values[2]), abs(values[5])))
    else { return nil }
    return smaller / larger
  }

  /// How much χ² two more parameters must take away to be preferred by more than 10.
  private static func leastGain(of samples: Int) -> Double { 10 + 2 * Scalar.log(Double(samples)) }

  /// How much of χ² hangs together over half a sigma, beyond half of what noise alone would show.
  ///
  /// A curve of two bunches differs from one bunch over such lengths, so no fit of two can take away much more than this:
  /// where it is too little, the fit need not be tried. Weighted means of blocks of samples, each squared over its variance.
  private static func smoothExcess(
    _ residuals: [Double], _ variances: [Double], _ x: [Double], scale: Double
  ) -> Double {
    var total = 0.0
    var (sum, weight, start) = (0.0, 0.0, x.first ?? 0)
    for index in residuals.indices {
      if x[index] - start >= 0.5 * scale, weight > 0 {
        total += sum * sum / weight - 0.5
        (sum, weight, start) = (0, 0, x[index])
      }
      sum += residuals[index] / variances[index]
      weight += 1 / variances[index]
    }
    return weight > 0 ? total + sum * sum / weight - 0.5 : total
  }

  /// The lower of the criteria of one Gaussian and one q-Gaussian, fitted with the noise model.
  private func singleCriterion(_ sigma: [Double]) -> Double? {
    let count = Double(input.x.count)
    guard
      let batch = try? ProfileBatch(
        x: input.x, y: input.y, weights: sigma.map { 1 / ($0 * $0) }, offsets: [0, input.x.count]),
      let gaussian = try? BatchFitter.fit(batch, model: GaussianPeak.self, starts: input.start),
      let tails = try? BatchFitter.fit(batch, model: QGaussianPeak.self)
    else { return nil }
    let criteria = [(gaussian, 4.0), (tails, 5.0)].compactMap { result, parameters -> Double? in
      result.states[0].isUsable ? result.residualSumOfSquares[0] + parameters * Scalar.log(count) : nil
    }
    return criteria.min()
  }

  /// The best sum of two Gaussians: parameters, criterion and error of the distance of the means.
  ///
  /// - Parameter single: the criterion of one bunch; when the first starts, one to each side, are no better, the others are
  ///   not tried.
  private func doubleFit(
    _ sigma: [Double], against single: Double
  ) -> (values: [Double], criterion: Double, separationError: Double)? {
    guard let formula = try? Formula(Self.model, predictors: ["x"], parameters: Self.parameters) else { return nil }
    let (height, centre, width, base) = (fit.amplitude, fit.mean, fit.sigma, fit.offset)
    let starts = [
      [[0.9, -0.4, 0.6, 0.4, 1.2, 0.6], [0.4, -1.2, 0.6, 0.9, 0.4, 0.6]],
      [[0.8, -0.8, 0.6, 0.8, 0.8, 0.6], [0.9, -0.3, 0.7, 0.4, 0.9, 1.3], [0.4, -0.9, 1.3, 0.9, 0.3, 0.7]],
    ]
    let penalty = 7 * Scalar.log(Double(input.x.count))
    var best: (result: BatchFitResult, index: Int, criterion: Double)?
    for group in starts {
      let result = FormulaFitter(formula, isRestarting: false).fit(
        group.map { start in
          FormulaProblem(
            columns: [input.x], y: input.y, sigma: sigma,
            start: [
              start[0] * height, centre + start[1] * width, start[2] * width, start[3] * height,
              centre + start[4] * width,
              start[5] * width, base,
            ])
        })
      for index in group.indices where result.states[index].isUsable {
        let criterion = result.residualSumOfSquares[index] + penalty
        if criterion < best?.criterion ?? .infinity { best = (result, index, criterion) }
      }
      guard let best, best.criterion < single else { break }
    }
    guard let best else { return nil }
    let (result, index) = (best.result, best.index)
    let variance = result.covariance(index, 1, 1) + result.covariance(index, 4, 4) - 2 * result.covariance(index, 1, 4)
    return (Array(result.parameters(of: index)), best.criterion, max(variance, 0).squareRoot())
  }
}
