import Foundation

/// A few measurements of one quantity.
struct Sample {
  var values: [Double]

  var median: Double {
    let sorted = values.sorted()
    guard let last = sorted.last else { return .nan }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : min(sorted[middle], last)
  }
  var least: Double { values.min() ?? .nan }
  var most: Double { values.max() ?? .nan }
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  try ContinuousClock().measure(body) / .seconds(1)
}

/// Seconds per call of `body`, called until at least `least` seconds are over: short work is not timed call by call.
func secondsPerCall(atLeast least: Double = 0.05, _ body: () throws -> Void) rethrows -> Double {
  var calls = 0
  var spent = 0.0
  while spent < least {
    spent += try seconds(body)
    calls += 1
  }
  return spent / Double(calls)
}
