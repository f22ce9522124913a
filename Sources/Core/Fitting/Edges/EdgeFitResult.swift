/// The outcome of a batch of edges, problem after problem; numbers that do not exist are NaN.
public struct EdgeFitResult: Sendable {
  /// Names of the P parameters in order.
  public let parameterNames: [String]
  /// The pixel of each problem.
  public let pixels: [Int]
  /// n × P values.
  public internal(set) var parameters: [Double]
  /// n × P × P values: the inverse of the expected information (Poisson) or of the normal matrix (least squares, not scaled);
  /// where `hasObservedCovariance`, that of half the second derivatives of the objective.
  public internal(set) var covariance: [Double]
  /// n minimised values: Poisson deviance or χ².
  public internal(set) var objective: [Double]
  /// n numbers of thresholds used minus parameters.
  public internal(set) var degreesOfFreedom: [Int]
  /// n values of Pearson's χ² after merging thresholds from the high end until 5 counts are expected in each.
  public internal(set) var mergedChiSquare: [Double]
  /// n numbers of merged thresholds minus parameters.
  public internal(set) var mergedDegreesOfFreedom: [Int]
  /// n probabilities of a larger merged χ².
  public internal(set) var probability: [Double]
  /// n squared distances to the minimum at the end, in units of standard errors.
  public internal(set) var distance: [Double]
  /// n numbers of steps over all starts.
  public internal(set) var iterations: [Int32]
  /// n numbers of additional starts.
  public internal(set) var restarts: [Int32]
  /// n states.
  public internal(set) var states: [FitState]
  /// n times whether the covariance is the inverse of the observed information in place of the expected one.
  public internal(set) var hasObservedCovariance: [Bool]

  /// Number of parameters P.
  public var parameterCount: Int { parameterNames.count }

  init(parameterNames: [String], pixels: [Int]) {
    let n = pixels.count
    let p = parameterNames.count
    self.parameterNames = parameterNames
    self.pixels = pixels
    parameters = Array(repeating: .nan, count: n * p)
    covariance = Array(repeating: .nan, count: n * p * p)
    objective = Array(repeating: .nan, count: n)
    degreesOfFreedom = Array(repeating: 0, count: n)
    mergedChiSquare = Array(repeating: .nan, count: n)
    mergedDegreesOfFreedom = Array(repeating: 0, count: n)
    probability = Array(repeating: .nan, count: n)
    distance = Array(repeating: .nan, count: n)
    iterations = Array(repeating: 0, count: n)
    restarts = Array(repeating: 0, count: n)
    states = Array(repeating: .emptyInput, count: n)
    hasObservedCovariance = Array(repeating: false, count: n)
  }

  /// A parameter of a problem.
  public func parameter(_ problem: Int, _ index: Int) -> Double { parameters[problem * parameterCount + index] }

  /// An element of the covariance of a problem.
  public func covariance(_ problem: Int, _ row: Int, _ column: Int) -> Double {
    covariance[(problem * parameterCount + row) * parameterCount + column]
  }

  /// The standard error of a parameter.
  public func standardError(_ problem: Int, _ index: Int) -> Double { covariance(problem, index, index).squareRoot() }

  /// The correlation of two parameters.
  public func correlation(_ problem: Int, _ row: Int, _ column: Int) -> Double {
    covariance(problem, row, column) / (standardError(problem, row) * standardError(problem, column))
  }

  /// Takes over every number of problem `other` of a result with the same parameters.
  public mutating func replace(_ problem: Int, with result: EdgeFitResult, at other: Int) {
    let p = parameterCount
    for i in 0..<p { parameters[problem * p + i] = result.parameters[other * p + i] }
    for i in 0..<p * p { covariance[problem * p * p + i] = result.covariance[other * p * p + i] }
    objective[problem] = result.objective[other]
    degreesOfFreedom[problem] = result.degreesOfFreedom[other]
    mergedChiSquare[problem] = result.mergedChiSquare[other]
    mergedDegreesOfFreedom[problem] = result.mergedDegreesOfFreedom[other]
    probability[problem] = result.probability[other]
    distance[problem] = result.distance[other]
    iterations[problem] = result.iterations[other]
    restarts[problem] = result.restarts[other]
    states[problem] = result.states[other]
    hasObservedCovariance[problem] = result.hasObservedCovariance[other]
  }

  /// Subtracts `shift` from parameter `index` of a problem.
  public mutating func move(_ problem: Int, _ index: Int, by shift: Double) {
    parameters[problem * parameterCount + index] -= shift
  }
}
