import Foundation
import Testing

@testable import Fitting

@Suite("General fits")
struct GeneralFitTests {
  static let x = (0..<40).map { Double($0) * 0.25 }

  static func decay(_ noise: Double, seed: UInt64) -> [Double] {
    var random = SplitMix(seed: seed)
    return x.map { 10 * exp(-0.4 * $0) + 2 + noise * random.normal() }
  }

  static func decayFormula() throws -> Formula {
    try Formula("a*exp(-b*x) + c", predictors: ["x"], parameters: ["a", "b", "c"])
  }

  @Test("equal weights give the unweighted optimum, and residual variance the unweighted covariance")
  func weightInvariance() throws {
    let formula = try Self.decayFormula()
    let y = Self.decay(0.3, seed: 1)
    let plain = FormulaFitter(formula).fit([FormulaProblem(columns: [Self.x], y: y, start: [5, 1, 0])])
    let sigma = [Double](repeating: 7, count: y.count)
    let weighted = FormulaFitter(formula).fit([FormulaProblem(columns: [Self.x], y: y, sigma: sigma, start: [5, 1, 0])])
    let scaled = FormulaFitter(formula, options: FitOptions(covariance: .residualVariance)).fit([
      FormulaProblem(columns: [Self.x], y: y, sigma: sigma, start: [5, 1, 0])
    ])
    #expect(plain.states == [.converged] && weighted.states == [.converged])
    let variance = plain.residualVariance(0)
    for j in 0..<3 {
      #expect(abs(plain.parameter(0, j) / weighted.parameter(0, j) - 1) < 1e-11)
      #expect(abs(plain.standardError(0, j) / scaled.standardError(0, j) - 1) < 1e-9)
      // Absolute errors follow σ, not the scatter of the data.
      let ratio = weighted.standardError(0, j) / plain.standardError(0, j)
      #expect(abs(ratio - 7 / variance.squareRoot()) < 1e-8 * ratio)
    }
    #expect(abs(weighted.residualSumOfSquares[0] * 49 / plain.residualSumOfSquares[0] - 1) < 1e-12)
  }

  @Test("scaling the data scales parameters and errors and changes nothing else")
  func scaleInvariance() throws {
    let formula = try Self.decayFormula()
    let y = Self.decay(0.3, seed: 2)
    let scale = 1e-12
    let result = FormulaFitter(formula).fit([
      FormulaProblem(columns: [Self.x], y: y, start: [5, 1, 0.1]),
      FormulaProblem(columns: [Self.x], y: y.map { $0 * scale }, start: [5 * scale, 1, 0.1 * scale]),
    ])
    for (j, factor) in [scale, 1, scale].enumerated() {
      #expect(abs(result.parameter(1, j) / (factor * result.parameter(0, j)) - 1) < 1e-10)
      #expect(abs(result.standardError(1, j) / (factor * result.standardError(0, j)) - 1) < 1e-8)
    }
  }

  @Test("a point counted twice weighs as one with σ/√2")
  func duplicates() throws {
    let formula = try Self.decayFormula()
    let y = Self.decay(0.3, seed: 3)
    let twice = FormulaFitter(formula).fit([
      FormulaProblem(
        columns: [Self.x + [Self.x[5]]], y: y + [y[5]], sigma: [Double](repeating: 0.3, count: y.count + 1),
        start: [5, 1, 0])
    ])
    var sigma = [Double](repeating: 0.3, count: y.count)
    sigma[5] /= 2.0.squareRoot()
    let once = FormulaFitter(formula).fit([FormulaProblem(columns: [Self.x], y: y, sigma: sigma, start: [5, 1, 0])])
    for j in 0..<3 {
      #expect(abs(once.parameter(0, j) / twice.parameter(0, j) - 1) < 1e-10)
      #expect(abs(once.standardError(0, j) / twice.standardError(0, j) - 1) < 1e-10)
    }
  }

