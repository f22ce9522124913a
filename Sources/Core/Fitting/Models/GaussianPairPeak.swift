/// Two equal Gaussians side by side on a constant: a bunch that is splitting.
///
/// height·{exp(−(x − mean − separation)²/(2 sigma²)) + exp(−(x − mean + separation)²/(2 sigma²))} + offset; `separation` is half
/// the distance of the two.
public enum GaussianPairPeak: PeakModel {
  /// What a pass needs of the parameters.
  public struct Prepared {
    var height, mean, inverse, heightOverSigma, separation, offset: Double
  }

  /// Height, mean, sigma, separation, offset.
  public static var parameterNames: [String] { ["height", "mean", "sigma", "separation", "offset"] }
  /// 5.
  public static var parameterCount: Int { 5 }
  /// The fifth.
  public static var offsetIndex: Int { 4 }

  /// Parameters and quotients of them.
  @inline(__always)
  public static func prepare(_ p: FitVector) -> Prepared {
    let inverse = 1 / p[2]
    return Prepared(
      height: p[0], mean: p[1], inverse: inverse,
      heightOverSigma: p[0] * inverse, separation: p[3], offset: p[4])
  }

  /// Value and derivatives.
  @inline(__always)
  public static func evaluate<Vector: FitLanes>(_ x: Vector, _ p: Prepared) -> ModelPoint<Vector> {
    let half = Vector.all(-0.5)
    let upper = (x - Vector.all(p.mean) - Vector.all(p.separation)) * Vector.all(p.inverse)
    let lower = (x - Vector.all(p.mean) + Vector.all(p.separation)) * Vector.all(p.inverse)
    let e = Vector.expFinite(upper * upper * half)
    let f = Vector.expFinite(lower * lower * half)
    let (eu, fl) = (e * upper, f * lower)
    return ModelPoint(
      VectorMath.multiplyAdd(Vector.all(p.height), e + f, Vector.all(p.offset)), e + f,
      (eu + fl) * Vector.all(p.heightOverSigma),
      (eu * upper + fl * lower) * Vector.all(p.heightOverSigma), (eu - fl) * Vector.all(p.heightOverSigma),
      Vector.all(1))
  }

  /// Half the distance counts like a width.
  public static func scale(_ units: Normalisation) -> FitVector {
    var scale = FitVector(repeating: 1)
    scale[0] = units.height
    scale[1] = units.width
    scale[2] = units.width
    scale[3] = units.width
    scale[4] = units.height
    return scale
  }

  /// Half the distance against the width.
  public static func tolerableScale(_ p: FitVector) -> FitVector {
    var scale = FitVector(repeating: 1)
    scale[0] = abs(p[0])
    scale[1] = abs(p[2])
    scale[2] = abs(p[2])
    scale[3] = abs(p[2])
    scale[4] = max(abs(p[0]), abs(p[4]))
    return scale
  }

  /// Positive width and separation.
  public static func canonical(_ parameters: FitVector) -> FitVector {
    var result = parameters
    result[2] = abs(result[2])
    result[3] = abs(result[3])
    return result
  }

  /// Halves of the Gaussian's spread on either side.
  public static func start(gaussian g: SIMD4<Double>, number: Int) -> FitVector {
    var start = FitVector.zero
    start[0] = g[0] * 0.6
    start[1] = g[1]
    start[2] = g[2] * 0.7
    start[3] = g[2] * 0.7
    start[4] = g[3]
    return start
  }
}
