/// What one threshold of several pixels adds; chosen at compile time.
protocol EdgePass {
  associatedtype Vector: EdgeVector
  /// Whether weights are read; without them expectations are counts, which cannot be negative.
  static var usesWeights: Bool { get }
  /// Whether the objective is the deviance of counts and expectations, added up when all are known.
  static var hasDeviance: Bool { get }
  /// That deviance; both hold `count` vectors.
  static func deviance(
    _ values: UnsafePointer<Vector>, _ means: UnsafePointer<Vector>, _ count: Int
  ) -> Vector
  /// Weight in the normal equations, weighted residual, and the addition to the objective.
  static func apply(_ n: Vector, weight: Vector, mean: Vector) -> (weight: Vector, residual: Vector, value: Vector)
}

extension EdgePass {
  static var hasDeviance: Bool { false }

  static func deviance(
    _ values: UnsafePointer<Vector>, _ means: UnsafePointer<Vector>, _ count: Int
  ) -> Vector { .zero }
}

/// Scoring steps of the Poisson likelihood, without its value.
enum PoissonScoring<Vector: EdgeVector>: EdgePass {
  static var usesWeights: Bool { false }

  @inline(__always)
  static func apply(_ n: Vector, weight: Vector, mean: Vector) -> (weight: Vector, residual: Vector, value: Vector) {
    let w = Vector.all(1) / Vector.largest(mean, Vector(repeating: Vector.smallestMean))
    return (w, Vector.multiplyAdd(n, w, Vector.all(-1)), .zero)
  }
}

/// The same with the deviance, which is added up afterwards from the expectations.
enum PoissonDeviance: EdgePass {
  typealias Vector = EdgeDoubles
  static var usesWeights: Bool { false }
  static var hasDeviance: Bool { true }

  @inline(__always)
  static func apply(_ n: Vector, weight: Vector, mean: Vector) -> (weight: Vector, residual: Vector, value: Vector) {
    PoissonScoring.apply(n, weight: weight, mean: mean)
  }

  /// 2 Σ [μ − n + n ln(n/μ)].
  static func deviance(
    _ values: UnsafePointer<Vector>, _ means: UnsafePointer<Vector>, _ count: Int
  ) -> Vector {
    var sum = Vector.zero
    let one = Vector.all(1)
    let least = Vector.all(Vector.smallestMean)
    for k in 0..<count {
      let n = values[k]
      let mean = means[k]
      // Where n = 0 the logarithm counts nothing; a mean that is not positive cannot give counts.
      let base = one.replacing(with: n, where: Vector.isLess(.zero, n))
      sum += Vector.multiplyAdd(n, Vector.logarithmOfRatio(base, Vector.largest(mean, least)), mean - n)
    }
    return sum + sum
  }
}

/// Weighted least squares.
enum SquaresPass: EdgePass {
  typealias Vector = EdgeDoubles
  static var usesWeights: Bool { true }

  @inline(__always)
  static func apply(_ n: Vector, weight: Vector, mean: Vector) -> (weight: Vector, residual: Vector, value: Vector) {
    let difference = n - mean
    let residual = weight * difference
    return (weight, residual, residual * difference)
  }
}
