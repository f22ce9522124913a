/// A Gaussian on a straight line: amplitude·exp(−(x − mean)²/(2 sigma²)) + offset + slope·x.
///
/// `offset` is the line at x = 0 of the data's own axis.
public enum GaussianPeakWithSlope: PeakModel {
  /// What a pass needs of the parameters.
  public struct Prepared {
    var peak: GaussianPeak.Prepared
    var slope: Double
  }

  /// Amplitude, mean, sigma, offset, slope.
  public static var parameterNames: [String] { ["amplitude", "mean", "sigma", "offset", "slope"] }
  /// 5.
  public static var parameterCount: Int { 5 }
  /// The fourth.
  public static var offsetIndex: Int { 3 }
  /// The fifth.
  public static var slopeIndex: Int? { 4 }

  /// Parameters and quotients of them.
  @inline(__always)
  public static func prepare(_ p: FitVector) -> Prepared {
    Prepared(peak: GaussianPeak.prepare(p), slope: p[4])
  }

  /// Value and derivatives.
  @inline(__always)
  public static func evaluate<Vector: FitLanes>(_ x: Vector, _ p: Prepared) -> ModelPoint<Vector> {
    var point = GaussianPeak.evaluate(x, p.peak)
    point.value = VectorMath.multiplyAdd(Vector.all(p.slope), x, point.value)
    point.derivatives.4 = x
    return point
  }

  /// No slope to begin with.
  public static func start(gaussian: SIMD4<Double>, number: Int) -> FitVector {
    FitVector(lowHalf: gaussian, highHalf: .zero)
  }
}
