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

/// Seconds of processor time that this process has used so far, all its threads together.
///
/// For work on one core this is the time on the wall without what other processes of the machine take away, so that a
/// comparison holds on a busy machine as well. The twin measures itself in the same way.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

/// Seconds per call of `body`, called until at least `least` seconds are over: short work is not timed call by call.
func secondsPerCall(atLeast least: Double = 0.05, _ body: () throws -> Void) rethrows -> Double {
  var calls = 0
  let start = processorSeconds()
  var spent = 0.0
  while spent < least {
    try body()
    calls += 1
    spent = processorSeconds() - start
  }
  return spent / Double(calls)
}
