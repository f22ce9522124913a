extension BatchTask {
  /// The optimum of a model with one start, from up to three widths.
  func search<Pass: PassObjective>(
    _ minimiser: Minimiser<Model, Pass>, _ workspace: borrowing FitWorkspace<Lanes>, _ gaussian: SIMD4<Double>
  ) -> MinimiserOutcome where Pass.Vector == Lanes {
    var best = minimiser.run(workspace, from: Model.start(gaussian: gaussian, number: 0))
    if best.state == .converged { return best }
    for factor in [0.3, 3.0] {
      var other = gaussian
      other[2] *= factor
      best = Self.better(best, minimiser.run(workspace, from: Model.start(gaussian: other, number: 0)))
    }
    return best
  }

  /// The lowest optimum of all the model's starts.
  ///
  /// A guide, in single precision where the objective can bear it, goes from the estimate to the best Gaussian and on to near
  /// the optimum of the first start, where the minimiser takes over; if it gets lost, the minimiser goes the whole way
  /// (Documentation/decisions/0026-guided-peak-fits.md). Each other start runs until it has converged or is seen to fall to an
  /// optimum that is known already. A quarter of the samples tells that as well as all of them, so the guide asks those first; a
  /// start of which they do not say so runs on all. `squares` is Σ y².
  func search<Pass: PassObjective>(
    _ minimiser: Minimiser<Model, Pass>, _ workspace: borrowing FitWorkspace<Lanes>,
    _ guides: inout GuideWorkspaces<Pass.Guide.Vector>, _ gaussian: SIMD4<Double>, _ squares: Double
  ) -> MinimiserOutcome where Pass.Vector == Lanes {
    guides.all.load(every: 1, of: workspace)
    let floor = Pass.Guide.Vector.roundingFloor * squares
    let unbounded = Minimiser<GaussianPeak, Pass.Guide>(
      lower: GaussianPeak.lower, upper: GaussianPeak.upper, isVariable: FitVector(1, 1, 1, 1, 0, 0, 0, 0),
      tolerance: 1e-3, maximumIterations: 20, floor: floor)
    let guide = Minimiser<Model, Pass.Guide>(
      lower: minimiser.lower, upper: minimiser.upper, isVariable: minimiser.isVariable, tolerance: 1e-4,
      maximumIterations: min(minimiser.maximumIterations, 50), floor: floor)
    var seed = gaussian
    let shape = unbounded.run(guides.all, from: GaussianPeak.start(gaussian: gaussian, number: 0))
    if shape.state == .converged { seed = GaussianPeak.canonical(shape.parameters).lowHalf }
    let first = Model.start(gaussian: seed, number: 0)
    let near = guide.run(guides.all, from: first)
    var best = near
    if near.state == .converged { best = minimiser.run(workspace, from: near.parameters, damping: 0) }
    if best.state != .converged { best = minimiser.run(workspace, from: first) }
    best.iterations += shape.iterations + near.iterations
    best.evaluations += shape.evaluations + near.evaluations
    var known: MinimiserOutcome?
    if best.state == .converged, workspace.vectors >= 4 * Self.fewestVectors {
      guides.quarter.load(every: 4, of: workspace)
      var seen = best
      seen.equations = guides.quarter.evaluate(Model.self, Pass.Guide.self, best.parameters)
      known = seen
    }
    for number in 1..<Model.startCount {
      let start = Model.start(gaussian: seed, number: number)
      if let known {
        let few = guide.run(guides.quarter, from: start, known: known)
        best.iterations += few.iterations
        best.evaluations += few.evaluations
        if few.isOnTheWay { continue }
      }
      best = Self.better(best, minimiser.run(workspace, from: start, known: best.state == .converged ? best : nil))
    }
    return best
  }

  /// Vectors that a quarter of the samples must have to stand for all of them: several times the parameters.
  private static var fewestVectors: Int { 8 }

  /// The one that converged; of two such the one with the lower value, the first if they are equal to rounding.
  ///
  /// Iterations and evaluations are those of both.
  private static func better(_ a: MinimiserOutcome, _ b: MinimiserOutcome) -> MinimiserOutcome {
    let aHas = a.state == .converged
    let bHas = b.state == .converged
    let isLower = b.equations.value < a.equations.value * (1 - 1e-12)
    var best = !b.isOnTheWay && (aHas == bHas ? isLower : bHas) ? b : a
    best.iterations = a.iterations + b.iterations
    best.evaluations = a.evaluations + b.evaluations
    return best
  }
}
