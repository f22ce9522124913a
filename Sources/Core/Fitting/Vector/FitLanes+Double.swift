extension SIMD4: FitLanes where Scalar == Double {
  /// 1e-11.
  public static var resolution: Double { 1e-11 }
  /// 1e-26.
  public static var roundingFloor: Double { 1e-26 }

  /// The four themselves.
  @inlinable @inline(__always)
  public static func collect(_ four: (Int) -> Lanes) -> Self { four(0) }

  /// As the operator.
  @inlinable @inline(__always)
  public static func isLess(_ a: Self, _ b: Self) -> SIMDMask<MaskStorage> { a .< b }

  /// As `VectorMath.expFinite`: from −708 on.
  @inlinable @inline(__always)
  public static func expFinite(_ x: Self) -> Self { VectorMath.expFinite(x) }

  /// As `VectorMath.reduce`.
  @inlinable @inline(__always)
  public static func reduce(_ onePlusS: Self, _ s: Self) -> (k: Self, f: Self, isUnscaled: SIMDMask<MaskStorage>) {
    VectorMath.reduce(onePlusS, s)
  }

  /// As `VectorMath.inverseTangentSeries`.
  @inlinable @inline(__always)
  public static func inverseTangentSeries(_ z: Self) -> Self { VectorMath.inverseTangentSeries(z) }

  /// As `VectorMath.sum`.
  @inlinable @inline(__always)
  public static func sum(_ a: Self) -> Double { VectorMath.sum(a) }
}
