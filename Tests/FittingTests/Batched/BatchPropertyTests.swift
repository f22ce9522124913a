import Errors
import Fitting
import TestSupport
import Testing

@Suite("Properties of batch fits")
struct BatchPropertyTests {
  let x = SimulatedProfiles.positions(200, range: 20)

  func profile(seed: UInt64, q: Double = 1.15, noise: Double = 25) -> [Double] {
    var random = RandomSource(seed: seed)
    return SimulatedProfiles.profile(
      &random, x: x, peak: 3000, mean: 0.7, width: 4.1, q: q, offset: 130, slope: 0.8, noise: noise)
  }

  func fit<Model: PeakModel>(_: Model.Type, _ x: [Double], _ y: [Double]) throws -> BatchFitResult {
    try BatchFitter.fit(ProfileBatch(profiles: [(x, y)]), model: Model.self)
  }

  func compare<Model: PeakModel>(
    _: Model.Type, x newX: [Double], y newY: [Double], expecting change: ([Double]) -> [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for seed in 1...5 as ClosedRange<UInt64> {
      let y = profile(seed: seed)
      let before = try fit(Model.self, x, y)
      let after = try fit(Model.self, newX, zip(newY, y).map { $0 * $1 })
      let expected = change(Array(before.parameters(of: 0)))
      #expect(after.states[0] == .converged, sourceLocation: sourceLocation)
      for j in 0..<Model.parameterCount {
        let scale = abs(before.standardError(0, j) / before.parameter(0, j) * expected[j])
        #expect(
          abs(after.parameter(0, j) - expected[j]) < 1e-8 * (scale + abs(expected[j])),
          "\(Model.parameterNames[j])", sourceLocation: sourceLocation)
      }
    }
  }

  @Test("A shift of the axis changes only the mean")
  func shift() throws {
    let ones = x.map { _ in 1.0 }
    try compare(GaussianPeak.self, x: x.map { $0 + 1000 }, y: ones) { [$0[0], $0[1] + 1000, $0[2], $0[3]] }
    try compare(QGaussianPeak.self, x: x.map { $0 + 1000 }, y: ones) { [$0[0], $0[1] + 1000, $0[2], $0[3], $0[4]] }
    try compare(GaussianPeakWithSlope.self, x: x.map { $0 + 50 }, y: ones) {
      [$0[0], $0[1] + 50, $0[2], $0[3] - 50 * $0[4], $0[4]]
    }
  }

  @Test("A scale of the data changes only height and offset, a scale of the axis only mean and width")
  func scale() throws {
    let ones = x.map { _ in 1.0 }
    try compare(GaussianPeak.self, x: x, y: ones.map { $0 * 1e-7 }) { [$0[0] * 1e-7, $0[1], $0[2], $0[3] * 1e-7] }
    try compare(QGaussianPeak.self, x: x, y: ones.map { $0 * 7e5 }) {
      [$0[0] * 7e5, $0[1], $0[2], $0[3], $0[4] * 7e5]
    }
    try compare(QGaussianPeak.self, x: x.map { $0 * 3e-6 }, y: ones) {
      [$0[0], $0[1] * 3e-6, $0[2] * 3e-6, $0[3], $0[4]]
    }
    try compare(GaussianPeak.self, x: x, y: ones.map { -$0 }) { [-$0[0], $0[1], $0[2], -$0[3]] }
  }

  @Test("The order of the samples changes nothing: reversed, and shuffled")
  func order() throws {
    var random = RandomSource(seed: 9)
    for seed in 1...5 as ClosedRange<UInt64> {
      let y = profile(seed: seed)
      let before = try fit(QGaussianPeak.self, x, y)
      let reversed = try fit(QGaussianPeak.self, x.reversed(), y.reversed())
      let places = Array(x.indices).shuffled(using: &random)
      let shuffled = try fit(QGaussianPeak.self, places.map { x[$0] }, places.map { y[$0] })
      for j in 0..<5 {
        #expect(abs(reversed.parameter(0, j) - before.parameter(0, j)) < 1e-9 * before.standardError(0, j) + 1e-10)
        #expect(shuffled.parameter(0, j) == before.parameter(0, j))
      }
    }
  }

