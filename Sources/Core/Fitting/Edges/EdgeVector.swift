/// Numbers of several pixels that go through the same arithmetic together, one pixel in each lane.
///
/// The kernels are written once for doubles and for single precision. Lanes never mix: what a lane holds depends on nothing
/// but what was put into it.
protocol EdgeVector: Sendable {
  associatedtype Scalar: BinaryFloatingPoint & Sendable
  associatedtype Mask

  static var laneCount: Int { get }
  /// Pivots of normal equations below this part of their diagonal element are lost to rounding.
  static var smallestPivot: Scalar { get }
  /// Widths below the edge from which tail and line are taken for what they are far away.
  static var farWidths: Scalar { get }
  /// Expectations are not taken for smaller than this.
  static var smallestMean: Scalar { get }

  init(repeating value: Scalar)
  subscript(lane: Int) -> Scalar { get set }

  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  /// a·b + c, rounded once where the processor can.
  static func multiplyAdd(_ a: Self, _ b: Self, _ c: Self) -> Self
  static func isLess(_ a: Self, _ b: Self) -> Mask
  static func isAtMost(_ a: Self, _ b: Self) -> Mask
  static func both(_ a: Mask, _ b: Mask) -> Mask
  static func either(_ a: Mask, _ b: Mask) -> Mask
  static func isAny(_ mask: Mask) -> Bool
  func replacing(with other: Self, where mask: Mask) -> Self

  /// As many consecutive counts as there are lanes; `source` must be readable for them.
  static func consecutive(_ source: UnsafePointer<UInt32>) -> Self

  /// e^x for x up to some tens; never 0: below some −700 (singles: −43, so that its square is a number too) it stays where it is.
  static func exponential(_ x: Self) -> Self
  /// (1 + 2x)·e^(x²)·erfc(x) as a function of t = (x − 3)/(x + 3), in which it is smooth.
  static func smoothErfc(_ t: Self) -> Self
}

extension EdgeVector {
  @inline(__always) static var zero: Self { Self(repeating: 0) }
  @inline(__always) static func all(_ value: Double) -> Self { Self(repeating: Scalar(value)) }
  @inline(__always) static func += (a: inout Self, b: Self) { a = a + b }
  @inline(__always) static func -= (a: inout Self, b: Self) { a = a - b }
  @inline(__always) static func *= (a: inout Self, b: Self) { a = a * b }

  @inline(__always)
  mutating func replace(with other: Self, where mask: Mask) { self = replacing(with: other, where: mask) }

  /// |a|.
  @inline(__always)
  static func magnitude(_ a: Self) -> Self { a.replacing(with: zero - a, where: isLess(a, zero)) }

  @inline(__always)
  static func largest(_ a: Self, _ b: Self) -> Self { a.replacing(with: b, where: isLess(a, b)) }

  @inline(__always)
  static func smallest(_ a: Self, _ b: Self) -> Self { b.replacing(with: a, where: isLess(a, b)) }

  /// e^(x²)·erfc(x) and e^(y²)·erfc(y) for 0 ≤ x, y; finite and positive however large these are.
  ///
  /// By a function that is smooth in (x − 3)/(x + 3) (after Shepherd and Laframboise, Math. Comp. 36 (1981) 249); one division
  /// serves both arguments.
  @inline(__always)
  static func scaledErfcs(_ x: Self, _ y: Self) -> (Self, Self) {
    let aboveX = x + all(3), aboveY = y + all(3)
    let denominatorX = multiplyAdd(all(2), x, all(1)), denominatorY = multiplyAdd(all(2), y, all(1))
    let productX = aboveX * denominatorX, productY = aboveY * denominatorY
    let reciprocal = all(1) / (productX * productY)
    let reciprocalX = reciprocal * productY, reciprocalY = reciprocal * productX
    let tX = (x - all(3)) * denominatorX * reciprocalX
    let tY = (y - all(3)) * denominatorY * reciprocalY
    return (smoothErfc(tX) * aboveX * reciprocalX, smoothErfc(tY) * aboveY * reciprocalY)
  }
}
