/// A Gaussian on a constant: amplitude·exp(−(x − mean)²/(2 sigma²)) + offset.
public enum GaussianPeak: PeakModel {
  /// What a pass needs of the parameters.
  public struct Prepared {
    var amplitude, mean, inverse, amplitudeOverSigma, offset: Double
  }

  /// Amplitude, mean, sigma, offset.
  public static var parameterNames: [String] { ["amplitude", "mean", "sigma", "offset"] }
  /// 4.
  public static var parameterCount: Int { 4 }
  /// The fourth.
  public static var offsetIndex: Int { 3 }

  /// Parameters and quotients of them.
  @inline(__always)
  public static func prepare(_ p: FitVector) -> Prepared {
    let inverse = 1 / p[2]
    return Prepared(
      amplitude: p[0], mean: p[1], inverse: inverse, amplitudeOverSigma: p[0] * inverse, offset: p[3])
  }

  /// Value and derivatives.
  @inline(__always)
  public static func evaluate<Vector: FitLanes>(_ x: Vector, _ p: Prepared) -> ModelPoint<Vector> {
    let z = (x - Vector.all(p.mean)) * Vector.all(p.inverse)
    let e = Vector.expFinite(z * z * Vector.all(-0.5))
    let byMean = e * z * Vector.all(p.amplitudeOverSigma)
    return ModelPoint(
      VectorMath.multiplyAdd(Vector.all(p.amplitude), e, Vector.all(p.offset)), e, byMean, byMean * z, Vector.all(1))
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
