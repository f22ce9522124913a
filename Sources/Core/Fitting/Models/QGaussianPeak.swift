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
  /// Broadcast parameters.
  public struct Prepared {
    var peak, mean, inverse, qMinusOne, twicePeakOverWidth, offset: Lanes
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

  /// Broadcasts the parameters.
  @inline(__always)
  public static func prepare(_ p: FitVector) -> Prepared {
    let inverse = 1 / p[2]
    return Prepared(
      peak: VectorMath.all(p[0]), mean: VectorMath.all(p[1]), inverse: VectorMath.all(inverse),
      qMinusOne: VectorMath.all(p[3] - 1), twicePeakOverWidth: VectorMath.all(2 * p[0] * inverse),
      offset: VectorMath.all(p[4]))
  }

  /// Value and derivatives.
  @inline(__always)
  public static func evaluate(_ x: Lanes, _ p: Prepared) -> ModelPoint {
    let one = VectorMath.all(1)
    let z = (x - p.mean) * p.inverse
    let z2 = z * z
    let raw = p.qMinusOne * z2
    let isInside = raw .> VectorMath.all(-1 + 1e-15)
    let s = VectorMath.all(0).replacing(with: raw, where: isInside)
    let bracket = one + s
    let (k, f, isUnscaled) = VectorMath.reduce(bracket, s)
    let overBracket = one / bracket
    let t = f / (f + VectorMath.all(2))
    // Used only where 1 + s is not near 1.
    let overS = one / s.replacing(with: one, where: isUnscaled)
    let square = t * t
    let series = VectorMath.inverseTangentSeries(square)
    let p1 = VectorMath.multiplyAdd(square, series, one)
    let oneMinusT = one - t
    // Near s = 0, s = 2t/(1 − t): ln(1+s)/s = (1 − t)(1 + t² R), its derivative −½(1 − t)² (1/(1 + t) + t R).
    let nearQuotient = oneMinusT * p1
    let nearSlope =
      (oneMinusT * overBracket + oneMinusT * oneMinusT * t * series) * VectorMath.all(-0.5)
    let logarithm = VectorMath.multiplyAdd(k, VectorMath.all(0.693_147_180_559_945_3), (t + t) * p1)
    let farQuotient = logarithm * overS
    let farSlope = (overBracket - farQuotient) * overS
    let quotient = farQuotient.replacing(with: nearQuotient, where: isUnscaled)
    let slope = farSlope.replacing(with: nearSlope, where: isUnscaled)
    let e = VectorMath.all(0).replacing(with: VectorMath.expFinite(VectorMath.all(0) - z2 * quotient), where: isInside)
    let byMean = e * overBracket * z * p.twicePeakOverWidth
    let byQ = e * p.peak * z2 * z2 * (VectorMath.all(0) - slope)
    return ModelPoint(VectorMath.multiplyAdd(p.peak, e, p.offset), e, byMean, byMean * z, byQ, one)
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
