/// Fits a range of problems on one thread.
struct BatchTask<Model: PeakModel>: Sendable {
  let input: BatchInput
  let output: ResultColumns
  let constraints: FitConstraints
  let options: FitOptions

  /// Fits the problems of `range`, none longer than `longest`.
  func run(_ range: Range<Int>, longest: Int) {
    var workspace = FitWorkspace(samples: longest)
    var thinned = FitWorkspace(samples: Model.startCount > 1 ? longest / 4 + 4 : 0)
    switch options.objective {
    case .poissonLikelihood: for problem in range { fit(problem, &workspace, &thinned, PoissonPass.self) }
    case .leastSquares where input.weights == nil:
      for problem in range { fit(problem, &workspace, &thinned, UnweightedPass.self) }
    case .leastSquares: for problem in range { fit(problem, &workspace, &thinned, WeightedPass.self) }
    }
  }

  /// Fits one problem.
  ///
  /// `problem` is below the number of problems, so that `offsets[problem + 1]` exists and its samples lie
  /// inside the input arrays (`ProfileBatch.init` has checked the offsets).
  private func fit<Pass: PassObjective>(
    _ problem: Int, _ workspace: inout FitWorkspace, _ thinned: inout FitWorkspace, _: Pass.Type
  ) {
    let count = Model.parameterCount
    let begin = input.offsets[problem]
    let length = input.offsets[problem + 1] - begin
    let fault = workspace.load(
      x: input.hasSharedX ? input.x : input.x + begin, y: input.y + begin, weights: input.weights.map { $0 + begin },
      count: length)
    if let fault { return fail(problem, fault) }
    var isVariable = FitVector.zero
    var variables = 0
    for i in 0..<count where constraints.fixed.isEmpty || !constraints.fixed[i] {
      isVariable[i] = 1
      variables += 1
    }
    output.degrees[problem] = workspace.samples - variables
    if workspace.samples < variables || variables == 0 { return fail(problem, .tooFewSamples) }
    let isPoisson = options.objective == .poissonLikelihood
    if isPoisson, workspace.hasNegativeSample() { return fail(problem, .invalidInput) }
    workspace.orderByAbscissa()
    guard let estimate = workspace.estimatePeak() else { return fail(problem, .constantInput) }

    var given: FitVector?
    if let starts = input.starts {
      var values = FitVector.zero
      for i in 0..<count {
        values[i] = starts[problem * count + i]
        if !values[i].isFinite { return fail(problem, .nonFinite) }
      }
      given = values
    }
    let units = Self.units(estimate, given, isPoisson: isPoisson, isAnchored: !constraints.isEmpty)
    workspace.normalise(units)
    let scale = Model.scale(units)
    let shift = Model.shift(units)
    var lower = Model.lower
    var upper = Model.upper
    for i in 0..<count {
      // A model's own bounds are on parameters without units.
      if !constraints.lower.isEmpty { lower[i] = max(lower[i], (constraints.lower[i] - shift[i]) / scale[i]) }
      if !constraints.upper.isEmpty { upper[i] = min(upper[i], (constraints.upper[i] - shift[i]) / scale[i]) }
    }
    let floor = 1e-26 * workspace.sumOfSquares()
    let minimiser = Minimiser<Model, Pass>(
      lower: lower, upper: upper, isVariable: isVariable, tolerance: options.tolerance,
      maximumIterations: options.maximumIterations, floor: floor)
    let outcome: Minimiser<Model, Pass>.Outcome
    if var given {
      if let slope = Model.slopeIndex { given[Model.offsetIndex] += given[slope] * units.center }
      outcome = minimiser.run(workspace, from: (given - shift) / scale)
    } else {
      let gaussian = SIMD4(
        estimate.height / units.height, (estimate.center - units.center) / units.width, estimate.sigma / units.width,
        (estimate.base - units.base) / units.height)
      outcome = search(minimiser, workspace, &thinned, gaussian)
    }
    store(problem, outcome, units, workspace.samples - variables)
  }

  /// Powers of two near the height and width of the peak; the centre on the peak and the base on the baseline.
  ///
  /// Counts keep their zero. With constraints on a model with a slope the centre stays where it is, because moving it
  /// would mix offset and slope.
  private static func units(
    _ estimate: PeakEstimate, _ given: FitVector?, isPoisson: Bool, isAnchored: Bool
  ) -> Normalisation {
    func power(_ value: Double, or other: Double) -> Double {
      let magnitude = abs(value) > 0 ? abs(value) : abs(other)
      return Double(sign: .plus, exponent: min(max(magnitude.exponent, -900), 900), significand: 1)
    }
    var units = Normalisation()
    let height = given?[0] ?? estimate.height
    units.height = power(height, or: estimate.height)
    units.width = power(given?[2] ?? estimate.sigma, or: estimate.sigma)
    units.center = isAnchored && Model.slopeIndex != nil ? 0 : given?[1] ?? estimate.center
    units.base = isPoisson ? 0 : given?[Model.offsetIndex] ?? estimate.base
    return units
  }

