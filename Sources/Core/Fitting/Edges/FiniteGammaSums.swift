import Glibc

/// The χ² distribution for a whole number of degrees of freedom k, several values at a time.
///
/// With x = χ²/2 the probability of more is e^−x·Σ x^i/i! over i < k/2 for even k, and for odd k
/// erfc(√x) + e^−x·√x·(2/√π)·Σ x^j/(3/2·5/2·…·(j + ½)) over j < (k − 1)/2 (DLMF 8.4.10 and 8.4.12): terms of one sign, and no
/// division with a table of reciprocals.
struct FiniteGammaSums: Sendable {
  /// 1/i, and 1/(i + ½).
  private let whole: [Double]
  private let half: [Double]

  /// Tables for up to `degrees` degrees of freedom.
  init(degrees: Int) {
    whole = (0...degrees / 2 + 1).map { $0 == 0 ? 0 : 1 / Double($0) }
    half = (0...degrees / 2 + 1).map { 1 / (Double($0) + 0.5) }
  }

  /// The probabilities; NaN without degrees of freedom, and where χ² is below 0, above 1200 or not a number.
  func upperTails(_ chiSquare: EdgeDoubles, degrees: EdgeDoubles) -> EdgeDoubles {
    let zero = EdgeDoubles.zero
    let one = EdgeDoubles.all(1)
    let limit = EdgeDoubles.all(1200)
    let isPossible = EdgeDoubles.both(EdgeDoubles.isAtMost(zero, chiSquare), EdgeDoubles.isAtMost(chiSquare, limit))
    let x = zero.replacing(with: chiSquare * EdgeDoubles.all(0.5), where: isPossible)
    // Terms: k/2 for even k, (k − 1)/2 for odd.
    var terms = zero, isOdd = zero, root = zero, beyond = zero
    var longest = 0
    for lane in 0..<EdgeDoubles.laneCount {
      let k = degrees[lane] > 0 && degrees[lane] < Double(2 * whole.count - 1) ? Int(degrees[lane]) : 0
      terms[lane] = Double(k / 2)
      longest = max(longest, k / 2)
      guard k % 2 == 1 else { continue }
      isOdd[lane] = 1
      root[lane] = x[lane].squareRoot()
      beyond[lane] = erfc(root[lane])
    }
    let odd = EdgeDoubles.isLess(zero, isOdd)
    var sum = one
    var i = longest
    while i > 1 {
      i -= 1
      let reciprocal = EdgeDoubles(repeating: whole[i]).replacing(with: EdgeDoubles(repeating: half[i]), where: odd)
      // A lane takes part from its own last term on.
      let isIncluded = EdgeDoubles.isLess(EdgeDoubles.all(Double(i)), terms)
      sum.replace(with: EdgeDoubles.multiplyAdd(sum * reciprocal, x, one), where: isIncluded)
    }
    let front = EdgeDoubles.exponential(zero - x)
    let factor = one.replacing(with: root * EdgeDoubles.all(1.128_379_167_095_512_6), where: odd)
    let hasTerms = EdgeDoubles.isLess(zero, terms)
    let result = beyond + zero.replacing(with: front * factor * sum, where: hasTerms)
    let isKnown = EdgeDoubles.both(isPossible, EdgeDoubles.isLess(zero, terms + isOdd))
    return EdgeDoubles.all(.nan).replacing(with: result, where: isKnown)
  }
}
