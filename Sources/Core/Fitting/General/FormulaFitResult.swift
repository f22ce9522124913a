import Errors
import JSON

/// What `cavern fit` found.
public struct FormulaFitResult: Sendable {
  /// One parameter of the model.
  public struct Parameter: Sendable, Equatable {
    /// Its name in the model.
    public var name: String
    /// Its value; NaN when nothing could be fitted.
    public var value: Double
    /// Its standard error; NaN for a fixed parameter, one on its bound, and when the fit failed.
    public var standardError: Double
    /// Whether it was kept at its start value.
    public var isFixed: Bool
    /// Whether it ended on a bound.
    public var isAtBound: Bool
  }

  /// How well the model describes the data.
  public struct Goodness: Sendable, Equatable {
    /// χ² with σ given, the deviance of a Poisson fit.
    public var statistic: Double
    /// The statistic over the degrees of freedom; NaN without any.
    public var perDegreeOfFreedom: Double
    /// Probability of a statistic at least as large if the model is right (χ² distribution); for Poisson fits approximate
    /// when counts are low.
    public var pValue: Double
  }

  /// How the fit ended.
  public var state: FitState
  /// The parameters in the order of their start values.
  public var parameters: [Parameter]
  /// P × P values, row after row; NaN where a parameter has no standard error.
  public var covariance: [[Double]]
  /// Σ ((y − f)/σ)² with σ = 1 when none was given and σ² = f for Poisson fits.
  public var residualSumOfSquares: Double
  /// Square root of the residual sum of squares over the degrees of freedom.
  public var residualStandardDeviation: Double
  /// Rows used minus free parameters.
  public var degreesOfFreedom: Int
  /// Iterations over all starts.
  public var iterations: Int
  /// Rows used.
  public var count: Int
  /// Goodness of fit; `nil` for unweighted fits, which have no scale to be judged by.
  public var goodness: Goodness?
  /// The model as given.
  public var model: String
  /// What was fitted to what: `leastSquares`, `weightedLeastSquares` or `poissonLikelihood`.
  public var method: String
  /// Rows left out, predictors not used.
  public var warnings: [CavernWarning]

  /// Correlation coefficients; 1 on the diagonal, NaN where the covariance is.
  public var correlation: [[Double]] {
    covariance.indices.map { a in
      covariance.indices.map { b in
        a == b && covariance[a][a].isFinite
          ? 1 : covariance[a][b] / (covariance[a][a].squareRoot() * covariance[b][b].squareRoot())
      }
    }
  }

  init(_ fit: FormulaFit, _ plan: FormulaFitPlan, _ data: FormulaFitPlan.Data, _ batch: BatchFitResult) {
    state = batch.states[0]
    parameters = fit.start.enumerated().map { index, start in
      let value = batch.parameter(0, index)
      let isFixed = plan.constraints.fixed[index]
      return Parameter(
        name: start.name, value: value, standardError: batch.standardError(0, index), isFixed: isFixed,
        isAtBound: !isFixed && (value <= plan.constraints.lower[index] || value >= plan.constraints.upper[index]))
    }
    covariance = fit.start.indices.map { a in fit.start.indices.map { batch.covariance(0, a, $0) } }
    residualSumOfSquares = batch.residualSumOfSquares[0]
    residualStandardDeviation = batch.residualVariance(0).squareRoot()
    degreesOfFreedom = batch.degreesOfFreedom[0]
    iterations = batch.iterations[0]
    count = data.y.count
    model = fit.model
    let isPoisson = fit.options.objective == .poissonLikelihood
    method = isPoisson ? "poissonLikelihood" : (fit.sigma == nil ? "leastSquares" : "weightedLeastSquares")
    goodness = nil
    if isPoisson || fit.sigma != nil, batch.objective[0].isFinite {
      let freedom = Double(degreesOfFreedom)
      goodness = Goodness(
        statistic: batch.objective[0], perDegreeOfFreedom: freedom > 0 ? batch.objective[0] / freedom : .nan,
        pValue: ChiSquare.upperTail(batch.objective[0], degreesOfFreedom: degreesOfFreedom))
    }
    warnings = plan.warnings
    if data.leftOut > 0 {
      warnings.insert(
        CavernWarning(
          "fit.rowsLeftOut",
          "\(data.leftOut) of \(data.leftOut + data.y.count) rows have a missing or infinite value or no positive sigma and were left out"
        ),
        at: 0)
    }
  }

  /// The `result` object of `cavern fit --json`; numbers that do not exist are `null`.
  public var json: JSONValue {
    var object = JSONObject([
      ("state", .string(state.rawValue)), ("model", .string(model)), ("method", .string(method)),
      (
        "parameters",
        .array(
          parameters.map {
            .object(
              JSONObject([
                ("name", .string($0.name)), ("value", .number($0.value)), ("standardError", .number($0.standardError)),
                ("fixed", .bool($0.isFixed)), ("atBound", .bool($0.isAtBound)),
              ]))
          })
      ),
      ("covariance", .array(covariance.map { .numbers($0) })),
      ("correlation", .array(correlation.map { .numbers($0) })),
      ("residualSumOfSquares", .number(residualSumOfSquares)),
      ("residualStandardDeviation", .number(residualStandardDeviation)),
      ("degreesOfFreedom", .integer(degreesOfFreedom)), ("iterations", .integer(iterations)),
      ("rows", .integer(count)),
    ])
    if let goodness {
      object["goodness"] = .object(
        JSONObject([
          ("statistic", .string(method == "poissonLikelihood" ? "deviance" : "chiSquare")),
          ("value", .number(goodness.statistic)), ("perDegreeOfFreedom", .number(goodness.perDegreeOfFreedom)),
          ("pValue", .number(goodness.pValue)),
        ]))
    }
    return .object(object)
  }
}
