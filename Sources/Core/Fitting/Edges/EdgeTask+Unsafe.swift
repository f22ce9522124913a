/// Where the results of a batch go; every thread writes the elements of its own problems only.
struct EdgeColumns: @unchecked Sendable {
  let parameters: UnsafeMutablePointer<Double>
  let covariance: UnsafeMutablePointer<Double>
  let numbers: UnsafeMutablePointer<EdgeNumbers>
}

/// What a fit leaves besides parameters and covariance.
struct EdgeNumbers {
  var coordinates = EdgeCoordinates()
  var state = FitState.emptyInput
  var iterations: Int32 = 0
  var restarts: Int32 = 0
  var objective = Double.nan
  var distance = Double.nan
  var mergedChiSquare = Double.nan
  var mergedDegrees = 0
  var degrees = 0
  var probability = Double.nan
  /// Whether a coordinate rests at its bound.
  var isBound = false
}

/// Fits the problems of one chunk on one thread: quick steps for all, then a summary of each, then further starts for those
/// that need them.
struct EdgeTask: Sendable {
  let setup: EdgeSetup
  let options: EdgeFitOptions
  let start: EdgeCoordinates?
  let output: EdgeColumns
  /// ln Γ(k/2) for k up to the number of thresholds.
  let logGamma: [Double]

  var isPoisson: Bool { options.objective != .leastSquares }
  var smallestWidth: Double {
    let x = setup.thresholds
    return 0.05 * (x[x.count - 1] - x[0]) / Double(max(x.count - 1, 1))
  }

  /// Fits problems `first ..< first + count`, whose rows are loaded; `pivots[i]` belongs to row `i`.
  ///
  /// `output` holds a place for each of these problems.
  func run(_ rows: borrowing EdgeRows, first: Int, count: Int, pivots: [Double], _ workspace: borrowing EdgeWorkspace) {
    if isPoisson {
      quickSteps(rows, first, count, pivots, workspace, PoissonScoring.self)
      summarise(rows, first, Array(0..<count), pivots, workspace, PoissonDeviance.self)
      startAgain(rows, first, count, pivots, workspace, PoissonDeviance.self)
    } else {
      quickSteps(rows, first, count, pivots, workspace, SquaresPass.self)
      summarise(rows, first, Array(0..<count), pivots, workspace, SquaresPass.self)
      startAgain(rows, first, count, pivots, workspace, SquaresPass.self)
    }
  }

  private func load(
    _ lane: Int, _ row: Int, _ lanes: inout EdgeLanes, _ coordinates: EdgeCoordinates, _ rows: borrowing EdgeRows,
    _ pivots: [Double], _ workspace: borrowing EdgeWorkspace
  ) {
    // `row` is below the rows loaded.
    workspace.load(
      lane, values: rows.rows + row * rows.stride, weights: rows.weightRows.map { $0 + row * rows.stride })
    lanes.set(lane, coordinates, pivot: pivots.isEmpty ? 0 : pivots[row])
  }

  /// Undamped, clipped scoring steps; lanes that end take the next problem.
  private func quickSteps<Pass: EdgePass>(
    _ rows: borrowing EdgeRows, _ first: Int, _ count: Int, _ pivots: [Double], _ workspace: borrowing EdgeWorkspace,
    _: Pass.Type
  ) {
    var lanes = EdgeLanes()
    var row = SIMD4<Int>(repeating: -1)
    var steps = SIMD4<Int32>(repeating: 0)
    var next = 0
    var active = 0
    let smallest = VectorMath.all(smallestWidth)
    let range = setup.thresholds[setup.thresholds.count - 1] - setup.thresholds[0]
    let lowest = setup.thresholds[0] - range
    let highest = setup.thresholds[setup.thresholds.count - 1] + range
    let limit = Int32(min(options.maximumIterations, 25))
    func refill(_ lane: Int) {
      row[lane] = -1
      while next < count {
        let candidate = next
        next += 1
        let estimate = rows.estimate(candidate)
        guard estimate.isUsable else {
          // Nothing to begin with; the summary says so.
          continue
        }
        row[lane] = candidate
        steps[lane] = 0
        active += 1
        load(lane, candidate, &lanes, estimate, rows, pivots, workspace)
        return
      }
      workspace.clear(lane)
      lanes.set(lane, EdgeCoordinates(tail: 1, line: 1, s: 1, position: lowest, s2: 1), pivot: 0)
    }
    for lane in 0..<4 { refill(lane) }
    while active > 0 {
      workspace.evaluate(lanes, into: workspace.present, Pass.self)
      let step = workspace.solve(
        workspace.present, damping: .zero, widths: (lanes.s, lanes.s2), smallestWidth: smallest)
      lanes = workspace.moved(lanes, step, smallestWidth: smallest)
      for lane in 0..<4 where row[lane] >= 0 {
        steps[lane] += 1
        let distance = step.distance[lane]
        let hasConverged = distance <= options.tolerance && step.fraction[lane] == 1 && step.isDefinite[lane]
        let isLost =
          !distance.isFinite || !step.isDefinite[lane] || steps[lane] >= limit || lanes.position[lane] < lowest
          || lanes.position[lane] > highest || lanes.s[lane] > 4 * range
        guard hasConverged || isLost else { continue }
        // Each problem is in one lane only.
        output.numbers[first + row[lane]] = EdgeNumbers(
          coordinates: lanes.coordinates(lane), state: hasConverged ? .converged : .maxIterations,
          iterations: steps[lane], isBound: step.bound[lane] != 0)
        active -= 1
        refill(lane)
      }
    }
  }