  @Test("a straight line agrees with the closed formulas")
  func straightLine() throws {
    let x = [1.0, 2, 4, 7, 11], y = [2.1, 3.9, 8.3, 13.8, 22.5]
    let formula = try Formula("a + b*x", predictors: ["x"], parameters: ["a", "b"])
    let result = FormulaFitter(formula).fit([FormulaProblem(columns: [x], y: y, start: [0, 0])])
    let n = 5.0, sx = x.reduce(0, +), sy = y.reduce(0, +)
    let sxx = x.reduce(0) { $0 + $1 * $1 }, sxy = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    let d = n * sxx - sx * sx
    let b = (n * sxy - sx * sy) / d, a = (sy - b * sx) / n
    let rss = zip(x, y).reduce(0) { $0 + pow($1.1 - a - b * $1.0, 2) }
    #expect(result.states == [.converged])
    #expect(abs(result.parameter(0, 0) - a) < 1e-13 && abs(result.parameter(0, 1) - b) < 1e-13)
    #expect(abs(result.residualSumOfSquares[0] / rss - 1) < 1e-12)
    #expect(abs(result.covariance(0, 1, 1) / (rss / 3 * n / d) - 1) < 1e-12)
    #expect(abs(result.covariance(0, 0, 1) / (-rss / 3 * sx / d) - 1) < 1e-12)
  }

  /// The minimum of a function of two variables by repeated search on shrinking grids; slow and sure.
  static func gridMinimum(_ f: (Double, Double) -> Double, _ start: (Double, Double), _ width: (Double, Double)) -> (
    Double, Double
  ) {
    var (a, b) = start
    var (da, db) = width
    while da > 1e-11 * abs(a) || db > 1e-11 * abs(b) {
      var best = (f(a, b), a, b)
      for i in -4...4 {
        for j in -4...4 {
          let value = f(a + Double(i) * da / 4, b + Double(j) * db / 4)
          if value < best.0 { best = (value, a + Double(i) * da / 4, b + Double(j) * db / 4) }
        }
      }
      (a, b) = (best.1, best.2)
      da *= 0.6
      db *= 0.6
    }
    return (a, b)
  }

  @Test("Poisson fits find the optimum that a brute-force search finds", arguments: ["a + b*x", "a*exp(-b*x)"])
  func poisson(text: String) throws {
    let formula = try Formula(text, predictors: ["x"], parameters: ["a", "b"])
    let x = (0..<12).map(Double.init)
    let isLine = text == "a + b*x"
    let counts: [Double] = isLine ? [1, 0, 3, 2, 5, 4, 4, 8, 6, 9, 12, 8] : [31, 19, 18, 9, 6, 5, 3, 0, 2, 0, 1, 0]
    func deviance(_ a: Double, _ b: Double) -> Double {
      var sum = 0.0
      for (x, n) in zip(x, counts) {
        let mean = isLine ? a + b * x : a * exp(-b * x)
        guard mean > 0 else { return .infinity }
        sum += 2 * (mean - n + (n > 0 ? n * log(n / mean) : 0))
      }
      return sum
    }
    let expected = Self.gridMinimum(deviance, isLine ? (1, 0.8) : (30, 0.4), isLine ? (0.9, 0.7) : (20, 0.3))
    let start = isLine ? [3.0, 0.1] : [10, 0.1]
    let result = FormulaFitter(formula, options: FitOptions(objective: .poissonLikelihood)).fit([
      FormulaProblem(columns: [x], y: counts, start: start)
    ])
    #expect(result.states == [.converged])
    // The deviance is flat to rounding over 1e-8 of a standard error, so the search cannot tell more.
    #expect(abs(result.parameter(0, 0) - expected.0) < 1e-6 * result.standardError(0, 0))
    #expect(abs(result.parameter(0, 1) - expected.1) < 1e-6 * result.standardError(0, 1))
    #expect(abs(result.objective[0] - deviance(expected.0, expected.1)) < 1e-11)
  }

