import Dispatch

/// Where the results of a batch go; every thread writes the elements of its own problems only.
struct ResultColumns: @unchecked Sendable {
  let parameters: UnsafeMutablePointer<Double>
  let covariance: UnsafeMutablePointer<Double>
  let squares: UnsafeMutablePointer<Double>
  let objective: UnsafeMutablePointer<Double>
  let degrees: UnsafeMutablePointer<Int>
  let iterations: UnsafeMutablePointer<Int>
  let evaluations: UnsafeMutablePointer<Int>
  let states: UnsafeMutablePointer<FitState>
}

/// What all threads read.
struct BatchInput: @unchecked Sendable {
  let x: UnsafePointer<Double>
  let y: UnsafePointer<Double>
  let weights: UnsafePointer<Double>?
  let starts: UnsafePointer<Double>?
  let offsets: UnsafePointer<Int>
  let hasSharedX: Bool
}

extension BatchFitter {
  /// Splits the batch into ranges of problems and fits them on as many threads as asked for.
  static func run<Model: PeakModel>(
    _ batch: ProfileBatch, _: Model.Type, _ starts: [Double]?, _ constraints: FitConstraints, _ options: FitOptions
  ) -> BatchFitResult {
    var result = BatchFitResult(parameterNames: Model.parameterNames, problemCount: batch.count)
    guard batch.count > 0 else { return result }
    let longest = (0..<batch.count).reduce(0) { max($0, batch.offsets[$1 + 1] - batch.offsets[$1]) }
    // The arrays outlive the closure, and `concurrentPerform` returns only when all parts are done. Their sizes follow
    // from `BatchFitResult.init` (outputs) and `ProfileBatch.init` and `fit` (inputs); empty arrays are never read.
    withPointers(batch, starts, &result) { input, output in
      let problems = batch.count
      let parts = min(options.threads, problems)
      let task = BatchTask<Model>(input: input, output: output, constraints: constraints, options: options)
      if parts == 1 {
        task.run(0..<problems, longest: longest)
      } else {
        // Small ranges taken in turn, because fits differ in length.
        let length = max(1, min(64, problems / parts))
        let ranges = (problems + length - 1) / length
        DispatchQueue.concurrentPerform(iterations: parts) { part in
          for range in stride(from: part, to: ranges, by: parts) {
            task.run(range * length..<min((range + 1) * length, problems), longest: longest)
          }
        }
      }
    }
    return result
  }

  private static func withPointers(
    _ batch: ProfileBatch, _ starts: [Double]?, _ result: inout BatchFitResult,
    _ body: (BatchInput, ResultColumns) -> Void
  ) {
    let none: [Double] = [0]
    batch.x.withUnsafeBufferPointer { x in
      batch.y.withUnsafeBufferPointer { y in
        batch.offsets.withUnsafeBufferPointer { offsets in
          (batch.weights ?? none).withUnsafeBufferPointer { weights in
            (starts ?? none).withUnsafeBufferPointer { starting in
              guard let offsetBase = offsets.baseAddress, let placeholder = weights.baseAddress ?? x.baseAddress else {
                return
              }
              let input = BatchInput(
                x: x.baseAddress ?? placeholder, y: y.baseAddress ?? placeholder,
                weights: batch.weights == nil ? nil : weights.baseAddress,
                starts: starts == nil ? nil : starting.baseAddress, offsets: offsetBase, hasSharedX: batch.hasSharedX)
              write(input, &result, body)
            }
          }
        }
      }
    }
  }

  private static func write(
    _ input: BatchInput, _ result: inout BatchFitResult, _ body: (BatchInput, ResultColumns) -> Void
  ) {
    result.parameters.withUnsafeMutableBufferPointer { parameters in
      result.covariance.withUnsafeMutableBufferPointer { covariance in
        result.residualSumOfSquares.withUnsafeMutableBufferPointer { squares in
          result.objective.withUnsafeMutableBufferPointer { objective in
            result.degreesOfFreedom.withUnsafeMutableBufferPointer { degrees in
              result.iterations.withUnsafeMutableBufferPointer { iterations in
                result.evaluations.withUnsafeMutableBufferPointer { evaluations in
                  result.states.withUnsafeMutableBufferPointer { states in
                    guard let a = parameters.baseAddress, let b = covariance.baseAddress, let c = squares.baseAddress,
                      let d = objective.baseAddress, let e = degrees.baseAddress, let f = iterations.baseAddress,
                      let g = evaluations.baseAddress, let h = states.baseAddress
                    else { return }
                    body(
                      input,
                      ResultColumns(
                        parameters: a, covariance: b, squares: c, objective: d, degrees: e, iterations: f,
                        evaluations: g, states: h))
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
