/// A straight line y = intercept + slope · x through points with errors, by weighted least squares.
public struct StraightLine: Sendable, Equatable {
  /// Value at x = 0.
  public var intercept: Double
  /// Change of y per unit of x.
  public var slope: Double
  /// Standard error of the intercept.
  public var interceptError: Double
  /// Standard error of the slope.
  public var slopeError: Double
  /// Covariance of intercept and slope.
  public var covariance: Double
  /// Σ ((y − line)/error)².
  public var chiSquare: Double
  /// Points minus two.
  public var degreesOfFreedom: Int

  /// The line through points; all arrays of one length, errors positive.
  ///
  /// Closed form with x centred on its weighted mean, which keeps the digits.
  ///
  /// - Returns: `nil` below two distinct x.
  public init?(x: [Double], y: [Double], errors: [Double]) {
    let weights = errors.map { 1 / ($0 * $0) }
    let total = weights.reduce(0, +)
    guard x.count >= 2, x.count == y.count, y.count == errors.count, total > 0, total.isFinite else { return nil }
    let xMean = zip(weights, x).reduce(0) { $0 + $1.0 * $1.1 } / total
    let yMean = zip(weights, y).reduce(0) { $0 + $1.0 * $1.1 } / total
    var spread = 0.0
    var common = 0.0
    for index in x.indices {
      spread += weights[index] * (x[index] - xMean) * (x[index] - xMean)
      common += weights[index] * (x[index] - xMean) * (y[index] - yMean)
    }
    guard spread > 0 else { return nil }
    let slope = common / spread
    let intercept = yMean - slope * xMean
    self.slope = slope
    self.intercept = intercept
    slopeError = (1 / spread).squareRoot()
    interceptError = (1 / total + xMean * xMean / spread).squareRoot()
    covariance = -xMean / spread
    chiSquare = x.indices.reduce(0) { sum, index in
      let residual = y[index] - intercept - slope * x[index]
      return sum + weights[index] * residual * residual
    }
    degreesOfFreedom = x.count - 2
  }

  /// The line at x.
  public func callAsFunction(_ x: Double) -> Double { intercept + slope * x }
}
