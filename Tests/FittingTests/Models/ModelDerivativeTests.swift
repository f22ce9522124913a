import Fitting
import Testing

@Suite("Models and their derivatives")
struct ModelDerivativeTests {
  func check<Model: PeakModel>(_: Model.Type, _ p: FitVector, reference: ((Double) -> Double)? = nil) {
    let x = Lanes(-3.1, -0.4, 0.9, 2.6)
    let point = Model.evaluate(x, Model.prepare(p))
    let analytic = [
      point.derivatives.0, point.derivatives.1, point.derivatives.2, point.derivatives.3, point.derivatives.4,
    ]
    for j in 0..<Model.parameterCount {
      let h = 1e-5
      func value(_ shift: Double) -> Lanes {
        var q = p
        q[j] += shift
        return Model.evaluate(x, Model.prepare(q)).value
      }
      let numeric = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / Lanes(repeating: 12 * h)
      for lane in 0..<4 {
        let tolerance = 1e-9 * (abs(p[0]) + abs(p[Model.offsetIndex]))
        #expect(abs(analytic[j][lane] - numeric[lane]) < tolerance, "\(Model.parameterNames[j]) at \(x[lane]), \(p)")
      }
    }
    if let reference {
      for lane in 0..<4 { #expect(abs(point.value[lane] - reference(x[lane])) < 1e-13 * (abs(p[0]) + abs(p[3]))) }
    }
  }

  @Test("The Gaussians' derivatives are those of their values")
  func gaussian() {
    check(GaussianPeak.self, [4, 0.3, 1.2, 0.5, 0, 0, 0, 0]) {
      4 * exponential(-($0 - 0.3) * ($0 - 0.3) / 2.88) + 0.5
    }
    check(GaussianPeakWithSlope.self, [4, 0.3, 1.2, 0.5, -0.2, 0, 0, 0]) {
      4 * exponential(-($0 - 0.3) * ($0 - 0.3) / 2.88) + 0.5 - 0.2 * $0
    }
  }

  @Test(
    "The q-Gaussian and its derivatives follow the definition on both sides of q = 1",
    arguments: [-2, 0.1, 0.8, 0.9, 0.9999, 0.9999999, 1.0000001, 1.001, 1.05, 1.4, 1.6, 2.9])
  func qGaussian(q: Double) {
    check(QGaussianPeak.self, [4, 0.3, 7.2, q, 0.5, 0, 0, 0])
    let (x, w) = (Lanes(-3.1, -0.4, 0.9, 2.6), 2.1)
    let point = QGaussianPeak.evaluate(x, QGaussianPeak.prepare([4, 0.3, w, q, 0.5, 0, 0, 0]))
    for lane in 0..<4 {
      // The definition itself loses digits as 1/(1 − q).
      let z = (x[lane] - 0.3) / w
      let expected = 4 * SimulatedProfiles.shape(z, q) + 0.5
      #expect(abs(point.value[lane] - expected) < 1e-13 + 4e-15 / abs(1 - q))
    }
  }

  @Test("At q = 1 the q-Gaussian is the Gaussian of sigma = width/√2")
  func limit() {
    let x = Lanes(-3.1, -0.4, 0.9, 2.6)
    let gaussian = GaussianPeak.evaluate(x, GaussianPeak.prepare([4, 0.3, 2 / 2.0.squareRoot(), 0.5, 0, 0, 0, 0]))
    let q = QGaussianPeak.evaluate(x, QGaussianPeak.prepare([4, 0.3, 2, 1, 0.5, 0, 0, 0]))
    let near = QGaussianPeak.evaluate(x, QGaussianPeak.prepare([4, 0.3, 2, 1 + 1e-9, 0.5, 0, 0, 0]))
    for lane in 0..<4 {
      #expect(abs(q.value[lane] - gaussian.value[lane]) < 1e-14)
      #expect(abs(near.value[lane] - gaussian.value[lane]) < 1e-8)
      #expect(q.derivatives.3[lane].isFinite)
    }
  }
}
