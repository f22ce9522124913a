/// Levenberg and Marquardt's method with projection on box bounds, for one problem in normalised units.
///
/// Marquardt's scaling (damping relative to the diagonal), damping that vanishes once steps go as predicted, so that
/// the end is Gauss–Newton's. Close to a minimum that converges linearly: the size of the last step times the ratio
/// of the last two says how far away the minimum is. The search stops when that is below a hundredth of the
/// tolerance, or the step itself below the tolerance. The last step is taken without another pass over the samples.
///
/// Parameters and linear algebra are in double precision; what a pass over the samples adds up may be in single precision, which
/// is enough for all but the end.
struct Minimiser<Model: PeakModel, Pass: PassObjective> {
  /// Bounds in normalised units.
  var lower: FitVector
  var upper: FitVector
  /// 1 for parameters that may change, 0 for fixed ones.
  var isVariable: FitVector
  var tolerance: Double
  var maximumIterations: Int
  /// A sum of squares below which the data are matched to rounding, for data without noise.
  var floor: Double

  /// Minimises from `start`; stops as `isOnTheWay` when it clearly falls to the optimum `known`.
  ///
  /// `damping` is that of the first step: none where the minimum is known to be near.
  @inline(__always)
  func run(
    _ workspace: borrowing FitWorkspace<Pass.Vector>, from start: FitVector, damping first: Double = 1e-3,
    known: MinimiserOutcome? = nil
  ) -> MinimiserOutcome {
    var p = clipped(start)
    var out = MinimiserOutcome(
      parameters: p, equations: workspace.evaluate(Model.self, Pass.self, p), free: isVariable, state: .maxIterations)
    guard out.equations.value.isFinite else {
      out.state = .nonFinite
      return out
    }
    if let known, isOnTheWay(out, to: known) {
      out.isOnTheWay = true
      return out
    }
    var damping = first
    var lastStep = Double.infinity
    var lastUnresolved = Double.infinity
    while out.iterations < maximumIterations {
      out.iterations += 1
      out.free = freeParameters(p, out.equations.gradient)
      guard let factor = NormalFactor(out.equations, damping: damping, free: out.free) else {
        damping = max(damping * 10, 1e-8)
        if damping < 1e12 { continue }
        out.state = .singular
        return out
      }
      var step = factor.solve(out.equations.gradient * out.free)
      let fraction = Model.stepFraction(p, step)
      step = clipped(p + step * fraction) - p
      let predicted =
        2 * (step * out.equations.gradient).sum() - out.equations.quadratic(step)
      let size = relativeSize(of: step, at: p)
      let remaining = size < 1e-5 && lastStep < 1e-2 ? 100 * size * (size / lastStep) : size
      if min(size, remaining) <= tolerance && damping <= 1e-6 && predicted <= tolerance * out.equations.value + floor {
        out.parameters = p + step
        out.equations.value = max(out.equations.value - predicted, 0)
        if Pass.minimisesSquares { out.equations.squares = out.equations.value }
        out.state = .converged
        return out
      }
      let next = clipped(p + step)
      let trial = workspace.evaluate(Model.self, Pass.self, next)
      out.evaluations += 1
      let reduction = out.equations.value - trial.value
      // So near the minimum that rounding hides the change of the objective; the gradient still shows the way, as
      // long as steps get shorter.
      let resolution = Pass.Vector.resolution * out.equations.value + floor
      let isUnresolved = predicted <= resolution && abs(reduction) <= resolution
      if isUnresolved, size >= 0.9 * lastUnresolved {
        out.state = .converged
        return out
      }
      if isUnresolved { lastUnresolved = size }
      if reduction > 1e-4 * predicted || isUnresolved, trial.value.isFinite {
        p = next
        lastStep = size
        out.parameters = next
        out.equations = trial
        if reduction > 0.25 * predicted || isUnresolved {
          damping = damping < 1e-7 ? 0 : damping * 0.01
        } else {
          damping = max(damping * 4, 1e-4)
        }
        if let known, isOnTheWay(out, to: known) {
          out.isOnTheWay = true
          return out
        }
      } else {
        damping = max(damping * 10, 1e-3)
        if damping > 1e12 {
          out.state = .singular
          return out
        }
      }
    }
    return out
  }

  /// Within the quadratic bowl around a known optimum: χ² there is what the normal equations of the optimum predict.
  @inline(__always)
  private func isOnTheWay(_ out: borrowing MinimiserOutcome, to known: borrowing MinimiserOutcome) -> Bool {
    let difference = out.parameters - known.parameters
    let scale = Model.tolerableScale(known.parameters)
    for i in 0..<Model.parameterCount where abs(difference[i]) > 0.2 * scale[i] { return false }
    let excess = out.equations.value - known.equations.value
    let curved = known.equations.quadratic(difference)
    let expected = curved - 2 * (known.equations.gradient * difference).sum()
    return abs(excess - expected) <= 0.1 * curved
  }

  @inline(__always)
  private func clipped(_ p: FitVector) -> FitVector {
    p.replacing(with: lower, where: p .< lower).replacing(with: upper, where: p .> upper)
  }

  /// Variable parameters but those that sit on a bound and are pushed against it.
  @inline(__always)
  private func freeParameters(_ p: FitVector, _ gradient: FitVector) -> FitVector {
    let zero = FitVector.zero
    let isHeldBelow = p .<= lower .& gradient .<= zero
    let isHeldAbove = p .>= upper .& gradient .>= zero
    return isVariable.replacing(with: zero, where: isHeldBelow .| isHeldAbove)
  }

  /// The largest component of a step against the scale of its parameter.
  @inline(__always)
  private func relativeSize(of step: FitVector, at p: FitVector) -> Double {
    let scale = Model.tolerableScale(p)
    var size = 0.0
    for i in 0..<Model.parameterCount where step[i] != 0 { size = max(size, abs(step[i]) / scale[i]) }
    return size
  }
}
