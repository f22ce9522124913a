/// Residuals as a function of a few parameters.
protocol ResidualFunction {
  /// Number of residuals.
  var count: Int { get }
  /// Writes the residuals at some parameters; `residuals` has room for `count` numbers.
  func evaluate(_ parameters: [Double], into residuals: UnsafeMutablePointer<Double>)
}

/// An unbounded least-squares search with a forward-difference Jacobian, which takes the path of MINPACK's `lmdif`.
///
/// It exists to reproduce results that were obtained with that routine: where the sum of squares has several minima or is flat,
/// the answer depends on the path. Algorithm: Moré 1978, as `DampedStep`. New fits should use the other engines, which have exact
/// derivatives and look further.
///
/// Memory: p columns of `capacity` numbers for the Jacobian, one for the residuals, one for trials. All loops run below
/// `function.count ≤ capacity` and below the number of parameters, at most `columns`.
struct DifferenceSearch: ~Copyable {
  /// Where a search ended.
  struct Outcome {
    var parameters: [Double]
    /// Sum of squares.
    var sum: Double
    /// `converged`, or `maxIterations` when the evaluations were used up or no progress was possible.
    var state: FitState
    var evaluations: Int
    /// (JᵀJ)⁻¹ of the last Jacobian; NaN where it is singular.
    var covariance: [Double]
  }

  /// Relative tolerance on the sum of squares and on the step.
  static let tolerance = 1.490_116_119_384_765_6e-8

  private let capacity: Int
  private let columns: Int
  private let jacobian: UnsafeMutablePointer<Double>
  private let residual: UnsafeMutablePointer<Double>
  private let trial: UnsafeMutablePointer<Double>

  init(capacity: Int, columns: Int) {
    self.capacity = max(capacity, 1)
    self.columns = columns
    let length = (columns + 2) * self.capacity
    jacobian = .allocate(capacity: length)
    jacobian.initialize(repeating: 0, count: length)
    residual = jacobian + columns * self.capacity
    trial = residual + self.capacity
  }

  deinit { jacobian.deallocate() }

  /// Searches from a start; at most 200·(p + 1) evaluations.
  func run(_ function: some ResidualFunction, from start: [Double]) -> Outcome {
    let p = start.count
    let n = function.count
    var x = start
    let limit = 200 * (p + 1)
    function.evaluate(x, into: residual)
    var evaluations = 1
    var length = Self.norm(residual, n)
    guard p <= columns, n <= capacity, n >= p, length.isFinite else {
      return Outcome(
        parameters: x, sum: length * length, state: .nonFinite, evaluations: 1,
        covariance: Array(repeating: .nan, count: p * p))
    }
    var scale = [Double](repeating: 0, count: p)
    var radius = 0.0
    var damping = 0.0
    var reach = 0.0
    var isFirst = true
    while true {
      differentiate(function, x)
      evaluations += p
      let norms = (0..<p).map { Self.norm(jacobian + $0 * capacity, n) }
      if isFirst {
        scale = norms.map { $0 == 0 ? 1 : $0 }
        reach = Self.norm(zip(scale, x).map(*))
        radius = reach == 0 ? 100 : 100 * reach
      }
      let system = factor(p, n)
      func end(_ state: FitState) -> Outcome {
        Outcome(
          parameters: x, sum: length * length, state: state, evaluations: evaluations, covariance: system.inverse())
      }
      let gradient = system.gradient(norms: norms, residual: length)
      if gradient <= 0 { return end(.converged) }
      scale = zip(scale, norms).map(max)
      while true {
        let (newDamping, step) = system.solve(scale: scale, radius: radius, damping: damping)
        damping = newDamping
        let candidate = zip(x, step).map { $0 - $1 }
        let stepLength = Self.norm(zip(scale, step).map(*))
        if isFirst { radius = min(radius, stepLength) }
        function.evaluate(candidate, into: trial)
        evaluations += 1
        let tried = Self.norm(trial, n)
        let actual = 0.1 * tried < length ? 1 - (tried / length) * (tried / length) : -1
        let linear = system.image(step) / length
        let curbed = damping.squareRoot() * stepLength / length
        let predicted = linear * linear + 2 * curbed * curbed
        let slope = -(linear * linear + curbed * curbed)
        let ratio = predicted != 0 ? actual / predicted : 0
        if !(ratio > 0.25) {
          var shrink = actual >= 0 ? 0.5 : 0.5 * slope / (slope + 0.5 * actual)
          if !(0.1 * tried < length) || !(shrink >= 0.1) { shrink = 0.1 }
          radius = shrink * min(radius, stepLength / 0.1)
          damping /= shrink
        } else if damping == 0 || ratio >= 0.75 {
          radius = stepLength / 0.5
          damping *= 0.5
        }
        let isTaken = ratio >= 1e-4
        if isTaken {
          x = candidate
          for i in 0..<n { residual[i] = trial[i] }
          length = tried
          reach = Self.norm(zip(scale, x).map(*))
          isFirst = false
        }
        let tolerance = Self.tolerance
        if abs(actual) <= tolerance && predicted <= tolerance && 0.5 * ratio <= 1 || radius <= tolerance * reach {
          return end(.converged)
        }
        let unit = Double.ulpOfOne
        if evaluations >= limit || abs(actual) <= unit && predicted <= unit && 0.5 * ratio <= 1
          || radius <= unit * reach || gradient <= unit
        {
          return end(.maxIterations)
        }
        if isTaken { break }
      }
    }
  }

