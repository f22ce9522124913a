import Glibc

/// A step that rises over a finite width: amplitude/(1 + exp(−(x − mean)/width)) + offset.
///
/// The leading edge of a detector pulse; `mean` is where half of the amplitude is reached, 10 to 90 % take 4.394 widths. A
/// falling edge has a negative amplitude.
public enum LogisticEdge: PeakModel {
  /// What a pass needs of the parameters.
  public struct Prepared {
    var amplitude, mean, inverse, amplitudeOverWidth, offset: Double
  }

  /// Amplitude, mean, width, offset.
  public static var parameterNames: [String] { ["amplitude", "mean", "width", "offset"] }
  /// 4.
  public static var parameterCount: Int { 4 }
  /// The fourth.
  public static var offsetIndex: Int { 3 }

  /// Parameters and quotients of them.
  @inline(__always)
  public static func prepare(_ p: FitVector) -> Prepared {
    let inverse = 1 / p[2]
    return Prepared(
      amplitude: p[0], mean: p[1], inverse: inverse,
      amplitudeOverWidth: p[0] * inverse, offset: p[3])
  }

  /// Value and derivatives.
  @inline(__always)
  public static func evaluate<Vector: FitLanes>(_ x: Vector, _ p: Prepared) -> ModelPoint<Vector> {
    let z = (x - Vector.all(p.mean)) * Vector.all(p.inverse)
    let magnitude = z.replacing(with: Vector.all(0) - z, where: Vector.isLess(z, Vector.all(0)))
    // exp(−|z|) cannot overflow; the step for negative z is its complement.
    let e = Vector.expFinite(Vector.all(0) - magnitude)
    let high = Vector.all(1) / (Vector.all(1) + e)
    let step = high.replacing(with: e * high, where: Vector.isLess(z, Vector.all(0)))
    let slope = e * high * high * Vector.all(p.amplitudeOverWidth)
    let byMean = Vector.all(0) - slope
    return ModelPoint(
      VectorMath.multiplyAdd(Vector.all(p.amplitude), step, Vector.all(p.offset)), step, byMean, byMean * z,
      Vector.all(1))
  }

  /// Positive width: an edge of negative width is one of the opposite amplitude from the other level.
  public static func canonical(_ parameters: FitVector) -> FitVector {
    guard parameters[2] < 0 else { return parameters }
    var result = parameters
    result[3] += parameters[0]
    result[0] = -parameters[0]
    result[2] = -parameters[2]
    return result
  }

  /// An edge of the peak's height half a width before its middle; fits of edges are better given their starts.
  public static func start(gaussian: SIMD4<Double>, number: Int) -> FitVector {
    FitVector(gaussian[0], gaussian[1] - gaussian[2], 0.4 * gaussian[2], gaussian[3], 0, 0, 0, 0)
  }

  /// Where an edge reaches a fraction (0 to 1, exclusive) of its amplitude.
  public static func position(fraction: Double, mean: Double, width: Double) -> Double {
    mean + width * logit(fraction)
  }

  private static func logit(_ fraction: Double) -> Double { log(fraction / (1 - fraction)) }
}
