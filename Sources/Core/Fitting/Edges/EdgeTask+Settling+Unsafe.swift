extension EdgeTask {
  /// Takes Newton's steps, one problem after the other, where scoring has found no rest: a few in a hundred thousand with
  /// one width, half of all with two.
  ///
  /// What it finds counts if it lies no higher. With two widths, and where the expected information has no inverse, the
  /// covariance is that of the observed information.
  func settle<Pass: EdgePass>(
    _ source: EdgeSource, _ first: Int, _ count: Int, _ pivots: [Double],
    _ workspace: borrowing EdgeWorkspace<EdgeDoubles>, _: Pass.Type
  ) where Pass.Vector == EdgeDoubles {
    let rows = (0..<count).filter {
      let numbers = output.numbers[first + $0]
      return !numbers.state.isUsable && numbers.coordinates.isUsable
    }
    guard !rows.isEmpty else { return }
    let newton = EdgeNewton<Pass>(task: self)
    var ends: [EdgeNewton<Pass>.End] = []
    for row in rows {
      var lanes = EdgeLanes<EdgeDoubles>(origin: setup.origin)
      let numbers = output.numbers[first + row]
      for lane in 0..<EdgeDoubles.laneCount {
        load(lane, first, row, &lanes, numbers.coordinates, source, pivots, workspace)
      }
      let end = newton.run(numbers.coordinates, pivot: pivots.isEmpty ? 0 : pivots[row], workspace)
      ends.append(end)
      // Every row of the chunk has a place in the output.
      let place = output.numbers + first + row
      place.pointee.iterations += end.iterations
      guard end.state.isUsable else { continue }
      place.pointee.coordinates = end.coordinates
      place.pointee.state = end.state
    }
    let settled = rows.indices.filter { ends[$0].state.isUsable }
    summarise(source, first, settled.map { rows[$0] }, pivots, workspace, Pass.self)
    for index in settled { keep(ends[index], first + rows[index]) }
  }

  /// State, distance and covariance of a problem that Newton's steps have settled.
  private func keep<Pass: EdgePass>(_ end: EdgeNewton<Pass>.End, _ problem: Int) where Pass.Vector == EdgeDoubles {
    let isExpected = output.numbers[problem].state.isUsable && !setup.equation.hasTwoWidths
    output.numbers[problem].state = end.state
    output.numbers[problem].distance = end.distance
    guard !isExpected else { return }
    output.numbers[problem].isObserved = true
    let p = setup.parameters
    let jacobian = setup.equation.derivatives(end.coordinates, count: p).jacobian
    func element(_ i: Int, _ j: Int) -> Double {
      var sum = 0.0
      for k in 0..<p {
        for l in 0..<p { sum += jacobian[i * p + k] * end.covariance[k * p + l] * jacobian[j * p + l] }
      }
      return sum
    }
    // p × p places belong to each problem.
    let target = output.covariance + problem * p * p
    for i in 0..<p {
      for j in 0...i {
        target[i * p + j] = element(i, j)
        target[j * p + i] = target[i * p + j]
      }
    }
  }
}