  @Test("Bits do not depend on the number of threads nor on the place in the batch")
  func determinism() throws {
    var random = RandomSource(seed: 3)
    let profiles = (0..<150).map { i in
      let length = 20 + Int(random.next() % 300)
      let x = SimulatedProfiles.positions(length, range: 20)
      return (
        x: x,
        y: SimulatedProfiles.profile(
          &random, x: x, peak: 3000, mean: random.normal(), width: 4, q: 0.7 + random.uniform(), offset: 100,
          noise: i % 10 == 0 ? 2000 : 30)
      )
    }
    func bits(_ fits: BatchFitResult, _ i: Int) -> [UInt64] {
      let count = fits.parameterCount
      return fits.parameters(of: i).map(\.bitPattern)
        + fits.covariance[i * count * count..<(i + 1) * count * count].map(\.bitPattern)
        + [fits.residualSumOfSquares[i].bitPattern, UInt64(fits.iterations[i]), UInt64(fits.states[i].index)]
    }
    func check<Model: PeakModel>(_: Model.Type) throws {
      let one = try BatchFitter.fit(ProfileBatch(profiles: profiles), model: Model.self)
      let order = Array(profiles.indices).shuffled(using: &random)
      for threads in [1, 2, 5] {
        let options = FitOptions(threads: threads)
        let same = try BatchFitter.fit(ProfileBatch(profiles: profiles), model: Model.self, options: options)
        let shuffled = try BatchFitter.fit(
          ProfileBatch(profiles: order.map { profiles[$0] }), model: Model.self, options: options)
        for (place, i) in order.enumerated() {
          #expect(bits(same, i) == bits(one, i))
          #expect(bits(shuffled, place) == bits(one, i))
        }
      }
    }
    try check(GaussianPeak.self)
    try check(GaussianPeakWithSlope.self)
    try check(QGaussianPeak.self)
  }

  @Test(
    "That singles guide a search does not show: a search in doubles ends at the same optimum",
    arguments: [0, 1e-4, 1, 150])
  func guided(noise: Double) throws {
    let rows = (1...60).map { profile(seed: $0, q: 0.75 + 0.01 * Double($0), noise: noise) }
    let batch = try ProfileBatch(sharedX: x, y: rows.flatMap { $0 })
    let guided = try BatchFitter.fit(batch, model: QGaussianPeak.self)
    // Given starts are gone from in doubles alone; beside the optimum, so that there is a way to go.
    let starts = (0..<rows.count).flatMap { i in
      zip(guided.parameters(of: i), [1.02, 0, 0.97, 1.01, 1.03]).map { value, factor in
        factor == 0 ? value + 0.05 : value * factor
      }
    }
    let alone = try BatchFitter.fit(batch, model: QGaussianPeak.self, starts: starts)
    for i in rows.indices {
      #expect(guided.states[i] == .converged && alone.states[i] == .converged)
      for j in 0..<5 {
        let difference = abs(guided.parameter(i, j) - alone.parameter(i, j))
        #expect(difference < 1e-7 * alone.standardError(i, j) + 3e-9 * abs(alone.parameter(i, j)), "\(i) \(j)")
      }
    }
  }

