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
  /// Whether the covariance is that of the observed information.
  var isObserved = false
}

/// The memory of one thread.
struct EdgeSpaces: ~Copyable {
  let doubles: EdgeWorkspace<EdgeDoubles>
  let singles: EdgeWorkspace<EdgeSingles>
  /// Values of a chunk in single precision, a vector for each threshold and sixteen problems.
  let blocks: UnsafeMutablePointer<EdgeSingles>

  init(setup: EdgeSetup) {
    doubles = EdgeWorkspace(setup: setup)
    singles = EdgeWorkspace(setup: setup)
    let count = EdgeFitter.chunkLength / EdgeSingles.laneCount * max(setup.thresholds.count, 1)
    blocks = .allocate(capacity: count)
    blocks.initialize(repeating: .zero, count: count)
  }

  deinit { blocks.deallocate() }
}

/// Fits the problems of one chunk on one thread.
///
/// Quick steps in single precision, then in double precision a summary of each that also says how far the minimum still is;
/// problems that are not there yet take double steps, those that do not settle Newton's, and those that fit badly further starts.
struct EdgeTask: Sendable {
  var setup: EdgeSetup
  var options: EdgeFitOptions
  let start: EdgeCoordinates?
  let output: EdgeColumns
  let moments: EdgeMoments
  let finiteSums: FiniteGammaSums

  init(setup: EdgeSetup, options: EdgeFitOptions, start: EdgeCoordinates?, output: EdgeColumns) {
    self.setup = setup
    self.options = options
    self.start = start
    self.output = output
    moments = EdgeMoments(setup)
    finiteSums = FiniteGammaSums(degrees: setup.thresholds.count)
  }

  var isPoisson: Bool { options.objective != .leastSquares }
  var smallestWidth: Double {
    let x = setup.thresholds
    // A tail of its own width that falls between two thresholds can be as narrow as it likes.
    let part = setup.equation.hasTwoWidths ? 0.3 : 0.05
    return part * (x[x.count - 1] - x[0]) / Double(max(x.count - 1, 1))
  }

  /// Distance at which a fit is at its minimum; the flat valleys of two widths are followed to a hundredth of a standard error.
  var settledTolerance: Double { setup.equation.hasTwoWidths ? 1e2 * options.tolerance : options.tolerance }

  /// Distance before the last step in single precision: after a whole step a few per cent of it remain, which the summary sees.
  var quickTolerance: Double { 1e2 * options.tolerance }

  /// Fits `count` problems from `first` on; `pivots[i]` belongs to problem `first + i`.
  ///
  /// `output` holds a place for each of these problems, and `count` is at most `chunkLength`.
  func run(_ source: EdgeSource, first: Int, count: Int, pivots: [Double], _ spaces: borrowing EdgeSpaces) {
    if isPoisson {
      run(source, first, count, pivots, spaces, PoissonScoring<EdgeDoubles>.self, PoissonDeviance.self)
    } else {
      run(source, first, count, pivots, spaces, SquaresPass.self, SquaresPass.self)
    }
  }

  private func run<Scoring: EdgePass, Summary: EdgePass>(
    _ source: EdgeSource, _ first: Int, _ count: Int, _ pivots: [Double], _ spaces: borrowing EdgeSpaces,
    _: Scoring.Type, _: Summary.Type
  ) where Scoring.Vector == EdgeDoubles, Summary.Vector == EdgeDoubles {
    if setup.equation.hasTwoWidths {
      return widthsOneByOne(source, first, count, pivots, spaces.doubles, Summary.self)
    }
    let isQuick = isPoisson && setup.isPlain && source.counts != nil
    if isQuick {
      singleSteps(source, first, count, spaces)
      summariseAll(source, first, count, pivots, spaces.doubles, Summary.self)
      let list = (0..<count).filter {
        let numbers = output.numbers[first + $0]
        return numbers.state == .maxIterations && numbers.coordinates.isUsable
      }
      doubleSteps(source, first, list, pivots, spaces.doubles, Scoring.self)
      summarise(source, first, list, pivots, spaces.doubles, Summary.self)
    } else {
      estimates(source, first, count, spaces.doubles)
      let list = (0..<count).filter { output.numbers[first + $0].coordinates.isUsable }
      doubleSteps(source, first, list, pivots, spaces.doubles, Scoring.self)
      summariseAll(source, first, count, pivots, spaces.doubles, Summary.self)
    }
    settle(source, first, count, pivots, spaces.doubles, Summary.self)
    startAgain(source, first, count, pivots, spaces.doubles, Summary.self)
    settle(source, first, count, pivots, spaces.doubles, Summary.self)
  }

