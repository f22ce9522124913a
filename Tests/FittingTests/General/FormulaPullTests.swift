import Foundation
import Testing

@testable import Fitting

@Suite("Pulls of formula fits")
struct FormulaPullTests {
  /// Mean and width of (value − truth)/error per parameter over the usable fits.
  static func pulls(_ result: BatchFitResult, truth: [Double]) -> [(mean: Double, width: Double)] {
    truth.indices.map { j in
      var sum = 0.0
      var squares = 0.0
      for k in 0..<result.problemCount {
        let pull = (result.parameter(k, j) - truth[j]) / result.standardError(k, j)
        sum += pull
        squares += pull * pull
      }
      let n = Double(result.problemCount)
      return (sum / n, (squares / n - sum / n * (sum / n)).squareRoot())
    }
  }

  @Test("10,000 weighted exponentials: pulls have mean 0 ± 0.03 and width 1 ± 0.03")
  func weighted() throws {
    let formula = try Formula("a*exp(-b*x) + c", predictors: ["x"], parameters: ["a", "b", "c"])
    let truth = [100.0, 0.5, 10]
    let x = (0..<30).map { Double($0) * 0.4 }
    var random = SplitMix(seed: 20)
    let problems = (0..<10_000).map { _ in
      let sigma = x.map { 1 + 0.05 * $0 }
      let y = zip(x, sigma).map { 100 * exp(-0.5 * $0) + 10 + $1 * random.normal() }
      return FormulaProblem(columns: [x], y: y, sigma: sigma, start: [80, 0.8, 5])
    }
    let result = FormulaFitter(formula, isRestarting: false).fit(problems)
    #expect(result.states.allSatisfy { $0 == .converged })
    for pull in Self.pulls(result, truth: truth) {
      #expect(abs(pull.mean) < 0.03 && abs(pull.width - 1) < 0.03, "\(pull)")
    }
  }

  @Test("10,000 Poisson peaks: pulls have mean 0 ± 0.03 and width 1 ± 0.03")
  func poisson() throws {
    let formula = try Formula(
      "a*exp(-((x - m)/s)^2/2) + b", predictors: ["x"], parameters: ["a", "m", "s", "b"])
    let truth = [4000.0, 0.3, 1.2, 1000]
    let x = (0..<41).map { Double($0) * 0.25 - 5 }
    var random = SplitMix(seed: 21)
    let problems = (0..<10_000).map { _ in
      FormulaProblem(
        columns: [x], y: x.map { random.poisson(4000 * exp(-pow(($0 - 0.3) / 1.2, 2) / 2) + 1000) },
        start: [3000, 0, 1, 800])
    }
    let result = FormulaFitter(formula, options: FitOptions(objective: .poissonLikelihood), isRestarting: false).fit(
      problems)
    #expect(result.states.allSatisfy { $0 == .converged })
    for pull in Self.pulls(result, truth: truth) {
      #expect(abs(pull.mean) < 0.03 && abs(pull.width - 1) < 0.03, "\(pull)")
    }
  }
}
