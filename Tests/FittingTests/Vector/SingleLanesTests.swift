import Fitting
import Testing

@Suite("Arithmetic and models in single precision")
struct SingleLanesTests {
  /// Eight arguments as singles, and the same numbers as doubles.
  func draw(_ random: inout RandomSource, _ argument: (inout RandomSource) -> Double) -> (SingleLanes, [Double]) {
    let singles = SingleLanes((0..<8).map { _ in Float(argument(&random)) })
    return (singles, (0..<8).map { Double(singles[$0]) })
  }

  @Test("The exponential is good to 2e-7 down to −36, and stays there")
  func exponentialRange() {
    var random = RandomSource(seed: 1)
    for _ in 0..<50_000 {
      let (x, wide) = draw(&random) { $0.uniform() * 116 - 36 }
      let y = SingleLanes.expFinite(x)
      for lane in 0..<8 { #expect(abs(Double(y[lane]) / exponential(wide[lane]) - 1) < 2e-7, "at \(wide[lane])") }
    }
    let far = SingleLanes.expFinite(SingleLanes(-36, -40, -1000, -.greatestFiniteMagnitude, 0, -0.0, 1, -1))
    #expect(far[0] == far[1] && far[0] == far[2] && far[0] == far[3] && far[0] > 2e-16 && far[4] == 1 && far[5] == 1)
  }

  @Test("A logarithm of its pieces is good to 3e-7, near 1 as well", arguments: [1e-6, 1e-3, 0.3, 1, 80])
  func logarithmPieces(range: Double) {
    var random = RandomSource(seed: 2)
    for _ in 0..<20_000 {
      // 1 + s between e^−range/5 and e^range.
      let (s, wide) = draw(&random) { exponential($0.uniform() * 1.2 * range - 0.2 * range) - 1 }
      let onePlusS = SingleLanes(repeating: 1) + s
      let (k, f, _) = SingleLanes.reduce(onePlusS, s)
      let t = f / (f + SingleLanes(repeating: 2))
      for lane in 0..<8 {
        let z = Double(t[lane] * t[lane])
        let series = Double(SingleLanes.inverseTangentSeries(t * t)[lane])
        #expect(z < 0.0295)
        let ours = Double(k[lane]) * logarithm(2) + 2 * Double(t[lane]) * (1 + z * series)
        // s itself is exact where k is 0; elsewhere 1 + s has been rounded.
        let expected = k[lane] == 0 ? logarithm(1 + wide[lane]) : logarithm(Double(onePlusS[lane]))
        #expect(abs(ours - expected) <= 3e-7 * abs(expected), "at \(wide[lane])")
      }
    }
  }

  func compare<Model: PeakModel>(_: Model.Type, _ p: FitVector) {
    let positions = (0..<8).map { Double(Float(0.3 + 1.7 * Double($0 - 4))) }
    let prepared = Model.prepare(p)
    let singles = Model.evaluate(SingleLanes(positions.map { Float($0) }), prepared)
    let size = abs(p[0]) + abs(p[Model.offsetIndex])
    for half in 0..<2 {
      let doubles = Model.evaluate(Lanes(positions[4 * half..<4 * half + 4]), prepared)
      for lane in 0..<4 {
        func expect(_ single: SingleLanes, _ double: Lanes, _ what: String) {
          #expect(
            abs(Double(single[4 * half + lane]) - double[lane]) < 3e-6 * size,
            "\(what) of \(Model.self) at \(positions[4 * half + lane]), \(p)")
        }
        expect(singles.value, doubles.value, "value")
        expect(singles.derivatives.0, doubles.derivatives.0, "first derivative")
        expect(singles.derivatives.1, doubles.derivatives.1, "second derivative")
        expect(singles.derivatives.2, doubles.derivatives.2, "third derivative")
        expect(singles.derivatives.3, doubles.derivatives.3, "fourth derivative")
        if Model.parameterCount > 4 { expect(singles.derivatives.4, doubles.derivatives.4, "fifth derivative") }
      }
    }
  }

  @Test("Values and derivatives in singles are those in doubles to 3e-6 of the peak")
  func models() {
    for width in [0.9, 2.1, 7.2] {
      compare(GaussianPeak.self, [4, 0.2, width, 0.5, 0, 0, 0, 0])
      compare(GaussianPeakWithSlope.self, [4, 0.2, width, 0.5, -0.2, 0, 0, 0])
      compare(GaussianPairPeak.self, [4, 0.2, width, 1.1, 0.5, 0, 0, 0])
      compare(LogisticEdge.self, [4, 0.2, width, 0.5, 0, 0, 0, 0])
      for q in [-2, 0.1, 0.8, 0.9999, 1, 1.001, 1.4, 2.9] {
        compare(QGaussianPeak.self, [4, 0.2, width, q, 0.5, 0, 0, 0])
      }
    }
  }
}
