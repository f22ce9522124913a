/// Eight singles that go through the same arithmetic together.
public typealias SingleLanes = SIMD8<Float>

extension SIMD8: FitLanes where Scalar == Float {
  /// 1e-5.
  public static var resolution: Double { 1e-5 }
  /// 1e-12.
  public static var roundingFloor: Double { 1e-12 }

  /// Two fours, rounded.
  @inlinable @inline(__always)
  public static func collect(_ four: (Int) -> Lanes) -> Self {
    Self(lowHalf: SIMD4<Float>(four(0)), highHalf: SIMD4<Float>(four(1)))
  }

  /// As the operator.
  @inlinable @inline(__always)
  public static func isLess(_ a: Self, _ b: Self) -> SIMDMask<MaskStorage> { a .< b }

  /// To 2e-7, from −36 on.
  @inlinable @inline(__always)
  public static func expFinite(_ x: Self) -> Self {
    VectorMath.expOfSingles(x.replacing(with: all(-36), where: x .< all(-36)))
  }

  /// As for doubles, where the bits are explained; 1 + s between 1e-38 and 1e38.
  @inlinable @inline(__always)
  public static func reduce(_ onePlusS: Self, _ s: Self) -> (k: Self, f: Self, isUnscaled: SIMDMask<MaskStorage>) {
    typealias Bits = SIMD8<UInt32>
    let root = Bits(repeating: 0x3f35_04f3)
    let word = unsafeBitCast(onePlusS, to: Bits.self) &- root
    // The exponent is a 9-bit two's complement number; 2^23 carries it.
    let biased = ((word &>> Bits(repeating: 23)) &+ Bits(repeating: 256)) & Bits(repeating: 0x1ff)
    let k = unsafeBitCast(biased | Bits(repeating: 0x4b00_0000), to: Self.self) - all(8_388_864)
    let m = unsafeBitCast((word & Bits(repeating: 0x007f_ffff)) &+ root, to: Self.self)
    let isUnscaled = k .== all(0)
    return (k, (m - all(1)).replacing(with: s, where: isUnscaled), isUnscaled)
  }

  /// The first four terms; the fifth is below 7e-8.
  @inlinable @inline(__always)
  public static func inverseTangentSeries(_ z: Self) -> Self {
    let r01 = VectorMath.multiplyAdd(z, all(1.0 / 5), all(1.0 / 3))
    let r23 = VectorMath.multiplyAdd(z, all(1.0 / 9), all(1.0 / 7))
    return VectorMath.multiplyAdd(z * z, r23, r01)
  }

  /// Both halves in single precision, then as four doubles.
  @inlinable @inline(__always)
  public static func sum(_ a: Self) -> Double { VectorMath.sum(Lanes(a.lowHalf + a.highHalf)) }
}
