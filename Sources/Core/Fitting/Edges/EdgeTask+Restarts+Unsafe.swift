extension EdgeTask {
  /// Further starts, with damping, for problems that have not converged or fit badly.
  func startAgain<Pass: EdgePass>(
    _ source: EdgeSource, _ first: Int, _ count: Int, _ pivots: [Double],
    _ workspace: borrowing EdgeWorkspace<EdgeDoubles>, _: Pass.Type
  ) where Pass.Vector == EdgeDoubles {
    var changed: [Int] = []
    var queue: [(row: Int, start: EdgeCoordinates)] = []
    for row in 0..<count {
      let numbers = output.numbers[first + row]
      let isPoor = !(numbers.probability >= options.restartProbability) && isPoisson
      guard !(numbers.state.isUsable && !isPoor) else { continue }
      let estimate = estimate(source, first + row)
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
          starts.append(base.withTail(width: ratio * base.s2))
        }
      }
      let usable = starts.filter(\.isUsable)
      guard !usable.isEmpty else { continue }
      changed.append(row)
      output.numbers[first + row].restarts = Int32(usable.count)
      queue += usable.map { (row, $0) }
    }
    guard !queue.isEmpty else { return }
    DampedEdges(task: self, queue: queue).run(source, first, pivots, workspace, Pass.self)
    summarise(source, first, changed, pivots, workspace, Pass.self)
  }

  /// The start values of one problem, from all its values.
  private func estimate(_ source: EdgeSource, _ problem: Int) -> EdgeCoordinates {
    let values = (0..<setup.thresholds.count).map { source.value(problem, $0) }
    // As many values as thresholds.
    return values.withUnsafeBufferPointer { $0.baseAddress.map { moments.estimate($0) } ?? EdgeCoordinates() }
  }
}
