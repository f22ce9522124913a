extension EdgeTask {
  /// Fits an equation with two widths from the best fit with one, which is a point of it.
  ///
  /// From there the tail's width goes its way on both sides of √2 times the line's, where the derivatives of `F2s_0` depend on
  /// each other; each way goes down only, so that no fit ends higher than the one with one width. Damped scoring comes near
  /// the minima; Newton's steps settle the lowest.
  func widthsOneByOne<Pass: EdgePass>(
    _ source: EdgeSource, _ first: Int, _ count: Int, _ pivots: [Double],
    _ workspace: borrowing EdgeWorkspace<EdgeDoubles>, _: Pass.Type
  ) where Pass.Vector == EdgeDoubles {
    var queue: [(row: Int, start: EdgeCoordinates)] = []
    for (row, one) in oneWidth(source, first, count, pivots).enumerated() {
      let state = one.coordinates.isUsable ? FitState.maxIterations : .emptyInput
      output.numbers[first + row] = EdgeNumbers(coordinates: one.coordinates, state: state)
      guard one.coordinates.isUsable else { continue }
      queue += [1, 0.5, 2.5].map { (row, one.coordinates.withTail(width: $0 * one.coordinates.s2)) }
    }
    var quick = self
    quick.options.maximumIterations = min(options.maximumIterations, 25)
    DampedEdges(task: quick, queue: queue).run(source, first, pivots, workspace, Pass.self)
    summariseAll(source, first, count, pivots, workspace, Pass.self)
    settle(source, first, count, pivots, workspace, Pass.self)
    startAgain(source, first, count, pivots, workspace, Pass.self)
    settle(source, first, count, pivots, workspace, Pass.self)
  }

  /// The fits of the same problems with one width.
  private func oneWidth(_ source: EdgeSource, _ first: Int, _ count: Int, _ pivots: [Double]) -> [EdgeNumbers] {
    var single = setup
    single.equation = setup.equation.withOneWidth
    let given = start.map { $0.withTail(width: $0.s2) }
    // The problems of the chunk, counted from 0, with results of their own.
    var part = source
    if let pixels = source.pixels { part.pixels = pixels + first }
    let size = single.equation.parameterCount + (setup.hasBackground ? 1 : 0)
    var numbers = [EdgeNumbers](repeating: EdgeNumbers(), count: count)
    var parameters = [Double](repeating: .nan, count: count * size)
    var covariance = [Double](repeating: .nan, count: count * size * size)
    parameters.withUnsafeMutableBufferPointer { parameters in
      covariance.withUnsafeMutableBufferPointer { covariance in
        numbers.withUnsafeMutableBufferPointer { numbers in
          guard let a = parameters.baseAddress, let b = covariance.baseAddress, let c = numbers.baseAddress else {
            return
          }
          let task = EdgeTask(
            setup: single, options: options, start: given,
            output: EdgeColumns(parameters: a, covariance: b, numbers: c))
          task.run(part, first: 0, count: count, pivots: pivots, EdgeSpaces(setup: single))
        }
      }
    }
    return numbers
  }
}

extension EdgeCoordinates {
  /// The same with another width of the tail, its slope far below the edge unchanged.
  func withTail(width: Double) -> EdgeCoordinates {
    var other = self
    other.s = width
    other.tail *= width / s
    return other
  }
}
