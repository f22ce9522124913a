/// Levenberg and Marquardt's method for a queue of starts, eight at a time; the best end of each problem is kept.
struct DampedEdges {
  let task: EdgeTask
  let queue: [(row: Int, start: EdgeCoordinates)]

  /// Where a lane stands.
  private struct Lane {
    var entry = -1
    var damping = 1e-3
    var value = Double.infinity
    var steps: Int32 = 0
    /// Whether the present point has not been evaluated yet.
    var isFresh = true
  }

  /// Runs all starts and writes the lowest minimum of each problem to the output of the task.
  ///
  /// Entries of one problem are compared in the order of the queue, so that the outcome does not depend on when they end.
  func run<Pass: EdgePass>(
    _ source: EdgeSource, _ first: Int, _ pivots: [Double], _ workspace: borrowing EdgeWorkspace<EdgeDoubles>,
    _: Pass.Type
  ) where Pass.Vector == EdgeDoubles {
    var ends = [EdgeNumbers](repeating: EdgeNumbers(), count: queue.count)
    let width = EdgeDoubles.laneCount
    var lanes = EdgeLanes<EdgeDoubles>(origin: task.setup.origin)
    var states = [Lane](repeating: Lane(), count: width)
    var next = 0
    // What remains after a whole step is less.
    let tolerance = task.setup.equation.hasTwoWidths ? 0.1 * task.settledTolerance : task.settledTolerance
    let smallest = EdgeDoubles.all(task.smallestWidth)
    func refill(_ lane: Int) {
      states[lane] = Lane()
      guard next < queue.count else { return workspace.clear(lane) }
      states[lane].entry = next
      task.load(lane, first, queue[next].row, &lanes, queue[next].start, source, pivots, workspace)
      next += 1
    }
    for lane in 0..<width { refill(lane) }
    // Blocks of `blockLength` vectors; the present point's matrix is copied lane by lane when a step is taken.
    let length = EdgeWorkspace<EdgeDoubles>.blockLength
    while states.contains(where: { $0.entry >= 0 }) {
      var damping = EdgeDoubles.zero
      for lane in 0..<width { damping[lane] = states[lane].damping }
      var step = workspace.solve(
        workspace.present, damping: damping, widths: (lanes.s, lanes.s2), smallestWidth: smallest)
      for lane in 0..<width where states[lane].isFresh { step.fraction[lane] = 0 }
      var trial = workspace.moved(lanes, step, smallestWidth: smallest)
      // A fresh lane stays exactly where it is.
      for lane in 0..<width where states[lane].isFresh || step.definite[lane] == 0 {
        trial.take(lane, lanes)
      }
      workspace.evaluate(trial, into: workspace.tried, Pass.self)
      for lane in 0..<width where states[lane].entry >= 0 {
        var state = states[lane]
        let value = workspace.tried[EdgeWorkspace<EdgeDoubles>.valuePlace][lane]
        let distance = step.distance[lane]
        let hadDamping = state.damping
        let isFresh = state.isFresh
        let isTaken =
          value.isFinite && (isFresh || (step.definite[lane] != 0 && value <= state.value + 1e-12 * abs(state.value)))
        var isDone = false
        var hasConverged = false
        state.steps += 1
        if isTaken {
          for i in 0..<length { workspace.present[i][lane] = workspace.tried[i][lane] }
          lanes.take(lane, trial)
          state.value = value
          if !isFresh {
            state.damping = hadDamping <= 1e-6 ? 0 : hadDamping * 0.1
            hasConverged = distance <= tolerance && step.fraction[lane] == 1 && hadDamping <= 1e-2
          }
          state.isFresh = false
        } else if isFresh {
          isDone = true
        } else {
          state.damping = max(hadDamping * 10, 1e-4)
          // So near the minimum that rounding hides the gain.
          hasConverged = step.definite[lane] != 0 && distance <= tolerance
          isDone = state.damping > 1e10
        }
        if task.isOutside(lanes, lane) { isDone = true }
        if Int(state.steps) > task.options.maximumIterations { isDone = true }
        if hasConverged || isDone {
          var end = EdgeNumbers()
          end.coordinates = lanes.coordinates(lane)
          end.state = hasConverged ? .converged : .maxIterations
          end.iterations = state.steps
          end.objective = state.value
          ends[state.entry] = end
          refill(lane)
        } else {
          states[lane] = state
        }
      }
    }
    for (entry, end) in zip(queue, ends) {
      // Every row of the queue has a place in the output.
      let place = task.output.numbers + first + entry.row
      place.pointee.iterations += end.iterations
      let known = place.pointee
      let isBetter =
        task.setup.equation.hasTwoWidths
        ? isLower(end, known)
        : end.state == .converged
          ? !known.state.isUsable || end.objective < known.objective - 1e-9 * abs(known.objective)
          : !known.state.isUsable && !(known.objective <= end.objective)
      if isBetter, end.coordinates.isUsable {
        place.pointee.coordinates = end.coordinates
        place.pointee.state = end.state
        place.pointee.objective = end.objective
      }
    }
  }

  /// Whether an end lies lower than what is known, or as low and has converged.
  ///
  /// In the flat valleys of two widths a higher minimum may be reached where the lowest is not: it must not hide that.
  private func isLower(_ end: EdgeNumbers, _ known: EdgeNumbers) -> Bool {
    guard known.objective.isFinite else { return true }
    let margin = end.state == .converged && !known.state.isUsable ? 1e-4 : -1e-9 * abs(known.objective)
    let isWorse = end.state != .converged && known.state.isUsable && end.objective > known.objective - 1e-3
    return !isWorse && end.objective <= known.objective + margin
  }
}
