import Errors
import Fitting
import JSON
import Tables

/// Whether and how the curves of an ASIC are fitted.
public struct AsicChoice: Sendable {
  /// Whether they are fitted at all.
  public var isWanted = true
  /// When the baseline is taken off; `nil` for as with the pixels.
  public var baseline: PixelFitOptions.Baseline?

  /// As with the pixels.
  public init() {}
}

/// The calibration of one scan: counts, fits, targets, gains and the curves of the ASIC.
public struct ScanCalibration: Sendable {
  /// What was to be done.
  public let scan: ScanSettings
  /// The source.
  public let source: RadiationSource
  /// Mask and baseline.
  public let inputs: ScanInputs
  /// Summed counts and ledger.
  public let counts: ScanCounts
  /// Fits of the pixels.
  public let fits: PixelFits
  /// Targets and gains of the pixels.
  public let gains: PixelGains
  /// Fit of the flux of all live pixels.
  public let asic: AsicFit?
  /// Fit of the mean flux of the good pixels.
  public let asicGood: AsicFit?
  /// Goodness of a sample of pixels by simulated fits, when asked for.
  public let bootstrap: BootstrapGoodness?
  /// What should be known.
  public let warnings: [CavernWarning]

  /// Fits a summed scan.
  ///
  /// - Throws: as `PixelFits.init`.
  public init(
    _ counts: ScanCounts, inputs: ScanInputs, scan: ScanSettings, source: RadiationSource, options: PixelFitOptions,
    asic choice: AsicChoice = AsicChoice()
  ) throws(CavernError) {
    self.scan = scan
    self.source = source
    self.inputs = inputs
    self.counts = counts
    fits = try PixelFits(counts, inputs: inputs, scan: scan, options: options)
    gains = PixelGains(fits, inputs: inputs, source: source)
    bootstrap = try BootstrapGoodness(fits, counts)
    var whole: AsicFit?
    var good: AsicFit?
    var asicOptions = options
    asicOptions.baseline = choice.baseline ?? options.baseline
    if !choice.isWanted {
      // Only pixels are asked for.
    } else if options.method == .legacy {
      (whole, good) = Self.legacyAsic(counts, inputs, fits, asicOptions, scan)
    } else {
      let fits = self.fits
      whole = AsicFit.poisson(counts, Self.livePixels(counts, inputs, fits), options, scan)
      good = AsicFit.poisson(
        counts, (0..<PixelMatrix.count).filter { fits.categories[$0] == .good }, options, scan)
    }
    whole?.calibrate(inputs, source, asicOptions)
    good?.calibrate(inputs, source, asicOptions)
    asic = whole
    asicGood = good
    var remarks = inputs.warnings + counts.allWarnings
    if whole?.isDegenerate == true {
      remarks.append(
        CavernWarning("velo.degenerate", "a threshold with one good acquisition has no uncertainty in the ASIC flux"))
    }
    if let start = scan.start(for: options.equation),
      !counts.thresholds.allSatisfy({ options.equation.value(Double($0), start).isFinite })
    {
      remarks.append(CavernWarning("velo.start", "p0 gives no finite flux; automatic start values are used"))
    }
    warnings = remarks
  }

  /// Pixels of the group that are neither masked nor dead nor noisy.
  static func livePixels(_ counts: ScanCounts, _ inputs: ScanInputs, _ fits: PixelFits) -> [Int] {
    (0..<PixelMatrix.count).filter { pixel in
      let category = fits.categories[pixel]
      return category != .masked && category != .outsideGroup && category != .noisy && counts.total(pixel) > 0
    }
  }

  /// ASIC and ASICgood as the earlier program fits them.
  private static func legacyAsic(
    _ counts: ScanCounts, _ inputs: ScanInputs, _ fits: PixelFits, _ options: PixelFitOptions, _ scan: ScanSettings
  ) -> (AsicFit?, AsicFit?) {
    let positive = (inputs.baseline ?? []).filter { $0 > 0 }
    let isBefore = options.baseline == .before && !positive.isEmpty
    let shift = isBefore ? RobustStatistics.mean(positive).rounded(.towardZero) : 0
    let first = (counts.good.lastIndex(of: 0) ?? -1) + 1
    let range = first..<counts.thresholds.count
    let thresholds = range.map { Double(counts.thresholds[$0]) }
    let scale = counts.shutterSeconds * Double(PixelMatrix.count)
    guard let sums = counts.acquisitionSums[options.group] else { return (nil, nil) }
    let asic = AsicFit.legacy(
      thresholds, range.map { sums.mean[$0] / scale }, range.map { sums.deviation[$0] / scale }, shift: shift,
      options, scan)
    let pixels = (0..<PixelMatrix.count).filter { fits.categories[$0] == .good }
    guard !pixels.isEmpty else { return (asic, nil) }
    var flux: [Double] = []
    var errors: [Double] = []
    for k in range {
      let seconds = Double(counts.good[k]) * counts.shutterSeconds
      let list = pixels.map { Double(counts.hits[k * PixelMatrix.count + $0]) / seconds }
      flux.append(RobustStatistics.mean(list))
      errors.append(RobustStatistics.deviation(list) / Double(list.count).squareRoot())
    }
    let begin = flux.firstIndex { $0 != 0 } ?? 0
    let end = (flux.lastIndex { $0 != 0 } ?? -1) + 1
    guard begin < end else { return (asic, nil) }
    let good = AsicFit.legacy(
      Array(thresholds[begin..<end]), Array(flux[begin..<end]), Array(errors[begin..<end]), shift: shift,
      options, scan)
    return (asic, good)
  }
}
