/// What a pass over a vector of samples does to residuals and derivatives; chosen at compile time, so that the loop has no
/// branch.
protocol PassObjective {
  /// What it works on.
  associatedtype Vector: FitLanes
  /// The same in the precision that is enough to find the way to a minimum.
  associatedtype Guide: PassObjective where Guide.Guide == Guide

  /// Whether the last vector needs the factors even without weights, because some of its lanes are padding.
  static var factorsOnlyPadding: Bool { get }
  /// Whether what is minimised is Σ r² itself.
  static var minimisesSquares: Bool { get }
  /// Makes weighted residual r and derivatives out of a point; returns what the samples add to a deviance.
  static func apply(_ point: inout ModelPoint<Vector>, data: Vector, factor: Vector, residual: inout Vector) -> Vector
  /// The value that is minimised, from Σ r² and the summed deviance.
  static func value(squares: Double, deviance: Double) -> Double
}

/// Σ (y − f)²; factors are 1, and 0 for padding.
enum UnweightedPass<Vector: FitLanes>: PassObjective {
  typealias Guide = UnweightedPass<SingleLanes>

  static var minimisesSquares: Bool { true }
  static var factorsOnlyPadding: Bool { true }

  @inline(__always)
  static func apply(_ point: inout ModelPoint<Vector>, data: Vector, factor: Vector, residual: inout Vector) -> Vector {
    residual = data - point.value
    return .zero
  }

  static func value(squares: Double, deviance: Double) -> Double { squares }
}

/// Σ w (y − f)²; factors are √w, and 0 for padding.
enum WeightedPass<Vector: FitLanes>: PassObjective {
  typealias Guide = WeightedPass<SingleLanes>

  static var minimisesSquares: Bool { true }
  static var factorsOnlyPadding: Bool { false }

  @inline(__always)
  static func apply(_ point: inout ModelPoint<Vector>, data: Vector, factor: Vector, residual: inout Vector) -> Vector {
    residual = (data - point.value) * factor
    point.multiply(by: factor)
    return .zero
  }

  static func value(squares: Double, deviance: Double) -> Double { squares }
}

/// The Poisson deviance; factors are 1, and 0 for padding.
///
/// A model value that is not positive makes it infinite. In doubles only: of high counts it is the small difference of large
/// numbers.
enum PoissonPass: PassObjective {
  typealias Vector = Lanes
  typealias Guide = PoissonPass

  static var minimisesSquares: Bool { false }
  static var factorsOnlyPadding: Bool { false }

  @inline(__always)
  static func apply(_ point: inout ModelPoint<Vector>, data: Vector, factor: Vector, residual: inout Vector) -> Vector {
    let one = VectorMath.all(1)
    let isPadding = factor .== VectorMath.all(0)
    let f = point.value.replacing(with: one, where: isPadding)
    let isPositive = f .> VectorMath.all(1e-290)
    let safe = one.replacing(with: f, where: isPositive)
    let root = VectorMath.reciprocalSquareRoot(safe) * factor
    let difference = data - safe
    residual = difference * root
    point.multiply(by: root)
    let hasCounts = data .> VectorMath.all(0)
    let ratio = one.replacing(with: data / safe, where: hasCounts)
    let deviance = VectorMath.multiplyAdd(data, VectorMath.log(ratio), VectorMath.all(0) - difference) * factor
    return VectorMath.all(.infinity).replacing(with: deviance + deviance, where: isPositive)
  }

  static func value(squares: Double, deviance: Double) -> Double { deviance }
}

extension ModelPoint {
  /// Multiplies every derivative.
  @inline(__always)
  mutating func multiply(by factor: Vector) {
    derivatives.0 *= factor
    derivatives.1 *= factor
    derivatives.2 *= factor
    derivatives.3 *= factor
    derivatives.4 *= factor
  }
}
