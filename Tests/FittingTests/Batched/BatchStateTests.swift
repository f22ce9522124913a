import Fitting
import Testing

/// A bad fit must look bad, and a hard one must still be done.
@Suite("States and hostile input of batch fits")
struct BatchStateTests {
  let x = SimulatedProfiles.positions(200, range: 20)

  func profile(
    seed: UInt64 = 1, peak: Double = 3000, mean: Double = 0.7, width: Double = 4.1, q: Double = 1, offset: Double = 130,
    noise: Double = 25
  ) -> [Double] {
    var random = RandomSource(seed: seed)
    return SimulatedProfiles.profile(
      &random, x: x, peak: peak, mean: mean, width: width, q: q, offset: offset, noise: noise)
  }

  func states(_ profiles: [(x: [Double], y: [Double])], options: FitOptions = FitOptions()) throws -> [[FitState]] {
    let batch = try ProfileBatch(profiles: profiles)
    let fits = [
      try BatchFitter.fit(batch, model: GaussianPeak.self, options: options),
      try BatchFitter.fit(batch, model: GaussianPeakWithSlope.self, options: options),
      try BatchFitter.fit(batch, model: QGaussianPeak.self, options: options),
    ]
    for fit in fits {
      for i in 0..<fit.problemCount {
        let isFinite = fit.parameters(of: i).allSatisfy(\.isFinite) && fit.residualSumOfSquares[i].isFinite
        #expect(!fit.states[i].isUsable || isFinite)
        if !fit.states[i].isUsable { #expect(fit.standardError(i, 0).isNaN) }
      }
    }
    return fits.map(\.states)
  }

  @Test("Input that cannot be fitted says why, and its neighbours are fitted")
  func faults() throws {
    let good = profile()
    var nan = good
    nan[3] = .nan
    var infinite = good
    infinite[199] = -.infinity
    var position = x
    position[0] = .nan
    let all = try states([
      (x, good), ([], []), (x, nan), (x, infinite), (position, good), (x, x.map { _ in 7 }), ([1, 2, 3], [1, 4, 1]),
      (x, good),
    ])
    for states in all {
      #expect(
        states == [
          .converged, .emptyInput, .nonFinite, .nonFinite, .nonFinite, .constantInput, .tooFewSamples, .converged,
        ])
    }
  }

  @Test("An empty batch gives an empty result; all weights 0 is empty input; negative weights and counts are refused")
  func emptiness() throws {
    let none = try BatchFitter.fit(ProfileBatch(sharedX: [], y: []), model: GaussianPeak.self)
    #expect(none.problemCount == 0 && none.parameters.isEmpty)
    func state(_ weight: Double) throws -> FitState {
      try BatchFitter.fit(
        ProfileBatch(x: x, y: profile(), weights: x.map { _ in weight }, offsets: [0, 200]), model: GaussianPeak.self
      ).states[0]
    }
    #expect(try state(0) == .emptyInput)
    #expect(try state(-1) == .nonFinite)
    #expect(try state(.nan) == .nonFinite)
    let negative = try BatchFitter.fit(
      ProfileBatch(profiles: [(x, profile(offset: -50))]), model: GaussianPeak.self,
      options: FitOptions(objective: .poissonLikelihood))
    #expect(negative.states == [.invalidInput])
  }

  @Test("Iterations that run out are reported, with the best parameters and no covariance")
  func iterations() throws {
    let fit = try BatchFitter.fit(
      ProfileBatch(profiles: [(x, profile())]), model: GaussianPeak.self, options: FitOptions(maximumIterations: 1))
    #expect(fit.states == [.maxIterations])
    #expect(fit.parameter(0, 2).isFinite && fit.covariance(0, 2, 2).isNaN)
  }

