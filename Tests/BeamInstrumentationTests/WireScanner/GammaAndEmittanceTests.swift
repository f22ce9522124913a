import Testing

@testable import BeamInstrumentation

@Suite("Gamma and emittance")
struct GammaAndEmittanceTests {
  @Test("gamma is interpolated linearly through finite points in any order, and held outside")
  func interpolation() throws {
    let function = try #require(
      GammaFunction(times: [200, .nan, 100, 150, 0], gammas: [4, 9, 2, .nan, 2]))
    #expect(function.times == [0, 100, 200])
    #expect(function(50) == 2)
    #expect(function(125) == 2.5)
    #expect(function(-10) == 2)
    #expect(function(900) == 4)
    #expect(function.extrapolation(at: -10) == 10)
    #expect(function.extrapolation(at: 260) == 60)
    #expect(function.extrapolation(at: 200) == 0)
    #expect(function.flatBottom == 2)
  }

  @Test("values below 1, undefined points and lists of other lengths leave no function")
  func nothingLeft() {
    #expect(GammaFunction(times: [0, 1], gammas: [0.5, .nan]) == nil)
    #expect(GammaFunction(times: [], gammas: []) == nil)
    #expect(GammaFunction(times: [.infinity], gammas: [2]) == nil)
    #expect(GammaFunction(times: [0, 1, 2], gammas: [2])?.times == [0])
  }

  @Test("of two points at one time the later entry stands")
  func steps() throws {
    let function = try #require(GammaFunction(times: [0, 10, 10, 20], gammas: [2, 2, 3, 3]))
    #expect(function(10) == 3)
    #expect(function(5) == 2.5)
  }

  @Test("a ramp is flagged with its change, a plateau is not; the offset moves the time")
  func flags() throws {
    let function = try #require(GammaFunction(times: [0, 1000, 2000], gammas: [7, 7, 17]))
    let plateau = try #require(ScanGamma(function, time: 500, offset: 0))
    #expect(plateau.flags.isEmpty)
    #expect(plateau.relativeUncertainty == 0)
    let ramp = try #require(ScanGamma(function, time: 1500, offset: 0))
    #expect(ramp.flags.map(\.kind) == [.gammaTimeSensitive])
    // 0.01 per ms: 1 within ±50 ms, at 12.
    #expect(abs((ramp.flags.first?.value ?? 0) - 1.0 / 12) < 1e-12)
    #expect(try #require(ScanGamma(function, time: 5515, offset: 4015)).gamma == 12)
    #expect(ScanGamma(function, time: nil, offset: 0) == nil)
    #expect(ScanGamma(GammaFunction(constant: 7), time: nil, offset: 0)?.gamma == 7)
  }

  @Test("beta and beta gamma keep their digits near 1 and far above")
  func relativity() {
    #expect(abs(Relativity.betaGamma(gamma: 7.3088) - 7.240_066_121_245) < 1e-9)
    #expect(abs(Relativity.beta(gamma: 1 + 1e-12) / (2e-12).squareRoot() - 1) < 1e-4)
    let gamma = Relativity.gamma(momentum: 26, restEnergy: 0.938_272_088_16)
    #expect(abs(Relativity.betaGamma(gamma: gamma) * 0.938_272_088_16 - 26) < 1e-12)
  }

  static func optics(dispersion: Double) -> ScanOptics {
    ScanOptics(
      set: "by hand", beta: 50, betaRelativeUncertainty: 0.05, dispersion: dispersion,
      dispersionRelativeUncertainty: 0.1, momentumSpread: 1e-3, momentumSpreadRelativeUncertainty: 0.1)
  }

  @Test("an emittance and its uncertainties are those worked out by hand")
  func emittance() throws {
    // βγ = √(γ² − 1) = 3 for γ = √10; σ = 2.5 mm, Dδ = 1.5 mm: σ_β² = 4 mm², ε = 4/50 · 3 = 0.24 µm.
    let gamma = try #require(ScanGamma(GammaFunction(constant: 10.0.squareRoot()), time: nil, offset: 0))
    let found = try #require(
      Emittance(
        sigma: 2.5, sigmaError: 0.01, optics: Self.optics(dispersion: 1.5), gamma: gamma,
        positionScaleUncertainty: 0.01))
    #expect(abs(found.value - 0.24) < 1e-12)
    // 2 · 2.5 · 0.01 · 3/50
    #expect(abs(found.statistical - 0.003) < 1e-12)
    // β: 0.012; D and δ: 2 · 2.25 · 0.1 · 0.06 = 0.027 each; scale: 2 · 6.25 · 0.01 · 0.06 = 0.0075.
    let expected = (0.012 * 0.012 + 2 * 0.027 * 0.027 + 0.0075 * 0.0075).squareRoot()
    #expect(abs(found.systematic - expected) < 1e-12)
  }

  @Test("a dispersive part as large as the size leaves no emittance")
  func dispersionExceeds() throws {
    let gamma = try #require(ScanGamma(GammaFunction(constant: 7), time: nil, offset: 0))
    for dispersion in [2.5, -2.5, 3] {
      #expect(
        Emittance(
          sigma: 2.5, sigmaError: 0.01, optics: Self.optics(dispersion: dispersion), gamma: gamma,
          positionScaleUncertainty: 0.01) == nil)
    }
  }
}
