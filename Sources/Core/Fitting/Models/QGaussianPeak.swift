import Glibc

/// A q-Gaussian on a constant, in peak form: peak·e_q(−((x − mean)/width)²) + offset with width = 1/√β.
///
/// e_q(u) = [1 + (1 − q) u]^{1/(1−q)} where the bracket is positive and 0 elsewhere; q = 1 is a Gaussian of sigma
/// width/√2, q < 1 has compact support, q > 1 tails (a Student t). Umarov, Tsallis and Steinberg, Milan J. Math. 76
/// (2008) 307. The peak form needs no normalising constant and its parameters are little correlated; area, r.m.s.
/// width and the like are derived.
///
/// With s = (q − 1) z², z = (x − mean)/width, the exponent is −z² ln(1 + s)/s. Both that quotient and its derivative
/// are computed without cancellation at s → 0, so that nothing happens at q = 1.
public enum QGaussianPeak: PeakModel {
  /// What a pass needs of the parameters.
  public struct Prepared {
    var peak, mean, inverse, qMinusOne, twicePeakOverWidth, offset: Double
  }

  /// Peak, mean, width, q, offset.
  public static var parameterNames: [String] { ["peak", "mean", "width", "q", "offset"] }
  /// 5.
  public static var parameterCount: Int { 5 }
  /// The fifth.
  public static var offsetIndex: Int { 4 }
  /// q from −3.
  public static var lower: FitVector { bound(q: -3, others: -.infinity) }
  /// q up to 2.95; the curve has no area from 3 on.
  public static var upper: FitVector { bound(q: 2.95, others: .infinity) }
  /// 5.
  public static var startCount: Int { 5 }

  private static func bound(q: Double, others: Double) -> FitVector {
    var bound = FitVector(repeating: others)
    bound[3] = q
    return bound
  }

  /// Parameters and quotients of them.
  @inline(__always)
  public static func prepare(_ p: FitVector) -> Prepared {
    let inverse = 1 / p[2]
    return Prepared(
      peak: p[0], mean: p[1], inverse: inverse, qMinusOne: p[3] - 1, twicePeakOverWidth: 2 * p[0] * inverse,
      offset: p[4])
  }

  /// Two: the chain of one operation after the other is too long for a processor to work on several abscissae at once.
  public static var hasTwoStages: Bool { true }

  /// The exponent (−1000 outside the support), 1/(1 + s), and what the derivative by q is of curve times peak.
  @inline(__always)
  public static func firstStage<Vector: FitLanes>(_ x: Vector, _ p: Prepared) -> (Vector, Vector, Vector) {
    let one = Vector.all(1)
    let z = (x - Vector.all(p.mean)) * Vector.all(p.inverse)
    let z2 = z * z
    let raw = Vector.all(p.qMinusOne) * z2
    let isInside = Vector.isLess(Vector.all(-1 + 1e-15), raw)
    let s = Vector.all(0).replacing(with: raw, where: isInside)
    let bracket = one + s
    let (k, f, isUnscaled) = Vector.reduce(bracket, s)
    let overBracket = one / bracket
    let t = f / (f + Vector.all(2))
    // Used only where 1 + s is not near 1.
    let overS = one / s.replacing(with: one, where: isUnscaled)
    let square = t * t
    let series = Vector.inverseTangentSeries(square)
    let p1 = VectorMath.multiplyAdd(square, series, one)
    let oneMinusT = one - t
    // Near s = 0, s = 2t/(1 − t): ln(1+s)/s = (1 − t)(1 + t² R), its derivative −½(1 − t)² (1/(1 + t) + t R).
    let nearQuotient = oneMinusT * p1
    let nearSlope =
      (oneMinusT * overBracket + oneMinusT * oneMinusT * t * series) * Vector.all(-0.5)
    let logarithm = VectorMath.multiplyAdd(k, Vector.all(0.693_147_180_559_945_3), (t + t) * p1)
    let farQuotient = logarithm * overS
    let farSlope = (overBracket - farQuotient) * overS
    let quotient = farQuotient.replacing(with: nearQuotient, where: isUnscaled)
    let slope = farSlope.replacing(with: nearSlope, where: isUnscaled)
    let exponent = Vector.all(-1000).replacing(with: Vector.all(0) - z2 * quotient, where: isInside)
    // In this order, because z⁴ alone may be too large a number for singles.
    return (exponent, overBracket, z2 * (Vector.all(0) - slope) * z2)
  }

  /// Value and derivatives out of the first stage.
  @inline(__always)
  public static func secondStage<Vector: FitLanes>(
    _ x: Vector, _ first: (Vector, Vector, Vector), _ p: Prepared
  ) -> ModelPoint<Vector> {
    let z = (x - Vector.all(p.mean)) * Vector.all(p.inverse)
    let isOutside = Vector.isLess(first.0, Vector.all(-700))
    let e = Vector.expFinite(first.0).replacing(with: Vector.all(0), where: isOutside)
    let byMean = (e * first.1) * (z * Vector.all(p.twicePeakOverWidth))
    let byQ = (e * Vector.all(p.peak)) * first.2
    return ModelPoint(
      VectorMath.multiplyAdd(Vector.all(p.peak), e, Vector.all(p.offset)), e, byMean, byMean * z, byQ, Vector.all(1))
  }

  /// Value and derivatives.
  @inline(__always)
  public static func evaluate<Vector: FitLanes>(_ x: Vector, _ p: Prepared) -> ModelPoint<Vector> {
    secondStage(x, firstStage(x, p), p)
  }

  /// Position by at most two widths, width by at most a factor of about two, q by at most 0.5.
  public static func stepFraction(_ parameters: FitVector, _ step: FitVector) -> Double {
    let fraction = GaussianPeak.stepFraction(parameters, step)
    return abs(step[3]) * fraction > 0.5 ? 0.5 / abs(step[3]) : fraction
  }

  /// q = 1.2, 1.02, 1.4, 0.8, 1.6 with the full width at half maximum of the Gaussian.
  public static func start(gaussian: SIMD4<Double>, number: Int) -> FitVector {
    let q = SIMD8(1.2, 1.02, 1.4, 0.8, 1.6, 1, 1, 1)[number]
    let width = GaussianPeak.fwhm(sigma: gaussian[2]) / fwhm(width: 1, q: q)
    return FitVector(gaussian[0], gaussian[1], width, q, gaussian[3], 0, 0, 0)
  }
}
