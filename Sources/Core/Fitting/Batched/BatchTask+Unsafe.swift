/// Fits a range of problems on one thread.
struct BatchTask<Model: PeakModel>: Sendable {
  let input: BatchInput
  let output: ResultColumns
  let constraints: FitConstraints
  let options: FitOptions

  /// Fits the problems of `range`, none longer than `longest`.
  func run(_ range: Range<Int>, longest: Int) {
    switch options.objective {
    case .poissonLikelihood: run(range, longest, PoissonPass.self)
    case .leastSquares where input.weights == nil: run(range, longest, UnweightedPass<Lanes>.self)
    case .leastSquares: run(range, longest, WeightedPass<Lanes>.self)
    }
  }

  private func run<Pass: PassObjective>(_ range: Range<Int>, _ longest: Int, _: Pass.Type) where Pass.Vector == Lanes {
    var workspace = FitWorkspace<Lanes>(samples: longest)
    var guides = GuideWorkspaces<Pass.Guide.Vector>(samples: Model.startCount > 1 ? longest : 0)
    for problem in range { fit(problem, &workspace, &guides, Pass.self) }
  }

  /// Fits one problem.
  ///
  /// `problem` is below the number of problems, so that `offsets[problem + 1]` exists and its samples lie
  /// inside the input arrays (`ProfileBatch.init` has checked the offsets).
  private func fit<Pass: PassObjective>(
    _ problem: Int, _ workspace: inout FitWorkspace<Lanes>, _ guides: inout GuideWorkspaces<Pass.Guide.Vector>,
    _: Pass.Type
  ) where Pass.Vector == Lanes {
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
    let squares = workspace.sumOfSquares()
    let minimiser = Minimiser<Model, Pass>(
      lower: lower, upper: upper, isVariable: isVariable, tolerance: options.tolerance,
      maximumIterations: options.maximumIterations, floor: Lanes.roundingFloor * squares)
    let outcome: MinimiserOutcome
    if var given {
      if let slope = Model.slopeIndex { given[Model.offsetIndex] += given[slope] * units.center }
      outcome = minimiser.run(workspace, from: (given - shift) / scale)
    } else {
      let gaussian = SIMD4(
        estimate.height / units.height, (estimate.center - units.center) / units.width, estimate.sigma / units.width,
        (estimate.base - units.base) / units.height)
      outcome =
        Model.startCount == 1
        ? search(minimiser, workspace, gaussian) : search(minimiser, workspace, &guides, gaussian, squares)
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

  private func fail(_ problem: Int, _ state: FitState) { output.states[problem] = state }

  /// Writes a result in the units of the data; `problem` as in `fit`.
  private func store(_ problem: Int, _ outcome: MinimiserOutcome, _ units: Normalisation, _ degrees: Int) {
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