  /// Objective, covariance and goodness at the coordinates of `list` (rows of the chunk), four at a time.
  private func summarise<Pass: EdgePass>(
    _ rows: borrowing EdgeRows, _ first: Int, _ list: [Int], _ pivots: [Double], _ workspace: borrowing EdgeWorkspace,
    _: Pass.Type
  ) {
    let smallest = VectorMath.all(smallestWidth)
    let n = setup.parameters
    for group in stride(from: 0, to: list.count, by: 4) {
      var lanes = EdgeLanes()
      let size = min(4, list.count - group)
      for lane in 0..<4 {
        let numbers = lane < size ? output.numbers[first + list[group + lane]] : EdgeNumbers()
        if numbers.coordinates.isUsable {
          load(lane, list[group + lane], &lanes, numbers.coordinates, rows, pivots, workspace)
        } else {
          workspace.clear(lane)
        }
      }
      workspace.evaluate(lanes, into: workspace.present, Pass.self, storesMeans: true)
      let step = workspace.solve(
        workspace.present, damping: .zero, widths: (lanes.s, lanes.s2), smallestWidth: smallest)
      // The inverse, column by column; the matrix of the trial point is free and holds it.
      let inverse = workspace.tried
      for column in 0..<n {
        let unit = workspace.step + 6
        for i in 0..<n { unit[i] = i == column ? VectorMath.all(1) : .zero }
        workspace.substitute(unit, n)
        for i in 0..<n { inverse[i * n + column] = unit[i] }
      }
      for lane in 0..<size {
        finish(
          first + list[group + lane], lane, workspace, distance: step.distance[lane],
          isDefinite: step.isDefinite[lane], isBound: step.bound[lane] != 0)
      }
    }
  }

