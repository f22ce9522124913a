/// Where a minimisation stands.
struct MinimiserOutcome {
  var parameters: FitVector
  var equations: NormalEquations
  /// 1 for parameters that are free at the optimum: variable and not held by a bound.
  var free: FitVector
  var state: FitState
  /// Stopped early because another start has found the optimum of this one.
  var isOnTheWay = false
  var iterations = 0
  var evaluations = 1
}
