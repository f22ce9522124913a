import Foundation

/// What one fit minimises, as the sum of squares of a residual vector near any point: values, residuals, Jacobian.
///
/// Least squares: residual √w (y − f). Poisson: the deviance of Baker and Cousins, whose gradient and expected curvature
/// are those of the residual (y − f)/√f, so the same linear algebra serves both (Fisher scoring).
///
/// Bounds: `values`, `residual` hold n numbers and `jacobian` n × P; loops run over k < n and j < P only.
final class CurveObjective {
  let evaluator: FormulaEvaluator
  let count: Int
  let parameterCount: Int
  let isPoisson: Bool
  private let y: [Double]
  private let rootWeights: [Double]
  private(set) var evaluations = 0
  /// Whether all points count the same.
  var isUnweighted: Bool { rootWeights.isEmpty }

  /// Whether the residuals are formed in extended precision.
  private(set) var isExtended = false

  /// The residual at the point of the last `linearize`.
  private(set) var residual: [Double]
  /// ∂f/∂p over the same weights, column after column, at the point of the last `linearize`.
  private(set) var jacobian: [Double]
  private var values: [Double]
  /// The residual at the point of the last `objective`.
  private(set) var trialResidual: [Double]

  /// Least squares itself; for counts, least squares with the counts as variances (1 for empty ones).
  func leastSquaresTwin() -> CurveObjective {
    guard isPoisson else { return self }
    return CurveObjective(
      evaluator: evaluator, y: y, rootWeights: y.map { 1 / max($0, 1).squareRoot() }, isPoisson: false)
  }

  /// A sum of squares and how much of it may be rounding.
  struct Value {
    var sum: Double
    var noise: Double
  }

  init(evaluator: FormulaEvaluator, y: [Double], rootWeights: [Double], isPoisson: Bool) {
    self.evaluator = evaluator
    self.y = y
    self.rootWeights = rootWeights
    self.isPoisson = isPoisson
    count = y.count
    parameterCount = evaluator.parameterCount
    residual = Array(repeating: 0, count: count)
    trialResidual = residual
    values = residual
    jacobian = Array(repeating: 0, count: count * parameterCount)
  }

  /// The sum of squares or deviance at a point; NaN when the formula is not defined there.
  func objective(_ parameters: [Double]) -> Value {
    evaluations += 1
    evaluator.evaluate(parameters, into: &values)
    return reduce(parameters, into: &trialResidual)
  }

  /// The sum at a point, with residual and Jacobian; NaN when value or derivative is not finite there.
  func linearize(_ parameters: [Double]) -> Value {
    evaluations += 1
    evaluator.evaluate(parameters, into: &values, derivatives: &jacobian)
    var value = reduce(parameters, into: &residual)
    var finite = 0.0
    jacobian.withUnsafeMutableBufferPointer { jacobian in
      for j in 0..<parameterCount {
        let column = UnsafeMutableBufferPointer(rebasing: jacobian[j * count..<(j + 1) * count])
        if isPoisson {
          for k in 0..<count {
            // Where the model is 0 and flat the weight does not matter; the floor keeps 0/0 away.
            column[k] /= max(values[k], 1e-300).squareRoot()
          }
        } else if !rootWeights.isEmpty {
          for k in 0..<count { column[k] *= rootWeights[k] }
        }
        for k in 0..<count { finite += column[k] * 0 }
      }
    }
    if finite.isNaN { value.sum = .nan }
    return value
  }

  /// `linearize` with residuals in extended precision if rounding of the model matters to this value.
  ///
  /// Afterwards all residuals are formed that way until `isExtended` is reset by `useDoublePrecision`.
  func refine(_ parameters: [Double], _ value: Value) -> Value {
    guard !isPoisson, !isExtended, value.noise > 1e-10 * value.sum else { return value }
    isExtended = true
    return linearize(parameters)
  }

  /// Forms residuals in double precision again.
  func useDoublePrecision() { isExtended = false }

  private func reduce(_ parameters: [Double], into residual: inout [Double]) -> Value {
    if isPoisson { return poisson(into: &residual) }
    let exact = isExtended ? evaluator.extendedResiduals(parameters, y) : nil
    return squares(exact, into: &residual)
  }

  /// Σ r² in twice the working precision.
  ///
  /// Error-free products and sums after Ogita, Rump and Oishi, SIAM J. Sci. Comput. 26 (2005) 1955.
  private func squares(_ exact: [Double]?, into residual: inout [Double]) -> Value {
    var sum = 0.0
    var correction = 0.0
    var noise = 0.0
    for k in 0..<count {
      var r = exact?[k] ?? (y[k] - values[k])
      var size = Swift.abs(values[k]) + Swift.abs(y[k])
      if !rootWeights.isEmpty {
        r *= rootWeights[k]
        size *= rootWeights[k]
      }
      residual[k] = r
      let product = r * r
      let productError = (-product).addingProduct(r, r)
      let total = sum + product
      let back = total - sum
      correction += (sum - (total - back)) + (product - back) + productError
      sum = total
      noise += Swift.abs(r) * size + 4 * Double.ulpOfOne * size * size
    }
    // Extended precision has 11 more bits.
    return Value(sum: sum + correction, noise: (exact == nil ? 2 : 0.001) * Double.ulpOfOne * noise)
  }

  private func poisson(into residual: inout [Double]) -> Value {
    var sum = 0.0
    var correction = 0.0
    var noise = 0.0
    for k in 0..<count {
      let mean = values[k]
      let n = y[k]
      guard mean > 0 || (mean == 0 && n == 0) else { return Value(sum: .nan, noise: 0) }
      residual[k] = (n - mean) / max(mean, 1e-300).squareRoot()
      var term = mean - n
      if n > 0 {
        let ratio = (mean - n) / n
        // n·(t − ln(1 + t)) loses digits near t = 0 only in proportion to t, which is harmless for a sum of such terms.
        term = n * (ratio - Foundation.log1p(ratio))
      }
      noise += Swift.abs(mean - n) + 4 * Double.ulpOfOne * (mean + n)
      let total = sum + term
      let back = total - sum
      correction += (sum - (total - back)) + (term - back)
      sum = total
    }
    return Value(sum: 2 * (sum + correction), noise: 4 * Double.ulpOfOne * noise)
  }

  /// The correlation of the residuals at a point with those next to them, in the order of the predictors.
  func serialCorrelation(_ parameters: [Double]) -> Double {
    guard objective(parameters).sum.isFinite else { return 1 }
    let order = evaluator.pointsInOrder()
    var products = 0.0
    var squares = 0.0
    for k in 0..<count {
      let r = trialResidual[order[k]]
      squares += r * r
      if k > 0 { products += r * trialResidual[order[k - 1]] }
    }
    return squares > 0 ? products / squares : 0
  }

  /// The sum with the best constant in place of the formula: what a fit must beat to explain anything.
  func constantObjective() -> Double {
    var weightSum = 0.0
    var sum = 0.0
    for k in 0..<count {
      let weight = rootWeights.isEmpty ? 1 : rootWeights[k] * rootWeights[k]
      weightSum += weight
      sum += weight * y[k]
    }
    let mean = sum / weightSum
    var total = 0.0
    for k in 0..<count {
      if isPoisson {
        total += y[k] > 0 ? 2 * (mean - y[k] + y[k] * Foundation.log(y[k] / mean)) : 2 * mean
      } else {
        let weight = rootWeights.isEmpty ? 1 : rootWeights[k] * rootWeights[k]
        total += weight * (y[k] - mean) * (y[k] - mean)
      }
    }
    return total
  }
}
