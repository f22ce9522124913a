import Errors

/// Means of y in bins of x, as ROOT's TProfile keeps them.
///
/// Arrays have `axis.count + 2` places: 0 is below, 1…`count` inside, `count + 1` above.
public struct ProfileHistogram: Sendable, Equatable {
  /// The bins.
  public let axis: HistogramAxis
  /// Σ w y.
  public internal(set) var sums: [Double]
  /// Σ w y².
  public internal(set) var squares: [Double]
  /// Σ w.
  public internal(set) var weights: [Double]
  /// Σ w².
  public internal(set) var squaredWeights: [Double]
  /// How many fills were made.
  public internal(set) var entries = 0

  /// An empty profile.
  public init(_ axis: HistogramAxis) {
    self.axis = axis
    sums = Array(repeating: 0, count: axis.count + 2)
    squares = sums
    weights = sums
    squaredWeights = sums
  }

  /// Adds a value of y at x; NaN in either is passed over.
  public mutating func fill(_ x: Double, _ y: Double, weight: Double = 1) {
    guard let bin = axis.bin(of: x), !y.isNaN, !weight.isNaN else { return }
    sums[bin] += weight * y
    squares[bin] += weight * y * y
    weights[bin] += weight
    squaredWeights[bin] += weight * weight
    entries += 1
  }

  /// The mean in a bin (0 is below); NaN for an empty one or one that does not exist.
  public func mean(_ bin: Int) -> Double {
    guard weights.indices.contains(bin), weights[bin] != 0 else { return .nan }
    return sums[bin] / weights[bin]
  }

  /// The standard error of the mean in a bin: spread over the root of the effective number of entries (Σw)²/Σw².
  public func standardError(_ bin: Int) -> Double {
    guard weights.indices.contains(bin), weights[bin] != 0, squaredWeights[bin] > 0 else { return .nan }
    let variance = max(0, squares[bin] / weights[bin] - mean(bin) * mean(bin))
    return (variance * squaredWeights[bin]).squareRoot() / abs(weights[bin])
  }
}
