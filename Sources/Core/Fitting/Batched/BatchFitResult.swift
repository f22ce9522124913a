/// The outcome of a batch, problem after problem in contiguous arrays.
///
/// Numbers that do not exist are NaN: the parameters of a problem that was not fitted, the covariance of one whose
/// state is not usable, the variance of a parameter on its bound or held fixed.
public struct BatchFitResult: Sendable {
  /// Names of the P parameters, in order.
  public let parameterNames: [String]
  /// Number of problems n.
  public let problemCount: Int
  /// n × P values.
  public internal(set) var parameters: [Double]
  /// n × P × P values, each matrix symmetric.
  public internal(set) var covariance: [Double]
  /// n values of Σ w (y − f)² at the optimum, whatever the objective (w = 1 without weights, 1/f for the Poisson
  /// likelihood).
  public internal(set) var residualSumOfSquares: [Double]
  /// n minimised values: the residual sum of squares or the Poisson deviance.
  public internal(set) var objective: [Double]
  /// n numbers of samples used minus free parameters.
  public internal(set) var degreesOfFreedom: [Int]
  /// n numbers of iterations, over all starts.
  public internal(set) var iterations: [Int]
  /// n numbers of evaluations of the model with derivatives, over all starts.
  public internal(set) var evaluations: [Int]
  /// n states.
  public internal(set) var states: [FitState]

  /// Number of parameters P.
  public var parameterCount: Int { parameterNames.count }

  /// A result of `problemCount` problems none of which has been fitted.
  public init(parameterNames: [String], problemCount: Int) {
    let count = parameterNames.count
    self.parameterNames = parameterNames
    self.problemCount = problemCount
    parameters = Array(repeating: .nan, count: problemCount * count)
    covariance = Array(repeating: .nan, count: problemCount * count * count)
    residualSumOfSquares = Array(repeating: .nan, count: problemCount)
    objective = Array(repeating: .nan, count: problemCount)
    degreesOfFreedom = Array(repeating: 0, count: problemCount)
    iterations = Array(repeating: 0, count: problemCount)
    evaluations = Array(repeating: 0, count: problemCount)
    states = Array(repeating: .emptyInput, count: problemCount)
  }

  /// The value of a parameter.
  public func parameter(_ problem: Int, _ parameter: Int) -> Double {
    parameters[problem * parameterCount + parameter]
  }

  /// One element of a problem's covariance matrix.
  public func covariance(_ problem: Int, _ row: Int, _ column: Int) -> Double {
    covariance[(problem * parameterCount + row) * parameterCount + column]
  }

  /// The standard error of a parameter; NaN when it has none.
  public func standardError(_ problem: Int, _ parameter: Int) -> Double {
    covariance(problem, parameter, parameter).squareRoot()
  }

  /// The position of a parameter by name.
  public func index(of name: String) -> Int? { parameterNames.firstIndex(of: name) }

  /// All parameters of a problem.
  public func parameters(of problem: Int) -> ArraySlice<Double> {
    parameters[problem * parameterCount..<(problem + 1) * parameterCount]
  }

  /// Residual sum of squares over degrees of freedom; NaN without degrees of freedom.
  public func residualVariance(_ problem: Int) -> Double {
    degreesOfFreedom[problem] > 0 ? residualSumOfSquares[problem] / Double(degreesOfFreedom[problem]) : .nan
  }
}
