import Dispatch
import Synchronization

extension EdgeFitter {
  /// Problems that a thread takes at a time: their rows stay in its second-level cache.
  static var chunkLength: Int { 64 }

  /// Fits pixels of a scan; `used` are the thresholds with live time.
  static func run(
    _ scan: EdgeScan, _ used: [Int], _ setup: EdgeSetup, _ options: EdgeFitOptions, _ result: inout EdgeFitResult
  ) {
    let pixels = result.pixels
    let chunks = (pixels.count + chunkLength - 1) / chunkLength
    guard chunks > 0 else { return }
    let parts = max(1, min(options.threads, chunks))
    let next = Atomic(0)
    scan.counts.withUnsafeBufferPointer { counts in
      pixels.withUnsafeBufferPointer { numbers in
        // Read by all threads, alive until `concurrentPerform` returns.
        let source = EdgeSource(
          counts: counts.baseAddress, pixels: numbers.baseAddress, used: used, pixelCount: scan.pixelCount)
        write(&result) { output in
          let task = task(setup, options, output)
          DispatchQueue.concurrentPerform(iterations: parts) { _ in
            let spaces = EdgeSpaces(setup: setup)
            while true {
              let chunk = next.add(1, ordering: .relaxed).oldValue
              guard chunk < chunks else { return }
              let range = chunk * chunkLength..<min((chunk + 1) * chunkLength, pixels.count)
              let pivots = options.secondLine == nil ? [] : range.map { options.pivots[pixels[$0]] }
              task.run(source, first: range.lowerBound, count: range.count, pivots: pivots, spaces)
            }
          }
        }
      }
    }
  }

  /// Fits one curve.
  static func run(
    _ values: [Double], _ weights: [Double]?, _ setup: EdgeSetup, _ options: EdgeFitOptions,
    _ result: inout EdgeFitResult
  ) {
    write(&result) { output in
      let task = task(setup, options, output)
      let source = EdgeSource(values: values, weights: weights)
      task.run(source, first: 0, count: 1, pivots: options.pivots, EdgeSpaces(setup: setup))
    }
  }

  private static func task(_ setup: EdgeSetup, _ options: EdgeFitOptions, _ output: EdgeColumns) -> EdgeTask {
    let start = options.start.map { values in
      var c = setup.equation.coordinates(values)
      if setup.hasBackground { c.background = 0.01 * c.line }
      return c
    }
    return EdgeTask(setup: setup, options: options, start: start, output: output)
  }

  /// Gives `body` the arrays of a result; `EdgeFitResult.init` has made them n·P, n·P² and n long.
  private static func write(_ result: inout EdgeFitResult, _ body: (EdgeColumns) -> Void) {
    var numbers = [EdgeNumbers](repeating: EdgeNumbers(), count: result.pixels.count)
    result.parameters.withUnsafeMutableBufferPointer { parameters in
      result.covariance.withUnsafeMutableBufferPointer { covariance in
        numbers.withUnsafeMutableBufferPointer { numbers in
          guard let a = parameters.baseAddress, let b = covariance.baseAddress, let c = numbers.baseAddress else {
            return
          }
          body(EdgeColumns(parameters: a, covariance: b, numbers: c))
        }
      }
    }
    for (i, one) in numbers.enumerated() {
      result.objective[i] = one.objective
      result.degreesOfFreedom[i] = one.degrees
      result.mergedChiSquare[i] = one.mergedChiSquare
      result.mergedDegreesOfFreedom[i] = one.mergedDegrees
      result.probability[i] = one.probability
      result.distance[i] = one.distance
      result.iterations[i] = one.iterations
      result.restarts[i] = one.restarts
      result.states[i] = one.state
      result.hasObservedCovariance[i] = one.isObserved
    }
  }
}