  @Test("All samples at one position end as singular, not as converged")
  func singular() throws {
    let y = profile()
    for state in try states([(x.map { _ in 3 }, y)]) { #expect(!state[0].isUsable) }
  }

  @Test("Exactly as many samples as parameters are fitted, without errors")
  func noDegreesOfFreedom() throws {
    let fit = try BatchFitter.fit(
      ProfileBatch(profiles: [([-2, -0.5, 1, 3], [1.2, 4.5, 3.8, 1.1])]), model: GaussianPeak.self)
    #expect(fit.degreesOfFreedom == [0])
    #expect(fit.standardError(0, 0).isNaN)
  }

  @Test("Huge offsets, negative peaks, few samples, narrow and noiseless peaks reach the truth")
  func hardButGood() throws {
    let coarse = SimulatedProfiles.positions(12, range: 20)
    let cases: [(name: String, x: [Double], peak: Double, width: Double, q: Double, offset: Double, noise: Double)] = [
      ("huge offset", x, 3000, 4, 1, 1e9, 20), ("trough", x, -3000, 4, 1, 100, 20),
      ("few samples", coarse, 3000, 6, 1, 100, 20), ("narrow", x, 3000, 0.4, 1, 100, 20),
      ("wide", x, 3000, 12, 1, 100, 20), ("noiseless", x, 3000, 4, 1, 100, 0), ("tails", x, 3000, 4, 1.4, 100, 20),
      ("parabola", x, 3000, 8, 0, 100, 20), ("strong tails", x, 3000, 3, 1.9, 100, 20),
      ("half", x, 3000, 9, 0.5, 100, 20),
      ("noisy", x, 300, 4, 1, 100, 60),
    ]
    for (number, entry) in cases.enumerated() {
      var random = RandomSource(seed: UInt64(number) + 40)
      let y = SimulatedProfiles.profile(
        &random, x: entry.x, peak: entry.peak, mean: -1.3, width: entry.width, q: entry.q, offset: entry.offset,
        noise: entry.noise)
      let batch = try ProfileBatch(profiles: [(entry.x, y)])
      let q = try BatchFitter.fit(batch, model: QGaussianPeak.self)
      #expect(q.states[0] == .converged, "\(entry.name)")
      let truth = [entry.peak, -1.3, entry.width, entry.q, entry.offset]
      for j in 0..<5 {
        let tolerance = 4.5 * q.standardError(0, j) + 1e-7 * abs(truth[j])
        #expect(
          abs(q.parameter(0, j) - truth[j]) < tolerance, "\(entry.name) \(q.parameterNames[j]) \(q.parameter(0, j))")
      }
      if entry.q == 1 {
        let gaussian = try BatchFitter.fit(batch, model: GaussianPeak.self)
        #expect(gaussian.states[0] == .converged, "\(entry.name)")
        #expect(
          abs(gaussian.parameter(0, 2) - entry.width / 2.0.squareRoot())
            < 4.5 * gaussian.standardError(0, 2) + 1e-8, "\(entry.name)")
        #expect(q.residualSumOfSquares[0] <= gaussian.residualSumOfSquares[0] * (1 + 1e-9) + 1e-12, "\(entry.name)")
      }
    }
  }

  @Test("A saturated profile and pure noise end in an honest state")
  func strange() throws {
    var random = RandomSource(seed: 77)
    let saturated = profile(peak: 9000, noise: 20).map { min($0, 4095) }
    let noise = (0..<20).map { _ in (x: x, y: x.map { _ in 100 + 20 * random.normal() }) }
    let all = try states([(x, saturated)] + noise)
    for states in all { #expect(states[0].isUsable) }
    // Zeros with a single count, a step, a straight line.
    _ = try states([
      (x, x.map { $0 > 0.05 && $0 < 0.3 ? 1.0 : 0 }), (x, x.map { $0 > 0 ? 1.0 : 0 }), (x, x.map { 3 * $0 }),
      (x, x.map { $0 * 1e-300 }), (x, x.map { $0 * 1e150 }),
    ])
  }

  @Test(
    "Without enough samples for a quarter to decide, the lowest of the five starts is found, wherever the others end")
  func lowestStart() throws { #expect(try missedOptima(60, samples: 120, hasSecondPeaks: false).isEmpty) }

  @Test(
    "Where a quarter decides, the lowest is found but for one in a hundred profiles and one in twenty of those with two peaks"
  )
  func lowestStartByQuarter() throws {
    let missed = try missedOptima(300, samples: 260, hasSecondPeaks: true)
    #expect(missed.count { $0 % 3 == 0 } <= 5)
    #expect(missed.count { $0 % 3 != 0 } <= 2)
  }

  /// Profiles of which a separate fit from one of the starts finds a lower optimum; every third has a second peak if asked for.
  private func missedOptima(_ count: Int, samples: Int, hasSecondPeaks: Bool) throws -> Set<Int> {
    var random = RandomSource(seed: 50)
    var rows: [Double] = []
    let x = SimulatedProfiles.positions(samples, range: 20)
    for number in 0..<count {
      var row = SimulatedProfiles.profile(
        &random, x: x, peak: 500, mean: random.normal(), width: 2 + 4 * random.uniform(),
        q: 0.3 + 1.4 * random.uniform(), offset: 100, noise: 40)
      if hasSecondPeaks, number % 3 == 0 {
        let second = SimulatedProfiles.profile(
          &random, x: x, peak: 500 * random.uniform(), mean: -12 + 24 * random.uniform(), width: 1 + random.uniform(),
          q: 1, offset: 0, noise: 0)
        row = zip(row, second).map(+)
      }
      rows += row
    }
    let batch = try ProfileBatch(sharedX: x, y: rows)
    let fits = try BatchFitter.fit(batch, model: QGaussianPeak.self)
    let gaussians = try BatchFitter.fit(batch, model: GaussianPeak.self)
    var missed: Set<Int> = []
    for q in [0.8, 1.02, 1.2, 1.4, 1.6] {
      var starts: [Double] = []
      for i in 0..<count {
        let g = gaussians.parameters(of: i).map { $0 }
        let width = GaussianPeak.fwhm(sigma: g[2]) / QGaussianPeak.fwhm(width: 1, q: q)
        starts += [g[0], g[1], width, q, g[3]]
      }
      let single = try BatchFitter.fit(batch, model: QGaussianPeak.self, starts: starts)
      for i in 0..<count where single.states[i].isUsable {
        #expect(fits.states[i].isUsable)
        if fits.residualSumOfSquares[i] > single.residualSumOfSquares[i] * (1 + 1e-9) { missed.insert(i) }
      }
    }
    return missed
  }
}
