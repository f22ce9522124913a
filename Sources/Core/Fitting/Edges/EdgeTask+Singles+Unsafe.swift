extension EdgeTask {
  /// Steps that every problem takes: most are at their minimum then.
  private static var lockstep: Int { 4 }

  /// Scoring steps of the Poisson likelihood in single precision, sixteen problems at a time.
  ///
  /// All take the first steps together, in the vectors they were read into; those that need more are gathered, and lanes that
  /// end take the next. What is found is a place to begin with: the summary, in double precision, says whether it is the
  /// minimum. `spaces.blocks` has a vector for each threshold and sixteen problems of a chunk.
  func singleSteps(_ source: EdgeSource, _ first: Int, _ count: Int, _ spaces: borrowing EdgeSpaces) {
    let width = EdgeSingles.laneCount
    let thresholds = setup.thresholds.count
    let smallest = EdgeSingles.all(smallestWidth)
    var pending: [Int] = []
    for group in stride(from: 0, to: count, by: width) {
      let size = min(width, count - group)
      let values = spaces.blocks + group / width * thresholds
      source.load(first + group, count: size, to: values)
      let (m0, m1, m2) = moments.sums(UnsafePointer(values))
      var lanes = EdgeLanes<EdgeSingles>(origin: setup.origin)
      for lane in 0..<size {
        let estimate = moments.coordinates(Double(m0[lane]), Double(m1[lane]), Double(m2[lane]))
        output.numbers[first + group + lane] = EdgeNumbers(coordinates: estimate)
        if estimate.isUsable { lanes.set(lane, estimate, pivot: 0) }
      }
      for round in 1...Self.lockstep {
        spaces.singles.evaluate(
          lanes, into: spaces.singles.present, PoissonScoring<EdgeSingles>.self, values: UnsafePointer(values))
        let step = spaces.singles.solve(
          spaces.singles.present, damping: .zero, widths: (lanes.s, lanes.s2), smallestWidth: smallest)
        lanes = spaces.singles.moved(lanes, step, smallestWidth: smallest)
        guard round == Self.lockstep else { continue }
        for lane in 0..<size where output.numbers[first + group + lane].coordinates.isUsable {
          if !finish(first + group + lane, lane, lanes, step, steps: Int32(round), isLast: false) {
            pending.append(group + lane)
          }
        }
      }
    }
    if !pending.isEmpty { furtherSteps(first, pending, spaces) }
  }

  /// Keeps the coordinates of a lane when it has come to an end; says whether it has.
  private func finish(
    _ problem: Int, _ lane: Int, _ lanes: EdgeLanes<EdgeSingles>, _ step: EdgeStep<EdgeSingles>, steps: Int32,
    isLast: Bool
  ) -> Bool {
    let isLost = isLost(lanes, step, lane)
    let hasConverged = !isLost && Double(step.distance[lane]) <= quickTolerance && step.fraction[lane] == 1
    let place = output.numbers + problem
    place.pointee.state = hasConverged ? .converged : .maxIterations
    place.pointee.iterations = steps
    // A lost problem begins again from its estimate, in double precision.
    if !isLost {
      let coordinates = lanes.coordinates(lane)
      if coordinates.isUsable { place.pointee.coordinates = coordinates }
    }
    return hasConverged || isLost || isLast
  }

  /// Further steps for the problems of `list`.
  private func furtherSteps(_ first: Int, _ list: [Int], _ spaces: borrowing EdgeSpaces) {
    let width = EdgeSingles.laneCount
    let thresholds = setup.thresholds.count
    let smallest = EdgeSingles.all(smallestWidth)
    var lanes = EdgeLanes<EdgeSingles>(origin: setup.origin)
    var row = [Int](repeating: -1, count: width)
    var next = 0
    var active = 0
    let limit = Int32(min(options.maximumIterations, 12))
    func refill(_ lane: Int) {
      row[lane] = -1
      guard next < list.count else {
        spaces.singles.clear(lane)
        lanes.set(lane, EdgeCoordinates(tail: 1, line: 1, s: 1, position: setup.origin, s2: 1), pivot: 0)
        return
      }
      row[lane] = list[next]
      next += 1
      active += 1
      // Below the problems of the chunk, so inside the blocks.
      let values = spaces.blocks + row[lane] / width * thresholds
      for k in 0..<thresholds { spaces.singles.values[k][lane] = values[k][row[lane] % width] }
      lanes.set(lane, output.numbers[first + row[lane]].coordinates, pivot: 0)
    }
    for lane in 0..<width { refill(lane) }
    while active > 0 {
      spaces.singles.evaluate(lanes, into: spaces.singles.present, PoissonScoring<EdgeSingles>.self)
      let step = spaces.singles.solve(
        spaces.singles.present, damping: .zero, widths: (lanes.s, lanes.s2), smallestWidth: smallest)
      lanes = spaces.singles.moved(lanes, step, smallestWidth: smallest)
      for lane in 0..<width where row[lane] >= 0 {
        let problem = first + row[lane]
        let steps = output.numbers[problem].iterations + 1
        guard finish(problem, lane, lanes, step, steps: steps, isLast: steps >= limit) else { continue }
        active -= 1
        refill(lane)
      }
    }
  }
}
