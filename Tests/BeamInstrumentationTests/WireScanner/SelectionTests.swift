import Fitting
import Testing

@testable import BeamInstrumentation

@Suite("Baseline, selection and clipping")
struct SelectionTests {
  static let axis = (0..<130).map { -30 + 60 * Double($0) / 129 }

  /// A row with a Gaussian of that height on an inclined baseline with noise.
  static func row(
    _ height: Double, sigma: Double = 2.5, slope: Double = 0, noise: Double = 20, clip: Double = .infinity,
    from random: inout RandomSource
  ) -> ProfileSamples {
    let y = axis.map { x -> Double in
      let t = (x - 0.7) / sigma
      return min((100 + height * Scalar.exp(-0.5 * t * t) + slope * x + noise * random.normal()).rounded(), clip)
    }
    return ProfileSamples(positions: axis[...], signals: y[...])
  }

  @Test("baseline and noise are right on the mean over many rows")
  func estimates() throws {
    var random = RandomSource(seed: 7)
    let found = (0..<2000).compactMap { _ in ProfileBaseline(Self.row(900, from: &random)) }
    let count = Double(found.count)
    let level = found.reduce(0) { $0 + $1.baseline } / count
    let noise = found.reduce(0) { $0 + $1.noise } / count
    #expect(abs(level - 100) < 0.5)
    #expect(abs(noise / 20 - 1) < 0.04)
    let width = found.reduce(0) { $0 + $1.widthEstimate } / count
    #expect(abs(width / 2.5 - 1) < 0.05)
  }

  @Test("no row of noise is taken for a bunch in 5000, also on an inclined baseline", arguments: [0.0, 1, 5, 20])
  func vacant(slope: Double) {
    var random = RandomSource(seed: 11)
    let rows = (0..<5000).map { _ in Self.row(0, slope: slope, from: &random) }
    let found = BunchSelection(rows, threshold: 0.38)
    #expect(found.contents.allSatisfy { $0 == .vacant })
  }

  @Test("bunches of eight noise sigmas are found")
  func faint() {
    var random = RandomSource(seed: 12)
    let rows = (0..<1000).map { Self.row($0 % 2 == 0 ? 170 : 0, from: &random) }
    let found = BunchSelection(rows, threshold: 0.38)
    #expect(found.contents.enumerated().count { $0.offset % 2 == 1 && $0.element != .vacant } == 0)
    #expect(found.contents.enumerated().count { $0.offset % 2 == 0 && $0.element == .filled } >= 490)
  }

  @Test("one overlarge row does not hide the others, and a small one is weak")
  func threshold() {
    var random = RandomSource(seed: 13)
    let heights: [Double] = [0, 900, 9000, 900, 250, 900, 0, 900]
    let found = BunchSelection(heights.map { Self.row($0, from: &random) }, threshold: 0.38)
    #expect(found.contents == [.vacant, .filled, .filled, .filled, .weak, .filled, .vacant, .filled])
  }

  @Test("a flat top is clipped; equal highest samples of coarse data are an accident", arguments: [3777.0, 5000])
  func flatTop(level: Double) throws {
    var random = RandomSource(seed: 14)
    let row = Self.row(5200, noise: 5, clip: level, from: &random)
    let found = try #require(Saturation.clipping(row, scanMaximum: level))
    #expect(found.level == level)
    #expect(found.samples.count { $0 } >= 3)
    #expect(Saturation.clipping(Self.row(5200, from: &random), scanMaximum: 9999) == nil)
  }

  @Test("coarse clean profiles are hardly ever called saturated")
  func accidentalTies() throws {
    var random = RandomSource(seed: 15)
    var rows: [[ProfileSamples]] = [[]]
    for _ in 0..<2000 { rows[0].append(Self.row(150, sigma: 5, noise: 1.5, from: &random)) }
    let scan = ScanProfiles(
      device: "SPS.BWS.51637.H", equipment: "51637", plane: .horizontal, scan: .inward, acquisition: 0,
      cycleTime: nil, gammaTime: nil, slots: nil, photomultiplierCode: nil, channels: rows, isInMicrometres: false,
      mismatchedRows: [])
    let found = try ScanAnalysis(scan, options: WireScanOptions(), optics: nil, gamma: nil)
    let equal = rows[0].count { Saturation.clipping($0, scanMaximum: 1e9) != nil }
    #expect(equal > 10)
    #expect(found.profiles.count { $0.flags.contains { $0.kind == .saturated } } <= 2)
    // No other flag either, beyond accidents of five sigmas.
    #expect(found.profiles.count { !$0.flags.isEmpty } <= 4)
  }

  @Test("two blended bunches without a second maximum are found, strong tails are not", arguments: [2.0, 2.6])
  func blendedBunches(distance: Double) throws {
    var random = RandomSource(seed: 16)
    func rows(_ signal: (Double) -> Double) -> [ProfileSamples] {
      (0..<40).map { _ in
        let y = Self.axis.map { (100 + signal($0) + 15 * random.normal()).rounded() }
        return ProfileSamples(positions: Self.axis[...], signals: y[...])
      }
    }
    func flagged(_ rows: [ProfileSamples]) throws -> Int {
      let scan = ScanProfiles(
        device: "SPS.BWS.51637.H", equipment: "51637", plane: .horizontal, scan: .inward, acquisition: 0,
        cycleTime: nil, gammaTime: nil, slots: nil, photomultiplierCode: nil, channels: [rows],
        isInMicrometres: false, mismatchedRows: [])
      return try ScanAnalysis(scan, options: WireScanOptions(), optics: nil, gamma: nil)
        .profiles.count { $0.flags.contains { $0.kind == .secondaryPeak } }
    }
    let blended = rows { x in
      let (t, u) = ((x + 2) / 2, (x + 2 - 2 * distance) / 2)
      return 900 * Scalar.exp(-0.5 * t * t) + 500 * Scalar.exp(-0.5 * u * u)
    }
    #expect(try flagged(blended) >= 38)
    let tails = rows { 900 * Scalar.qExponential(-$0 * $0 / (2.5 * 2.5 * (5 - 3 * 1.4)), q: 1.4) }
    #expect(try flagged(tails) == 0)
  }
}
