import Foundation

/// The χ² distribution.
public enum ChiSquare {
  /// Probability of a value of at least `statistic`; NaN without degrees of freedom or for a negative statistic.
  ///
  /// The regularised incomplete gamma function Q(k/2, χ²/2) by its series below k/2 + 1 and by its continued fraction
  /// (modified Lentz) above (DLMF 8.7.1 and 8.9.2).
  public static func upperTail(_ statistic: Double, degreesOfFreedom: Int) -> Double {
    guard degreesOfFreedom > 0, statistic >= 0 else { return .nan }
    let a = Double(degreesOfFreedom) / 2
    let x = statistic / 2
    if x == 0 { return 1 }
    if x.isInfinite { return 0 }
    let front = Foundation.exp(a * Foundation.log(x) - x - SpecialFunctions.logGamma(a))
    if x < a + 1 {
      var term = 1 / a
      var sum = term
      var n = a
      for _ in 0..<100_000 {
        if term <= sum * 1e-17 { break }
        n += 1
        term *= x / n
        sum += term
      }
      return max(0, 1 - front * sum)
    }
    let tiny = 1e-300
    var b = x + 1 - a
    var c = 1 / tiny
    var d = 1 / b
    var h = d
    for i in 1..<100_000 {
      let an = -Double(i) * (Double(i) - a)
      b += 2
      d = an * d + b
      if Swift.abs(d) < tiny { d = tiny }
      c = b + an / c
      if Swift.abs(c) < tiny { c = tiny }
      d = 1 / d
      h *= d * c
      if Swift.abs(d * c - 1) < 3e-16 { break }
    }
    return front * h
  }

  /// The value that is exceeded with probability `alpha`, to 1e-10; NaN without degrees of freedom or outside 0 < alpha < 1.
  public static func critical(_ alpha: Double, degreesOfFreedom: Int) -> Double {
    guard degreesOfFreedom > 0, alpha > 0, alpha < 1 else { return .nan }
    var low = 0.0
    var high = 2 * Double(degreesOfFreedom) + 10
    while upperTail(high, degreesOfFreedom: degreesOfFreedom) > alpha { high *= 2 }
    for _ in 0..<200 where high - low > 1e-13 * high {
      let middle = (low + high) / 2
      if upperTail(middle, degreesOfFreedom: degreesOfFreedom) > alpha { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
