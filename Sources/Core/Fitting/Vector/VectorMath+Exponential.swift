extension VectorMath {
  /// e^x to within 1 ulp for −708 ≤ x ≤ 709.78; below that exactly 0, above that +∞, NaN for NaN.
  @inlinable @inline(__always)
  public static func exp(_ x: Lanes) -> Lanes {
    let (p, shifted) = reducedExponential(x)
    // Twice p times 2^(k−1): k = 1024 then still fits the exponent field.
    var result = lanes(bits(p + p) &+ ((bits(shifted) &- all64(1)) &<< all64(52)))
    result.replace(with: all(0), where: x .< all(-708))
    result.replace(with: all(.infinity), where: x .> all(709.782712893384))
    return result.replacing(with: x, where: x .!= x)
  }

  /// `exp` for numbers that are not above 709; below −708 it stays at e^−708 = 3.3e-308.
  @inlinable @inline(__always)
  public static func expFinite(_ x: Lanes) -> Lanes {
    let (p, shifted) = reducedExponential(x.replacing(with: all(-708), where: x .< all(-708)))
    return lanes(bits(p) &+ (bits(shifted) &<< all64(52)))
  }

  /// e^r with x = k ln 2 + r, |r| ≤ ln 2 / 2, and a number with k in the low bits of its significand.
  ///
  /// e^r = 1 + r + r² Q(r), Q of degree 9 with a relative error of 1.3e-17.
  @inlinable @inline(__always)
  static func reducedExponential(_ x: Lanes) -> (value: Lanes, shifted: Lanes) {
    // Adding 1.5·2^52 rounds to the nearest integer and leaves it in the low bits of the significand.
    let magic = all(6_755_399_441_055_744)
    let shifted = multiplyAdd(x, all(1.442_695_040_888_963_4), magic)
    let k = shifted - magic
    // ln 2 in two parts: the first has 21 trailing zero bits, so that its product with k is exact.
    var r = multiplyAdd(k, all(-0x1.62e4_2fee_0000_0p-1), x)
    r = multiplyAdd(k, all(-1.908_214_929_270_587_7e-10), r)
    // Estrin's order of evaluation: a third of the latency of Horner's, which is what limits the loop.
    let r2 = r * r
    let r4 = r2 * r2
    let q01 = multiplyAdd(r, all(0.166_666_666_666_666_69), all(0.5))
    let q23 = multiplyAdd(r, all(0.008_333_333_333_330_065), all(0.041_666_666_666_624_164))
    let q45 = multiplyAdd(r, all(0.000_198_412_698_630_406_75), all(0.001_388_888_891_719_689))
    let q67 = multiplyAdd(r, all(2.755_726_848_010_692_6e-06), all(2.480_152_132_210_459e-05))
    let q89 = multiplyAdd(r, all(2.510_037_592_918_592_5e-08), all(2.762_007_600_563_138e-07))
    let q03 = multiplyAdd(r2, q23, q01)
    let q47 = multiplyAdd(r2, q67, q45)
    let q = multiplyAdd(r4, multiplyAdd(r4, q89, q47), q03)
    return (multiplyAdd(q, r2, r) + all(1), shifted)
  }

  @inlinable @inline(__always)
  static func all64(_ c: UInt64) -> SIMD4<UInt64> { SIMD4<UInt64>(repeating: c) }

  /// e^x of any number of singles between −36 and 80, to 2e-7.
  ///
  /// Who calls it stops at −36, so that no product of two results comes near numbers that processors handle slowly.
  @inlinable @inline(__always)
  static func expOfSingles<Singles: SIMD<Float>>(_ x: Singles) -> Singles where Singles.MaskStorage: SIMD<Int32> {
    let magic = Singles(repeating: 12_582_912)
    let shifted = multiplyAdd(x, Singles(repeating: 1.442_695_04), magic)
    let k = shifted - magic
    var r = multiplyAdd(k, Singles(repeating: -0.693_145_751_953_125), x)
    r = multiplyAdd(k, Singles(repeating: -1.428_606_765_330_187e-06), r)
    let r2 = r * r
    let q01 = multiplyAdd(r, Singles(repeating: 0.166_665_772_842_519_02), Singles(repeating: 0.499_999_995_525_191_37))
    let q23 = multiplyAdd(
      r, Singles(repeating: 0.008_363_146_338_701_18), Singles(repeating: 0.041_666_853_469_295_516))
    let q = multiplyAdd(r2, multiplyAdd(r2, Singles(repeating: 0.001_390_128_304_508_784_5), q23), q01)
    let p = multiplyAdd(q, r2, r) + Singles(repeating: 1)
    // Integers of as many bits as the numbers have.
    typealias Bits = Singles.MaskStorage
    let raised = unsafeBitCast(p, to: Bits.self) &+ (unsafeBitCast(shifted, to: Bits.self) &<< Bits(repeating: 23))
    return unsafeBitCast(raised, to: Singles.self)
  }
}
