import Fitting

/// Makes wire-scan acquisitions with a known truth from a seed: for tests, demonstrations and benchmarks.
///
/// A row that holds a bunch contains amplitude · e_q(−(x − mean)²/(σ²(5 − 3q))) + offset + slope · x + noise, with the r.m.s. width
/// σ² = ε·β/(βγ) + (D·δ)² from emittance, optics, momentum spread and Lorentz factor. The same settings give the same file.
public struct WireScanSimulation: Sendable, Equatable {
  /// What one scanner saw.
  public struct Scanner: Sendable, Equatable {
    /// Device, `SPS.BWS.51637.H`.
    public var device: String
    /// Normalised emittance of the rms size in µm.
    public var emittance: Double
    /// Mean height of a bunch in signal units.
    public var amplitude = 6000.0
    /// Tail parameter: 1 for a Gaussian; below 5/3.
    public var q = 1.0
    /// Mean centre in mm.
    public var mean = 0.0
    /// Baseline in signal units.
    public var offset = 80.0
    /// Slope of the baseline in signal units per mm.
    public var slope = 0.0
    /// Standard deviation of the noise without signal.
    public var noise = 25.0
    /// The variance grows by the square of this per unit of signal.
    public var noiseGrowth = 0.35
    /// Whether it published.
    public var isPublished = true
    /// Full scale of the digitiser; `nil` for none.
    public var saturation: Double?
    /// Rows whose height is raised to one and a half times the full scale.
    public var saturatedRows: Set<Int> = []
    /// Rows with a quarter of the charge.
    public var weakRows: Set<Int> = []
    /// Sizes of the outgoing scan over those of the incoming one: above 1 where the wire blows up the beam.
    public var blowUp = 1.0

    /// A scanner.
    public init(_ device: String, emittance: Double) {
      self.device = device
      self.emittance = emittance
    }

    /// Plane by the device's name, horizontal when it does not say.
    public var plane: Plane { DeviceAddress(device + "/Acquisition").wireScanner?.plane ?? .horizontal }
  }

  /// What can be wrong with a record that is whole as a file.
  public enum Defect: String, Sendable, CaseIterable {
    /// The first scanner lacks the signals of its outgoing scan.
    case missingField
    /// Two rows fewer of positions than of signals.
    case rowCountMismatch
    /// Neighbouring positions changed places in every second row.
    case unorderedPositions
    /// Every second row has seven samples, the rest is not finite.
    case fewSamples
    /// The first three bunches are rows of zeros.
    case constantRows
    /// A time stamp that is none.
    case badTimeStamp
  }

  /// Seed of everything that scatters.
  public var seed: UInt64 = 1
  /// Moment of the acquisition in ns since 1970; also the cycle stamp.
  public var stamp = 1_697_446_759_964_739_000
  /// Timing user.
  public var selector = "SPS.USER.LHCION2"
  /// The scanners in the order of the file.
  public var scanners: [Scanner] = WireScanSimulation.ionScanners(horizontal: 1.05, vertical: 0.82)
  /// Rows.
  public var rowCount = 36
  /// Samples of a profile.
  public var sampleCount = 200
  /// Rows that hold a bunch, ascending.
  public var filledRows = WireScanSimulation.schemeRows(firstRow: 32, sets: 1, batches: 2)
  /// Slots of the rows; `nil` numbers them from 1.
  public var slots: [Int]?
  /// Time in the cycle of the incoming scan in s.
  public var scanTime = 20.06
  /// Time from the incoming to the outgoing scan in s.
  public var scanInterval = 0.3
  /// Lorentz factor along the cycle: time in ms and value; points that are not finite stand for the gaps that real ones have.
  public var gamma: (times: [Double], values: [Double]) = WireScanSimulation.ionGamma
  /// Whether the file has the Lorentz factor.
  public var hasGamma = true
  /// Optics that turn emittances into sizes.
  public var optics: OpticsSet
  /// Standard deviation of the relative momentum.
  public var momentumSpread = 1e-3
  /// Photomultipliers recorded: 1 or 4.
  public var channelCount = 1
  /// The photomultiplier that sees the full signal, from 1, where four are recorded.
  public var bestChannel = 2
  /// Half the length of the scan in mm.
  public var span = 50.0
  /// Relative scatter of the size from bunch to bunch.
  public var sizeSpread = 0.015
  /// Relative scatter of the height from bunch to bunch.
  public var amplitudeSpread = 0.08
  /// Scatter of the centre from bunch to bunch in mm.
  public var meanSpread = 0.15
  /// Scatter of q from bunch to bunch, where it is not 1.
  public var qSpread = 0.01
  /// Whether samples are rounded to whole units and positions to 1 µm.
  public var isDigitised = true
  /// What is wrong with the record.
  public var defect: Defect?
  /// Relative charges of the filled rows, which raise their heights; `nil` for all alike.
  public var charges: [Double]?

  /// Ions at flat bottom with the nominal filling scheme.
  ///
  /// - Parameter optics: for example `OpticsTable.builtIn().set(named: "sps-q26-pb-ions")`.
  public init(optics: OpticsSet) { self.optics = optics }

  /// Equal when all parts are.
  public static func == (left: WireScanSimulation, right: WireScanSimulation) -> Bool {
    left.truth.text() == right.truth.text() && left.seed == right.seed
  }