  /// Puts the values of one problem, and its coordinates, into a lane; `row` counts from `first`.
  func load(
    _ lane: Int, _ first: Int, _ row: Int, _ lanes: inout EdgeLanes<EdgeDoubles>, _ coordinates: EdgeCoordinates,
    _ source: EdgeSource, _ pivots: [Double], _ workspace: borrowing EdgeWorkspace<EdgeDoubles>
  ) {
    for k in 0..<setup.thresholds.count {
      workspace.values[k][lane] = source.value(first + row, k)
      if !isPoisson { workspace.weights[k][lane] = source.weight(first + row, k) }
    }
    lanes.set(lane, coordinates, pivot: pivots.isEmpty ? 0 : pivots[row])
  }

  /// Start values from moments, eight problems at a time.
  private func estimates(
    _ source: EdgeSource, _ first: Int, _ count: Int, _ workspace: borrowing EdgeWorkspace<EdgeDoubles>
  ) {
    for group in stride(from: 0, to: count, by: EdgeDoubles.laneCount) {
      let size = min(EdgeDoubles.laneCount, count - group)
      source.load(first + group, count: size, to: workspace.values)
      let (m0, m1, m2) = moments.sums(UnsafePointer(workspace.values))
      for lane in 0..<size {
        output.numbers[first + group + lane] = EdgeNumbers(
          coordinates: moments.coordinates(m0[lane], m1[lane], m2[lane]))
      }
    }
  }

  /// Whether a lane has left the scan by more than its length, or has become wider than four times that.
  func isOutside<Vector: EdgeVector>(_ lanes: EdgeLanes<Vector>, _ lane: Int) -> Bool {
    let last = setup.thresholds[setup.thresholds.count - 1] - setup.origin
    let range = setup.thresholds[setup.thresholds.count - 1] - setup.thresholds[0]
    let position = Double(lanes.position[lane])
    return !(position >= last - 2 * range && position <= last + range && Double(lanes.s[lane]) <= 4 * range)
  }

  /// Whether a step of a lane led nowhere.
  func isLost<Vector: EdgeVector>(_ lanes: EdgeLanes<Vector>, _ step: EdgeStep<Vector>, _ lane: Int) -> Bool {
    !step.distance[lane].isFinite || step.definite[lane] == 0 || isOutside(lanes, lane)
  }

  /// Undamped, clipped scoring steps in double precision; lanes that end take the next problem of `list`.
  private func doubleSteps<Pass: EdgePass>(
    _ source: EdgeSource, _ first: Int, _ list: [Int], _ pivots: [Double],
    _ workspace: borrowing EdgeWorkspace<EdgeDoubles>, _: Pass.Type
  ) where Pass.Vector == EdgeDoubles {
    guard !list.isEmpty else { return }
    var lanes = EdgeLanes<EdgeDoubles>(origin: setup.origin)
    var row = [Int](repeating: -1, count: EdgeDoubles.laneCount)
    var steps = [Int32](repeating: 0, count: EdgeDoubles.laneCount)
    var next = 0
    var active = 0
    let smallest = EdgeDoubles.all(smallestWidth)
    let limit = Int32(min(options.maximumIterations, 25))
    func refill(_ lane: Int) {
      row[lane] = -1
      guard next < list.count else {
        workspace.clear(lane)
        lanes.set(lane, EdgeCoordinates(tail: 1, line: 1, s: 1, position: setup.origin, s2: 1), pivot: 0)
        return
      }
      row[lane] = list[next]
      next += 1
      steps[lane] = 0
      active += 1
      load(lane, first, row[lane], &lanes, output.numbers[first + row[lane]].coordinates, source, pivots, workspace)
    }
    for lane in 0..<EdgeDoubles.laneCount { refill(lane) }
    while active > 0 {
      workspace.evaluate(lanes, into: workspace.present, Pass.self)
      let step = workspace.solve(
        workspace.present, damping: .zero, widths: (lanes.s, lanes.s2), smallestWidth: smallest)
      lanes = workspace.moved(lanes, step, smallestWidth: smallest)
      for lane in 0..<EdgeDoubles.laneCount where row[lane] >= 0 {
        steps[lane] += 1
        let isLost = isLost(lanes, step, lane) || steps[lane] >= limit
        let hasConverged =
          step.distance[lane] <= options.tolerance && step.fraction[lane] == 1 && step.definite[lane] != 0
        guard hasConverged || isLost else { continue }
        // Each problem is in one lane only.
        let place = output.numbers + first + row[lane]
        let taken = place.pointee.iterations + steps[lane]
        place.pointee = EdgeNumbers(
          coordinates: lanes.coordinates(lane), state: hasConverged ? .converged : .maxIterations, iterations: taken)
        active -= 1
        refill(lane)
      }
    }
  }
}
