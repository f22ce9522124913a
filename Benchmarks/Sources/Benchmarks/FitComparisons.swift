import Errors
import Fitting
import JSON

/// Fits of the same profiles by Cavern's engine, on one thread, and by scipy.
struct FitComparisons {
  let batch: ProfileBatch
  let twin: Twin
  let repeats: Int

  init(twin: Twin, repeats: Int) throws {
    let answer = try twin.ask("profiles")
    guard let x = answer["x"]?.arrayValue, let y = answer["y"]?.arrayValue else {
      throw Failure("the Python twin handed over no profiles")
    }
    func numbers(_ value: JSONValue) -> [Double] { value.arrayValue?.compactMap(\.doubleValue) ?? [] }
    batch = try ProfileBatch(profiles: zip(x, y).map { (x: numbers($0), y: numbers($1)) })
    self.twin = twin
    self.repeats = repeats
  }

  func all() -> [Comparison] {
    [
      compare(
        "gaussian", "Gaussian fit, curve_fit", GaussianPeak.self, word: "gaussian", stride: 1, answer: "sigma",
        parameter: 2, tolerance: 1e-5),
      compare(
        "q-gaussian", "q-Gaussian fit, leastsq with Jacobian", QGaussianPeak.self, word: "well", stride: 1, answer: "q",
        parameter: 3, tolerance: 1e-4),
      compare(
        "q-gaussian-bounded", "q-Gaussian fit, curve_fit with Jacobian and bounds", QGaussianPeak.self, word: "bounded",
        stride: 4, answer: "q", parameter: 3, tolerance: 1e-4),
      compare(
        "q-gaussian-earlier", "q-Gaussian fit, the earlier program's way", QGaussianPeak.self, word: "earlier",
        stride: 4,
        answer: "q", parameter: 3, tolerance: nil),
    ]
  }

  /// - Parameters:
  ///   - word: what the twin is asked.
  ///   - stride: the twin fits every stride-th profile.
  ///   - answer: the member of the twin's answer that must agree with `parameter` to `tolerance`; nil where the twin is
  ///     known to miss the optimum.
  private func compare<Model: PeakModel>(
    _ name: String, _ title: String, _ model: Model.Type, word: String, stride: Int, answer: String, parameter: Int,
    tolerance: Double?
  ) -> Comparison {
    var comparison = Comparison(name, title)
    let options = FitOptions(threads: 1)
    var result: BatchFitResult?
    comparison.measure(repeats: repeats) {
      try secondsPerCall { result = try BatchFitter.fit(batch, model: model, options: options) } / Double(batch.count)
    } twin: {
      try twin.secondsPerUnit(word)
    }
    if let tolerance, let result, comparison.fault == nil {
      comparison.fault = disagreement(result, parameter, (try? twin.ask(word))?[answer], stride, tolerance)
    }
    return comparison
  }

  /// What differs between the two results; speed counts only for the same answer.
  private func disagreement(
    _ result: BatchFitResult, _ parameter: Int, _ answer: JSONValue?, _ stride: Int, _ tolerance: Double
  ) -> String? {
    let theirs = answer?.arrayValue ?? []
    let ours = Swift.stride(from: 0, to: batch.count, by: stride).map { $0 }
    guard theirs.count == ours.count else { return "the twin answered for \(theirs.count) of \(ours.count) profiles" }
    var worst = 0.0
    for (problem, their) in zip(ours, theirs) {
      guard result.states[problem].isUsable else { return "profile \(problem): \(result.states[problem].rawValue)" }
      let value = result.parameter(problem, parameter)
      worst = max(worst, their.doubleValue.map { abs(value - $0) / max(1, abs($0)) } ?? .infinity)
    }
    return worst <= tolerance ? nil : "results differ by up to \(worst)"
  }
}
