/// The parameters of one problem, or anything with one value per parameter; unused places are 0.
///
/// A SIMD vector because it lives in registers: an array would be an allocation in the inner loop.
public typealias FitVector = SIMD8<Double>

/// Values and derivatives of a model at as many abscissae as there are lanes.
public struct ModelPoint<Vector: FitLanes> {
  /// f(x).
  public var value: Vector
  /// ∂f/∂p for the first to the fifth parameter; those that a model does not have are never read.
  public var derivatives: (Vector, Vector, Vector, Vector, Vector)

  /// A point; models with four parameters leave the last derivative out.
  @inlinable @inline(__always)
  public init(_ value: Vector, _ d0: Vector, _ d1: Vector, _ d2: Vector, _ d3: Vector, _ d4: Vector = .zero) {
    self.value = value
    derivatives = (d0, d1, d2, d3, d4)
  }
}

/// The change of units in which a problem is solved: u = (x − center)/width, v = (y − base)/height.
///
/// Width and height are powers of two, so that scaling loses nothing. In these units a peak has parameters of order
/// one, whatever the units of the data, and a tolerance means the same for all of them.
public struct Normalisation: Sendable, Hashable {
  /// The position of u = 0.
  public var center = 0.0
  /// One unit of u, a power of two.
  public var width = 1.0
  /// The value of v = 0.
  public var base = 0.0
  /// One unit of v, a power of two.
  public var height = 1.0
}
