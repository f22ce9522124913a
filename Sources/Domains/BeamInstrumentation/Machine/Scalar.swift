import Foundation

/// Scalar functions behind the curves of single fits, for figures and flags; the fits themselves run on the batched engine.
enum Scalar {
  static func exp(_ x: Double) -> Double { Foundation.exp(x) }
  static func log(_ x: Double) -> Double { Foundation.log(x) }

  /// e_q(u) = [1 + (1−q)u]^(1/(1−q)), 0 outside its support; near q = 1 its series e^u (1 − (1−q)u²/2).
  static func qExponential(_ u: Double, q: Double) -> Double {
    let p = 1 - q
    if abs(p) < 1e-4 { return Foundation.exp(u) * (1 - p * u * u / 2) }
    let bracket = p * u
    return bracket > -1 ? Foundation.exp(Foundation.log1p(bracket) / p) : 0
  }

  /// Probability that a χ² variable with that many degrees of freedom exceeds a value: Q(dof/2, χ²/2).
  static func chiSquareProbability(_ chiSquare: Double, degreesOfFreedom: Int) -> Double {
    guard chiSquare.isFinite, chiSquare >= 0, degreesOfFreedom > 0 else { return .nan }
    let a = Double(degreesOfFreedom) / 2
    let x = chiSquare / 2
    if x == 0 { return 1 }
    let prefactor = Foundation.exp(a * Foundation.log(x) - x - lgamma(a))
    if x < a + 1 {
      // Series of the lower incomplete gamma function.
      var term = 1 / a
      var sum = term
      var n = a
      repeat {
        n += 1
        term *= x / n
        sum += term
      } while term > sum * 1e-16
      return max(0, 1 - prefactor * sum)
    }
    // Continued fraction of the upper one (modified Lentz).
    var b = x + 1 - a
    var c = 1e300
    var d = 1 / b
    var h = d
    var i = 1.0
    while i < 10_000 {
      let an = -i * (i - a)
      b += 2
      d = 1 / max(abs(an * d + b), 1e-300) * ((an * d + b) < 0 ? -1 : 1)
      c = b + an / c
      let delta = d * c
      h *= delta
      if abs(delta - 1) < 1e-15 { break }
      i += 1
    }
    return prefactor * h
  }
}
