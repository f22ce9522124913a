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
    var clean: [HaloClean] = []
    var spectra = HaloSpectra()
    for data in capture.sides {
      let side = HaloClean(data.hits, side: data.side, detector: detector, keepsUnmapped: !options.dropsUnmapped)
      spectra.add(data.hits, side, side: data.side, runs: options.runs)
      clean.append(side)
    }
    self.clean = clean
    self.spectra = spectra
    calibration = HaloCalibration(
      spectra, detector: detector, method: options.method, given: options.given, reference: options.reference,
      options: options.robust)
    map = HaloRegionMap(calibration)
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

  /// The runs that are there, in order.
  public func runNumbers() -> [Int] { Set(runRows().map { Int($0.run) }).sorted() }
}
