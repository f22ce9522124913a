import Glibc

/// The base-10 logarithm.
func base10(_ value: Double) -> Double { Glibc.log10(value) }

/// Central intervals and tails of Poisson counts.
public enum PoissonInterval {
  /// The 68.27 % interval of the mean of a count.
  ///
  /// Exact (F. Garwood, Biometrika 28 (1936) 437) below 20, N ± √N from there on.
  public static func central(_ count: Int) -> (lower: Double, upper: Double) {
    guard count < 20 else {
      let root = Double(count).squareRoot()
      return (Double(count) - root, Double(count) + root)
    }
    let tail = 0.158_655_253_931_457_05
    let lower = count == 0 ? 0 : solve { 1 - lowerTail(count - 1, mean: $0) - tail }
    let upper = solve { tail - lowerTail(count, mean: $0) }
    return (lower, upper)
  }

  /// The chance of `count` or more hits where `mean` are expected.
  public static func upperTail(_ count: Int, mean: Double) -> Double {
    guard count > 0 else { return 1 }
    guard mean > 0 else { return 0 }
    guard Double(count) > mean else { return 1 - lowerTail(count - 1, mean: mean) }
    // Far above the mean the terms fall; their sum is taken from the first, so that small chances keep their digits.
    var term = exp(Double(count) * log(mean) - mean - lgamma(Double(count) + 1))
    var sum = 0.0
    var number = Double(count)
    while term > sum * 1e-16, term > 0 {
      sum += term
      number += 1
      term *= mean / number
    }
    return sum
  }

  /// The chance of at most `count` hits where `mean` are expected.
  public static func lowerTail(_ count: Int, mean: Double) -> Double {
    guard count >= 0 else { return 0 }
    guard mean > 0 else { return 1 }
    guard Double(count) < mean else { return 1 - upperTail(count + 1, mean: mean) }
    // Below the mean the terms fall towards zero; their sum is taken from the last, so that small chances keep their digits.
    var term = exp(Double(count) * log(mean) - mean - lgamma(Double(count) + 1))
    var sum = term
    var number = Double(count)
    while number > 0, term > sum * 1e-16 {
      term *= number / mean
      number -= 1
      sum += term
    }
    return min(sum, 1)
  }

  /// The zero of a growing function between 0 and 100, by bisection.
  private static func solve(_ function: (Double) -> Double) -> Double {
    var (low, high) = (0.0, 100.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if function(middle) < 0 { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}

/// The natural logarithm.
func logarithm(_ value: Double) -> Double { Glibc.log(value) }
