/// Sixteen pixels in single precision, for the steps on the way to a minimum that double precision then settles.
struct EdgeSingles: EdgeVector {
  typealias Scalar = Float
  typealias Mask = SIMDMask<SIMD16<Int32>>

  var lanes: SIMD16<Float>

  @inline(__always) init(_ lanes: SIMD16<Float>) { self.lanes = lanes }
  @inline(__always) init(repeating value: Float) { lanes = SIMD16<Float>(repeating: value) }

  @inline(__always)
  subscript(lane: Int) -> Float {
    get { lanes[lane] }
    set { lanes[lane] = newValue }
  }

  static var laneCount: Int { 16 }
  static var smallestPivot: Float { 1e-5 }
  static var farWidths: Float { 5 }
  static var smallestMean: Float { 1e-20 }

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

  /// To 2e-7 from −36 on, where it stays.
  @inline(__always)
  static func exponential(_ argument: Self) -> Self {
    Self(VectorMath.expOfSingles(largest(argument, all(-36)).lanes))
  }

  /// A polynomial of degree 8, so that `scaledErfcs` is good to 3e-7 up to 8.7.
  @inline(__always)
  static func smoothErfc(_ t: Self) -> Self {
    let t2 = t * t
    let c01 = multiplyAdd(t, all(-0.135_621_502_950_185_05), all(1.253_008_092_963_924_7))
    let c23 = multiplyAdd(t, all(0.129_656_163_187_767_96), all(-0.047_565_720_949_740_48))
    let c45 = multiplyAdd(t, all(0.068_254_917_593_868_23), all(-0.119_213_477_922_147_18))
    let c67 = multiplyAdd(t, all(0.002_409_487_172_200_717_3), all(-0.024_139_907_819_109_782))
    let c03 = multiplyAdd(t2, c23, c01)
    let c47 = multiplyAdd(t2, multiplyAdd(t2, all(0.002_610_043_060_961_301_4), c67), c45)
    return multiplyAdd(t2 * t2, c47, c03)
  }
}
