import Glibc

extension QGaussianPeak {
  /// ln C_q, the logarithm of the integral of e_q(−z²); NaN for q ≥ 3, where the curve has no area.
  ///
  /// Umarov et al. (2008), rewritten so that q < 1 and q > 1 meet smoothly: with d = q − 1 and a = 1/d − ½ (or 1/|d|),
  /// ln C_q = ½ ln π − ½ ln(1 − d/2) (or − ln(1 + |d|/2)) − [ln Γ(a + ½) − ln Γ(a) − ½ ln a].
  public static func lnCq(_ q: Double) -> Double {
    let halfLogPi = 0.572_364_942_924_700_1
    let d = q - 1
    guard q < 3 else { return .nan }
    if d > 0 {
      // 1/a = d/(1 − d/2).
      return halfLogPi - 0.5 * log1p(-d / 2) - remainder(inverse: d / (1 - d / 2))
    }
    return halfLogPi - log1p(-d / 2) - (d == 0 ? 0 : remainder(inverse: -d))
  }

  private static func remainder(inverse y: Double) -> Double {
    if y < 1.0 / 12 { return SpecialFunctions.halfStepRemainder(y) }
    let a = 1 / y
    return SpecialFunctions.logGamma(a + 0.5) - SpecialFunctions.logGamma(a) - 0.5 * log(a)
  }

  /// The integral of e_q(−z²): √π at q = 1.
  public static func cq(_ q: Double) -> Double { exp(lnCq(q)) }

  /// The area under the peak without its baseline.
  public static func area(peak: Double, width: Double, q: Double) -> Double { peak * width * cq(q) }

  /// The root-mean-square width, width/√(5 − 3q); NaN for q ≥ 5/3, where the variance is infinite.
  public static func rmsSigma(width: Double, q: Double) -> Double {
    q < 5.0 / 3 ? width / (5 - 3 * q).squareRoot() : .nan
  }

  /// The standard error of the root-mean-square width from the (width, q) block of the covariance; NaN for q ≥ 5/3.
  public static func rmsSigmaError(
    width: Double, q: Double, varianceOfWidth: Double, covariance: Double, varianceOfQ: Double
  ) -> Double {
    let room = 5 - 3 * q
    guard room > 0 else { return .nan }
    let byWidth = 1 / room.squareRoot()
    let byQ = 1.5 * width / (room * room.squareRoot())
    return propagate(byWidth, byQ, varianceOfWidth, covariance, varianceOfQ)
  }

  /// The full width at half maximum, 2 width √((2^{q−1} − 1)/(q − 1)).
  public static func fwhm(width: Double, q: Double) -> Double { 2 * width * halfMaximum(q - 1).squareRoot() }

  /// The standard error of the full width at half maximum from the (width, q) block of the covariance.
  public static func fwhmError(
    width: Double, q: Double, varianceOfWidth: Double, covariance: Double, varianceOfQ: Double
  ) -> Double {
    let d = q - 1
    let g = halfMaximum(d)
    // g' = (2^d d ln 2 − 2^d + 1)/d², by its series near 0.
    let ln2 = 0.693_147_180_559_945_3
    let slope =
      abs(d) < 1e-3
      ? ln2 * ln2 * (0.5 + d * ln2 / 3 + d * d * ln2 * ln2 / 8) : (exp2(d) * ln2 - g) / d
    return propagate(
      2 * g.squareRoot(), width * slope / g.squareRoot(), varianceOfWidth, covariance, varianceOfQ)
  }

  private static func halfMaximum(_ d: Double) -> Double {
    d == 0 ? 0.693_147_180_559_945_3 : expm1(d * 0.693_147_180_559_945_3) / d
  }

  private static func propagate(
    _ byWidth: Double, _ byQ: Double, _ varianceOfWidth: Double, _ covariance: Double, _ varianceOfQ: Double
  ) -> Double {
    let variance = byWidth * byWidth * varianceOfWidth + 2 * byWidth * byQ * covariance + byQ * byQ * varianceOfQ
    return variance >= 0 ? variance.squareRoot() : .nan
  }

  /// The fraction of the area farther than k sigma from the mean, sigma being that of the Gaussian core, width/√2.
  ///
  /// For q > 1 the two-sided tail of Student's t with ν = (3 − q)/(q − 1) at t = k √((3 − q)/2), for q < 1 a beta
  /// distribution, for q = 1 `gaussianTailFraction(beyondSigma:)`. NaN for q ≥ 3.
  public static func tailFraction(beyondSigma k: Double, q: Double) -> Double {
    let d = q - 1
    guard q < 3 else { return .nan }
    guard k > 0 else { return 1 }
    if abs(d) < 1e-6 {
      // First order in d; the next term is below 1e-11, while the continued fraction would need thousands of terms.
      let density = exp(-k * k / 2) * 0.398_942_280_401_432_7
      return gaussianTailFraction(beyondSigma: k) + density * d / 4 * k * (k * k + 3)
    }
    let s = d * k * k / 2
    if d > 0 {
      // ν/(ν + t²) = 1/(1 + s).
      return SpecialFunctions.incompleteBetaHalf(1 / (1 + s), complement: s / (1 + s), a: 1 / d - 0.5)
    }
    return s <= -1 ? 0 : SpecialFunctions.incompleteBetaHalf(1 + s, complement: -s, a: 1 - 1 / d)
  }

  /// The fraction of a Gaussian farther than k sigma from the mean.
  public static func gaussianTailFraction(beyondSigma k: Double) -> Double { erfc(k * 0.707_106_781_186_547_5) }
}
