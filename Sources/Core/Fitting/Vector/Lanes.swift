/// Four doubles that go through the same arithmetic together.
public typealias Lanes = SIMD4<Double>

/// Elementary functions on vectors, without branches and without calls, for the inner loops of fits.
///
/// Argument reduction and series are textbook (Muller, "Elementary Functions", 3rd ed., chapters 4 and 11); the
/// polynomial coefficients are near-minimax fits made for the stated intervals. Error bounds are measured by the
/// tests.
public enum VectorMath {
  /// a·b + c: one rounding where the processor the module is compiled for has fused multiply-add, two elsewhere.
  @inlinable @inline(__always)
  public static func multiplyAdd<Vector: SIMD>(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector
  where Vector.Scalar: FloatingPoint {
    #if CAVERN_FMA
      c.addingProduct(a, b)
    #else
      c + a * b
    #endif
  }

  /// `c` in every lane.
  @inlinable @inline(__always)
  public static func all(_ c: Double) -> Lanes { Lanes(repeating: c) }

  /// Sum of the four lanes, in a fixed order.
  @inlinable @inline(__always)
  public static func sum(_ a: Lanes) -> Double { (a[0] + a[2]) + (a[1] + a[3]) }

  @inlinable @inline(__always)
  static func bits(_ a: Lanes) -> SIMD4<UInt64> { unsafeBitCast(a, to: SIMD4<UInt64>.self) }

  @inlinable @inline(__always)
  static func lanes(_ a: SIMD4<UInt64>) -> Lanes { unsafeBitCast(a, to: Lanes.self) }
}
