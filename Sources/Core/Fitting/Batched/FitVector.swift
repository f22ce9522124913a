/// The parameters of one problem, or anything with one value per parameter; unused places are 0.
///
/// A SIMD vector because it lives in registers: an array would be an allocation in the inner loop.
public typealias FitVector = SIMD8<Double>

/// Values and derivatives of a model at four abscissae.
public struct ModelPoint {
  /// f(x).
  public var value: Lanes
  /// ∂f/∂p for the first to the fifth parameter; those that a model does not have are never read.
  public var derivatives: (Lanes, Lanes, Lanes, Lanes, Lanes)

  /// A point; models with four parameters leave the last derivative out.
  @inlinable @inline(__always)
  public init(_ value: Lanes, _ d0: Lanes, _ d1: Lanes, _ d2: Lanes, _ d3: Lanes, _ d4: Lanes = .zero) {
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
