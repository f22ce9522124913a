import Errors

/// Fits one model to every problem of a batch.
///
/// Levenberg–Marquardt with analytic derivatives, vectorised over the samples of each problem, one problem after the
/// other on each thread. A problem's result depends on its own samples only: not on its place in the batch, not on
/// the number of threads, down to the last bit.
///
///     let batch = try ProfileBatch(sharedX: positions, y: signals)
///     let fits = try BatchFitter.fit(batch, model: GaussianPeak.self)
///     for row in 0..<fits.problemCount where fits.states[row].isUsable {
///       print(fits.parameter(row, 2), "±", fits.standardError(row, 2))
///     }
public enum BatchFitter {
  /// Fits `model` to every problem.
  ///
  /// `starts` holds problems × parameters start values in the units of the data; without it they are estimated from the
  /// samples, and a model with several starts tries them all and keeps the lowest χ². Throws `fit.shape` when the
  /// number of start values or constraints is wrong, `fit.options` for a tolerance or number of iterations or threads
  /// that is not positive.
  public static func fit<Model: PeakModel>(
    _ batch: ProfileBatch, model: Model.Type = Model.self, starts: [Double]? = nil,
    constraints: FitConstraints = .none, options: FitOptions = FitOptions()
  ) throws(CavernError) -> BatchFitResult {
    try check(batch, parameters: Model.parameterCount, starts, constraints, options)
    return Model.fitAll(batch, starts: starts, constraints: constraints, options: options)
  }

  private static func check(
    _ batch: ProfileBatch, parameters count: Int, _ starts: [Double]?, _ constraints: FitConstraints,
    _ options: FitOptions
  ) throws(CavernError) {
    if let starts, starts.count != batch.count * count {
      throw ProfileBatch.shapeError(
        "there are \(starts.count) start values", expected: "\(batch.count) problems times \(count) parameters")
    }
    let sizes = [
      ("lower bounds", constraints.lower.count), ("upper bounds", constraints.upper.count),
      ("marks of fixed parameters", constraints.fixed.count),
    ]
    for (name, size) in sizes where size != 0 && size != count {
      throw ProfileBatch.shapeError(
        "there are \(size) \(name)", expected: "none, or one for each of \(count) parameters")
    }
    guard options.tolerance > 0, options.maximumIterations > 0, options.threads > 0 else {
      throw CavernError(
        "fit.options", "tolerance, iterations and threads must be positive", exit: .usage,
        expected: "a tolerance above 0, at least one iteration and one thread")
    }
  }
}
