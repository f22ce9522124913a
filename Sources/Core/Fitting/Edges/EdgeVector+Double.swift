/// Eight pixels in double precision.
struct EdgeDoubles: EdgeVector {
  typealias Scalar = Double
  typealias Mask = SIMDMask<SIMD8<Int64>>

  var lanes: SIMD8<Double>

  @inline(__always) init(_ lanes: SIMD8<Double>) { self.lanes = lanes }
  @inline(__always) init(repeating value: Double) { lanes = SIMD8<Double>(repeating: value) }

  @inline(__always)
  subscript(lane: Int) -> Double {
    get { lanes[lane] }
    set { lanes[lane] = newValue }
  }

  static var laneCount: Int { 8 }
  static var smallestPivot: Double { 1e-13 }
  static var farWidths: Double { 6 }
  static var smallestMean: Double { 1e-280 }

  @inline(__always) static func + (a: Self, b: Self) -> Self { Self(a.lanes + b.lanes) }
  @inline(__always) static func - (a: Self, b: Self) -> Self { Self(a.lanes - b.lanes) }
  @inline(__always) static func * (a: Self, b: Self) -> Self { Self(a.lanes * b.lanes) }
  @inline(__always) static func / (a: Self, b: Self) -> Self { Self(a.lanes / b.lanes) }

  @inline(__always)
  static func multiplyAdd(_ a: Self, _ b: Self, _ c: Self) -> Self {
    #if CAVERN_FMA
      Self(c.lanes.addingProduct(a.lanes, b.lanes))
    #else
      Self(c.lanes + a.lanes * b.lanes)
    #endif
  }
  @inline(__always) static func isLess(_ a: Self, _ b: Self) -> Mask { a.lanes .< b.lanes }
  @inline(__always) static func isAtMost(_ a: Self, _ b: Self) -> Mask { a.lanes .<= b.lanes }
  @inline(__always) static func both(_ a: Mask, _ b: Mask) -> Mask { a .& b }
  @inline(__always) static func either(_ a: Mask, _ b: Mask) -> Mask { a .| b }
  @inline(__always) static func isAny(_ mask: Mask) -> Bool { any(mask) }

  @inline(__always)
  func replacing(with other: Self, where mask: Mask) -> Self { Self(lanes.replacing(with: other.lanes, where: mask)) }

  /// To 1 ulp from −708 on, where it stays; as `VectorMath.expFinite`.
  @inline(__always)
  static func exponential(_ argument: Self) -> Self {
    let x = largest(argument, all(-708))
    let magic = all(6_755_399_441_055_744)
    let shifted = multiplyAdd(x, all(1.442_695_040_888_963_4), magic)
    let k = shifted - magic
    var r = multiplyAdd(k, all(-0x1.62e4_2fee_0000_0p-1), x)
    r = multiplyAdd(k, all(-1.908_214_929_270_587_7e-10), r)
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
    let p = multiplyAdd(q, r2, r) + all(1)
    return doubles(bits(p) &+ (bits(shifted) &<< SIMD8<UInt64>(repeating: 52)))
  }

  /// A polynomial of degree 18, off by at most 1.2e-14, so that `scaledErfcs` is good to 3e-14 up to 28.
  @inline(__always)
  static func smoothErfc(_ t: Self) -> Self {
    let t2 = t * t
    let t4 = t2 * t2
    let t8 = t4 * t4
    let c01 = multiplyAdd(t, all(-0.135_621_106_124_471_56), all(1.253_008_058_269_742))
    let c23 = multiplyAdd(t, all(0.129_645_158_694_623_73), all(-0.047_562_294_356_329_01))
    let c45 = multiplyAdd(t, all(0.068_308_027_545_242_69), all(-0.119_273_663_305_031_11))
    let c67 = multiplyAdd(t, all(0.002_529_389_372_606_997_3), all(-0.023_770_516_527_015_34))
    let c89 = multiplyAdd(t, all(-0.000_779_815_449_507_085_5), all(0.001_888_702_000_228_542_1))
    let cab = multiplyAdd(t, all(0.000_125_029_549_220_911_07), all(-0.000_105_206_409_833_701_46))
    let ccd = multiplyAdd(t, all(-1.992_265_577_411_104_2e-05), all(5.055_426_822_917_84e-06))
    let cef = multiplyAdd(t, all(3.198_155_404_063_983_8e-06), all(-8.591_019_989_234_955e-07))
    let cgh = multiplyAdd(t, all(-3.764_619_191_411_492_5e-07), all(4.099_658_567_824_837e-07))
    let c03 = multiplyAdd(t2, c23, c01)
    let c47 = multiplyAdd(t2, c67, c45)
    let c8b = multiplyAdd(t2, cab, c89)
    let ccf = multiplyAdd(t2, cef, ccd)
    let cgi = multiplyAdd(t2, all(-1.033_370_054_455_764_8e-07), cgh)
    let c07 = multiplyAdd(t4, c47, c03)
    let c8f = multiplyAdd(t4, ccf, c8b)
    return multiplyAdd(t8, multiplyAdd(t8, cgi, c8f), c07)
  }

  /// ln(a/b) for positive normal a and b, to some ulp and absolutely to 1e-16; one division.
  ///
  /// The difference of the bits, over 2^52, is log2(a/b) to 0.09; rounded to the integer k it leaves p = a/2^k with
  /// p/b between 2^−0.59 and 2^0.59, and the logarithm is k·ln 2 + 2·atanh((p − b)/(p + b)).
  @inline(__always)
  static func logarithmOfRatio(_ a: Self, _ b: Self) -> Self {
    let shift = SIMD8<UInt64>(repeating: 52)
    let rounded = bits(a) &- bits(b) &+ SIMD8<UInt64>(repeating: 0x4008_0000_0000_0000)
    let exponent = rounded &>> shift
    let k = doubles(exponent &+ SIMD8<UInt64>(repeating: 0x4330_0000_0000_0000)) - all(4_503_599_627_371_520)
    let p = doubles(bits(a) &- (exponent &<< shift) &+ SIMD8<UInt64>(repeating: 0x4000_0000_0000_0000))
    let t = (p - b) / (p + b)
    let z = t * t
    let z2 = z * z
    let r01 = multiplyAdd(z, all(0.199_999_999_996_485_46), all(0.333_333_333_333_334_8))
    let r23 = multiplyAdd(z, all(0.111_110_906_136_812_28), all(0.142_857_144_244_596_36))
    let r45 = multiplyAdd(z, all(0.076_408_377_103_744_32), all(0.090_923_466_550_097_3))
    let r46 = multiplyAdd(z2, all(0.075_684_409_616_225_12), r45)
    let series = z * multiplyAdd(z2 * z2, r46, multiplyAdd(z2, r23, r01))
    return multiplyAdd(k, all(0.693_147_180_559_945_3), multiplyAdd(t + t, series, t + t))
  }

  @inline(__always)
  private static func bits(_ a: Self) -> SIMD8<UInt64> { unsafeBitCast(a.lanes, to: SIMD8<UInt64>.self) }

  @inline(__always)
  private static func doubles(_ a: SIMD8<UInt64>) -> Self { Self(unsafeBitCast(a, to: SIMD8<Double>.self)) }
}
