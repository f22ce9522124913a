import Glibc

/// Special functions that the models' derived quantities need.
public enum SpecialFunctions {
  /// ln Γ(x) for x > 0.
  public static func logGamma(_ x: Double) -> Double {
    var sign: Int32 = 0
    return lgamma_r(x, &sign)
  }

  /// ln Γ(a + ½) − ln Γ(a) for a > 0, to 1e-14 absolute.
  ///
  /// From a = 12 on by its asymptotic series in odd powers of 1/a (Tricomi and Erdélyi, Pacific J. Math. 1 (1951) 133),
  /// because the difference of two large logarithms loses digits.
  public static func logGammaHalfStep(_ a: Double) -> Double {
    a < 12 ? logGamma(a + 0.5) - logGamma(a) : 0.5 * log(a) + halfStepRemainder(1 / a)
  }

  /// ln Γ(a + ½) − ln Γ(a) − ½ ln a as a function of y = 1/a for y < 1/12.
  static func halfStepRemainder(_ y: Double) -> Double {
    let z = y * y
    let tail = 17.0 / 14336 + z * (-31.0 / 18432 + z * (691.0 / 180224))
    return y * (-0.125 + z * (1.0 / 192 + z * (-1.0 / 640 + z * tail)))
  }

  /// ln B(a, ½) for a > 0.
  static func logBetaHalf(_ a: Double) -> Double { 0.5 * log(Double.pi) - logGammaHalfStep(a) }
}
