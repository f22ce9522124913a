import Fitting
import JSON

/// A betatron q-Gaussian folded with the momentum distribution, fitted to one profile.
///
/// f(x) = Σ sₖ · peak · e_q(−((x − µ − D·δₖ)/w)²) + offset. Taking D·δ off in quadrature holds for two Gaussians only; this
/// holds for any shapes.
public struct DeconvolvedFit: Sendable, Equatable {
  /// How the fit ended.
  public var state: FitState
  /// Peak, mean in mm relative to the highest sample, w in mm, q and offset of the betatron profile.
  public var values: [Double]
  /// Their covariance, row after row.
  public var covariance: [Double]
  /// Iterations used.
  public var iterations: Int

  /// Tail parameter of the betatron profile.
  public var q: Double { values[3] }
  /// Its standard error.
  public var qError: Double { covariance[18].squareRoot() }
  /// RMS betatron size in mm; `nil` for q ≥ 5/3.
  public var rmsSigma: Double? {
    let sigma = QGaussianPeak.rmsSigma(width: values[2], q: q)
    return state.isUsable && sigma.isFinite ? sigma : nil
  }
  /// Its standard error in mm.
  public var rmsSigmaError: Double? {
    let error = QGaussianPeak.rmsSigmaError(
      width: values[2], q: q, varianceOfWidth: covariance[12], covariance: covariance[13], varianceOfQ: covariance[18])
    return state.isUsable && error.isFinite ? error : nil
  }

  /// Fits a profile.
  ///
  /// Levenberg–Marquardt on the normal equations of the five parameters.
  ///
  /// - Parameters:
  ///   - x: positions relative to the highest sample in mm.
  ///   - y: signals.
  ///   - weights: inverse variances, or `nil` for all alike and errors from the residual variance.
  ///   - start: a q-Gaussian fitted to the profile as it is.
  ///   - dispersiveSize: D·δ in mm, with the sign of D.
  ///   - shape: distribution of the momenta.
  init(
    x: [Double], y: [Double], weights: [Double]?, start: QGaussianFit, dispersiveSize: Double,
    shape: MomentumDistribution
  ) {
    let shifts = shape.places.map { $0 * dispersiveSize }
    let curve = FoldedCurve(x: x, y: y, weights: weights, shifts: shifts, shares: shape.shares)
    let width = 1 / start.beta.squareRoot()
    let size = start.rmsSigma ?? width
    let narrowing = max(0.2, 1 - dispersiveSize * dispersiveSize / (size * size)).squareRoot()
    var values = [start.peak / narrowing, start.mean, width * narrowing, start.q, start.offset]
    var equations = curve.equations(values)
    var damping = 1e-3
    var state = FitState.maxIterations
    var iterations = 0
    while iterations < 200, equations.sum.isFinite {
      iterations += 1
      guard let step = equations.step(damping: damping) else {
        state = .singular
        break
      }
      var trial = zip(values, step).map { $0 + $1 }
      trial[2] = min(max(trial[2], values[2] / 3), values[2] * 3)
      trial[3] = min(max(trial[3], -3), 2.95)
      let change = max(
        abs(trial[0] - values[0]) / abs(values[0]), abs(trial[1] - values[1]) / values[2],
        abs(trial[2] - values[2]) / values[2], abs(trial[3] - values[3]))
      let next = curve.equations(trial)
      if next.sum.isFinite, next.sum <= equations.sum {
        values = trial
        equations = next
        damping = max(damping * 0.1, 1e-12)
        if change < 1e-9 {
          state = .converged
          break
        }
      } else if change < 1e-9 {
        state = .converged
        break
      } else {
        damping *= 10
      }
    }
    self.state = equations.sum.isFinite ? state : .nonFinite
    self.values = values
    self.iterations = iterations
    let degrees = Double(max(1, x.count - 5))
    let scale = weights == nil ? equations.sum / degrees : 1
    covariance = equations.inverse()?.map { $0 * scale } ?? Array(repeating: .nan, count: 25)
  }

  /// The record in the outputs, its numbers `null` when there is no fit.
  static func json(_ fit: DeconvolvedFit?) -> JSONValue {
    [
      "state": .optional(fit?.state.rawValue), "q": .optional(fit?.q), "rmsSigma_mm": .optional(fit?.rmsSigma),
      "standardErrors": ["q": .optional(fit?.qError), "rmsSigma_mm": .optional(fit?.rmsSigmaError)],
    ]
  }
}
