import Foundation
import Testing

@testable import Fitting

@Suite("Formula derivatives")
struct FormulaDerivativeTests {
  /// Central differences extrapolated to step 0 (Ridders); the best of the tableau by its own error estimate.
  static func difference(_ f: (Double) -> Double, at x: Double) -> Double {
    var step = 0.05 * max(0.1, abs(x))
    var previous = [(f(x + step) - f(x - step)) / (2 * step)]
    var best = previous[0]
    var error = Double.infinity
    for _ in 1..<12 {
      step /= 1.6
      var row = [(f(x + step) - f(x - step)) / (2 * step)]
      var factor = 2.56
      for k in previous.indices {
        row.append((row[k] * factor - previous[k]) / (factor - 1))
        factor *= 2.56
        let estimate = max(abs(row[k + 1] - row[k]), abs(row[k + 1] - previous[k]))
        if estimate < error {
          error = estimate
          best = row[k + 1]
        }
      }
      previous = row
    }
    return best
  }

  @Test(
    "the derivative of every function agrees with extrapolated differences",
    arguments: FormulaFunctions.table.filter { $0.operation.arity == 1 }.map(\.name))
  func unary(name: String) throws {
    let formula = try Formula("\(name)(a)", predictors: [], parameters: ["a"])
    let points: [Double] =
      switch name {
      case "acosh", "arccosh": [1.3, 2.5, 20]
      case "asin", "acos", "arcsin", "arccos", "atanh", "arctanh": [-0.8, -0.3, 0.2, 0.7]
      case "log", "ln", "log2", "log10", "sqrt": [0.2, 1.5, 40]
      case "log1p": [-0.5, 0.01, 3]
      case "gamma": [0.4, 1.461632, 3.5, 8.2, -0.6, -2.3]
      case "lgamma": [0.4, 1.7, 3.5, 30.2, -0.6, -2.3]
      default: [-2.3, -0.7, 0.4, 1.6, 3.1]
      }
    for point in points {
      let (_, derivative) = formula.valuesAndDerivatives(at: [], parameters: [point])
      let expected = Self.difference({ formula.values(at: [], parameters: [$0])[0] }, at: point)
      #expect(abs(derivative[0] - expected) <= 2e-9 * max(1, abs(expected)), "\(name)(\(point))")
    }
  }

  @Test(
    "derivatives with respect to both operands agree with extrapolated differences",
    arguments: [
      "a + b", "a - b", "a*b", "a/b", "a^b", "pow(b, a)", "atan2(a, b)", "hypot(a, b)", "min(a, b)", "max(a, b)",
      "-a*b", "a^2*b^3", "1/(a^2 + b^4)", "exp(-a*b)", "log(a)*sqrt(b)", "a^(-1/b)", "(a + b)^(-2)", "erf(a/b)*erfc(b)",
      "lgamma(a + b)", "sin(a)^2 + cos(b)^2*a", "a*a*a/b", "exp(a)^b", "2^a + b^2.5", "tanh(a*b)/cosh(a - b)",
    ])
  func binary(text: String) throws {
    let formula = try Formula(text, predictors: [], parameters: ["a", "b"])
    for (a, b) in [(0.7, 1.9), (2.3, 0.8), (1.1, 3.2)] {
      let (_, derivatives) = formula.valuesAndDerivatives(at: [], parameters: [a, b])
      let expected = [
        Self.difference({ formula.values(at: [], parameters: [$0, b])[0] }, at: a),
        Self.difference({ formula.values(at: [], parameters: [a, $0])[0] }, at: b),
      ]
      for k in 0...1 {
        #expect(abs(derivatives[k] - expected[k]) <= 1e-9 * max(1, abs(expected[k])), "\(text) at \(a), \(b)")
      }
    }
  }

