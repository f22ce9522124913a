extension EdgeTask {
  /// Objective, covariance and goodness of `count` problems from `first` on, eight at a time.
  func summariseAll<Pass: EdgePass>(
    _ source: EdgeSource, _ first: Int, _ count: Int, _ pivots: [Double],
    _ workspace: borrowing EdgeWorkspace<EdgeDoubles>, _: Pass.Type
  ) where Pass.Vector == EdgeDoubles {
    let width = EdgeDoubles.laneCount
    for group in stride(from: 0, to: count, by: width) {
      let size = min(width, count - group)
      source.load(first + group, count: size, to: workspace.values)
      if !isPoisson {
        for k in 0..<setup.thresholds.count {
          for lane in 0..<size { workspace.weights[k][lane] = source.weight(first + group + lane, k) }
        }
      }
      var lanes = EdgeLanes<EdgeDoubles>(origin: setup.origin)
      for lane in 0..<size {
        let coordinates = output.numbers[first + group + lane].coordinates
        guard coordinates.isUsable else { continue }
        lanes.set(lane, coordinates, pivot: pivots.isEmpty ? 0 : pivots[group + lane])
      }
      summarise(lanes, (0..<size).map { first + group + $0 }, workspace, Pass.self)
    }
  }

  /// The same for some problems, counted from `first`.
  func summarise<Pass: EdgePass>(
    _ source: EdgeSource, _ first: Int, _ list: [Int], _ pivots: [Double],
    _ workspace: borrowing EdgeWorkspace<EdgeDoubles>, _: Pass.Type
  ) where Pass.Vector == EdgeDoubles {
    let width = EdgeDoubles.laneCount
    for group in stride(from: 0, to: list.count, by: width) {
      let size = min(width, list.count - group)
      var lanes = EdgeLanes<EdgeDoubles>(origin: setup.origin)
      for lane in 0..<width {
        guard lane < size, output.numbers[first + list[group + lane]].coordinates.isUsable else {
          workspace.clear(lane)
          continue
        }
        let row = list[group + lane]
        load(lane, first, row, &lanes, output.numbers[first + row].coordinates, source, pivots, workspace)
      }
      summarise(lanes, (0..<size).map { first + list[group + $0] }, workspace, Pass.self)
    }
  }

  /// The problems of the lanes, each with a place in `output`.
  private func summarise<Pass: EdgePass>(
    _ lanes: EdgeLanes<EdgeDoubles>, _ problems: [Int], _ workspace: borrowing EdgeWorkspace<EdgeDoubles>, _: Pass.Type
  ) where Pass.Vector == EdgeDoubles {
    workspace.evaluate(lanes, into: workspace.present, Pass.self)
    let step = workspace.solve(
      workspace.present, damping: .zero, widths: (lanes.s, lanes.s2), smallestWidth: EdgeDoubles.all(smallestWidth))
    // The matrix of the trial point is free and holds the inverse.
    workspace.invert(into: workspace.tried)
    let goodness =
      isPoisson
      ? mergedGoodness(workspace) : (chiSquare: workspace.present[EdgeWorkspace<EdgeDoubles>.valuePlace], bins: .zero)
    var degrees = goodness.bins - EdgeDoubles.all(Double(setup.parameters))
    var used = [Int](repeating: setup.thresholds.count, count: problems.count)
    if !isPoisson {
      for lane in problems.indices {
        used[lane] = (0..<setup.thresholds.count).reduce(0) { $0 + (workspace.weights[$1][lane] > 0 ? 1 : 0) }
        degrees[lane] = Double(used[lane] - setup.parameters)
      }
    }
    let probabilities = finiteSums.upperTails(goodness.chiSquare, degrees: degrees)
    let p = setup.equation.parameterCount + (setup.hasBackground ? 1 : 0)
    withUnsafeTemporaryAllocation(of: EdgeDoubles.self, capacity: p + 3 * p * p) { scratch in
      guard let values = scratch.baseAddress else { return }
      // p values, then Jacobian, its product with the inverse, and the covariance.
      let jacobian = values + p, product = jacobian + p * p, covariance = product + p * p
      setup.equation.write(lanes, count: p, values: values, jacobian: jacobian)
      transform(jacobian, workspace.tried, count: p, product: product, covariance: covariance)
      for (lane, problem) in problems.enumerated() {
        var numbers = output.numbers[problem]
        numbers.degrees = used[lane] - setup.parameters
        let target = output.covariance + problem * p * p
        guard numbers.coordinates.isUsable else {
          if numbers.state == .converged { numbers.state = .nonFinite }
          output.numbers[problem] = numbers
          continue
        }
        numbers.objective = workspace.present[EdgeWorkspace<EdgeDoubles>.valuePlace][lane]
        numbers.distance = step.distance[lane]
        if numbers.state == .converged || numbers.state == .atBound {
          numbers.state = step.bound[lane] != 0 ? .atBound : .converged
          if step.definite[lane] == 0 { numbers.state = .singular }
          if !(numbers.distance <= settledTolerance) { numbers.state = .maxIterations }
          if !numbers.objective.isFinite { numbers.state = .nonFinite }
        }
        numbers.mergedChiSquare = goodness.chiSquare[lane]
        numbers.mergedDegrees = Int(degrees[lane])
        numbers.probability = probabilities[lane]
        if numbers.probability.isNaN {
          numbers.probability = ChiSquare.upperTail(
            numbers.mergedChiSquare, degreesOfFreedom: numbers.mergedDegrees)
        }
        for i in 0..<p { output.parameters[problem * p + i] = values[i][lane] }
        if numbers.state.isUsable {
          for i in 0..<p * p { target[i] = covariance[i][lane] }
        } else {
          for i in 0..<p * p { target[i] = .nan }
        }
        output.numbers[problem] = numbers
      }
    }
  }

  /// J C Jᵀ, all p × p.
  private func transform(
    _ jacobian: UnsafeMutablePointer<EdgeDoubles>, _ inverse: UnsafeMutablePointer<EdgeDoubles>, count p: Int,
    product: UnsafeMutablePointer<EdgeDoubles>, covariance: UnsafeMutablePointer<EdgeDoubles>
  ) {
    for i in 0..<p {
      for j in 0..<p {
        var sum = EdgeDoubles.zero
        for k in 0..<p { sum = EdgeDoubles.multiplyAdd(jacobian[i * p + k], inverse[k * p + j], sum) }
        product[i * p + j] = sum
      }
    }
    for i in 0..<p {
      for j in 0...i {
        var sum = EdgeDoubles.zero
        for k in 0..<p { sum = EdgeDoubles.multiplyAdd(product[i * p + k], jacobian[j * p + k], sum) }
        covariance[i * p + j] = sum
        covariance[j * p + i] = sum
      }
    }
  }

  /// Pearson's χ² and the number of bins, neighbouring thresholds merged from the high end until 5 counts are expected in each.
  ///
  /// `values` and `means` of the workspace hold a vector for each threshold.
  private func mergedGoodness(
    _ workspace: borrowing EdgeWorkspace<EdgeDoubles>
  ) -> (chiSquare: EdgeDoubles, bins: EdgeDoubles) {
    let zero = EdgeDoubles.zero
    let one = EdgeDoubles.all(1)
    let five = EdgeDoubles.all(5)
    var chiSquare = zero, bins = zero
    var expected = zero, found = zero
    var lastExpected = one, lastFound = one
    var k = setup.thresholds.count
    while k > 0 {
      k -= 1
      expected += workspace.means[k]
      found += workspace.values[k]
      let isFull = EdgeDoubles.isAtMost(five, expected)
      let difference = found - expected
      let addition = difference * difference / expected.replacing(with: one, where: EdgeDoubles.isLess(expected, five))
      chiSquare += zero.replacing(with: addition, where: isFull)
      bins += zero.replacing(with: one, where: isFull)
      lastExpected.replace(with: expected, where: isFull)
      lastFound.replace(with: found, where: isFull)
      expected.replace(with: zero, where: isFull)
      found.replace(with: zero, where: isFull)
    }
    // What is left at the low end joins its neighbour.
    let isLeft = EdgeDoubles.both(EdgeDoubles.isLess(zero, expected), EdgeDoubles.isLess(zero, bins))
    let before = lastFound - lastExpected
    let sum = lastExpected + expected
    let after = lastFound + found - sum
    let change = after * after / sum - before * before / lastExpected
    chiSquare += zero.replacing(with: change, where: isLeft)
    return (chiSquare, bins)
  }
}
