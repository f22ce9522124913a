import Foundation

#if arch(x86_64)
  extension FormulaEvaluator {
    /// y − f at all points with f in extended precision (64 bits of mantissa), rounded once at the end.
    ///
    /// Where residuals are a billionth of the data or less, rounding of f in double precision is what one would fit.
    func extendedResiduals(_ parameters: [Double], _ y: [Double]) -> [Double]? {
      var registers = [Float80](repeating: 0, count: program.count)
      var residuals = [Double](repeating: .nan, count: pointCount)
      for point in 0..<pointCount {
        for (register, step) in program.steps.enumerated() where point == 0 || program.varies[register] {
          registers[register] =
            switch step.operation {
            case .constant: Self.exactConstant(program.constants[Int(step.left)])
            case .predictor: Float80(columns[Int(step.left)][point])
            case .parameter: Float80(parameters[Int(step.left)])
            default:
              step.operation.arity == 1
                ? Self.unary(step.operation, registers[Int(step.left)])
                : Self.binary(step.operation, registers[Int(step.left)], registers[Int(step.right)])
            }
        }
        residuals[point] = Double(Float80(y[point]) - registers[program.result])
      }
      return residuals
    }

    private static func exactConstant(_ value: Double) -> Float80 { value == Double.pi ? Float80.pi : Float80(value) }

    private static func unary(_ operation: FormulaOperation, _ x: Float80) -> Float80 {
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
      // The extended overload of the logarithm of Γ is not to be had on every platform; double precision serves.
      default: Float80(FormulaArithmetic.unary(operation, Double(x)))
      }
    }

    private static func binary(_ operation: FormulaOperation, _ x: Float80, _ y: Float80) -> Float80 {
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
  }
#else
  extension FormulaEvaluator {
    /// No extended precision on this processor: double precision is used throughout.
    func extendedResiduals(_ parameters: [Double], _ y: [Double]) -> [Double]? { nil }
  }
#endif
