import Foundation
import JSON
import TestSupport
import Testing

@testable import Fitting
@testable import certify

@Suite("Certified datasets from starts that are far off")
struct HardStartTests {
  /// Starts at every combination of dataset, certified start and factor; ENSO and Gauss1–3 have many minima and take longer.
  static func runs(_ json: JSONValue) throws -> [(
    name: String, ratio: Double, result: FormulaFitResult, sum: (([Double]) -> Double)
  )] {
    var runs: [(String, Double, FormulaFitResult, (([Double]) -> Double))] = []
    for dataset in json["datasets"]?.arrayValue ?? [] {
      let name = dataset["name"]?.stringValue ?? ""
      if name.hasPrefix("Gauss") || name == "ENSO" { continue }
      let certified = dataset["residualSumOfSquares"]?.doubleValue ?? .nan
      for start in 1...2 {
        for (even, odd) in [(10.0, 10.0), (0.1, 0.1), (2, 2), (0.5, 0.5), (0.1, 10)] {
          let (fit, columns) = Certification.request(dataset, start: start) { value, index in
            value * (index % 2 == 0 ? even : odd)
          }
          let result = try fit.run(on: columns)
          let plan = try FormulaFitPlan(fit, available: Set(columns.keys))
          let data = try plan.data(columns)
          let sum = { (parameters: [Double]) in
            zip(plan.formula.values(at: data.columns, parameters: parameters), data.y).reduce(0) {
              $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
            }
          }
          runs.append((name, result.residualSumOfSquares / certified, result, sum))
        }
      }
    }
    return runs
  }

  @Test("most far starts still lead to the certified optimum and what is called converged is a minimum")
  func farStarts() throws {
    let runs = try Self.runs(TestResources.json("nist-strd/nonlinear.json"))
    #expect(runs.count == 230)
    var certified = 0
    for run in runs {
      guard run.result.state.isUsable else {
        #expect(!run.result.covariance.joined().contains { $0.isFinite }, "\(run.name)")
        continue
      }
      // The certified sum is the smallest: nothing may be below it but rounding (Lanczos1: that of its data).
      #expect(run.ratio > 1 - (run.name == "Lanczos1" ? 2e-2 : 1e-9), "\(run.name)")
      if run.ratio < 1 + (run.name == "Lanczos1" ? 2e-2 : 1e-9) { certified += 1 }
      // A genuine minimum: no parameter moved by a tenth of its error to either side gives less.
      let best = run.result.parameters.map(\.value)
      let sum = run.sum(best)
      for (index, parameter) in run.result.parameters.enumerated() {
        for sign in [-0.1, 0.1] {
          var moved = best
          moved[index] += sign * parameter.standardError
          let other = run.sum(moved)
          #expect(!(other < sum * (1 - 1e-9)), "\(run.name): \(parameter.name)")
        }
      }
    }
    #expect(certified >= 222, "\(certified) of \(runs.count)")
  }
}
