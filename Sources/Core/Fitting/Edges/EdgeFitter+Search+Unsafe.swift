import Dispatch
import Errors
import Synchronization

extension EdgeFitter {
  /// Fits pixels by least squares as MINPACK's `lmdif` does: y = n/T with u = √n/T, thresholds without counts left out, one start.
  ///
  /// For comparison with results obtained that way; `fit` with `EdgeObjective.leastSquares` finds the same minima where they are
  /// unique, ten times faster. States: `converged`, `maxIterations` (evaluations used up, or fewer points than parameters).
  /// Covariances are (JᵀJ)⁻¹, not scaled, of the last Jacobian.
  ///
  /// - Parameters:
  ///   - scan: the counts.
  ///   - pixels: which pixels.
  ///   - shifts: subtracted from the thresholds of each pixel of the scan; empty for none.
  ///   - equation: what is fitted.
  ///   - start: where to start; `nil` for an estimate from the counts of each pixel.
  ///   - threads: number of threads; the result does not depend on it.
  /// - Throws: `fit.shape` for wrong numbers of start values or shifts.
  public static func search(
    _ scan: EdgeScan, pixels: [Int], shifts: [Double] = [], equation: EdgeEquation, start: [Double]?, threads: Int = 1
  ) throws(CavernError) -> EdgeFitResult {
    try check(start, equation)
    guard shifts.isEmpty || shifts.count == scan.pixelCount, pixels.allSatisfy({ (0..<scan.pixelCount).contains($0) })
    else {
      throw CavernError("fit.shape", "\(shifts.count) shifts for \(scan.pixelCount) pixels", exit: .internal)
    }
    let used = scan.exposures.indices.filter { scan.exposures[$0] > 0 }
    let setup = EdgeSetup(
      equation: equation, thresholds: used.map { scan.thresholds[$0] }, exposures: used.map { scan.exposures[$0] },
      secondLine: nil, hasBackground: false)
    var result = EdgeFitResult(parameterNames: equation.parameterNames, pixels: pixels)
    let chunks = (pixels.count + chunkLength - 1) / chunkLength
    var outcomes = [SearchEnd?](repeating: nil, count: pixels.count)
    let next = Atomic(0)
    scan.counts.withUnsafeBufferPointer { counts in
      outcomes.withUnsafeMutableBufferPointer { outcomes in
        guard let base = counts.baseAddress, let target = outcomes.baseAddress else { return }
        // `counts` is read by all threads, `target` written by each at the places of its own chunks.
        let shared = SharedSearch(counts: base, ends: target)
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, chunks))) { _ in
          let worker = SearchWorker(setup: setup)
          while true {
            let chunk = next.add(1, ordering: .relaxed).oldValue
            guard chunk < chunks else { return }
            for place in chunk * chunkLength..<min((chunk + 1) * chunkLength, pixels.count) {
              let pixel = pixels[place]
              let column = shared.counts + pixel
              shared.ends[place] = worker.fit(start, shift: shifts.isEmpty ? 0 : shifts[pixel]) { k in
                Double(column[used[k] * scan.pixelCount])
              }
            }
          }
        }
      }
    }
    for (place, end) in outcomes.enumerated() { if let end { write(end, place, &result) } }
    return result
  }

  /// The same for one curve with values and uncertainties of its own; points with an uncertainty of 0 are left out.
  ///
  /// - Throws: `fit.shape` for different numbers of thresholds, values and errors.
  public static func search(
    thresholds: [Double], values: [Double], errors: [Double], equation: EdgeEquation, start: [Double]?
  ) throws(CavernError) -> EdgeFitResult {
    try check(start, equation)
    guard values.count == thresholds.count, errors.count == thresholds.count else {
      throw CavernError("fit.shape", "\(values.count) values for \(thresholds.count) thresholds", exit: .internal)
    }
    let setup = EdgeSetup(
      equation: equation, thresholds: thresholds, exposures: thresholds.map { _ in 1 }, secondLine: nil,
      hasBackground: false)
    var result = EdgeFitResult(parameterNames: equation.parameterNames, pixels: [0])
    let worker = SearchWorker(setup: setup)
    write(worker.fit(start, shift: 0, errors: errors) { values[$0] }, 0, &result)
    return result
  }

  private static func check(_ start: [Double]?, _ equation: EdgeEquation) throws(CavernError) {
    guard let start, start.count != equation.parameterCount else { return }
    throw CavernError(
      "fit.shape", "\(start.count) start values for \(equation.parameterCount) parameters of \(equation.rawValue)",
      exit: .internal)
  }

  private static func write(_ end: SearchEnd, _ place: Int, _ result: inout EdgeFitResult) {
    let p = result.parameterCount
    for i in 0..<p { result.parameters[place * p + i] = end.outcome.parameters[i] }
    for i in 0..<p * p { result.covariance[place * p * p + i] = end.outcome.covariance[i] }
    result.objective[place] = end.outcome.sum
    result.degreesOfFreedom[place] = end.points - p
    result.mergedChiSquare[place] = end.outcome.sum
    result.mergedDegreesOfFreedom[place] = end.points - p
    result.probability[place] = ChiSquare.upperTail(end.outcome.sum, degreesOfFreedom: end.points - p)
    result.iterations[place] = Int32(end.outcome.evaluations)
    result.states[place] = end.outcome.state
  }
}