  @Test("a Poisson fit recovers from a start at which no count is possible", arguments: [[0.0, 0], [-5, -1]])
  func poissonFromNothing(start: [Double]) throws {
    let x = (0..<12).map(Double.init)
    let counts: [Double] = [1, 0, 3, 2, 5, 4, 4, 8, 6, 9, 12, 8]
    let line = try Formula("a + b*x", predictors: ["x"], parameters: ["a", "b"])
    let fitter = FormulaFitter(line, options: FitOptions(objective: .poissonLikelihood))
    let result = fitter.fit([
      FormulaProblem(columns: [x], y: counts, start: [1, 1]), FormulaProblem(columns: [x], y: counts, start: start),
    ])
    #expect(result.states == [.converged, .converged])
    for j in 0...1 { #expect(abs(result.parameter(0, j) / result.parameter(1, j) - 1) < 1e-9) }
  }

  @Test("a constant fitted to counts is their mean with error √(mean/n)")
  func poissonConstant() throws {
    let formula = try Formula("a", predictors: [], parameters: ["a"])
    let result = FormulaFitter(formula, options: FitOptions(objective: .poissonLikelihood)).fit([
      FormulaProblem(columns: [], y: [3, 0, 4, 5, 0, 6], start: [1])
    ])
    #expect(result.states == [.converged])
    #expect(abs(result.parameter(0, 0) - 3) < 1e-12)
    #expect(abs(result.standardError(0, 0) - 0.5.squareRoot()) < 1e-12)
  }

  @Test("an active bound is reported, has no error, and the rest is the optimum along it")
  func bounds() throws {
    let formula = try Self.decayFormula()
    let y = Self.decay(0.2, seed: 5)
    let problem = FormulaProblem(columns: [Self.x], y: y, start: [5, 0.7, 0])
    let bound = FormulaFitter(
      formula, constraints: FitConstraints(lower: [0, 0, 0], upper: [100, 5, 1]), isRestarting: true
    ).fit([problem])
    #expect(bound.states == [.atBound])
    #expect(bound.parameter(0, 2) == 1 && bound.standardError(0, 2).isNaN && bound.covariance(0, 0, 2).isNaN)
    let fixed = FormulaFitter(formula, constraints: FitConstraints(fixed: [false, false, true])).fit([
      FormulaProblem(columns: [Self.x], y: y, start: [5, 0.7, 1])
    ])
    #expect(fixed.states == [.converged] && fixed.parameter(0, 2) == 1 && fixed.standardError(0, 2).isNaN)
    #expect(fixed.degreesOfFreedom == [38] && bound.degreesOfFreedom == [37])
    for j in 0..<2 { #expect(abs(bound.parameter(0, j) / fixed.parameter(0, j) - 1) < 1e-9) }
    // Bounds that are not active change nothing.
    let free = FormulaFitter(formula).fit([problem])
    let wide = FormulaFitter(formula, constraints: FitConstraints(lower: [-50, -5, -50], upper: [50, 5, 50])).fit([
      problem
    ])
    for j in 0..<3 { #expect(abs(free.parameter(0, j) / wide.parameter(0, j) - 1) < 1e-10) }
    #expect(wide.states == [.converged])
  }

  @Test("what cannot be fitted has a state that says so and no errors", arguments: [false, true])
  func states(isRestarting: Bool) throws {
    let formula = try Self.decayFormula()
    let y = Self.decay(0.3, seed: 6)
    func state(_ formula: Formula, _ problem: FormulaProblem) -> FitState {
      let result = FormulaFitter(formula, isRestarting: isRestarting).fit([problem])
      if !result.states[0].isUsable { #expect(!result.covariance.contains { !$0.isNaN }) }
      return result.states[0]
    }
    let twins = try Formula("(a + b)*exp(-c*x)", predictors: ["x"], parameters: ["a", "b", "c"])
    #expect(state(twins, FormulaProblem(columns: [Self.x], y: y, start: [1, 2, 0.3])) == .singular)
    let product = try Formula("a*b*x", predictors: ["x"], parameters: ["a", "b"])
    #expect(state(product, FormulaProblem(columns: [Self.x], y: y, start: [1, 2])) == .singular)
    let idle = try Formula("a*x + 0*b", predictors: ["x"], parameters: ["a", "b"])
    #expect(state(idle, FormulaProblem(columns: [Self.x], y: y, start: [1, 2])) == .singular)
    #expect(state(formula, FormulaProblem(columns: [[1, 2]], y: [1, 2], start: [1, 1, 1])) == .tooFewSamples)
    #expect(state(formula, FormulaProblem(columns: [[]], y: [], start: [1, 1, 1])) == .emptyInput)
    #expect(
      state(formula, FormulaProblem(columns: [[1, .nan, 2, 3]], y: [1, 2, 3, 4], start: [1, 1, 1])) == .nonFinite)
    #expect(state(formula, FormulaProblem(columns: [[1, 2]], y: [1, 2, 3], start: [1, 1, 1])) == .invalidInput)
    #expect(
      state(
        formula, FormulaProblem(columns: [[1, 2, 3, 4]], y: [1, 2, 3, 4], sigma: [1, 1, 0, 1], start: [1, 1, 1]))
        == .invalidInput)
    let undefined = try Formula("log(-a^2 - x^2 - 1)", predictors: ["x"], parameters: ["a"])
    #expect(state(undefined, FormulaProblem(columns: [Self.x], y: y, start: [-1])) == .nonFinite)
  }

  @Test("a rate that runs away is not called converged")
  func runaway() throws {
    // The data jump between two values: the best rate is infinite.
    let formula = try Formula("a*(1 - exp(-b*x))", predictors: ["x"], parameters: ["a", "b"])
    let x = [0.0, 1, 2, 3, 4, 5]
    let result = FormulaFitter(formula).fit([FormulaProblem(columns: [x], y: [0, 5, 5.01, 4.99, 5, 5], start: [1, 1])])
    #expect(!result.states[0].isUsable || result.parameter(0, 1) < 40)
  }

  @Test("exact data are fitted exactly and zero residuals are no trouble")
  func exactData() throws {
    let formula = try Self.decayFormula()
    let y = Self.decay(0, seed: 1)
    let result = FormulaFitter(formula).fit([FormulaProblem(columns: [Self.x], y: y, start: [5, 1, 0])])
    #expect(result.states == [.converged])
    for (j, truth) in [10, 0.4, 2].enumerated() { #expect(abs(result.parameter(0, j) / truth - 1) < 1e-14) }
    #expect(result.residualSumOfSquares[0] < 1e-28)
  }

  @Test("one bad dataset does not disturb its neighbours, and threads do not change a bit")
  func batch() throws {
    let formula = try Self.decayFormula()
    var problems = (0..<40).map {
      FormulaProblem(columns: [Self.x], y: Self.decay(0.3, seed: UInt64($0)), start: [5, 1, 0])
    }
    problems[7].y[3] = .nan
    problems[9].y = []
    problems[9].columns = [[]]
    let one = FormulaFitter(formula).fit(problems)
    let four = FormulaFitter(formula, options: FitOptions(threads: 4)).fit(problems)
    #expect(one.states[7] == .nonFinite && one.states[9] == .emptyInput)
    #expect(one.states.count { $0 == .converged } == 38)
    #expect(one.parameters.map(\.bitPattern) == four.parameters.map(\.bitPattern))
    #expect(one.covariance.map(\.bitPattern) == four.covariance.map(\.bitPattern))
    let alone = FormulaFitter(formula).fit([problems[20]])
    #expect(Array(one.parameters(of: 20)) == alone.parameters)
  }

  @Test("a start outside the formula's domain is recovered by a restart")
  func badStart() throws {
    let formula = try Formula("a*sqrt(b - x)", predictors: ["x"], parameters: ["a", "b"])
    let x = (0..<20).map { Double($0) * 0.4 }
    let y = x.map { 2 * (9 - $0).squareRoot() }
    let result = FormulaFitter(formula).fit([FormulaProblem(columns: [x], y: y, start: [1, 3])])
    #expect(result.states == [.converged])
    #expect(abs(result.parameter(0, 0) - 2) < 1e-12 && abs(result.parameter(0, 1) - 9) < 1e-12)
  }

  @Test("the tail of the χ² distribution agrees with exact values")
  func chiSquareTail() {
    // Two degrees of freedom: exp(−χ²/2); one: erfc(√(χ²/2)); four: (1 + χ²/2) exp(−χ²/2).
    for value in [0.01, 0.5, 1, 3.84, 10, 60] {
      #expect(abs(ChiSquare.upperTail(value, degreesOfFreedom: 2) / exp(-value / 2) - 1) < 1e-12)
      #expect(abs(ChiSquare.upperTail(value, degreesOfFreedom: 1) / erfc((value / 2).squareRoot()) - 1) < 1e-12)
      #expect(abs(ChiSquare.upperTail(value, degreesOfFreedom: 4) / ((1 + value / 2) * exp(-value / 2)) - 1) < 1e-12)
    }
    #expect(ChiSquare.upperTail(0, degreesOfFreedom: 3) == 1)
    #expect(ChiSquare.upperTail(1, degreesOfFreedom: 0).isNaN)
    // By scipy; ν = 1 is the Cauchy distribution.
    for (t, degrees, p) in [
      (1.5, 20.0, 0.14923577116925246), (-2.5, 5000, 0.01245111619972114), (1, 1, 0.5), (0, 7, 1),
      (8, 65_000, 1.2645528433929417e-15), (0.01, 65_000, 0.9920213180600798), (3, 1e6, 0.0026998625414218),
    ] {
      #expect(abs(StudentT.twoSidedTail(t, degreesOfFreedom: degrees) / p - 1) < 1e-10, "t = \(t)")
    }
    #expect(
      StudentT.twoSidedTail(1, degreesOfFreedom: 0).isNaN && StudentT.twoSidedTail(.infinity, degreesOfFreedom: 3) == 0)
    #expect(abs(ChiSquare.upperTail(1000, degreesOfFreedom: 1000) - 0.4940) < 5e-4)
  }
}