  /// The lowest optimum of all the model's starts.
  ///
  /// Each start runs until it has converged or is seen to fall to an optimum that is known already. A quarter of the samples
  /// tells that as well as all of them, so those are asked first; a start of which they do not say so runs on all.
  private func search<Pass: PassObjective>(
    _ minimiser: Minimiser<Model, Pass>, _ workspace: borrowing FitWorkspace, _ thinned: inout FitWorkspace,
    _ gaussian: SIMD4<Double>
  ) -> Minimiser<Model, Pass>.Outcome {
    if Model.startCount == 1 {
      var best = minimiser.run(workspace, from: Model.start(gaussian: gaussian, number: 0))
      if best.state == .converged { return best }
      for factor in [0.3, 3.0] {
        var other = gaussian
        other[2] *= factor
        best = Self.better(best, minimiser.run(workspace, from: Model.start(gaussian: other, number: 0)))
      }
      return best
    }
    let unbounded = Minimiser<GaussianPeak, Pass>(
      lower: GaussianPeak.lower, upper: GaussianPeak.upper, isVariable: FitVector(1, 1, 1, 1, 0, 0, 0, 0),
      tolerance: 1e-3, maximumIterations: 20, floor: minimiser.floor)
    var seed = gaussian
    let shape = unbounded.run(workspace, from: GaussianPeak.start(gaussian: gaussian, number: 0))
    if shape.state == .converged { seed = GaussianPeak.canonical(shape.parameters).lowHalf }
    var best = minimiser.run(workspace, from: Model.start(gaussian: seed, number: 0))
    best.iterations += shape.iterations
    best.evaluations += shape.evaluations
    var known: Minimiser<Model, Pass>.Outcome?
    if best.state == .converged, workspace.vectors >= 4 * Self.fewestVectors {
      thinned.load(every: 4, of: workspace)
      var seen = best
      seen.equations = thinned.evaluate(Model.self, Pass.self, best.parameters)
      known = seen
    }
    for number in 1..<Model.startCount {
      let start = Model.start(gaussian: seed, number: number)
      if let known {
        let few = minimiser.run(thinned, from: start, known: known)
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
  private static func better<Pass: PassObjective>(
    _ a: Minimiser<Model, Pass>.Outcome, _ b: Minimiser<Model, Pass>.Outcome
  ) -> Minimiser<Model, Pass>.Outcome {
    let aHas = a.state == .converged
    let bHas = b.state == .converged
    let isLower = b.equations.value < a.equations.value * (1 - 1e-12)
    var best = !b.isOnTheWay && (aHas == bHas ? isLower : bHas) ? b : a
    best.iterations = a.iterations + b.iterations
    best.evaluations = a.evaluations + b.evaluations
    return best
  }

  private func fail(_ problem: Int, _ state: FitState) { output.states[problem] = state }

  /// Writes a result in the units of the data; `problem` as in `fit`.
  private func store<Pass: PassObjective>(
    _ problem: Int, _ outcome: Minimiser<Model, Pass>.Outcome, _ units: Normalisation, _ degrees: Int
  ) {
    let count = Model.parameterCount
    let scale = Model.scale(units)
    var values = outcome.parameters * scale + Model.shift(units)
    if let slope = Model.slopeIndex { values[Model.offsetIndex] -= values[slope] * units.center }
    values = Model.canonical(values)
    var state = outcome.state
    let isPoisson = options.objective == .poissonLikelihood
    let toObjective = isPoisson ? units.height : units.height * units.height
    output.iterations[problem] = outcome.iterations
    output.evaluations[problem] = outcome.evaluations
    output.squares[problem] = outcome.equations.squares * toObjective
    output.objective[problem] = outcome.equations.value * toObjective
    for i in 0..<count {
      output.parameters[problem * count + i] = values[i]
      if !values[i].isFinite { state = .nonFinite }
      if state == .converged, outcome.free[i] == 0, constraints.fixed.isEmpty || !constraints.fixed[i] {
        state = .atBound
      }
    }
    if state.isUsable {
      let isScaled =
        options.covariance == .residualVariance
        || (options.covariance == .automatic && input.weights == nil && !isPoisson)
      // Residual variance and JᵀJ in normalised units when scaled; otherwise JᵀJ in the units of the data.
      let variance = isScaled ? (degrees > 0 ? outcome.equations.squares / Double(degrees) : .nan) : 1 / toObjective
      if !writeCovariance(problem, outcome.equations, outcome.free, scale, variance, units.center) { state = .singular }
    }
    output.states[problem] = state
  }

  /// The inverse of the normal matrix in the units of the data, times `variance`; false if it is singular.
  private func writeCovariance(
    _ problem: Int, _ equations: NormalEquations, _ free: FitVector, _ scale: FitVector, _ variance: Double,
    _ center: Double
  ) -> Bool {
    let count = Model.parameterCount
    guard let factor = NormalFactor(equations, damping: 0, free: free) else { return false }
    // `output.covariance` holds count × count values per problem.
    let target = output.covariance + problem * count * count
    for column in 0..<count where free[column] != 0 {
      var unit = FitVector.zero
      unit[column] = 1
      let solution = factor.solve(unit)
      for row in 0..<count where free[row] != 0 {
        target[row * count + column] = solution[row] * scale[row] * scale[column] * variance
      }
    }
    for row in 0..<count {
      for column in 0..<row {
        let mean = (target[row * count + column] + target[column * count + row]) / 2
        target[row * count + column] = mean
        target[column * count + row] = mean
      }
    }
    if let slope = Model.slopeIndex, center != 0 {
      // offset at x = 0 is (offset at the centre) − slope·centre.
      let offset = Model.offsetIndex
      for column in 0..<count { target[offset * count + column] -= center * target[slope * count + column] }
      for row in 0..<count { target[row * count + offset] -= center * target[row * count + slope] }
    }
    return true
  }
}