  @Test("powers at zero and with a sign have their limits, not a NaN")
  func edges() throws {
    func derivatives(_ text: String, _ x: Double, _ a: Double, _ b: Double) throws -> [Double] {
      try Formula(text, predictors: ["x"], parameters: ["a", "b"]).valuesAndDerivatives(at: [[x]], parameters: [a, b])
        .derivatives
    }
    #expect(try derivatives("a*x^b", 0, 2, 1.5) == [0, 0])
    #expect(try derivatives("(a*x)^b", 0, 2, 0.5) == [0, 0])
    #expect(try derivatives("sqrt(a*x) + b", 0, 2, 1) == [0, 1])
    #expect(try derivatives("a*x^3 + b*x^-1", -2, 2, 1) == [-8, -0.5])
    #expect(try derivatives("pow(a, 2.0)*b", 1, -3, 2) == [-12, 9])
    #expect(try derivatives("abs(a)*b", 1, 0, 2) == [0, 0])
    #expect(try derivatives("hypot(a, x)*b", 0, 0, 2) == [0, 0])
    let growth = try derivatives("x**(-a/b)", 4, 1, 2)
    #expect(abs(growth[0] - -0.25 * log(4)) < 1e-15 && abs(growth[1] - 0.125 * log(4)) < 1e-15)
  }

  @Test("ψ agrees with its exact values and its recurrence")
  func digamma() {
    let gamma = 0.577215664901532860607
    #expect(abs(FormulaArithmetic.digamma(1) + gamma) < 1e-15)
    #expect(abs(FormulaArithmetic.digamma(0.5) + gamma + 2 * log(2)) < 1e-15)
    for x in [-3.7, -0.2, 0.01, 0.9, 4.4, 60.5] {
      let difference = FormulaArithmetic.digamma(x + 1) - FormulaArithmetic.digamma(x)
      #expect(abs(difference - 1 / x) <= 1e-14 * max(1, abs(1 / x)))
    }
    #expect(FormulaArithmetic.digamma(0).isNaN && FormulaArithmetic.digamma(-2).isNaN)
  }

  @Test("blocks join without a seam: many points give what single points give")
  func blocks() throws {
    let formula = try Formula(
      "a*exp(-((x - b)/c)^2/2) + d*x + sin(x*d)/(1 + c^2)", predictors: ["x"], parameters: ["a", "b", "c", "d"])
    let x = (0..<1000).map { Double($0) * 0.013 }
    let parameters = [2.0, 6, 1.5, 0.3]
    let all = formula.valuesAndDerivatives(at: [x], parameters: parameters)
    #expect(formula.values(at: [x], parameters: parameters) == all.values)
    for (k, point) in x.enumerated() {
      let one = formula.valuesAndDerivatives(at: [[point]], parameters: parameters)
      #expect(one.values[0] == all.values[k])
      for j in 0..<4 { #expect(one.derivatives[j] == all.derivatives[j * 1000 + k]) }
    }
  }

  @Test("a missing column gives no value rather than an invented one")
  func missingColumn() throws {
    let formula = try Formula("a*x + y", predictors: ["x", "y"], parameters: ["a"])
    #expect(formula.values(at: [[1, 2]], parameters: [1]) == [])
    #expect(formula.values(at: [[1, 2], [3]], parameters: [1]) == [4])
  }

  @Test("parameters that a formula is affine in are read off the formula")
  func linearity() throws {
    func linear(_ text: String) throws -> [String] {
      let names = ["a", "b", "c", "d"]
      let formula = try Formula(text, predictors: ["x"], parameters: names)
      return formula.program.linearParameters(count: 4).map { names[$0] }
    }
    #expect(try linear("a + b*x + c*x^2 + d") == ["a", "b", "c", "d"])
    #expect(try linear("a*exp(-b*x) + c") == ["a", "c"])
    #expect(try linear("a*b*x + c/(1 + d*x)") == ["a", "c"])
    #expect(try linear("a*(x^2 + b*x)/(x^2 + c*x + d)") == ["a"])
    #expect(try linear("abs(a)*x + -b/2 - c*sin(d)") == ["b", "c"])
  }
}
