import Dispatch

/// One dataset for a formula: columns in, one response, perhaps weights, and where to start.
public struct FormulaProblem: Sendable {
  /// One column per predictor of the formula, all of the length of `y`.
  public var columns: [[Double]]
  /// The measured values, or the counts of a Poisson fit.
  public var y: [Double]
  /// Standard deviations of `y`, all positive; empty for an unweighted fit.
  public var sigma: [Double]
  /// One start value per parameter of the formula.
  public var start: [Double]

  /// A dataset; pass no `sigma` for an unweighted or Poisson fit.
  public init(columns: [[Double]], y: [Double], sigma: [Double] = [], start: [Double]) {
    self.columns = columns
    self.y = y
    self.sigma = sigma
    self.start = start
  }
}

/// Fits one formula to any number of datasets; each dataset has its own state and none can stop the others.
public struct FormulaFitter: Sendable {
  /// The model.
  public var formula: Formula
  /// Tolerance, iterations, objective and threads.
  public var options: FitOptions
  /// Bounds and fixed parameters.
  public var constraints: FitConstraints
  /// Whether a result that looks bad makes the fitter try other starts, the same ones on every run.
  public var isRestarting: Bool

  /// A fitter with the default settings, which the certified datasets are run with.
  public init(
    _ formula: Formula, options: FitOptions = FitOptions(), constraints: FitConstraints = .none,
    isRestarting: Bool = true
  ) {
    self.formula = formula
    self.options = options
    self.constraints = constraints
    self.isRestarting = isRestarting
  }

  /// Fits every dataset; the result does not depend on the number of threads.
  ///
  /// Unweighted fits scale the covariance by the residual variance, fits with `sigma` and Poisson fits do not, unless
  /// `options.covariance` says otherwise. The covariance is (JᵀWJ)⁻¹: the expected curvature, without second derivatives.
  public func fit(_ problems: [FormulaProblem]) -> BatchFitResult {
    var result = BatchFitResult(parameterNames: formula.parameters, problemCount: problems.count)
    let linear = formula.program.linearParameters(count: formula.parameters.count)
    let outcomes: [SingleFit]
    if options.threads > 1, problems.count > 1 {
      let store = SingleFitStore(count: problems.count)
      let threads = min(options.threads, problems.count)
      DispatchQueue.concurrentPerform(iterations: threads) { thread in
        for index in stride(from: thread, to: problems.count, by: threads) {
          store.set(fit(problems[index], linear), at: index)
        }
      }
      outcomes = store.fits
    } else {
      outcomes = problems.map { fit($0, linear) }
    }
    for (index, outcome) in outcomes.enumerated() { result.store(outcome, at: index) }
    return result
  }

  private func fit(_ problem: FormulaProblem, _ linear: [Int]) -> SingleFit {
    let count = formula.parameters.count
    var fit = SingleFit(parameterCount: count)
    let fixed = constraints.fixed.isEmpty ? [Bool](repeating: false, count: count) : constraints.fixed
    let lower = constraints.lower.isEmpty ? [Double](repeating: -.infinity, count: count) : constraints.lower
    let upper = constraints.upper.isEmpty ? [Double](repeating: .infinity, count: count) : constraints.upper
    guard problem.start.count == count, fixed.count == count, lower.count == count, upper.count == count,
      problem.columns.count == formula.predictors.count, problem.columns.allSatisfy({ $0.count == problem.y.count }),
      problem.sigma.isEmpty || problem.sigma.count == problem.y.count,
      zip(lower, upper).allSatisfy({ $0 <= $1 })
    else {
      fit.state = .invalidInput
      return fit
    }
    let freeCount = fixed.count { !$0 }
    fit.degreesOfFreedom = problem.y.count - freeCount
    if let state = Self.unusable(problem, isPoisson: options.objective == .poissonLikelihood, freeCount: freeCount) {
      fit.state = state
      return fit
    }
    let objective = CurveObjective(
      evaluator: FormulaEvaluator(formula, columns: problem.columns, count: problem.y.count), y: problem.y,
      rootWeights: problem.sigma.map { 1 / $0 }, isPoisson: options.objective == .poissonLikelihood)
    let start = problem.start.indices.map {
      fixed[$0] ? problem.start[$0] : min(max(problem.start[$0], lower[$0]), upper[$0])
    }
    let solver = TrustRegionSolver(
      objective: objective, lower: lower, upper: upper, fixed: fixed, tolerance: options.tolerance,
      maximumIterations: options.maximumIterations)
    let search = RestartSearch(
      solver: solver, linear: linear.filter { !fixed[$0] }, settler: objective.leastSquaresTwin(),
      isSearching: isRestarting)
    let outcome = search.run(from: start)
    fit.parameters = outcome.parameters
    fit.state = outcome.state
    fit.iterations = outcome.iterations
    finish(&fit, objective, outcome, fixed)
    fit.evaluations = objective.evaluations
    return fit
  }

