extension VectorMath {
  /// The pieces of ln(1 + s) with 1 + s = 2^k·(1 + f), √½ ≤ 1 + f < √2, and f = s without rounding where k = 0.
  @inlinable @inline(__always)
  static func reduce(_ onePlusS: Lanes, _ s: Lanes) -> (k: Lanes, f: Lanes, isUnscaled: SIMDMask<SIMD4<Int64>>) {
    // Subtracting the bits of √½ moves the boundary between two exponents to √½·2^n.
    let word = bits(onePlusS) &- all64(0x3fe6_a09e_667f_3bcd)
    let exponent = word &>> all64(52)
    let m = lanes((word & all64(0x000f_ffff_ffff_ffff)) &+ all64(0x3fe6_a09e_667f_3bcd))
    // The exponent is a 12-bit two's complement number: put it, biased, into the significand of 2^52.
    let biased = (exponent &+ all64(2048)) & all64(0xfff)
    let k = lanes(biased | all64(0x4330_0000_0000_0000)) - all(4_503_599_627_372_544)
    let isUnscaled = k .== all(0)
    return (k, (m - all(1)).replacing(with: s, where: isUnscaled), isUnscaled)
  }

  /// R(z) = ⅓ + z/5 + z²/7 + … of atanh(t) = t (1 + z R(z)) for z = t² ≤ (3 − 2√2)².
  @inlinable @inline(__always)
  static func inverseTangentSeries(_ z: Lanes) -> Lanes {
    let z2 = z * z
    let r01 = multiplyAdd(z, all(0.199_999_999_999_497_52), all(0.333_333_333_333_333_5))
    let r23 = multiplyAdd(z, all(0.111_111_055_673_748_67), all(0.142_857_143_129_878_82))
    let r45 = multiplyAdd(z, all(0.076_658_607_453_693_21), all(0.090_914_445_642_827_54))
    let r46 = multiplyAdd(z2, all(0.073_082_255_212_170_84), r45)
    return multiplyAdd(z2 * z2, r46, multiplyAdd(z2, r23, r01))
  }

  /// ln x to within 1 ulp for positive normal x (2.3e-308 and above); −∞ for 0 and subnormals, NaN below 0, +∞ for +∞.
  @inlinable @inline(__always)
  public static func log(_ x: Lanes) -> Lanes {
    let (k, f, _) = reduce(x, x - all(1))
    let t = f / (f + all(2))
    let z = t * t
    // ln(1 + f) = f − (f²/2 − t (f²/2 + 2 z R)), which loses nothing for small f.
    let half = f * f * all(0.5)
    let series = (z + z) * inverseTangentSeries(z)
    let low = multiplyAdd(t, half + series, k * all(1.908_214_929_270_587_7e-10))
    var result = multiplyAdd(k, all(0x1.62e4_2fee_0000_0p-1), f - (half - low))
    result.replace(with: all(-.infinity), where: x .< all(.leastNormalMagnitude))
    result.replace(with: all(.nan), where: x .< all(0))
    return result.replacing(with: x, where: x .!= x .| x .== all(.infinity))
  }
}
