import Conditions
import Errors

/// A capture after cleaning and calibration: what every command and figure starts from.
public struct HaloAnalysis: Sendable {
  /// How a capture is analysed.
  public struct Options: Sendable {
    /// Which runs.
    public var runs = HaloRunChoice.all
    /// How windows are found.
    public var method = HaloMethod.classic
    /// A fixed calibration.
    public var given: HaloCutTable?
    /// A calibration to compare with and to fall back on.
    public var reference: HaloCutTable?
    /// Options of the robust method.
    public var robust = HaloRobustOptions()
    /// Whether hits of addresses that are no channels are left out.
    public var dropsUnmapped = false
    /// Which bunch slots are filled, if known.
    public var filling: HaloFillingScheme?

    /// The usual ones.
    public init() {}
  }

  /// The detector.
  public let detector: HaloDetector
  /// The hits.
  public let capture: HaloCapture
  /// How they are analysed.
  public let options: Options
  /// What is left of each side after the cuts, in the order of `capture.sides`.
  public let clean: [HaloClean]
  /// Clean hits of the chosen runs by channel, time and code.
  public let spectra: HaloSpectra
  /// The windows of the channels.
  public let calibration: HaloCalibration
  /// The regions of the channels.
  public let map: HaloRegionMap

  /// Cleans and calibrates a capture.
  public init(_ capture: HaloCapture, detector: HaloDetector, options: Options = Options()) {
    self.capture = capture
    self.detector = detector
    self.options = options
    clean = capture.sides.map {
      HaloClean($0.hits, side: $0.side, detector: detector, keepsUnmapped: !options.dropsUnmapped)
    }
    spectra = HaloSpectra(capture, clean, runs: options.runs)
    calibration = HaloCalibration(
      spectra, detector: detector, method: options.method, given: options.given, reference: options.reference,
      options: options.robust)
    map = HaloRegionMap(calibration)
  }

  /// An analysis with other clean hits and the same windows.
  init(_ other: HaloAnalysis, clean: [HaloClean]) {
    (detector, capture, options) = (other.detector, other.capture, other.options)
    (calibration, map) = (other.calibration, other.map)
    self.clean = clean
    spectra = HaloSpectra(capture, clean, runs: options.runs)
  }

  /// The sides with their clean hits.
  public var sides: [(hits: HaloHits, clean: HaloClean, side: HaloSide)] {
    zip(capture.sides, clean).map { ($0.hits, $1, $0.side) }
  }

  /// Hits of each region by channel.
  public func regionCounts() -> [(channel: HaloChannel, counts: HaloRegionCounts)] {
    detector.channels.map { ($0, map.counts(spectra, channel: $0.index)) }
  }

  /// Runs of both sides, +Z first.
  public func runRows() -> [HaloRunRow] {
    sides.flatMap { HaloRunRow.rows($0.hits, $0.clean, side: $0.side, map: map, runs: options.runs) }
  }

  /// Clean halo hits of the chosen runs of a side; only those after an orbit if one is given.
  public func signalHits(_ side: HaloSide, after orbit: UInt64? = nil) -> Int {
    guard let place = capture.sides.firstIndex(where: { $0.side == side }) else { return 0 }
    let (hits, clean) = (capture.sides[place].hits, clean[place])
    return (0..<hits.count).count { hit in
      let channel = clean.place[hit]
      guard channel < 40, orbit.map({ hits.orbit[hit] > $0 }) ?? true, options.runs.contains(hits.run[hit]) else {
        return false
      }
      return HaloRegionMap.contains(.signal, map.bits(Int(channel), tdc: hits.tdc[hit], code: hits.peak[hit]))
    }
  }

  /// The runs that are there, in order.
  public func runNumbers() -> [Int] { Set(runRows().map { Int($0.run) }).sorted() }
}

extension HaloSpectra {
  /// The clean hits of chosen runs.
  fileprivate init(_ capture: HaloCapture, _ clean: [HaloClean], runs: HaloRunChoice) {
    self.init()
    for (data, own) in zip(capture.sides, clean) { add(data.hits, own, side: data.side, runs: runs) }
  }
}
