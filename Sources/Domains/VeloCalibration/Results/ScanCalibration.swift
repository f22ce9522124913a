import Errors
import Fitting
import JSON
import Tables

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
  /// What should be known.
  public let warnings: [CavernWarning]

  /// Fits a summed scan.
  ///
  /// - Throws: as `PixelFits.init`.
  public init(
    _ counts: ScanCounts, inputs: ScanInputs, scan: ScanSettings, source: RadiationSource, options: PixelFitOptions
  ) throws(CavernError) {
    self.scan = scan
    self.source = source
    self.inputs = inputs
    self.counts = counts
    fits = try PixelFits(counts, inputs: inputs, scan: scan, options: options)
    gains = PixelGains(fits, inputs: inputs, source: source)
    var whole: AsicFit?
    var good: AsicFit?
    if options.method == .legacy {
      (whole, good) = Self.legacyAsic(counts, fits, options, scan)
    } else {
      let fits = self.fits
      whole = AsicFit.poisson(counts, Self.livePixels(counts, inputs, fits), options, scan)
      good = AsicFit.poisson(
        counts, (0..<PixelMatrix.count).filter { fits.categories[$0] == .good }, options, scan)
    }
    whole?.calibrate(inputs, source, options)
    good?.calibrate(inputs, source, options)
    asic = whole
    asicGood = good
    var remarks = inputs.warnings + counts.warnings
    let without = counts.thresholds.indices.filter { counts.liveSeconds[$0] == 0 }
    if !without.isEmpty {
      let names = without.prefix(5).map { String(counts.thresholds[$0]) }.joined(separator: ", ")
      remarks.append(
        CavernWarning(
          "velo.noLiveTime", "\(without.count) thresholds have no live time and are left out: \(names)"))
    }
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
    _ counts: ScanCounts, _ fits: PixelFits, _ options: PixelFitOptions, _ scan: ScanSettings
  ) -> (AsicFit?, AsicFit?) {
    let first = (counts.good.lastIndex(of: 0) ?? -1) + 1
    let range = first..<counts.thresholds.count
    let thresholds = range.map { Double(counts.thresholds[$0]) }
    let scale = counts.shutterSeconds * Double(PixelMatrix.count)
    guard let sums = counts.acquisitionSums[options.group] else { return (nil, nil) }
    let asic = AsicFit.legacy(
      thresholds, range.map { sums.mean[$0] / scale }, range.map { sums.deviation[$0] / scale }, options, scan)
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
      Array(thresholds[begin..<end]), Array(flux[begin..<end]), Array(errors[begin..<end]), options, scan)
    return (asic, good)
  }

  /// Whether problems of the data exceed the limit: a threshold without live time, or more than `share` of the files rejected.
  public func hasProblems(share: Double = 0.05) -> Bool {
    let rejected = counts.count(.missing) + counts.count(.corrupt) + counts.count(.bad)
    let wanted = counts.records.count - counts.count(.condition)
    return counts.liveSeconds.contains(0) || Double(rejected) > share * Double(wanted)
  }

  /// The pixels as a table: the columns of the earlier program's values or of the likelihood, and `category` and `reason`.
  public func pixelTable() throws(CavernError) -> Table {
    let count = PixelMatrix.count
    let isLegacy = fits.options.method == .legacy
    var columns = [
      Column("row", (0..<count).map { Int32($0 / PixelMatrix.side) }),
      Column("col", (0..<count).map { Int32($0 % PixelMatrix.side) }),
    ]
    if isLegacy { columns.append(Column("fittype", fits.categories.map { Int32($0.legacyCode) })) }
    let names = fits.fits.parameterNames
    let isBefore = isLegacy && fits.options.baseline == .before
    for (index, name) in names.enumerated() {
      if isBefore, index == fits.positionIndex { continue }
      columns.append(Column(name, legacy(isLegacy) { fits.value($0, index) }))
      columns.append(Column("u\(name)", legacy(isLegacy) { fits.error($0, index) }))
    }
    func fitted(_ values: [Double]) -> [Double?] {
      (0..<count).map { pixel in
        let place = Int(fits.places[pixel])
        return place >= 0 && values[place].isFinite ? values[place] : nil
      }
    }
    if !isLegacy {
      let s = 2
      let e = fits.positionIndex
      let correlations = fits.fits.pixels.indices.map { fits.fits.correlation($0, s, e) }
      columns.append(Column("rho_s_E0", fitted(correlations)))
      columns.append(Column("deviance", fitted(fits.fits.objective)))
      columns.append(
        Column(
          "ndf",
          (0..<count).map { fits.places[$0] >= 0 ? Int32(fits.fits.degreesOfFreedom[Int(fits.places[$0])]) : nil }))
    }
    let zero: Double? = isLegacy ? 0 : nil
    columns.append(Column("target", gains.target.map { $0 ?? zero }, unit: "DAC"))
    columns.append(Column(isLegacy ? "utarget" : "utarget_stat", gains.targetError.map { $0 ?? zero }, unit: "DAC"))
    columns.append(Column("K", gains.gain.map { $0 ?? zero }, unit: "e-/DAC"))
    columns.append(Column(isLegacy ? "uK" : "uK_stat", gains.gainError.map { $0 ?? zero }, unit: "e-/DAC"))
    if !isLegacy {
      columns.append(Column("converged", (0..<count).map { Int32(fits.hasConverged($0) ? 1 : 0) }))
      columns.append(Column("chi2_merged", fitted(fits.fits.mergedChiSquare)))
      columns.append(
        Column(
          "ndf_merged",
          (0..<count).map { fits.places[$0] >= 0 ? Int32(fits.fits.mergedDegreesOfFreedom[Int(fits.places[$0])]) : nil }
        ))
      columns.append(Column("p", fitted(fits.fits.probability)))
      for i in 0..<names.count {
        for j in 0..<i {
          columns.append(
            Column(
              "cov_\(names[j])_\(names[i])", fitted(fits.fits.pixels.indices.map { fits.fits.covariance($0, j, i) })))
        }
      }
      columns.append(
        Column(
          "iterations", (0..<count).map { fits.places[$0] >= 0 ? fits.fits.iterations[Int(fits.places[$0])] : nil }))
      columns.append(
        Column("restarts", (0..<count).map { fits.places[$0] >= 0 ? fits.fits.restarts[Int(fits.places[$0])] : nil }))
      columns.append(Column("edm", fitted(fits.fits.distance)))
    }
    columns.append(Column("category", fits.categories.map { Int32($0.rawValue) }))
    columns.append(Column("reason", fits.reasons.map { Int32($0.rawValue) }))
    return try Table(columns: columns)
  }

  /// Values of good pixels only and 0 elsewhere for the earlier program's tables; all values otherwise.
  private func legacy(_ isLegacy: Bool, _ value: (Int) -> Double?) -> [Double?] {
    (0..<PixelMatrix.count).map { pixel in
      if isLegacy { return fits.categories[pixel] == .good ? (value(pixel) ?? 0) : 0 }
      return value(pixel)
    }
  }

  /// The content of `calibration.json`.
  public var json: JSONValue {
    let ledger = JSONObject(AcquisitionStatus.allCases.map { ($0.rawValue, .integer(counts.count($0))) })
    let categories = JSONObject(PixelCategory.allCases.map { ($0.name, .integer(fits.count($0))) })
    func list(_ category: PixelCategory) -> JSONValue {
      .array(
        fits.categories.indices.filter { fits.categories[$0] == category }.prefix(1000).map {
          .array([.integer($0 / PixelMatrix.side), .integer($0 % PixelMatrix.side)])
        })
    }
    let converged = PixelSummary(gains.target, errors: gains.targetError)
    let gain = PixelSummary(gains.gain, errors: gains.gainError)
    return [
      "label": .string(scan.label), "shutter_s": .number(scan.shutter.seconds),
      "method": .string(fits.options.method.rawValue), "equation": .string(fits.options.equation.rawValue),
      "baseline": .string(fits.options.baseline.rawValue), "group": .string(fits.options.group.rawValue),
      "thresholds": [
        "from": .integer(counts.thresholds.first ?? 0), "to": .integer(counts.thresholds.last ?? 0),
        "step": .integer(scan.step), "count": .integer(counts.thresholds.count),
        "withoutLiveTime": .array(
          counts.thresholds.indices.filter { counts.liveSeconds[$0] == 0 }.map { .integer(counts.thresholds[$0]) }),
      ],
      "acquisitions": .object(ledger), "categories": .object(categories), "noisy": list(.noisy),
      "masked": list(.masked),
      "source": [
        "name": .string(source.name), "energy_eV": .number(source.energy), "eV_per_pair": .number(source.pairEnergy),
        "electrons": .number(source.electrons), "electrons_scaleError": .number(source.electronsError),
      ],
      "target_DAC": converged.json, "K_e_per_DAC": gain.json,
      "K_scaleError_relative": .number(source.electronsError / source.electrons),
      "K_from_mean_target": .number(source.electrons / converged.mean),
      "good": [
        "target_DAC": summary(gains.target, gains.targetError).json,
        "K_e_per_DAC": summary(gains.gain, gains.gainError).json,
      ],
      "ASIC": asic?.json ?? .null, "ASICgood": asicGood?.json ?? .null,
      "warnings": .array(warnings.map(\.json)),
    ]
  }

  private func summary(_ values: [Double?], _ errors: [Double?]) -> PixelSummary {
    let isGood = fits.categories.map { $0 == .good }
    return PixelSummary(
      zip(values, isGood).map { $1 ? $0 : nil }, errors: zip(errors, isGood).map { $1 ? $0 : nil })
  }
}

extension PixelSummary {
  /// The summary for `calibration.json`.
  public var json: JSONValue {
    [
      "n": .integer(count), "mean": .number(mean), "standardDeviation": .number(deviation),
      "errorOfMean": .number(meanError), "median": .number(median), "robustDeviation": .number(robustDeviation),
      "weightedMean": .number(weightedMean), "chi2": .number(chiSquare), "ndf": .integer(degreesOfFreedom),
    ]
  }
}

extension AsicFit {
  /// The fit for `calibration.json`.
  public var json: JSONValue {
    let parameters = JSONObject(
      names.indices.map {
        (names[$0], .object(JSONObject([("value", .number(values[$0])), ("error", .number(errors[$0]))])))
      })
    return [
      "state": .string(state.rawValue), "parameters": .object(parameters), "objective": .number(objective),
      "ndf": .integer(degreesOfFreedom), "target_DAC": ["value": .number(target), "error": .number(targetError)],
      "K_e_per_DAC": ["value": .number(gain), "error": .number(gainError)], "degenerate": .bool(isDegenerate),
    ]
  }
}
