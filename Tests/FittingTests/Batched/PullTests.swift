import Fitting
import Testing

/// (fit − truth)/error of 10,000 simulated profiles per model has mean 0 ± 0.03 and width 1 ± 0.03.
@Suite("Pulls of simulated profiles")
struct PullTests {
  static let count = 10_000

  func check<Model: PeakModel>(
    _: Model.Type, samples: Int, truth: [Double], noise: Double, seed: UInt64,
    objective: FitObjective = .leastSquares
  ) throws {
    var random = RandomSource(seed: seed)
    let x = SimulatedProfiles.positions(samples, range: 22)
    let isQ = Model.parameterNames.contains("q")
    var y: [Double] = []
    y.reserveCapacity(samples * Self.count)
    for _ in 0..<Self.count {
      let clean = SimulatedProfiles.profile(
        &random, x: x, peak: truth[0], mean: truth[1], width: isQ ? truth[2] : truth[2] * 2.0.squareRoot(),
        q: isQ ? truth[3] : 1, offset: isQ ? truth[4] : truth[3],
        slope: Model.parameterNames.contains("slope") ? truth[4] : 0, noise: 0)
      y += clean.map {
        objective == .poissonLikelihood ? Double(random.poisson(mean: $0)) : $0 + noise * random.normal()
      }
    }
    let fits = try BatchFitter.fit(
      ProfileBatch(sharedX: x, y: y), model: Model.self, options: FitOptions(objective: objective, threads: 2))
    for (j, name) in Model.parameterNames.enumerated() {
      var sum = 0.0
      var squares = 0.0
      for i in 0..<Self.count {
        #expect(fits.states[i] == .converged)
        let pull = (fits.parameter(i, j) - truth[j]) / fits.standardError(i, j)
        sum += pull
        squares += pull * pull
      }
      let mean = sum / Double(Self.count)
      let width = (squares / Double(Self.count) - mean * mean).squareRoot()
      #expect(abs(mean) < 0.03, "\(name): mean \(mean)")
      #expect(abs(width - 1) < 0.03, "\(name): width \(width)")
    }
  }

  @Test("Gaussian profiles have unbiased parameters and true errors")
  func gaussian() throws {
    try check(GaussianPeak.self, samples: 260, truth: [4000, 0.4, 2.7, 120], noise: 40, seed: 20)
  }

  @Test("Gaussian profiles on a slope have unbiased parameters and true errors")
  func gaussianWithSlope() throws {
    try check(GaussianPeakWithSlope.self, samples: 260, truth: [4000, -1.2, 3.1, 120, 3.5], noise: 40, seed: 21)
  }

  @Test("q-Gaussian profiles with tails have unbiased parameters and true errors")
  func qGaussian() throws {
    try check(QGaussianPeak.self, samples: 260, truth: [4000, 0.4, 4, 1.2, 120], noise: 20, seed: 22)
  }

  @Test("q-Gaussian profiles at q = 1.003, where the Gamma function overflows, have unbiased q and true errors")
  func nearlyGaussian() throws {
    try check(QGaussianPeak.self, samples: 260, truth: [4000, 0.4, 4, 1.003, 120], noise: 20, seed: 23)
  }

  @Test("Poisson counts have unbiased parameters and true errors")
  func poisson() throws {
    try check(
      GaussianPeak.self, samples: 121, truth: [300, 0.4, 2.7, 20], noise: 0, seed: 24, objective: .poissonLikelihood)
  }
}
