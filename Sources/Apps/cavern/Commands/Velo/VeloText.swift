import Errors
import JSON
import Results
import VeloCalibration

/// Scans and calibrations in words.
enum VeloText {
  /// What became of the acquisitions.
  static func statuses(_ counts: ScanCounts) -> String {
    AcquisitionStatus.allCases.map { "\(counts.count($0)) \($0.rawValue)" }.joined(separator: ", ")
  }

  /// A summed scan without fits.
  static func describe(_ counts: ScanCounts, _ scan: ScanSettings) -> String {
    let seconds = counts.liveSeconds
    let live = seconds.filter { $0 > 0 }
    return """
      \(scan.label)
        acquisitions: \(statuses(counts))
        thresholds: \(counts.thresholds.count), \(live.count) with live time (\(live.min() ?? 0) to \(live.max() ?? 0) s)

      """
  }

  /// What stands at the top of a report.
  static func facts(_ dataset: VeloDataset) -> [(String, String)] {
    [
      ("module", dataset.module), ("ASIC", dataset.asic),
      ("source", "\(dataset.source.name), \(MeasuredValue(dataset.source.electrons).text()) e-"),
      ("equation", dataset.equation.rawValue), ("dataset", dataset.file),
    ]
  }

  /// The ledger of a scan for `--json`.
  static func ledger(_ counts: ScanCounts, _ scan: ScanSettings) -> JSONValue {
    [
      "label": .string(scan.label), "thresholds": .integer(counts.thresholds.count),
      "acquisitions": .object(
        JSONObject(AcquisitionStatus.allCases.map { ($0.rawValue, .integer(counts.count($0))) })),
      "liveTime_s": .numbers(counts.liveSeconds),
      "withoutLiveTime": .array(
        counts.thresholds.indices.filter { counts.liveSeconds[$0] == 0 }.map { .integer(counts.thresholds[$0]) }),
    ]
  }

  /// A calibration.
  static func describe(_ calibration: ScanCalibration) -> String {
    let fits = calibration.fits
    let gain = PixelSummary(calibration.gains.gain, errors: calibration.gains.gainError)
    let target = PixelSummary(calibration.gains.target, errors: calibration.gains.targetError)
    let categories = PixelCategory.allCases.map { "\(fits.count($0)) \($0.name)" }.joined(separator: ", ")
    func measured(_ summary: PixelSummary, _ unit: String) -> String {
      summary.count == 0 ? "none" : MeasuredValue(summary.mean, statistical: summary.meanError).text(unit: unit)
    }
    let group = fits.options.group == .all ? "" : " \(fits.options.group.rawValue)"
    let scale = 100 * calibration.source.electronsError / calibration.source.electrons
    return """
      \(calibration.scan.label)\(group)
        acquisitions: \(statuses(calibration.counts))
        pixels: \(categories)
        target: \(measured(target, "DAC")) (n = \(target.count))
        K: \(measured(gain, "e-/DAC")), common scale error \(MeasuredValue(scale).text()) %

      """
  }
}
