/// A Gaussian on a constant: amplitude·exp(−(x − mean)²/(2 sigma²)) + offset.
public enum GaussianPeak: PeakModel {
  /// Broadcast parameters.
  public struct Prepared {
    var amplitude, mean, inverse, amplitudeOverSigma, offset: Lanes
  }

  /// Amplitude, mean, sigma, offset.
  public static var parameterNames: [String] { ["amplitude", "mean", "sigma", "offset"] }
  /// 4.
  public static var parameterCount: Int { 4 }
  /// The fourth.
  public static var offsetIndex: Int { 3 }

  /// Broadcasts the parameters.
  @inline(__always)
  public static func prepare(_ p: FitVector) -> Prepared {
    let inverse = 1 / p[2]
    return Prepared(
      amplitude: VectorMath.all(p[0]), mean: VectorMath.all(p[1]), inverse: VectorMath.all(inverse),
      amplitudeOverSigma: VectorMath.all(p[0] * inverse), offset: VectorMath.all(p[3]))
  }

  /// Value and derivatives.
  @inline(__always)
  public static func evaluate(_ x: Lanes, _ p: Prepared) -> ModelPoint {
    let z = (x - p.mean) * p.inverse
    let e = VectorMath.expFinite(z * z * VectorMath.all(-0.5))
    let byMean = e * z * p.amplitudeOverSigma
    return ModelPoint(VectorMath.multiplyAdd(p.amplitude, e, p.offset), e, byMean, byMean * z, VectorMath.all(1))
  }

  /// The values themselves.
  public static func start(gaussian: SIMD4<Double>, number: Int) -> FitVector {
    FitVector(lowHalf: gaussian, highHalf: .zero)
  }

  /// The full width at half maximum, 2 √(2 ln 2) sigma.
  public static func fwhm(sigma: Double) -> Double { 2.354_820_045_030_949_4 * sigma }

  /// The area, √(2π) amplitude·sigma.
  public static func area(amplitude: Double, sigma: Double) -> Double { 2.506_628_274_631_000_5 * amplitude * sigma }
}