/// Where the search for one curve ended.
private struct SearchEnd: Sendable {
  var outcome: DifferenceSearch.Outcome
  var points: Int
}

private struct SharedSearch: @unchecked Sendable {
  let counts: UnsafePointer<UInt32>
  let ends: UnsafeMutablePointer<SearchEnd?>
}

/// The memory of one thread: points, Jacobian, and a row for the estimate.
private struct SearchWorker: ~Copyable {
  let setup: EdgeSetup
  let points: EdgeResiduals
  let search: DifferenceSearch
  let moments: EdgeMoments

  init(setup: EdgeSetup) {
    self.setup = setup
    points = EdgeResiduals(capacity: setup.thresholds.count)
    search = DifferenceSearch(
      capacity: EdgeResiduals.padded(setup.thresholds.count), columns: setup.equation.parameterCount)
    moments = EdgeMoments(setup)
  }

  /// Fits one curve; `value(k)` is its value at threshold `k`, counts where there are no `errors`.
  func fit(_ start: [Double]?, shift: Double, errors: [Double]? = nil, _ value: (Int) -> Double) -> SearchEnd {
    var count = 0
    for k in setup.thresholds.indices {
      let n = value(k)
      let seconds = setup.exposures[k]
      let error = errors.map { $0[k] } ?? n.squareRoot() / seconds
      guard error > 0 else { continue }
      points.set(count, threshold: setup.thresholds[k] - shift, value: n / seconds, error: error)
      count += 1
    }
    points.close(count)
    let p = setup.equation.parameterCount
    guard count >= p else {
      let nothing = [Double](repeating: .nan, count: p * p)
      let outcome = DifferenceSearch.Outcome(
        parameters: Array(nothing.prefix(p)), sum: .nan, state: .maxIterations, evaluations: 0, covariance: nothing)
      return SearchEnd(outcome: outcome, points: count)
    }
    let first = start ?? estimate(shift, value)
    let outcome =
      setup.equation.hasTwoWidths
      ? lowest(from: first, count: count) : search.run(points.function(setup.equation, count: count), from: first)
    return SearchEnd(outcome: outcome, points: count)
  }

  /// The lowest of the minima of an equation with two widths that are found from a start and from the best fit with one width.
  ///
  /// Its valleys are flat: the tolerances are met long before the bottom, and each search goes on from there until it gains
  /// nothing more.
  private func lowest(from start: [Double], count: Int) -> DifferenceSearch.Outcome {
    let function = points.function(setup.equation, count: count)
    func descend(_ start: [Double]) -> DifferenceSearch.Outcome {
      var outcome = search.run(function, from: start)
      for _ in 0..<20 {
        let again = search.run(function, from: outcome.parameters)
        guard again.sum <= outcome.sum else { break }
        let gain = outcome.sum - again.sum
        outcome = again
        if gain < 1e-8 { break }
      }
      return outcome
    }
    let single = setup.equation.withOneWidth
    let oneWidth = search.run(
      points.function(single, count: count), from: [start[0], start[1], start[2], start[4]]
    ).parameters
    // The tail's width on both sides of √2 times the line's, where the derivatives of F2s_0 depend on each other.
    let ends =
      [descend(start)]
      + [0.05, 0.5, 1, 1.8].map { ratio in
        descend([oneWidth[0], oneWidth[1], ratio * oneWidth[2], oneWidth[2], oneWidth[3]])
      }
    let found = ends.filter { $0.state == .converged && $0.sum.isFinite }
    return found.min { $0.sum < $1.sum } ?? ends[0]
  }

  private func estimate(_ shift: Double, _ value: (Int) -> Double) -> [Double] {
    let row = setup.thresholds.indices.map(value)
    var c = row.withUnsafeBufferPointer { row in
      // As long as the thresholds, which is what the estimate reads.
      row.baseAddress.map { moments.estimate($0) } ?? EdgeCoordinates()
    }
    c.position -= shift
    return setup.equation.parameters(c)
  }
}
