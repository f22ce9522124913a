/// Student's t distribution.
public enum StudentT {
  /// Probability of a value farther from 0 than `t` on either side; NaN without degrees of freedom.
  ///
  /// I_x(ν/2, ½) at x = ν/(ν + t²), the regularised incomplete beta function (Abramowitz and Stegun 26.7.1 with 26.5.27).
  public static func twoSidedTail(_ t: Double, degreesOfFreedom: Double) -> Double {
    guard degreesOfFreedom > 0, !t.isNaN else { return .nan }
    let whole = degreesOfFreedom + t * t
    guard whole.isFinite else { return 0 }
    return SpecialFunctions.incompleteBetaHalf(
      degreesOfFreedom / whole, complement: t * t / whole, a: degreesOfFreedom / 2)
  }
}
