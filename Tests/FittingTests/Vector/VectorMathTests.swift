import Fitting
import Testing

/// Error bounds of the vector functions, measured against the C library's (which is good to half a unit in the last
/// place or so).
@Suite("Elementary functions on vectors")
struct VectorMathTests {
  /// The largest distance from `reference` in units in the last place, over `count` arguments drawn by `argument`.
  func worst(
    _ count: Int, _ argument: (inout RandomSource) -> Double, _ function: (Lanes) -> Lanes,
    _ reference: (Double) -> Double
  ) -> (ulps: Double, at: Double) {
    var random = RandomSource(seed: 1)
    var worst = (ulps: 0.0, at: 0.0)
    for _ in 0..<count / 4 {
      let x = Lanes(argument(&random), argument(&random), argument(&random), argument(&random))
      let y = function(x)
      for lane in 0..<4 {
        let expected = reference(x[lane])
        let ulps = abs(y[lane] - expected) / expected.ulp
        if !(ulps <= worst.ulps) { worst = (ulps, x[lane]) }
      }
    }
    return worst
  }

  @Test("The exponential is within 1 ulp over its whole range")
  func exponentialRange() {
    let wide = worst(400_000, { $0.uniform() * 1417 - 708 }, VectorMath.exp, exponential)
    let narrow = worst(400_000, { $0.uniform() * 4 - 2 }, VectorMath.exp, exponential)
    let finite = worst(400_000, { $0.uniform() * -707 }, VectorMath.expFinite, exponential)
    #expect(wide.ulps <= 1, "at \(wide.at)")
    #expect(narrow.ulps <= 1, "at \(narrow.at)")
    #expect(finite.ulps <= 1, "at \(finite.at)")
  }

  @Test("The exponential has the right limits")
  func exponentialLimits() {
    let edge = VectorMath.exp(Lanes(0, 709.782712893384, 710, .infinity))
    #expect(edge[0] == 1 && edge[1].isFinite && edge[1] > 1.79e308 && edge[2] == .infinity && edge[3] == .infinity)
    let low = VectorMath.exp(Lanes(-709, -1e300, -.infinity, .nan))
    #expect(low[0] == 0 && low[1] == 0 && low[2] == 0 && low[3].isNaN)
    #expect(VectorMath.expFinite(Lanes(-0.0, -1e300, -708, 1))[1] < 3.4e-308)
  }

  @Test("The logarithm is within 1 ulp over its whole range, near 1 as well")
  func logarithmRange() {
    let wide = worst(400_000, { exponential($0.uniform() * 1400 - 700) }, VectorMath.log, logarithm)
    let nearOne = worst(400_000, { 1 + ($0.uniform() - 0.5) * 0.9 }, VectorMath.log, logarithm)
    let tiny = worst(400_000, { 1 + ($0.uniform() - 0.5) * 1e-6 }, VectorMath.log, logarithm)
    #expect(wide.ulps <= 1, "at \(wide.at)")
    #expect(nearOne.ulps <= 1, "at \(nearOne.at)")
    #expect(tiny.ulps <= 1, "at \(tiny.at)")
  }

  @Test("The logarithm has the right limits")
  func logarithmLimits() {
    let y = VectorMath.log(Lanes(0, -1, .infinity, .nan))
    #expect(y[0] == -.infinity && y[1].isNaN && y[2] == .infinity && y[3].isNaN)
    #expect(VectorMath.log(Lanes(1, 1, 1, 1)) == .zero)
    #expect(VectorMath.log(Lanes(repeating: .greatestFiniteMagnitude))[0] == logarithm(.greatestFiniteMagnitude))
  }

  @Test("The reciprocal square root is within 2 ulp")
  func reciprocalSquareRoot() {
    let wide = worst(
      400_000, { exponential($0.uniform() * 1300 - 650) }, VectorMath.reciprocalSquareRoot, { 1 / $0.squareRoot() })
    #expect(wide.ulps <= 2, "\(wide.ulps) at \(wide.at)")
  }

  @Test("The same seed gives the same numbers, another seed others, with the moments of the distributions")
  func randomSource() {
    var a = RandomSource(seed: 7)
    var b = RandomSource(seed: 7)
    var c = RandomSource(seed: 8)
    #expect((0..<100).allSatisfy { _ in a.next() == b.next() })
    #expect(a.next() != c.next())
    let count = 200_000.0
    var (sum, squares) = (0.0, 0.0)
    for _ in 0..<Int(count) {
      let x = a.normal()
      sum += x
      squares += x * x
    }
    #expect(abs(sum / count) < 0.01)
    #expect(abs(squares / count - 1) < 0.015)
    for mean in [0.3, 5, 9.99, 10, 47, 3000] {
      (sum, squares) = (0, 0)
      for _ in 0..<Int(count) {
        let x = Double(a.poisson(mean: mean)) - mean
        sum += x
        squares += x * x
      }
      #expect(abs(sum / count) < 5 * (mean / count).squareRoot(), "mean of \(mean)")
      #expect(abs(squares / count / mean - 1) < 0.03, "variance of \(mean)")
    }
  }
}
