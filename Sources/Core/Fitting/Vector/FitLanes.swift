/// Numbers that go through the same arithmetic together in the inner loop of a peak fit: four doubles or eight singles.
///
/// Models and passes are written once for both. A pass of singles takes half the time; they show the way to a minimum, and
/// doubles settle it. Comparisons are functions here because the operators of all SIMD types go through the lanes one by one.
public protocol FitLanes: SIMD, Sendable where Scalar: BinaryFloatingPoint & Sendable {
  /// The part of a sum of squares by which rounding changes it from one pass to the next, with room to spare.
  static var resolution: Double { get }
  /// A sum of squared residuals below this part of Σ y² is nothing but rounding.
  static var roundingFloor: Double { get }

  /// As many consecutive numbers as there are lanes out of fours: `four(0)` and, for eight lanes, `four(1)`.
  static func collect(_ four: (Int) -> Lanes) -> Self
  /// Where a is below b.
  static func isLess(_ a: Self, _ b: Self) -> SIMDMask<MaskStorage>
  /// e^x for numbers that are not above 80; far below 0 it stays where it is, above 0.
  static func expFinite(_ x: Self) -> Self
  /// The pieces of ln(1 + s) with 1 + s = 2^k·(1 + f), √½ ≤ 1 + f < √2, and f = s without rounding where k = 0.
  static func reduce(_ onePlusS: Self, _ s: Self) -> (k: Self, f: Self, isUnscaled: SIMDMask<MaskStorage>)
  /// R(z) = ⅓ + z/5 + z²/7 + … of atanh(t) = t (1 + z R(z)) for z = t² ≤ (3 − 2√2)².
  static func inverseTangentSeries(_ z: Self) -> Self
  /// Sum of the lanes, in a fixed order.
  static func sum(_ a: Self) -> Double
}

extension FitLanes {
  /// `c` in every lane.
  @inlinable @inline(__always)
  public static func all(_ c: Double) -> Self { Self(repeating: Scalar(c)) }
}
