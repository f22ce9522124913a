import Glibc
import Testing

@testable import Fitting

/// The vectors of the engine for edges against the C library.
@Suite("Vectors of the edge engine")
struct EdgeVectorTests {
  @Test("doubles: exponential to 1 ulp, scaled erfc to 2e-13, logarithm of a ratio to 2e-15")
  func doubles() {
    var worst = (exponential: 0.0, erfc: 0.0, logarithm: 0.0)
    for step in 0..<100_000 {
      let part = Double(step) / 100_000
      let lane = step % EdgeDoubles.laneCount
      let x = -700 * part
      worst.exponential = max(
        worst.exponential, abs(EdgeDoubles.exponential(EdgeDoubles.all(x))[lane] / exp(x) - 1))
      let y = 5 * part
      let scaled = EdgeDoubles.scaledErfcs(EdgeDoubles.all(y), EdgeDoubles.all(y / 2.0.squareRoot()))
      worst.erfc = max(worst.erfc, abs(scaled.0[lane] * exp(-y * y) / erfc(y) - 1))
      worst.erfc = max(worst.erfc, abs(scaled.1[lane] * exp(-y * y / 2) / erfc(y / 2.0.squareRoot()) - 1))
      let a = exp(20 * part - 5), b = exp(3 - 11 * part)
      let logarithm = EdgeDoubles.logarithmOfRatio(EdgeDoubles.all(a), EdgeDoubles.all(b))[lane]
      worst.logarithm = max(worst.logarithm, abs(logarithm - log(a / b)) / max(1, abs(log(a / b))))
    }
    #expect(worst.exponential < 4e-16, "\(worst.exponential)")
    #expect(worst.erfc < 2e-13, "\(worst.erfc)")
    #expect(worst.logarithm < 2e-15, "\(worst.logarithm)")
  }

  @Test("single precision: exponential and scaled erfc to 5e-7, and products of two stay normal numbers")
  func singles() {
    var worst: Float = 0
    for step in 0..<100_000 {
      let part = Float(step) / 100_000
      let lane = step % EdgeSingles.laneCount
      let x = -35 * part
      worst = max(worst, abs(EdgeSingles.exponential(EdgeSingles(repeating: x))[lane] / exp(x) - 1))
      let y = 8 * part
      let scaled = EdgeSingles.scaledErfcs(EdgeSingles(repeating: y), EdgeSingles(repeating: y / 2))
      let exact = exp(Double(y) * Double(y)) * erfc(Double(y))
      worst = max(worst, abs(Float(Double(scaled.0[lane]) / exact - 1)))
      let half = exp(Double(y / 2) * Double(y / 2)) * erfc(Double(y / 2))
      worst = max(worst, abs(Float(Double(scaled.1[lane]) / half - 1)))
    }
    #expect(worst < 5e-7, "\(worst)")
    let least = EdgeSingles.exponential(EdgeSingles.all(-1e4))[0]
    #expect((least * least).isNormal)
  }

  @Test("probabilities of χ² are those of the incomplete gamma function")
  func probabilities() {
    let sums = FiniteGammaSums(degrees: 200)
    for degrees in 1...200 {
      for scale in [0.0, 0.3, 0.8, 1, 1.3, 2, 4] {
        let value = scale * Double(degrees)
        let found = sums.upperTails(EdgeDoubles.all(value), degrees: EdgeDoubles.all(Double(degrees)))[degrees % 8]
        let exact = ChiSquare.upperTail(value, degreesOfFreedom: degrees)
        #expect(abs(found - exact) <= 1e-12 * max(exact, 1e-3), "\(degrees) \(value)")
      }
    }
    // No degrees of freedom, and what the tables do not reach.
    var degrees = EdgeDoubles.all(10)
    degrees[1] = 0
    degrees[2] = 500
    let found = sums.upperTails(EdgeDoubles.all(12), degrees: degrees)
    #expect(abs(found[0] - ChiSquare.upperTail(12, degreesOfFreedom: 10)) < 1e-12)
    #expect(found[1].isNaN && found[2].isNaN)
    #expect(sums.upperTails(EdgeDoubles.all(2e3), degrees: EdgeDoubles.all(10))[0].isNaN)
  }

  @Test("an expectation that would be negative goes on as a positive one, smoothly")
  func positiveMeans() {
    let e = PositiveMean.epsilon
    for mean in [-100, -1, -e, 0, 0.5 * e, e, 2 * e, 3.0] {
      let (value, slope) = PositiveMean.bounded(EdgeDoubles.all(mean))
      #expect(value[3] > 0 && slope[3] > 0)
      #expect(mean < e || (value[3] == mean && slope[3] == 1))
      let step = 1e-4 * max(abs(mean), e)
      let above = PositiveMean.bounded(EdgeDoubles.all(mean + step)).mean[0]
      let below = PositiveMean.bounded(EdgeDoubles.all(mean - step)).mean[0]
      #expect(abs((above - below) / (2 * step) / slope[3] - 1) < 1e-3, "\(mean)")
    }
  }

  @Test(
    "a bare tail with no counts above its edge has no negative deviance", arguments: [EdgeEquation.F1, .FAB, .F2sAB])
  func bareTail(equation: EdgeEquation) throws {
    // A strong tail and hardly a line: the curve itself is negative above the edge, here above or below the middle of the scan.
    let thresholds = (0..<121).map { 1480 + Double($0) }
    for edge in [1551.0, 1501] {
      let values = thresholds.map { max(0, (4 * (edge - $0)).rounded()) }
      let result = try EdgeFitter.fit(
        thresholds: thresholds, values: values, exposures: thresholds.map { _ in 1 }, equation: equation)
      #expect(result.objective[0] >= 0, "\(result.objective[0])")
      if result.states[0].isUsable { #expect(abs(result.parameter(0, equation.parameterCount - 1) - edge) < 3) }
    }
  }
}
