import Glibc

extension SpecialFunctions {
  /// The regularised incomplete beta function I_x(a, ½) for 0 ≤ x ≤ 1, given x and its complement 1 − x.
  ///
  /// Continued fraction (DLMF 8.17.22), evaluated by Lentz' method on the side where it converges fast. Both x and its
  /// complement are arguments, so that neither end loses digits.
  static func incompleteBetaHalf(_ x: Double, complement: Double, a: Double) -> Double {
    if x <= 0 { return 0 }
    if complement <= 0 { return 1 }
    // ln x through the complement when x is near 1, else directly.
    let logX = x > 0.5 ? log1p(-complement) : log(x)
    let front = exp(a * logX + 0.5 * log(complement) - logBetaHalf(a))
    if x < (a + 1) / (a + 2.5) { return front * betaFraction(x, a, 0.5) / a }
    return 1 - front * betaFraction(complement, 0.5, a) / 0.5
  }

  private static func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    func guarded(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
    var c = 1.0
    var d = 1 / guarded(1 - (a + b) * x / (a + 1))
    var result = d
    for m in 1...20_000 {
      let n = Double(m)
      for term in [
        n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n)), -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1)),
      ] {
        d = 1 / guarded(1 + term * d)
        c = guarded(1 + term / c)
        result *= c * d
      }
      if abs(c * d - 1) < 1e-16 { break }
    }
    return result
  }
}