  /// Writes the result of one lane; `problem` has a place in `output`.
  private func finish(
    _ problem: Int, _ lane: Int, _ workspace: borrowing EdgeWorkspace, distance: Double, isDefinite: Bool, isBound: Bool
  ) {
    let n = setup.parameters
    let p = setup.equation.parameterCount + (setup.hasBackground ? 1 : 0)
    var numbers = output.numbers[problem]
    let values = UnsafeMutableRawPointer(workspace.values).assumingMemoryBound(to: Double.self)
    let weights = UnsafeMutableRawPointer(workspace.weights).assumingMemoryBound(to: Double.self)
    let means = UnsafeMutableRawPointer(workspace.means).assumingMemoryBound(to: Double.self)
    var used = setup.thresholds.count
    if !isPoisson { used = (0..<used).reduce(0) { $0 + (weights[4 * $1 + lane] > 0 ? 1 : 0) } }
    numbers.degrees = used - n
    guard numbers.coordinates.isUsable else {
      if numbers.state == .converged { numbers.state = .nonFinite }
      output.numbers[problem] = numbers
      return
    }
    numbers.objective = workspace.present[EdgeWorkspace.valuePlace][lane]
    numbers.distance = distance
    numbers.isBound = isBound
    if numbers.state == .converged || numbers.state == .atBound {
      numbers.state = isBound ? .atBound : .converged
      if !isDefinite { numbers.state = .singular }
      if !(distance <= 1e-6 || distance <= 10 * options.tolerance) { numbers.state = .maxIterations }
      if !numbers.objective.isFinite { numbers.state = .nonFinite }
    }
    // Goodness: neighbouring thresholds merged from the high end.
    var chiSquare = 0.0
    var bins = 0
    if isPoisson {
      var expected = 0.0, found = 0.0
      var lastExpected = 0.0, lastFound = 0.0
      for k in stride(from: used - 1, through: 0, by: -1) {
        expected += means[4 * k + lane]
        found += values[4 * k + lane]
        guard expected >= 5 else { continue }
        chiSquare += (found - expected) * (found - expected) / expected
        bins += 1
        (lastExpected, lastFound) = (expected, found)
        (expected, found) = (0, 0)
      }
      // What is left at the low end joins its neighbour.
      if expected > 0, bins > 0 {
        chiSquare -= (lastFound - lastExpected) * (lastFound - lastExpected) / lastExpected
        let e = lastExpected + expected, f = lastFound + found
        chiSquare += (f - e) * (f - e) / e
      }
    } else {
      chiSquare = numbers.objective
      bins = used
    }
    numbers.mergedChiSquare = chiSquare
    numbers.mergedDegrees = bins - n
    numbers.probability =
      numbers.mergedDegrees > 0 && numbers.mergedDegrees < logGamma.count
      ? ChiSquare.upperTail(
        chiSquare, degreesOfFreedom: numbers.mergedDegrees, logGamma: logGamma[numbers.mergedDegrees]) : .nan
    // Parameters and covariance: J C Jᵀ, with J in the scratch of the solver.
    let target = output.parameters + problem * p
    let covariance = output.covariance + problem * p * p
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * p * p) { scratch in
      guard let jacobian = scratch.baseAddress else { return }
      let half = jacobian + p * p
      setup.equation.write(numbers.coordinates, count: p, values: target, jacobian: jacobian)
      for i in 0..<p * p { covariance[i] = .nan }
      guard numbers.state.isUsable else { return }
      let inverse = workspace.tried
      for i in 0..<p {
        for j in 0..<p {
          var sum = 0.0
          for k in 0..<p { sum += jacobian[i * p + k] * inverse[k * p + j][lane] }
          half[i * p + j] = sum
        }
      }
      for i in 0..<p {
        for j in 0...i {
          var sum = 0.0
          for k in 0..<p { sum += half[i * p + k] * jacobian[j * p + k] }
          covariance[i * p + j] = sum
          covariance[j * p + i] = sum
        }
      }
    }
    output.numbers[problem] = numbers
  }

  /// Further starts, with damping, for problems that have not converged or fit badly.
  private func startAgain<Pass: EdgePass>(
    _ rows: borrowing EdgeRows, _ first: Int, _ count: Int, _ pivots: [Double], _ workspace: borrowing EdgeWorkspace,
    _: Pass.Type
  ) {
    var changed: [Int] = []
    var queue: [(row: Int, start: EdgeCoordinates)] = []
    for row in 0..<count {
      let numbers = output.numbers[first + row]
      let isPoor = !(numbers.probability >= options.restartProbability) && isPoisson
      guard !(numbers.state.isUsable && !isPoor) else { continue }
      let estimate = rows.estimate(row)
      var base = estimate
      if numbers.state.isUsable { base = numbers.coordinates }
      var starts: [EdgeCoordinates] = []
      if let start { starts.append(start) }
      if !numbers.state.isUsable { starts.append(estimate) }
      if let start, !numbers.state.isUsable { base = start }
      for shift in [-8.0, 8, -16, 16] {
        var moved = base
        moved.position += shift
        starts.append(moved)
      }
      var narrow = base
      narrow.s *= 0.6
      narrow.s2 *= 0.6
      starts.append(narrow)
      if setup.equation.hasTwoWidths {
        // The tail's width on both sides of √2 times the line's, where the derivatives of F2s_0 depend on each other.
        for ratio in [0.3, 0.8, 2.5] {
          var other = base
          other.s = ratio * base.s2
          other.tail *= ratio * base.s2 / base.s
          starts.append(other)
        }
      }
      let usable = starts.filter(\.isUsable)
      guard !usable.isEmpty else { continue }
      changed.append(row)
      output.numbers[first + row].restarts = Int32(usable.count)
      queue += usable.map { (row, $0) }
    }
    guard !queue.isEmpty else { return }
    DampedEdges(task: self, queue: queue).run(rows, first, pivots, workspace, Pass.self)
    summarise(rows, first, changed, pivots, workspace, Pass.self)
  }

  /// Loads a row for `DampedEdges`.
  func loadRow(
    _ lane: Int, _ row: Int, _ lanes: inout EdgeLanes, _ coordinates: EdgeCoordinates, _ rows: borrowing EdgeRows,
    _ pivots: [Double], _ workspace: borrowing EdgeWorkspace
  ) { load(lane, row, &lanes, coordinates, rows, pivots, workspace) }
}
