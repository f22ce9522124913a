import Fitting
import JSON

extension ScanCalibration {
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
      "label": .string(scan.label), "shutter": .string(scan.shutter.text), "shutter_s": .number(scan.shutter.seconds),
      "method": .string(fits.options.method.rawValue), "equation": .string(fits.options.equation.rawValue),
      "baseline": .string(fits.options.baseline.rawValue), "group": .string(fits.options.group.rawValue),
      "thresholds": [
        "from": .integer(counts.thresholds.first ?? 0), "to": .integer(counts.thresholds.last ?? 0),
        "step": .integer(scan.step), "count": .integer(counts.thresholds.count),
        "withoutLiveTime": .array(
          counts.thresholds.indices.filter { counts.liveSeconds[$0] == 0 }.map { .integer(counts.thresholds[$0]) }),
      ],
      "acquisitions": .object(ledger), "categories": .object(categories), "noisy": list(.noisy),
      "masked": list(.masked), "dead": deadPixels,
      "withoutTarget": .integer(
        gains.target.indices.count { gains.target[$0] == nil && fits.hasConverged($0) }),
      "edgeBetweenThresholds": .integer(fits.edgesBetweenThresholds),
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
      "goodness_bootstrap": bootstrap?.json ?? .null, "ASIC": asic?.json ?? .null, "ASICgood": asicGood?.json ?? .null,
      "ASIC_excessVariance_DAC2": .number(excessVariance), "warnings": .array(warnings.map(\.json)),
    ]
  }

  /// Pixels that are neither masked nor outside the group and have no hit at all; the first 1000 are listed.
  private var deadPixels: JSONValue {
    let dead = fits.categories.indices.filter { fits.categories[$0] == .tooFewHits && counts.total($0) == 0 }
    return [
      "count": .integer(dead.count),
      "pixels": .array(
        dead.prefix(1000).map { .array([.integer($0 / PixelMatrix.side), .integer($0 % PixelMatrix.side)]) }),
    ]
  }

  /// s² of the ASIC's curve minus the mean s² of good pixels and the variance of their E0: 0 when the curve is broadened by the
  /// spread of the pixels alone; NaN without a curve.
  private var excessVariance: Double {
    guard let asic, asic.values.count > 2 else { return .nan }
    let good = fits.categories.indices.filter { fits.categories[$0] == .good }
    let widths = good.compactMap { fits.value($0, 2) }
    let deviation = RobustStatistics.deviation(good.compactMap { fits.value($0, fits.positionIndex) })
    let mean = RobustStatistics.mean(widths)
    return asic.values[2] * asic.values[2] - mean * mean - deviation * deviation
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
