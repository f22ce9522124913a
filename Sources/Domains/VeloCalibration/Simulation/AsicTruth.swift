import Errors
import Fitting
import Tables

/// What a simulated ASIC is like on average, and how its pixels differ.
///
/// The defaults are a warm module under an iron-55 source (specification of the field's reference scans: flux `F1_0`,
/// A 8 Hz under the source, E0 about 124 DAC codes above a baseline of 1427).
public struct AsicModel: Sendable {
  /// Sum of the amplitudes under the source in Hz, and how fast it falls off: A·exp(−r²/2w²) with w in pixels.
  public var amplitude = 8.0
  /// Row of the source.
  public var sourceRow = 120.0
  /// Column of the source.
  public var sourceColumn = 126.0
  /// Width of the illumination in pixels.
  public var sourceWidth = 220.0
  /// Fraction of charge sharing, mean and spread.
  public var fraction = (mean: 0.0011, spread: 0.00008)
  /// Width of the line in DAC codes, mean and spread.
  public var width = (mean: 6.5, spread: 0.5)
  /// Baseline in DAC codes, mean and spread; even and odd columns lie 1.5 above and below.
  public var baseline = (mean: 1427.0, spread: 5.0)
  /// Distance of even and odd columns from their mean.
  public var columnOffset = 1.5
  /// Target in DAC codes, mean and spread.
  public var target = (mean: 124.0, spread: 3.0)
  /// Width of the noise in DAC codes, mean and spread.
  public var noise = (mean: 7.0, spread: 0.6)
  /// Number of masked pixels.
  public var masked = 6
  /// Number of dead pixels.
  public var dead = 4
  /// Number of pixels with a constant rate on top, and that rate in Hz.
  public var noisy = (count: 5, rate: 3.0)
  /// Number of pixels without baseline.
  public var withoutBaseline = 3
  /// A second line in the flux; the fit need not know of it.
  public var secondLine: EdgeSecondLine?

  /// A warm module.
  public init() {}

  /// A cold module.
  public static var cold: AsicModel {
    var model = AsicModel()
    model.amplitude = 9.5
    model.sourceRow = 130
    model.sourceColumn = 118
    model.fraction = (0.0009, 0.00006)
    model.width = (5.6, 0.4)
    model.baseline = (1421, 4)
    model.target = (114, 2.5)
    model.noise = (6.2, 0.6)
    return model
  }
}

/// The true parameters of every pixel of a simulated ASIC.
public struct AsicTruth: Sendable {
  /// The model they were drawn from.
  public let model: AsicModel
  /// Charge-sharing fraction of each of the 65,536 pixels.
  public private(set) var f: [Double] = []
  /// Amplitude in Hz.
  public private(set) var A: [Double] = []
  /// Width in DAC codes.
  public private(set) var s: [Double] = []
  /// Position in DAC codes.
  public private(set) var E0: [Double] = []
  /// Baseline in DAC codes, to 4 decimals as its file says.
  public private(set) var baseline: [Double] = []
  /// Width of the noise in DAC codes.
  public private(set) var noise: [Double] = []
  /// Constant rate in Hz on top of the flux.
  public private(set) var constantRate: [Double] = []
  /// Whether it is masked.
  public private(set) var isMasked: [Bool]
  /// Whether it gives no hits.
  public private(set) var isDead: [Bool]
  /// Whether its baseline is not known.
  public private(set) var hasNoBaseline: [Bool]

  /// Draws an ASIC; the same seed gives the same one.
  public init(_ model: AsicModel, seed: UInt64) {
    self.model = model
    let count = PixelMatrix.count
    isMasked = Array(repeating: false, count: count)
    isDead = isMasked
    hasNoBaseline = isMasked
    constantRate = Array(repeating: 0, count: count)
    var random = RandomSource(seed: seed)
    for pixel in 0..<count {
      let (row, column) = (Double(pixel / PixelMatrix.side), Double(pixel % PixelMatrix.side))
      let distance =
        (row - model.sourceRow) * (row - model.sourceRow) + (column - model.sourceColumn)
        * (column - model.sourceColumn)
      func draw(_ value: (mean: Double, spread: Double), above least: Double) -> Double {
        max(value.mean + value.spread * random.normal(), least)
      }
      f.append(draw(model.fraction, above: 1e-5))
      A.append(model.amplitude * Self.exponential(-distance / (2 * model.sourceWidth * model.sourceWidth)))
      s.append(draw(model.width, above: 0.5))
      let offset = pixel % 2 == 0 ? model.columnOffset : -model.columnOffset
      let base = ((draw(model.baseline, above: 1) + offset) * 1e4).rounded() / 1e4
      baseline.append(base)
      E0.append(base + draw(model.target, above: 1))
      noise.append((draw(model.noise, above: 0.1) * 1e4).rounded() / 1e4)
    }
    func pick(_ number: Int, _ take: (Int) -> Void) {
      for _ in 0..<number { take(Int(random.uniform() * Double(count))) }
    }
    pick(model.masked) { isMasked[$0] = true }
    pick(model.dead) { isDead[$0] = true }
    pick(model.noisy.count) { constantRate[$0] = model.noisy.rate }
    pick(model.withoutBaseline) { hasNoBaseline[$0] = true }
  }

  private static func exponential(_ x: Double) -> Double { VectorMath.exp(VectorMath.all(x))[0] }

  /// Flux of a pixel at a threshold in Hz.
  public func flux(_ pixel: Int, threshold: Double) -> Double {
    guard !isDead[pixel] else { return 0 }
    func line(_ position: Double) -> Double {
      EdgeEquation.F1_0.value(threshold, [f[pixel], A[pixel], s[pixel], position])
    }
    var value = line(E0[pixel])
    if let second = model.secondLine {
      let position = baseline[pixel] + second.energyRatio * (E0[pixel] - baseline[pixel])
      value = (1 - second.fraction) * value + second.fraction * line(position)
    }
    return value + constantRate[pixel]
  }

  /// `row,col,f,A,s,E0,baseline,baseline_width,target,constant_rate_Hz,masked,dead,no_baseline`.
  public func table() throws(CavernError) -> Table {
    let pixels = 0..<PixelMatrix.count
    return try Table(columns: [
      Column("row", pixels.map { Int32($0 / PixelMatrix.side) }),
      Column("col", pixels.map { Int32($0 % PixelMatrix.side) }), Column("f", f), Column("A", A, unit: "Hz"),
      Column("s", s, unit: "DAC"), Column("E0", E0, unit: "DAC"), Column("baseline", baseline, unit: "DAC"),
      Column("baseline_width", noise, unit: "DAC"), Column("target", zip(E0, baseline).map { $0 - $1 }, unit: "DAC"),
      Column("constant_rate_Hz", constantRate, unit: "Hz"), Column("masked", isMasked.map { Int32($0 ? 1 : 0) }),
      Column("dead", isDead.map { Int32($0 ? 1 : 0) }), Column("no_baseline", hasNoBaseline.map { Int32($0 ? 1 : 0) }),
    ])
  }
}
