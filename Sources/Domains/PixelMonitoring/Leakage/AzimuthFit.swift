import Foundation

/// The modulation of the leakage current with the azimuth, A + B sin(φ − φ₀), by linear least squares in A, C = B cos φ₀ and
/// S = −B sin φ₀: an offset of the beam in the middle of the detector shows as B.
public struct AzimuthFit: Sendable, Equatable {
  /// Mean A.
  public var offset: Double
  /// Amplitude B, not negative.
  public var amplitude: Double
  /// Phase φ₀ in radians, from −π to π.
  public var phase: Double
  /// Covariance of A, B and φ₀, row by row.
  public var covariance: [[Double]]
  /// Weighted sum of squared residuals; unweighted when there are no uncertainties.
  public var chiSquare: Double
  /// Degrees of freedom.
  public var degreesOfFreedom: Int
  /// Whether covariances were scaled with χ²/ndf, since points scatter more than their uncertainties say or have none.
  public var isScaled: Bool

  /// Standard errors of A, B and φ₀.
  public var standardErrors: [Double] { (0..<3).map { max(0, covariance[$0][$0]).squareRoot() } }

  /// The curve at an azimuth.
  public func value(at azimuth: Double) -> Double { offset + amplitude * sin(azimuth - phase) }

  /// Fits points; `nil` for fewer than four, and when the azimuths do not tell the three parameters apart.
  public init?(azimuths: [Double], values: [Double], sigmas: [Double]? = nil) {
    let count = azimuths.count
    guard count >= 4, values.count == count else { return nil }
    let isWeighted = sigmas?.allSatisfy { $0 > 0 && $0.isFinite } ?? false
    var normal = [[Double]](repeating: [0, 0, 0], count: 3)
    var right = [0.0, 0.0, 0.0]
    for point in 0..<count {
      let row = [1, sin(azimuths[point]), cos(azimuths[point])]
      let weight = isWeighted ? 1 / ((sigmas?[point] ?? 1) * (sigmas?[point] ?? 1)) : 1
      for i in 0..<3 {
        right[i] += weight * row[i] * values[point]
        for j in 0..<3 { normal[i][j] += weight * row[i] * row[j] }
      }
    }
    guard let inverse = Self.inverse(normal) else { return nil }
    let solution = (0..<3).map { i in (0..<3).reduce(0) { $0 + inverse[i][$1] * right[$1] } }
    let (mean, c, s) = (solution[0], solution[1], solution[2])
    var sum = 0.0
    for point in 0..<count {
      let residual = values[point] - mean - c * sin(azimuths[point]) - s * cos(azimuths[point])
      let sigma = isWeighted ? sigmas?[point] ?? 1 : 1
      sum += residual * residual / (sigma * sigma)
    }
    chiSquare = sum
    degreesOfFreedom = count - 3
    let ratio = sum / Double(count - 3)
    isScaled = !isWeighted || ratio > 1
    let scale = isScaled ? ratio : 1
    offset = mean
    amplitude = (c * c + s * s).squareRoot()
    phase = atan2(-s, c)
    // From (A, C, S) to (A, B, φ₀): ∂B = (C ∂C + S ∂S)/B, ∂φ₀ = (S ∂C − C ∂S)/B².
    let b = max(amplitude, 1e-300)
    let jacobian = [[1, 0, 0], [0, c / b, s / b], [0, s / (b * b), -c / (b * b)]]
    covariance = (0..<3).map { i in
      (0..<3).map { j in
        var value = 0.0
        for k in 0..<3 { for l in 0..<3 { value += jacobian[i][k] * inverse[k][l] * jacobian[j][l] } }
        return value * scale
      }
    }
  }

  /// The inverse of a symmetric matrix of three rows; `nil` when it is singular.
  private static func inverse(_ m: [[Double]]) -> [[Double]]? {
    func minor(_ i: Int, _ j: Int) -> Double {
      let rows = [0, 1, 2].filter { $0 != i }
      let columns = [0, 1, 2].filter { $0 != j }
      return m[rows[0]][columns[0]] * m[rows[1]][columns[1]] - m[rows[0]][columns[1]] * m[rows[1]][columns[0]]
    }
    let determinant = m[0][0] * minor(0, 0) - m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2)
    guard abs(determinant) > 1e-12 * m[0][0] * m[1][1] * m[2][2], determinant.isFinite else { return nil }
    return (0..<3).map { i in (0..<3).map { j in ((i + j) % 2 == 0 ? 1 : -1) * minor(j, i) / determinant } }
  }
}
