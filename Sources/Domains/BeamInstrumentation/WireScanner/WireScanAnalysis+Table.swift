import Errors
import Tables

extension WireScanAnalysis {
  /// One row per profile with the fitted numbers, for CSV and Parquet; missing numbers are missing.
  ///
  /// - Parameter analyses: one per file, in the order wanted.
  public static func profileTable(_ analyses: [WireScanAnalysis]) throws(CavernError) -> Table {
    let rows = analyses.flatMap { analysis in analysis.profiles.map { (analysis, $0) } }
    func numbers(_ name: String, _ unit: String? = nil, _ value: (ProfileResult) -> Double?) -> Column {
      Column(name, rows.map { value($0.1).flatMap { $0.isFinite ? $0 : nil } }, unit: unit)
    }
    func whole(_ name: String, _ value: (ProfileResult) -> Int?) -> Column { Column(name, rows.map { value($0.1) }) }
    func text(_ name: String, _ value: (ProfileResult) -> String) -> Column { Column(name, rows.map { value($0.1) }) }
    let scans = rows.map { analysis, profile in
      analysis.scans.first {
        $0.device == profile.device && $0.scan == profile.scan && $0.acquisition == profile.acquisition
      }
    }
    return try Table(
      columns: [
        Column("file", rows.map { $0.0.fileName }), text("device") { $0.device },
        text("plane") { $0.plane.rawValue }, text("scan") { $0.scan.rawValue }, whole("acquisition") { $0.acquisition },
        whole("row") { $0.row }, whole("slot") { $0.slot }, whole("photomultiplier") { $0.photomultiplier },
        Column("acqTimeUTC", scans.map { $0?.time?.text }), Column("cycleStamp", scans.map { $0?.cycleStamp }),
        Column("cycleTime_s", scans.map { $0?.cycleTime }, unit: "s"), text("state") { $0.state.rawValue },
        text("flags") { $0.flags.map(\.kind.rawValue).joined(separator: " ") },
        numbers("area", "a.u. mm") { $0.baseline?.area }, numbers("baseline", "a.u.") { $0.baseline?.baseline },
        numbers("noise", "a.u.") { $0.baseline?.noise }, numbers("signalToNoise") { $0.baseline?.signalToNoise },
        numbers("peakPosition_mm", "mm") { $0.samples.peakPosition },
        numbers("amplitude", "a.u.") { $0.gaussian?.amplitude },
        numbers("amplitude_error", "a.u.") { $0.gaussian?.standardError(0) },
        numbers("mean_mm", "mm") { $0.gaussian?.mean }, numbers("meanOnAxis_mm", "mm") { $0.meanOnAxis },
        numbers("mean_mm_error", "mm") { $0.gaussian?.standardError(1) },
        numbers("sigma_mm", "mm") { $0.gaussian?.sigma },
        numbers("sigma_mm_error", "mm") { $0.gaussian?.standardError(2) },
        numbers("offset", "a.u.") { $0.gaussian?.offset },
        numbers("offset_error", "a.u.") { $0.gaussian?.standardError(3) },
        numbers("q") { $0.qGaussian?.q }, numbers("q_error") { $0.qGaussian?.qError },
        numbers("rmsSigma_mm", "mm") { $0.qGaussian?.rmsSigma },
        numbers("rmsSigma_mm_error", "mm") { $0.qGaussian?.rmsSigmaError },
        numbers("fwhm_mm", "mm") { $0.qGaussian?.fullWidthAtHalfMaximum },
        numbers("tailFraction3") { $0.qGaussian?.tailFraction3 }, numbers("deltaBIC") { $0.goodness?.deltaBIC },
        numbers("gamma") { $0.gamma }, numbers("emittance_um", "um") { $0.emittance?.value },
        numbers("emittance_um_statistical", "um") { $0.emittance?.statistical },
        numbers("emittance_um_systematic", "um") { $0.emittance?.systematic },
        numbers("emittanceRms_um", "um") { $0.emittanceRms?.value },
        numbers("emittanceRms_um_statistical", "um") { $0.emittanceRms?.statistical },
        numbers("emittanceRms_um_systematic", "um") { $0.emittanceRms?.systematic },
      ])
  }

  /// The last part of the path.
  public var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }
}
