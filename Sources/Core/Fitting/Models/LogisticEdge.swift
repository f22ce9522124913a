import Glibc

/// A step that rises over a finite width: amplitude/(1 + exp(−(x − mean)/width)) + offset.
///
/// The leading edge of a detector pulse; `mean` is where half of the amplitude is reached, 10 to 90 % take 4.394 widths. A
/// falling edge has a negative amplitude.
public enum LogisticEdge: PeakModel {
  /// Broadcast parameters.
  public struct Prepared {
    var amplitude, mean, inverse, amplitudeOverWidth, offset: Lanes
  }

  /// Amplitude, mean, width, offset.
  public static var parameterNames: [String] { ["amplitude", "mean", "width", "offset"] }
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
      amplitudeOverWidth: VectorMath.all(p[0] * inverse), offset: VectorMath.all(p[3]))
  }

  /// Value and derivatives.
  @inline(__always)
  public static func evaluate(_ x: Lanes, _ p: Prepared) -> ModelPoint {
    let z = (x - p.mean) * p.inverse
    let magnitude = z.replacing(with: VectorMath.all(0) - z, where: z .< VectorMath.all(0))
    // exp(−|z|) cannot overflow; the step for negative z is its complement.
    let e = VectorMath.expFinite(VectorMath.all(0) - magnitude)
    let high = VectorMath.all(1) / (VectorMath.all(1) + e)
    let step = high.replacing(with: e * high, where: z .< VectorMath.all(0))
    let slope = e * high * high * p.amplitudeOverWidth
    let byMean = VectorMath.all(0) - slope
    return ModelPoint(
      VectorMath.multiplyAdd(p.amplitude, step, p.offset), step, byMean, byMean * z, VectorMath.all(1))
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