  /// The scanners of an ion file: one horizontal, one that was not fired, one vertical.
  public static func ionScanners(horizontal: Double, vertical: Double) -> [Scanner] {
    var first = Scanner("SPS.BWS.51637.H", emittance: horizontal)
    first.mean = -1.4
    var silent = Scanner("SPS.BWS.51638.H", emittance: horizontal)
    silent.isPublished = false
    var second = Scanner("SPS.BWS.41677.V", emittance: vertical)
    second.amplitude = 7400
    second.mean = 0.7
    return [first, silent, second]
  }

  /// Lorentz factor of an ion cycle: flat bottom to 48.7 s, then the ramp.
  public static let ionGamma: (times: [Double], values: [Double]) = {
    let bottom = 7.308828084667012
    let times: [Double] = [
      0, 1000, 1100, 30000, 48700, 49000, 50000, 52000, 54000, 55000, 56000, 58000, 60000,
    ]
    return (times, [bottom, bottom, .nan, bottom, bottom, 7.6, 14, 50, 110, 150, 189, 189.5, .nan])
  }()

  /// Rows of a filling scheme, ascending: counted down from the first injected bunch, 4 rows from bunch to bunch, 6 from batch to
  /// batch, 78 from set to set.
  public static func schemeRows(firstRow: Int, sets: Int, batches: Int, bunches: Int = 4) -> [Int] {
    var rows: [Int] = []
    var row = firstRow
    for _ in 0..<sets {
      for batch in 0..<batches {
        for bunch in 0..<bunches {
          rows.append(row)
          row -= bunch < bunches - 1 ? 4 : batch < batches - 1 ? 6 : 78
        }
      }
    }
    return rows.filter { $0 >= 0 }.sorted()
  }

  /// What is true about one profile.
  public struct Profile: Sendable, Equatable {
    /// Row.
    public var row: Int
    /// Height in signal units.
    public var amplitude: Double
    /// Centre in mm.
    public var mean: Double
    /// Standard deviation in mm.
    public var sigma: Double
    /// Tail parameter.
    public var q: Double

    /// The signal above the baseline at a position in mm.
    public func callAsFunction(_ x: Double) -> Double {
      amplitude * Scalar.qExponential(-(x - mean) * (x - mean) / (sigma * sigma * (5 - 3 * q)), q: q)
    }
  }

  /// Time in the cycle of a scan in s.
  public func time(_ scan: ScanDirection) -> Double { scanTime + (scan == .outward ? scanInterval : 0) }

  /// Lorentz factor at a scan.
  public func gamma(_ scan: ScanDirection) -> Double {
    GammaFunction(times: gamma.times, gammas: gamma.values)?(1e3 * time(scan)) ?? .nan
  }

  /// Standard deviation of a bunch of the mean emittance in mm; NaN when the optics do not know the scanner.
  public func sigma(_ scanner: Scanner, _ scan: ScanDirection) -> Double {
    let equipment = DeviceAddress(scanner.device + "/Acquisition").wireScanner?.equipment ?? ""
    guard let functions = optics[equipment], let beta = functions.beta(scanner.plane) else { return .nan }
    let gamma = gamma(scan)
    let spread = (functions.dispersion(scanner.plane) ?? 0) * momentumSpread
    let betatronic = scanner.emittance * 1e-6 * beta / (gamma * gamma - 1).squareRoot()
    return 1e3 * (betatronic + spread * spread).squareRoot() * (scan == .outward ? scanner.blowUp : 1)
  }

  /// Positions of a row in mm: the speed changes by 3 % along the scan, every row lies 0.5 µm further.
  public func positions(row: Int, _ scan: ScanDirection) -> [Double] {
    (0..<sampleCount).map { index in
      let t = 1 - 2 * Double(index) / Double(max(sampleCount - 1, 1))
      let x = span * (t + 0.015 * (t * t - 1))
      let place = (scan == .inward ? x : -x) + 0.0005 * Double(row)
      return isDigitised ? (place * 1e3).rounded() / 1e3 : place
    }
  }

  /// The true profiles of the filled rows of a scanner; a bunch is the same bunch in both scans.
  public func profiles(_ scanner: Scanner, _ scan: ScanDirection) -> [Profile] {
    let nominal = sigma(scanner, scan)
    var random = RandomSource(seed: Self.seed(seed, scanner.device, 0))
    return filledRows.enumerated().map { index, row in
      let (size, tails, charge, centre) = (random.normal(), random.normal(), random.normal(), random.normal())
      var amplitude = scanner.amplitude * (charges.map { $0[index % $0.count] } ?? (1 + amplitudeSpread * charge))
      if scanner.saturatedRows.contains(row) { amplitude = 1.5 * (scanner.saturation ?? scanner.amplitude) }
      if scanner.weakRows.contains(row) { amplitude *= 0.25 }
      return Profile(
        row: row, amplitude: amplitude, mean: scanner.mean + meanSpread * centre,
        sigma: nominal * (1 + sizeSpread * size), q: scanner.q + (scanner.q != 1 ? qSpread * tails : 0))
    }
  }

  /// A seed for one purpose, so that changing one scanner does not change another.
  static func seed(_ seed: UInt64, _ name: String, _ number: UInt64) -> UInt64 {
    // FNV-1a over the name, then the number.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return (hash ^ number) &* 0x100_0000_01b3
  }
}