  @Test("Where numbers are too large for singles, doubles go the whole way")
  func unguided() throws {
    let y = profile(seed: 3)
    let usual = try fit(QGaussianPeak.self, x, y)
    // A sample 10^25 widths away: the square of that is no single any more.
    let far = try fit(QGaussianPeak.self, x + [1e26], y + [y[199]])
    #expect(far.states[0] == .converged)
    for j in 0..<5 { #expect(abs(far.parameter(0, j) - usual.parameter(0, j)) < 0.5 * usual.standardError(0, j)) }
  }

  @Test("Problems on one axis give the bits of separate problems")
  func sharedAxis() throws {
    let rows = (1...6).map { profile(seed: $0) }
    let shared = try BatchFitter.fit(ProfileBatch(sharedX: x, y: rows.flatMap { $0 }), model: QGaussianPeak.self)
    let separate = try BatchFitter.fit(ProfileBatch(profiles: rows.map { (x, $0) }), model: QGaussianPeak.self)
    #expect(shared.parameters.map(\.bitPattern) == separate.parameters.map(\.bitPattern))
  }

  @Test("Equal weights leave the optimum; absolute weights give absolute errors; weight 0 leaves a sample out")
  func weights() throws {
    let y = profile(seed: 4)
    let plain = try fit(GaussianPeak.self, x, y)
    let flat = try BatchFitter.fit(
      ProfileBatch(x: x, y: y, weights: x.map { _ in 1.0 / 625 }, offsets: [0, 200]), model: GaussianPeak.self)
    var damaged = y
    damaged[17] = .nan
    damaged[100] = 1e9
    let kept = x.indices.filter { $0 != 17 && $0 != 100 }
    let masked = try BatchFitter.fit(
      ProfileBatch(x: x, y: damaged, weights: x.indices.map { kept.contains($0) ? 2 : 0 }, offsets: [0, 200]),
      model: GaussianPeak.self, options: FitOptions(covariance: .residualVariance))
    let without = try fit(GaussianPeak.self, kept.map { x[$0] }, kept.map { y[$0] })
    #expect(masked.degreesOfFreedom == [194])
    for j in 0..<4 {
      #expect(abs(flat.parameter(0, j) - plain.parameter(0, j)) < 1e-9 * plain.standardError(0, j) + 1e-9)
      let expected = plain.standardError(0, j) * 25 / plain.residualVariance(0).squareRoot()
      #expect(abs(flat.standardError(0, j) / expected - 1) < 1e-8)
      #expect(abs(masked.parameter(0, j) - without.parameter(0, j)) < 1e-8 * without.standardError(0, j))
      #expect(abs(masked.standardError(0, j) / without.standardError(0, j) - 1) < 1e-8)
    }
  }

  @Test("Start values from the caller lead to the same optimum, and wrong ones are refused")
  func starts() throws {
    let y = profile(seed: 5)
    let batch = try ProfileBatch(profiles: [(x, y)])
    let plain = try BatchFitter.fit(batch, model: QGaussianPeak.self)
    let started = try BatchFitter.fit(batch, model: QGaussianPeak.self, starts: [2000, 0, 5, 1.4, 0])
    for j in 0..<5 {
      #expect(abs(started.parameter(0, j) - plain.parameter(0, j)) < 1e-7 * plain.standardError(0, j) + 1e-10)
    }
    #expect(caught { try BatchFitter.fit(batch, model: QGaussianPeak.self, starts: [1, 2]) } != nil)
    #expect(
      caught {
        try BatchFitter.fit(batch, model: GaussianPeak.self, options: FitOptions(threads: 0))
      } != nil)
    #expect(caught { try ProfileBatch(x: [1], y: [1, 2], offsets: [0, 2]) } != nil)
    #expect(caught { try ProfileBatch(x: [1, 2], y: [1, 2], offsets: [0, 3]) } != nil)
    #expect(caught { try ProfileBatch(x: [1, 2], y: [1, 2], offsets: [0, 2, 1, 2]) } != nil)
    #expect(caught { try ProfileBatch(x: [], y: [], offsets: []) } != nil)
  }

  @Test("A parameter on its bound has no error and says so; a fixed one stays")
  func constraints() throws {
    let batch = try ProfileBatch(profiles: [(x, profile(seed: 6))])
    let free = try BatchFitter.fit(batch, model: GaussianPeak.self)
    let bound = try BatchFitter.fit(
      batch, model: GaussianPeak.self,
      constraints: FitConstraints(
        lower: [-.infinity, -.infinity, 0, -.infinity],
        upper: [.infinity, .infinity, free.parameter(0, 2) - 0.2, .infinity]))
    #expect(bound.states == [.atBound])
    #expect(abs(bound.parameter(0, 2) - (free.parameter(0, 2) - 0.2)) < 1e-12)
    #expect(bound.standardError(0, 2).isNaN && bound.standardError(0, 0) > 0)
    #expect(bound.residualSumOfSquares[0] > free.residualSumOfSquares[0])
    var start = Array(free.parameters(of: 0))
    start[3] = 120
    let fixed = try BatchFitter.fit(
      batch, model: GaussianPeak.self, starts: start, constraints: FitConstraints(fixed: [false, false, false, true]))
    #expect(fixed.states == [.converged])
    #expect(fixed.parameter(0, 3) == 120 && fixed.degreesOfFreedom == [197])
    #expect(fixed.standardError(0, 3).isNaN)
    let line = try BatchFitter.fit(
      batch, model: GaussianPeakWithSlope.self, starts: start + [0.8],
      constraints: FitConstraints(fixed: [false, false, false, false, true]))
    #expect(line.states == [.converged] && line.parameter(0, 4) == 0.8)
  }
}
