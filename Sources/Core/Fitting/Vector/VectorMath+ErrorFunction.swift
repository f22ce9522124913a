extension VectorMath {
  /// erfc(x), the complementary error function, to a relative error of 2e-13 down to 1e-290 (x < 25.7), and absolutely to
  /// 1e-290 beyond; 2 − erfc(−x) below 0.
  ///
  /// The exponential of the square is corrected for the rounding of x².
  @inlinable @inline(__always)
  public static func erfc(_ x: Lanes) -> Lanes {
    let magnitude = x.replacing(with: all(0) - x, where: x .< all(0))
    let square = magnitude * magnitude
    let lost = multiplyAdd(magnitude, magnitude, all(0) - square)
    let gaussian = expFinite(all(0) - square)
    let tail = multiplyAdd(gaussian, all(0) - lost, gaussian) * scaledErfc(magnitude)
    return tail.replacing(with: all(2) - tail, where: x .< all(0))
  }

  /// e^(x²)·erfc(x) for 0 ≤ x, to a relative error of 2e-13 up to x = 28; finite and positive beyond.
  ///
  /// (1 + 2x)·e^(x²)·erfc(x) is smooth in t = (x − 3)/(x + 3) (after Shepherd and Laframboise, Math. Comp. 36 (1981) 249);
  /// the polynomial of degree 20 interpolates it at Chebyshev nodes and is off by less than 4.2e-16.
  @inlinable @inline(__always)
  public static func scaledErfc(_ x: Lanes) -> Lanes {
    let above = x + all(3)
    let denominator = multiplyAdd(all(2), x, all(1))
    // One division for both quotients.
    let reciprocal = all(1) / (above * denominator)
    let t = (x - all(3)) * denominator * reciprocal
    let t2 = t * t
    let t4 = t2 * t2
    let t8 = t4 * t4
    let c01 = multiplyAdd(t, all(-0.135_621_106_124_58), all(1.253_008_058_269_729_6))
    let c23 = multiplyAdd(t, all(0.129_645_158_702_578_53), all(-0.047_562_294_353_447_56))
    let c45 = multiplyAdd(t, all(0.068_308_027_351_063_4), all(-0.119_273_663_415_126_8))
    let c67 = multiplyAdd(t, all(0.002_529_391_697_428_101_6), all(-0.023_770_514_926_777_942))
    let c89 = multiplyAdd(t, all(-0.000_779_831_210_591_332_4), all(0.001_888_690_464_796_785_4))
    let cab = multiplyAdd(t, all(0.000_125_093_713_070_583_82), all(-0.000_105_160_418_815_263_83))
    let ccd = multiplyAdd(t, all(-2.008_186_459_467_219_6e-05), all(4.951_160_754_493_588e-06))
    let cef = multiplyAdd(t, all(3.433_168_931_783_498_8e-06), all(-7.324_097_121_250_61e-07))
    let cgh = multiplyAdd(t, all(-5.657_024_330_235_796e-07), all(3.504_243_374_577_423e-07))
    let cij = multiplyAdd(t, all(6.390_588_178_845_851e-08), all(-1.241_855_802_493_611_6e-07))
    let c03 = multiplyAdd(t2, c23, c01)
    let c47 = multiplyAdd(t2, c67, c45)
    let c8b = multiplyAdd(t2, cab, c89)
    let ccf = multiplyAdd(t2, cef, ccd)
    let cgj = multiplyAdd(t2, cij, cgh)
    let cgk = multiplyAdd(t4, all(2.302_669_717_452_365_2e-08), cgj)
    let c07 = multiplyAdd(t4, c47, c03)
    let c8f = multiplyAdd(t4, ccf, c8b)
    let polynomial = multiplyAdd(t8, multiplyAdd(t8, cgk, c8f), c07)
    return polynomial * above * reciprocal
  }
}