  /// Sums and covariance at the optimum.
  private func finish(
    _ fit: inout SingleFit, _ objective: CurveObjective, _ outcome: TrustRegionSolver.Outcome, _ fixed: [Bool]
  ) {
    let value = objective.refine(outcome.parameters, objective.linearize(outcome.parameters))
    guard value.sum.isFinite else { return }
    fit.objective = value.sum
    fit.residualSumOfSquares = objective.isPoisson ? squaredNorm(objective.residual) : value.sum
    let count = formula.parameters.count
    let free = (0..<count).filter { !fixed[$0] && !outcome.atBound[$0] }
    guard outcome.state.isUsable, !free.isEmpty else { return }
    let n = objective.count
    let norms = free.map { j in norm(Array(objective.jacobian[j * n..<(j + 1) * n])) }
    let factors = OrthogonalFactors(
      objective.jacobian, rows: n, chosen: free, scale: norms, residual: objective.residual)
    guard factors.reciprocalCondition > TrustRegionSolver.rankTolerance else {
      fit.state = .singular
      return
    }
    let isScaled =
      switch options.covariance {
      case .automatic: !objective.isPoisson && objective.isUnweighted
      case .residualVariance: true
      case .absolute: false
      }
    // Without degrees of freedom there is no residual variance, so no covariance either.
    let variance =
      isScaled ? (fit.degreesOfFreedom > 0 ? fit.residualSumOfSquares / Double(fit.degreesOfFreedom) : .nan) : 1
    let inverse = factors.inverseNormalMatrix()
    for (a, row) in free.enumerated() {
      for (b, column) in free.enumerated() {
        fit.covariance[row * count + column] = inverse[a * free.count + b] * variance
      }
    }
  }

  /// Why a dataset cannot be fitted at all.
  private static func unusable(_ problem: FormulaProblem, isPoisson: Bool, freeCount: Int) -> FitState? {
    if problem.y.isEmpty { return .emptyInput }
    let isFinite =
      problem.y.allSatisfy(\.isFinite) && problem.sigma.allSatisfy(\.isFinite) && problem.start.allSatisfy(\.isFinite)
      && problem.columns.allSatisfy { $0.allSatisfy(\.isFinite) }
    if !isFinite { return .nonFinite }
    if isPoisson, problem.y.contains(where: { $0 < 0 }) || !problem.sigma.isEmpty { return .invalidInput }
    if problem.sigma.contains(where: { $0 <= 0 }) { return .invalidInput }
    if problem.y.count < freeCount { return .tooFewSamples }
    return nil
  }
}

/// What became of one dataset.
struct SingleFit: Sendable {
  var parameters: [Double]
  var covariance: [Double]
  var residualSumOfSquares = Double.nan
  var objective = Double.nan
  var degreesOfFreedom = 0
  var iterations = 0
  var evaluations = 0
  var state = FitState.emptyInput

  init(parameterCount: Int) {
    parameters = Array(repeating: .nan, count: parameterCount)
    covariance = Array(repeating: .nan, count: parameterCount * parameterCount)
  }
}

extension BatchFitResult {
  /// Puts one fit in its place.
  mutating func store(_ fit: SingleFit, at problem: Int) {
    let count = parameterCount
    parameters.replaceSubrange(problem * count..<(problem + 1) * count, with: fit.parameters)
    covariance.replaceSubrange(problem * count * count..<(problem + 1) * count * count, with: fit.covariance)
    residualSumOfSquares[problem] = fit.residualSumOfSquares
    objective[problem] = fit.objective
    degreesOfFreedom[problem] = fit.degreesOfFreedom
    iterations[problem] = fit.iterations
    evaluations[problem] = fit.evaluations
    states[problem] = fit.state
  }
}