  private func differentiate(_ function: some ResidualFunction, _ x: [Double]) {
    let n = function.count
    let root = Double.ulpOfOne.squareRoot()
    for j in x.indices {
      let h = x[j] == 0 ? root : root * abs(x[j])
      var moved = x
      moved[j] += h
      let column = jacobian + j * capacity
      function.evaluate(moved, into: column)
      for i in 0..<n { column[i] = (column[i] - residual[i]) / h }
    }
  }

  /// Q R Πᵀ of the Jacobian by Householder reflections with column pivoting, applied to the residuals as well.
  private func factor(_ p: Int, _ n: Int) -> DampedStep {
    var order = Array(0..<p)
    for i in 0..<n { trial[i] = residual[i] }
    var upper = [Double](repeating: 0, count: p * p)
    var projection = [Double](repeating: 0, count: p)
    for j in 0..<p {
      // The column with the most left.
      var longest = j
      var most = -1.0
      for k in j..<p {
        let left = Self.norm(jacobian + order[k] * capacity + j, n - j)
        if left > most { (most, longest) = (left, k) }
      }
      order.swapAt(j, longest)
      let column = jacobian + order[j] * capacity
      let length = Self.norm(column + j, n - j)
      for i in 0..<j { upper[j * p + i] = column[i] }
      if length > 0 {
        let head = column[j]
        let target = head > 0 ? -length : length
        column[j] = head - target
        let half = -target * (head - target)
        for k in j + 1..<max(p, j + 1) { Self.reflect(jacobian + order[k] * capacity, by: column, half, j, n) }
        Self.reflect(trial, by: column, half, j, n)
        upper[j * p + j] = target
      }
      projection[j] = trial[j]
    }
    return DampedStep(upper: upper, order: order, projection: projection)
  }

  /// v ← v − u (uᵀv)/h from row `first` on.
  private static func reflect(
    _ vector: UnsafeMutablePointer<Double>, by reflector: UnsafePointer<Double>, _ half: Double, _ first: Int, _ n: Int
  ) {
    var sum = 0.0
    for i in first..<n { sum += reflector[i] * vector[i] }
    sum /= half
    for i in first..<n { vector[i] -= sum * reflector[i] }
  }

  private static func norm(_ values: UnsafePointer<Double>, _ count: Int) -> Double {
    // Four sums, in a fixed order.
    var sums = Lanes.zero
    var i = 0
    while i + 4 <= count {
      let four = Lanes(values[i], values[i + 1], values[i + 2], values[i + 3])
      sums = VectorMath.multiplyAdd(four, four, sums)
      i += 4
    }
    var sum = VectorMath.sum(sums)
    while i < count {
      sum += values[i] * values[i]
      i += 1
    }
    return sum.squareRoot()
  }

  private static func norm(_ values: [Double]) -> Double { Fitting.norm(values) }
}
