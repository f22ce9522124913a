import Errors

/// What `cavern fit` is asked: a model in text, the columns it speaks of and where to start.
///
///     var fit = FormulaFit(model: "b1*(1-exp(-b2*x))", predictors: ["x"], response: "y")
///     fit.start = [("b1", 250), ("b2", 5e-4)]
///     let result = try fit.run(on: ["x": times, "y": charges])
public struct FormulaFit: Sendable {
  /// The formula, or an equation `response = formula`.
  public var model: String
  /// Columns that the model varies with.
  public var predictors: [String]
  /// The column to fit, or a formula in columns such as `log(y)`.
  public var response: String
  /// The column of standard deviations, or a formula in columns such as `sqrt(n)`; `nil` for an unweighted fit.
  public var sigma: String?
  /// Parameters and their start values, in the order in which they are reported.
  public var start: [(name: String, value: Double)]
  /// Smallest allowed values by parameter.
  public var lower: [String: Double]
  /// Largest allowed values by parameter.
  public var upper: [String: Double]
  /// Parameters that keep their start value.
  public var fixed: Set<String>
  /// Objective (least squares or Poisson likelihood), tolerance, iterations and the scaling of the covariance.
  public var options: FitOptions
  /// Whether a result that looks bad makes the fitter try other starts.
  public var isRestarting: Bool

  /// A request with the default settings.
  public init(
    model: String, predictors: [String], response: String, sigma: String? = nil,
    start: [(name: String, value: Double)] = [], lower: [String: Double] = [:], upper: [String: Double] = [:],
    fixed: Set<String> = [], options: FitOptions = FitOptions(), isRestarting: Bool = true
  ) {
    self.model = model
    self.predictors = predictors
    self.response = response
    self.sigma = sigma
    self.start = start
    self.lower = lower
    self.upper = upper
    self.fixed = fixed
    self.options = options
    self.isRestarting = isRestarting
  }

  /// Names of the columns that `run` needs from data that has these columns, so that a reader can skip the others.
  ///
  /// - Throws: what `run` throws for the same model.
  public func neededColumns(among available: [String]) throws(CavernError) -> [String] {
    let plan = try FormulaFitPlan(self, available: Set(available))
    return available.filter { plan.columns.contains($0) }
  }

  /// Fits the model to columns of equal length.
  ///
  /// Rows in which a needed column is missing (NaN) or infinite, or σ is not positive, are left out and counted in a
  /// warning. Names that are both a column and a parameter are parameters, unless they are named as predictors.
  ///
  /// - Parameter columns: the data by column name.
  /// - Returns: the result, also when the fit failed: look at `state`.
  /// - Throws: `formula.…` and `fit.…` errors with status 64 for a request that makes no sense, 65 for unfit data.
  public func run(on columns: [String: [Double]]) throws(CavernError) -> FormulaFitResult {
    let plan = try FormulaFitPlan(self, available: Set(columns.keys))
    let data = try plan.data(columns)
    let fitter = FormulaFitter(
      plan.formula, options: options, constraints: plan.constraints, isRestarting: isRestarting)
    let batch = fitter.fit([
      FormulaProblem(columns: data.columns, y: data.y, sigma: data.sigma, start: start.map(\.value))
    ])
    return FormulaFitResult(self, plan, data, batch)
  }
}
