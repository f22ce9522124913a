import Errors
import Fitting

/// The files of the earlier program for one scan: names, formats and what stands in them.
public struct LegacyLayout: Sendable {
  /// One file: its name in the folder, and a closure that makes its bytes when they are wanted.
  public struct File: Sendable {
    /// Name relative to the folder of the dataset, with the folder of a group.
    public var name: String
    /// Makes the content.
    public var bytes: @Sendable () -> [UInt8]
  }

  private let scan: ScanSettings
  private let dataset: String
  private let group: PixelGroup

  /// The layout for a scan of a dataset.
  public init(_ scan: ScanSettings, dataset: String, group: PixelGroup) {
    self.scan = scan
    self.dataset = dataset
    self.group = group
  }

  private var folder: String { group == .all ? "" : "\(group.legacyFolder)/" }
  private var stem: String { "\(scan.prefix)\(scan.shutter.text)_\(scan.label)" }

  /// Flux and its uncertainty: a pair of matrices for each threshold, and a pair of columns for the ASIC.
  ///
  /// Masked pixels and those outside the group have flux 0; thresholds without a good acquisition have no matrices and are
  /// `nan` in the columns.
  public func flux(_ counts: ScanCounts, isMasked: [Bool]) -> [File] {
    var files: [File] = []
    let group = self.group
    for k in counts.thresholds.indices where counts.good[k] > 0 {
      let seconds = Double(counts.good[k]) * counts.shutterSeconds
      let name = "\(stem)_THR_\(counts.thresholds[k]).csv"
      for (start, isError) in [("Fluxperpixel_", false), ("UncertaintyFluxperpixel_", true)] {
        files.append(
          File(name: "\(folder)\(start)\(name)") {
            LegacyMatrix.bytes(
              (0..<PixelMatrix.count).map { pixel in
                guard !isMasked[pixel], group.contains(row: pixel / PixelMatrix.side, column: pixel % PixelMatrix.side)
                else { return 0 }
                let hits = Double(counts.hits[k * PixelMatrix.count + pixel])
                return (isError ? hits.squareRoot() : hits) / seconds
              })
          })
      }
    }
    let scale = counts.shutterSeconds * Double(PixelMatrix.count)
    let range = "\(counts.thresholds.first ?? 0)-\(scan.to)-step\(scan.step)"
    let sums = counts.acquisitionSums[group]
    for (start, values) in [("FluxperASIC_", sums?.mean), ("UncertaintyFluxperASIC_", sums?.deviation)] {
      let column = (values ?? []).map { $0 / scale }
      files.append(File(name: "\(folder)\(start)\(stem)_THR_\(range).csv") { LegacyMatrix.column(column) })
    }
    return files
  }

  /// Parameters, categories, targets and gains, the ASIC's parameters and the log.
  public func results(_ calibration: ScanCalibration) -> [File] {
    let fits = calibration.fits
    let gains = calibration.gains
    let place = "ST_\(scan.shutter.text)_\(scan.label).csv"
    let count = PixelMatrix.count
    var files: [File] = []
    func matrix(_ name: String, _ value: @escaping @Sendable (Int) -> Double?) {
      files.append(
        File(name: "\(folder)\(name)_\(place)") { LegacyMatrix.bytes((0..<count).map { value($0) ?? 0 }) })
    }
    let isBefore = fits.options.baseline == .before
    for (index, name) in fits.fits.parameterNames.enumerated() {
      if isBefore, index == fits.positionIndex { continue }
      matrix("\(name)matrix") { fits.categories[$0] == .good ? fits.value($0, index) : 0 }
      matrix("u\(name)matrix") { fits.categories[$0] == .good ? fits.error($0, index) ?? .infinity : 0 }
    }
    matrix("Fittypematrix") { Double(fits.categories[$0].legacyCode) }
    matrix("targetmatrix") { gains.target[$0] }
    matrix("utargetmatrix") { gains.targetError[$0] }
    matrix("K_matrix") { gains.gain[$0] }
    matrix("uK_matrix") { gains.gainError[$0] }
    for (name, fit) in [("ASIC", calibration.asic), ("ASICgood", calibration.asicGood)] {
      guard let fit else { continue }
      let text =
        "popt\(name), Value ,Uncertainty\n" + Self.parameters(fit)
        + "target,\(fit.target),\(fit.targetError)\n"
      files.append(File(name: "\(folder)\(name)_params\(scan.label).csv") { Array(text.utf8) })
    }
    let log = log(calibration)
    let logName = group == .all ? dataset : "\(dataset)_\(group.legacyFolder)"
    files.append(File(name: "\(folder)log_file_\(logName)_\(scan.label).csv") { Array(log.utf8) })
    return files
  }

  private static func parameters(_ fit: AsicFit) -> String {
    fit.names.indices.map { "\(fit.names[$0]),\(fit.values[$0]),\(fit.errors[$0])\n" }.joined()
  }

  private func log(_ calibration: ScanCalibration) -> String {
    let gain = PixelSummary(calibration.gains.gain, errors: calibration.gains.gainError)
    var text = "Fittype, Pixels ,Percentage\n"
    text += "good,\(gain.count),\(100 * Double(gain.count) / Double(PixelMatrix.count))\n"
    text += "Kmean, Kstd ,uKmean\n\(gain.mean),\(gain.deviation),\(gain.meanError)\n"
    text += "poptASICgood, Value ,Uncertainty\n" + (calibration.asicGood.map(Self.parameters) ?? "")
    text += "poptASIC, Value ,Uncertainty\n" + (calibration.asic.map(Self.parameters) ?? "")
    return text
  }
}
