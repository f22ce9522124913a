import Fitting
import Testing

@Suite("Derived quantities of the q-Gaussian")
struct QGaussianDerivedTests {
  /// Twice the integral of e_q(−z²) from `from` on, by Simpson's rule after a substitution that reaches the end of
  /// the tail.
  func integral(_ q: Double, from: Double = 0) -> Double {
    let limit = q < 1 ? 1 / (1 - q).squareRoot() : Double.infinity
    let steps = 200_000
    var sum = 0.0
    for i in 0...steps {
      let u = Double(i) / Double(steps)
      let weight = i == 0 || i == steps ? 1.0 : i % 2 == 1 ? 4 : 2
      let value: Double
      if limit.isFinite {
        let s = u * u * (3 - 2 * u)
        value =
          from >= limit ? 0 : SimulatedProfiles.shape(from + (limit - from) * s, q) * (limit - from) * 6 * u * (1 - u)
      } else {
        // z = from + v³ with v = u/(1 − u): slow tails decay fast in u.
        let v = i == steps ? 1e9 : u / (1 - u)
        value = SimulatedProfiles.shape(from + v * v * v, q) * 3 * v * v * (1 + v) * (1 + v)
      }
      sum += weight * value
    }
    return 2 * sum / Double(steps) / 3
  }

  @Test("The normalising constant is the integral of the shape", arguments: [0.3, 0.9, 1, 1.2, 1.5, 2, 2.5])
  func normalisation(q: Double) {
    #expect(abs(QGaussianPeak.cq(q) / integral(q) - 1) < 1e-8)
    #expect(abs(QGaussianPeak.area(peak: 3, width: 0.5, q: q) / (1.5 * integral(q)) - 1) < 1e-8)
  }

  @Test("The normalising constant matches known values")
  func knownConstants() {
    #expect(abs(QGaussianPeak.cq(1) - Double.pi.squareRoot()) < 1e-15)
    // q = 2 is a Cauchy curve, q = 0 a parabola, q = 1.5 Student's t with three degrees of freedom.
    #expect(abs(QGaussianPeak.cq(2) - Double.pi) < 1e-14)
    #expect(abs(QGaussianPeak.cq(0) - 4.0 / 3) < 1e-14)
    #expect(abs(QGaussianPeak.cq(1.5) - Double.pi / 2.0.squareRoot()) < 1e-14)
    #expect(QGaussianPeak.cq(3).isNaN)
  }

  @Test("Nothing jumps at q = 1, nor where a series takes over")
  func continuity() {
    func smooth(_ name: String, _ f: (Double) -> Double, around centre: Double) {
      // Second differences of an analytic function over steps of h are of order h²; a jump would show undiminished.
      for i in -40...40 {
        let (q, h) = (centre + Double(i) * 2.5e-5, 1e-6)
        #expect(abs(f(q + h) - 2 * f(q) + f(q - h)) < 1e-9, "\(name) at \(q)")
      }
    }
    for centre in [1.0, 1 + 1e-6, 1 - 1e-6, 1 + 1.0 / 12.5, 1 - 1.0 / 12] {
      smooth("C_q", QGaussianPeak.cq, around: centre)
      smooth("FWHM", { QGaussianPeak.fwhm(width: 1, q: $0) }, around: centre)
      smooth("r.m.s.", { QGaussianPeak.rmsSigma(width: 1, q: $0) }, around: centre)
      smooth("tail", { QGaussianPeak.tailFraction(beyondSigma: 3, q: $0) }, around: centre)
      smooth(
        "FWHM error",
        { QGaussianPeak.fwhmError(width: 1, q: $0, varianceOfWidth: 1, covariance: 0.3, varianceOfQ: 2) },
        around: centre)
    }
  }

  @Test(
    "Tail fractions are the integrals beyond", arguments: [0.3, 0.9, 0.999, 1.001, 1.2, 1.5, 2, 2.5], [0.5, 1, 3, 6])
  func tails(q: Double, k: Double) {
    let expected = integral(q, from: k / 2.0.squareRoot()) / integral(q)
    #expect(abs(QGaussianPeak.tailFraction(beyondSigma: k, q: q) - expected) < 1e-8 * max(expected, 1e-3))
  }

  @Test("Tail fractions match closed forms")
  func closedTails() {
    let k = 2.0
    // Cauchy: 1 − (2/π) atan z at z = k/√2.
    #expect(abs(QGaussianPeak.tailFraction(beyondSigma: 2.0.squareRoot(), q: 2) - 0.5) < 1e-14)
    #expect(QGaussianPeak.tailFraction(beyondSigma: k, q: 1) == complementaryErrorFunction(k / 2.0.squareRoot()))
    #expect(QGaussianPeak.tailFraction(beyondSigma: 0, q: 1.3) == 1)
    #expect(QGaussianPeak.tailFraction(beyondSigma: 9, q: 0.5) == 0)
    #expect(QGaussianPeak.tailFraction(beyondSigma: 2, q: 3).isNaN)
  }

  @Test("Widths have their closed forms and exist only where they should")
  func widths() {
    #expect(abs(QGaussianPeak.fwhm(width: 2, q: 2) - 4) < 1e-14)
    #expect(abs(QGaussianPeak.rmsSigma(width: 2, q: 1) - 2.0.squareRoot()) < 1e-15)
    #expect(QGaussianPeak.rmsSigma(width: 1, q: 5.0 / 3).isNaN)
    #expect(QGaussianPeak.rmsSigmaError(width: 1, q: 1.7, varianceOfWidth: 1, covariance: 0, varianceOfQ: 1).isNaN)
    #expect(abs(QGaussianPeak.fwhm(width: 1, q: 1) / 2.0.squareRoot() - GaussianPeak.fwhm(sigma: 0.5)) < 1e-15)
  }

  @Test("Propagated errors follow the derivatives of the widths", arguments: [0.2, 0.9995, 1.0, 1.0002, 1.3, 1.6])
  func propagation(q: Double) {
    let (vw, c, vq) = (0.04, -0.01, 0.09)
    func expected(_ f: (Double, Double) -> Double) -> Double {
      let h = 1e-6
      let (byW, byQ) = ((f(2 + h, q) - f(2 - h, q)) / (2 * h), (f(2, q + h) - f(2, q - h)) / (2 * h))
      return (byW * byW * vw + 2 * byW * byQ * c + byQ * byQ * vq).squareRoot()
    }
    let rms = QGaussianPeak.rmsSigmaError(width: 2, q: q, varianceOfWidth: vw, covariance: c, varianceOfQ: vq)
    #expect(abs(rms / expected(QGaussianPeak.rmsSigma) - 1) < 1e-6)
    let fwhm = QGaussianPeak.fwhmError(width: 2, q: q, varianceOfWidth: vw, covariance: c, varianceOfQ: vq)
    #expect(abs(fwhm / expected(QGaussianPeak.fwhm) - 1) < 1e-6)
  }
}
