import Foundation

/// The arithmetic behind the steps of a formula, one point at a time, and the derivatives of each step.
enum FormulaArithmetic {
  /// The value of a function of one argument.
  static func unary(_ operation: FormulaOperation, _ x: Double) -> Double {
    switch operation {
    case .negate: -x
    case .square: x * x
    case .sqrt: x.squareRoot()
    case .cbrt: Foundation.cbrt(x)
    case .exp: Foundation.exp(x)
    case .expm1: Foundation.expm1(x)
    case .log: Foundation.log(x)
    case .log1p: Foundation.log1p(x)
    case .log2: Foundation.log2(x)
    case .log10: Foundation.log10(x)
    case .abs: Swift.abs(x)
    case .sin: Foundation.sin(x)
    case .cos: Foundation.cos(x)
    case .tan: Foundation.tan(x)
    case .asin: Foundation.asin(x)
    case .acos: Foundation.acos(x)
    case .atan: Foundation.atan(x)
    case .sinh: Foundation.sinh(x)
    case .cosh: Foundation.cosh(x)
    case .tanh: Foundation.tanh(x)
    case .asinh: Foundation.asinh(x)
    case .acosh: Foundation.acosh(x)
    case .atanh: Foundation.atanh(x)
    case .erf: Foundation.erf(x)
    case .erfc: Foundation.erfc(x)
    case .gamma: Foundation.tgamma(x)
    case .lgamma: Foundation.lgamma(x)
    case .step: x.isNaN ? x : (x < 0 ? 0 : 1)
    case .sign: x > 0 ? 1 : (x < 0 ? -1 : x)
    default: .nan
    }
  }

  /// The value of a function of two arguments.
  static func binary(_ operation: FormulaOperation, _ x: Double, _ y: Double) -> Double {
    switch operation {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .power: Foundation.pow(x, y)
    case .atan2: Foundation.atan2(x, y)
    case .hypot: Foundation.hypot(x, y)
    case .minimum: x.isNaN || y.isNaN ? .nan : Swift.min(x, y)
    case .maximum: x.isNaN || y.isNaN ? .nan : Swift.max(x, y)
    default: .nan
    }
  }

  /// The derivative of a function of one argument at `x`, where its value is `value`.
  ///
  /// At the kinks of `abs`, `sign` and `step` the derivative is 0.
  static func derivative(_ operation: FormulaOperation, _ x: Double, value: Double) -> Double {
    switch operation {
    case .negate: return -1
    case .square: return 2 * x
    case .sqrt: return 0.5 / value
    case .cbrt: return 1 / (3 * value * value)
    case .exp: return value
    case .expm1: return value + 1
    case .log: return 1 / x
    case .log1p: return 1 / (1 + x)
    case .log2: return 1 / (x * 0.693147180559945309417)
    case .log10: return 1 / (x * 2.302585092994045684018)
    case .abs: return x > 0 ? 1 : (x < 0 ? -1 : 0)
    case .sin: return Foundation.cos(x)
    case .cos: return -Foundation.sin(x)
    case .tan: return 1 + value * value
    case .asin: return 1 / ((1 - x) * (1 + x)).squareRoot()
    case .acos: return -1 / ((1 - x) * (1 + x)).squareRoot()
    case .atan: return 1 / (1 + x * x)
    case .sinh: return Foundation.cosh(x)
    case .cosh: return Foundation.sinh(x)
    case .tanh:
      let c = Foundation.cosh(x)
      return 1 / (c * c)
    case .asinh: return 1 / Foundation.hypot(1, x)
    case .acosh: return 1 / ((x - 1) * (x + 1)).squareRoot()
    case .atanh: return 1 / ((1 - x) * (1 + x))
    case .erf: return 1.128379167095512573896 * Foundation.exp(-x * x)
    case .erfc: return -1.128379167095512573896 * Foundation.exp(-x * x)
    case .gamma: return value * digamma(x)
    case .lgamma: return digamma(x)
    case .step, .sign: return 0
    default: return .nan
    }
  }

  /// The derivative of x^y with respect to x, where the power is `value`.
  ///
  /// 0^y has slope 0 for y > 1 and y = 0, 1 for y = 1, and an infinite one below.
  static func powerSlope(_ x: Double, _ y: Double, value: Double) -> Double {
    if y == 0 { return 0 }
    if x == 0 { return y > 1 ? 0 : (y == 1 ? 1 : .infinity) }
    return value.isFinite && value != 0 ? y * (value / x) : y * Foundation.pow(x, y - 1)
  }

  /// The derivative of x^y with respect to y, where the power is `value`.
  ///
  /// The limit for x → 0 with y > 0 is 0; for x < 0 there is none.
  static func powerGrowth(_ x: Double, _ y: Double, value: Double) -> Double {
    if x == 0 { return y > 0 ? 0 : -.infinity }
    return value == 0 ? 0 : value * Foundation.log(x)
  }

  /// ψ(x), the logarithmic derivative of Γ.
  ///
  /// Recurrence up to x ≥ 10, then the asymptotic series in Bernoulli numbers; reflection below 0
  /// (Abramowitz and Stegun 6.3.5, 6.3.7, 6.3.18). NaN at 0 and the negative whole numbers.
  static func digamma(_ x: Double) -> Double {
    if x <= 0 {
      if x == x.rounded(.down) { return .nan }
      // tan has period π: the fraction alone keeps the argument small.
      let fraction = x - x.rounded(.down)
      return digamma(1 - x) - Double.pi / Foundation.tan(Double.pi * fraction)
    }
    if x.isInfinite { return x }
    var argument = x
    var sum = 0.0
    while argument < 10 {
      sum -= 1 / argument
      argument += 1
    }
    let s = 1 / (argument * argument)
    let tail =
      s
      * (1.0 / 12 - s * (1.0 / 120 - s * (1.0 / 252 - s * (1.0 / 240 - s * (1.0 / 132 - s * (691.0 / 32760 - s / 12))))))
    return sum + (Foundation.log(argument) - 0.5 / argument - tail)
  }
}
