import Errors
import Fitting
import Foundation
import JSON

/// One certified dataset fitted from one start with the settings that `cavern fit` has by default.
struct CertifiedRun: Sendable {
  var dataset: String
  var difficulty: String
  var start: Int
  var state: FitState
  var iterations: Int
  /// Fewest correct digits of a parameter.
  var parameterDigits: Double
  /// Fewest correct digits of a standard deviation.
  var deviationDigits: Double
  /// Correct digits of the residual sum of squares.
  var sumDigits: Double
  /// The bar for `deviationDigits`.
  var deviationBar: Double

  /// Whether the run meets the bars.
  var passes: Bool { state == .converged && parameterDigits >= 6 && deviationDigits >= deviationBar }
}

/// The nonlinear regression datasets of NIST's Statistical Reference Datasets.
enum Certification {
  /// Fits every dataset from both starting points.
  ///
  /// - Parameter json: the datasets as in `Tests/Resources/nist-strd/nonlinear.json`.
  static func run(_ json: JSONValue) throws -> [CertifiedRun] {
    var runs: [CertifiedRun] = []
    for dataset in json["datasets"]?.arrayValue ?? [] {
      for start in 1...2 { runs.append(try run(dataset, from: start)) }
    }
    return runs
  }

  /// Correct digits: −log10 of the relative error, 0 for a wrong sign or worse, at most the 11 that are certified.
  static func digits(_ value: Double, _ certified: Double) -> Double {
    guard value.isFinite, certified != 0 else { return 0 }
    let error = abs(value - certified) / abs(certified)
    return min(11, max(0, error > 0 ? -log10(error) : 11))
  }

  /// The request for one dataset and its columns.
  ///
  /// - Parameter moved: changes a start value, given its index; the identity for a certified run.
  static func request(
    _ dataset: JSONValue, start: Int, moved: (Double, Int) -> Double = { value, _ in value }
  ) -> (fit: FormulaFit, columns: [String: [Double]]) {
    let parameters = dataset["parameters"]?.arrayValue ?? []
    var columns = ["y": (dataset["y"]?.arrayValue ?? []).compactMap(\.doubleValue)]
    let x = dataset["x"]?.arrayValue ?? []
    var predictors = ["x"]
    if let width = x.first?.arrayValue?.count {
      predictors = (1...width).map { "x\($0)" }
      for (index, name) in predictors.enumerated() { columns[name] = x.compactMap { $0[index]?.doubleValue } }
    } else {
      columns["x"] = x.compactMap(\.doubleValue)
    }
    let values = parameters.enumerated().map { index, parameter in
      (
        name: parameter["name"]?.stringValue ?? "",
        value: moved(parameter["start\(start)"]?.doubleValue ?? .nan, index)
      )
    }
    let fit = FormulaFit(
      model: equation(dataset["model"]?.stringValue ?? ""), predictors: predictors, response: "y", start: values)
    return (fit, columns)
  }

  private static func run(_ dataset: JSONValue, from start: Int) throws -> CertifiedRun {
    let parameters = dataset["parameters"]?.arrayValue ?? []
    let (fit, columns) = request(dataset, start: start)
    let result = try fit.run(on: columns)
    let name = dataset["name"]?.stringValue ?? ""
    let worst = { (pairs: [(Double, Double)]) in pairs.map { digits($0.0, $0.1) }.min() ?? 0 }
    return CertifiedRun(
      dataset: name, difficulty: dataset["difficulty"]?.stringValue ?? "", start: start, state: result.state,
      iterations: result.iterations,
      parameterDigits: worst(
        zip(result.parameters, parameters).map { ($0.value, $1["certified"]?.doubleValue ?? .nan) }),
      deviationDigits: worst(
        zip(result.parameters, parameters).map { ($0.standardError, $1["standardDeviation"]?.doubleValue ?? .nan) }),
      sumDigits: digits(result.residualSumOfSquares, dataset["residualSumOfSquares"]?.doubleValue ?? .nan),
      deviationBar: name == "Lanczos1" ? 3 : 4)
  }

  /// The last equation of a model's text: one dataset states the value of π before it.
  private static func equation(_ model: String) -> String {
    guard let start = model.range(of: "pi = ") else { return model }
    return model.range(of: "y = ").map { String(model[$0.lowerBound...]) } ?? String(model[start.upperBound...])
  }

  /// The table as a Markdown page.
  static func page(_ runs: [CertifiedRun]) -> String {
    var lines = [
      "# Certified: nonlinear regression",
      "",
      "The 27 nonlinear datasets of NIST's Statistical Reference Datasets (StRD), each from both starting points, with the",
      "default settings of `cavern fit`. Digits are −log₁₀ of the relative error against the certified values, which have 11",
      "digits; the worst parameter, the worst standard deviation and the residual sum of squares are listed, rounded down to",
      "a tenth. The bar is 6 digits in every parameter and 4 in every standard deviation (3 for Lanczos1, whose residuals of",
      "1e-13 feel the rounding of the data to double precision). Iterations count all starts, also those of the restarts that",
      "follow a result that looks bad.",
      "",
      "This page is written by `make certify` and checked by the tests.",
      "",
      "| dataset | difficulty | start | state | iterations | parameters | standard deviations | sum of squares | |",
      "|---|---|--:|---|--:|--:|--:|--:|---|",
    ]
    for run in runs {
      lines.append(
        "| \(run.dataset) | \(run.difficulty) | \(run.start) | \(run.state.rawValue) | \(run.iterations) | "
          + "\(tenths(run.parameterDigits)) | \(tenths(run.deviationDigits)) | \(tenths(run.sumDigits)) | "
          + "\(run.passes ? "ok" : "**below the bar**") |")
    }
    let passed = runs.count { $0.passes }
    lines += ["", "\(passed) of \(runs.count) runs meet the bar.", ""]
    return lines.joined(separator: "\n")
  }

  private static func tenths(_ digits: Double) -> String {
    let floor = Int((digits * 10).rounded(.down))
    return "\(floor / 10).\(floor % 10)"
  }
}
