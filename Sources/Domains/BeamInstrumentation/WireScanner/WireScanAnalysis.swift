import Errors
import JSON

/// The analysis of one wire-scan file: profiles, averages and what there is to say about them.
public struct WireScanAnalysis: Sendable {
  /// What was used for one scan.
  public struct Scan: Sendable, Equatable {
    /// Device.
    public var device: String
    /// Plane.
    public var plane: Plane
    /// Direction.
    public var scan: ScanDirection
    /// Row of the acquisition in the file.
    public var acquisition: Int
    /// Photomultiplier, from 1; `nil` when chosen per row.
    public var photomultiplier: Int?
    /// Time in the cycle in s.
    public var cycleTime: Double?
    /// Lorentz factor.
    public var gamma: ScanGamma?
    /// Optics; `nil` when the table does not know the device.
    public var optics: ScanOptics?
    /// Moment of the acquisition, UTC.
    public var time: AcquisitionTime?
    /// Time stamp as recorded.
    public var acquisitionTimeText: String?
    /// Stamp of the machine cycle in ns since 1970.
    public var cycleStamp: Int?
    /// Timing user.
    public var selector: String?
    /// Rows recorded.
    public var rowCount: Int
    /// The area in signal units times mm that counts as typical in the selection of rows.
    public var typicalArea: Double?
  }

  /// The file's path as given.
  public var path: String
  /// Profiles in the order device, scan, row: the filled rows and every row with a flag.
  public var profiles: [ProfileResult]
  /// Averages, one per device and scan.
  public var summaries: [ScanSummary]
  /// What was used, one per summary.
  public var scans: [Scan]
  /// What was asked for and is missing.
  public var faults: [CavernError]
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// Analyses a file that has been read.
  ///
  /// - Parameters:
  ///   - file: its scanners.
  ///   - options: thresholds, models, optics.
  ///   - table: the optics sets to choose from when options say `automatic`.
  /// - Throws: `ws.nothingPublished` when no scanner has data, `ws.noBunches` when no row of any scan holds a bunch (with the largest
  ///   area and the noise), `ws.noSuchRow` when none of the rows that were asked for exists, the only fault when nothing else is
  ///   left.
  public init(_ file: WireScanFile, options: WireScanOptions, table: OpticsTable) throws(CavernError) {
    path = file.path
    profiles = []
    summaries = []
    scans = []
    faults = file.faults
    warnings = file.warnings
    if file.scanners.isEmpty {
      if let fault = faults.first { throw fault }
      let causes = warnings.filter { $0.code == "ws.notPublished" }.map(\.message).joined(separator: "; ")
      let planes = options.planes.sorted().map(\.rawValue).joined(separator: " or ")
      throw CavernError(
        "ws.nothingPublished",
        causes.isEmpty ? "the file has no scanner of plane \(planes)" : "no scanner published in this file",
        exit: .badData, file: path,
        hint: causes.isEmpty ? "'cavern beam inspect' shows what the file holds" : causes)
    }
    var largest: (area: Double, noise: Double, place: String)?
    for scanner in file.scanners {
      var analyses: [ScanAnalysis] = []
      for scan in scanner.scans {
        let gamma = Self.gamma(scan, function: file.gammas[scan.acquisition], options: options)
        let optics = Self.optics(scan, function: file.gammas[scan.acquisition], options: options, table: table)
        if let message = optics.warning { addWarning(message, scan) }
        if gamma == nil { addGammaFault(scan, hasFunction: file.gammas[scan.acquisition] != nil) }
        if optics.optics == nil { addOpticsFault(scan, set: optics.set) }
        let missing = (options.rows ?? []).filter { $0 >= scan.rowCount }.sorted()
        if !missing.isEmpty {
          let list = missing.prefix(8).map(String.init).joined(separator: ", ")
          warnings.append(
            CavernWarning(
              "ws.noSuchRow",
              "\(scan.device), \(scan.scan.rawValue): rows \(list) are not there, the last is \(scan.rowCount - 1)",
              file: path))
        }
        let analysis = try Self.analysis(scan, options, optics.optics, gamma, path)
        analyses.append(analysis)
        scans.append(
          Scan(
            device: scan.device, plane: scan.plane, scan: scan.scan, acquisition: scan.acquisition,
            photomultiplier: analysis.photomultiplier, cycleTime: scan.cycleTime, gamma: gamma, optics: optics.optics,
            time: scanner.time, acquisitionTimeText: scanner.acquisitionTimeText, cycleStamp: scanner.cycleStamp,
            selector: scanner.selector, rowCount: scan.rowCount, typicalArea: analysis.typicalArea))
        if let area = analysis.largestArea, area > largest?.area ?? -.infinity {
          largest = (area, analysis.medianNoise ?? .nan, "\(scan.device), \(scan.scan.rawValue)")
        }
      }
      Self.compareInAndOut(&analyses)
      for (scan, analysis) in zip(scanner.scans, analyses) {
        var summary = ScanSummary(
          device: scan.device, plane: scan.plane, scan: scan.scan, acquisition: scan.acquisition,
          profiles: analysis.profiles)
        if scan.scan == .outward { summary.outOverIn = Self.outOverIn(analyses) }
        profiles += analysis.profiles
        summaries.append(summary)
        if !analysis.profiles.contains(where: { $0.gaussian != nil }) {
          let area = analysis.largestArea.map { "largest area \(Text.short($0)), " } ?? ""
          warnings.append(
            CavernWarning(
              "ws.noBunches",
              "\(scan.device), \(scan.scan.rawValue): no bunches found "
                + "(\(area)noise \(analysis.medianNoise.map(Text.short) ?? "unknown"))", file: path))
        }
      }
    }
    if !profiles.contains(where: { $0.gaussian != nil }) {
      if let absent = warnings.first(where: { $0.code == "ws.noSuchRow" }), let rows = options.rows,
        let most = scans.map(\.rowCount).max(), rows.allSatisfy({ $0 >= most })
      {
        throw CavernError(absent.code, absent.message, exit: .badData, file: path, hint: "rows count from 0")
      }
      let detail = largest.map { "largest area \(Text.short($0.area)) in \($0.place), noise \(Text.short($0.noise))" }
      throw CavernError(
        "ws.noBunches", "no bunches found" + (detail.map { ": " + $0 } ?? ""), exit: .badData, file: path,
        expected: "a row whose signal stands 6 noise sigmas above its baseline",
        hint: "'--threshold' and '--rows' change the selection")
    }
  }

  /// Whether something that was asked for is missing although the rest is there.
  public var isPartial: Bool { !faults.isEmpty }

  private static func analysis(
    _ scan: ScanProfiles, _ options: WireScanOptions, _ optics: ScanOptics?, _ gamma: ScanGamma?, _ path: String
  ) throws(CavernError) -> ScanAnalysis {
    do {
      return try ScanAnalysis(scan, options: options, optics: optics, gamma: gamma)
    } catch {
      throw error.inFile(path)
    }
  }

  private static func gamma(_ scan: ScanProfiles, function: GammaFunction?, options: WireScanOptions) -> ScanGamma? {
    if let gamma = options.gamma {
      return ScanGamma(GammaFunction(constant: gamma), time: scan.gammaTime, offset: options.cycleOffset)
    }
    return function.flatMap { ScanGamma($0, time: scan.gammaTime, offset: options.cycleOffset) }
  }

  private static func optics(
    _ scan: ScanProfiles, function: GammaFunction?, options: WireScanOptions, table: OpticsTable
  ) -> (optics: ScanOptics?, set: OpticsSet?, warning: CavernWarning?) {
    let set: OpticsSet
    var warning: CavernWarning?
    switch options.optics {
    case .set(let chosen): set = chosen
    case .automatic:
      guard let gamma = options.gamma ?? function?.flatBottom, let found = table.set(forFlatBottomGamma: gamma) else {
        return (nil, nil, nil)
      }
      set = found
      if found.particle == "proton" {
        warning = CavernWarning(
          "optics.assumed",
          "optics '\(found.name)' assumed from gamma \(Text.short(gamma)); for Q20 or Q22 cycles choose '--optics'")
      }
    }
    let address = DeviceAddress(scan.device)
    let names = [scan.device, "\(address.machine).\(scan.equipment)", scan.equipment]
    guard let functions = names.lazy.compactMap({ set[$0] }).first, let beta = functions.beta(scan.plane),
      let dispersion = functions.dispersion(scan.plane)
    else { return (nil, set, warning) }
    let optics = ScanOptics(
      set: set.name, beta: beta, betaRelativeUncertainty: options.betaUncertainty, dispersion: dispersion,
      dispersionRelativeUncertainty: options.dispersionUncertainty, momentumSpread: options.momentumSpread,
      momentumSpreadRelativeUncertainty: options.momentumSpreadUncertainty)
    return (optics, set, warning)
  }

  private mutating func addWarning(_ warning: CavernWarning, _ scan: ScanProfiles) {
    guard !warnings.contains(where: { $0.code == warning.code }) else { return }
    var named = warning
    named.file = path
    warnings.append(named)
  }

  private mutating func addGammaFault(_ scan: ScanProfiles, hasFunction: Bool) {
    let code = hasFunction ? "ws.noScanTime" : "ws.noGamma"
    guard !faults.contains(where: { $0.code == code }) else { return }
    if hasFunction {
      faults.append(
        CavernError(
          code, "\(scan.device): the record has no time of the scan, so gamma is unknown: sizes only, no emittances",
          exit: .badData, file: path, expected: "'delays' or 'acqTimeInCycleSet\(scan.scan.set)'",
          hint: "give '--gamma', '--momentum' or '--brho'"))
      return
    }
    faults.append(
      CavernError(
        code, "no gamma in the file: sizes only, no emittances", exit: .badData, file: path,
        expected: "a column SPSBEAM/GAMMA with at least one finite value",
        hint: "give '--gamma', '--momentum' or '--brho'"))
  }

  private mutating func addOpticsFault(_ scan: ScanProfiles, set: OpticsSet?) {
    guard !faults.contains(where: { $0.code == "ws.noOptics" && $0.message.hasPrefix(scan.device) }) else { return }
    let known = set?.scanners.map(\.equipment) ?? []
    faults.append(
      CavernError(
        "ws.noOptics",
        "\(scan.device): "
          + (set.map { "optics '\($0.name)' do not know plane \(scan.plane.rawValue) of this scanner" }
            ?? "no optics set fits this beam") + "; sizes only, no emittances", exit: .badData, file: path,
        nearest: nearestNames(to: scan.equipment, in: known),
        hint: "'--optics SET' names a set, '--optics FILE' reads a table made by 'cavern beam optics import'"))
  }

  /// Flags rows whose incoming and outgoing sizes differ by more than three combined errors and 3 %.
  private static func compareInAndOut(_ analyses: inout [ScanAnalysis]) {
    guard analyses.count == 2 else { return }
    for index in analyses[0].profiles.indices {
      let row = analyses[0].profiles[index].row
      guard let other = analyses[1].profiles.firstIndex(where: { $0.row == row }),
        let first = analyses[0].profiles[index].gaussian, let second = analyses[1].profiles[other].gaussian,
        first.state.isUsable, second.state.isUsable
      else { continue }
      let difference = second.sigma / first.sigma - 1
      let a = max(first.standardError(2), analyses[0].profiles[index].sigmaErrorWithNoise ?? 0)
      let b = max(second.standardError(2), analyses[1].profiles[other].sigmaErrorWithNoise ?? 0)
      guard abs(difference) > 0.03, abs(second.sigma - first.sigma) > 3 * (a * a + b * b).squareRoot() else { continue }
      analyses[0].profiles[index].flags.append(ProfileFlag(.inOutMismatch, difference))
      analyses[1].profiles[other].flags.append(ProfileFlag(.inOutMismatch, difference))
      analyses[0].profiles[index].sortFlags()
      analyses[1].profiles[other].sortFlags()
    }
  }

  private static func outOverIn(_ analyses: [ScanAnalysis]) -> Double? {
    guard analyses.count == 2 else { return nil }
    let ratios = analyses[0].profiles.filter(\.countsInAverages).compactMap { first -> Double? in
      guard let second = analyses[1].profiles.first(where: { $0.row == first.row && $0.countsInAverages }),
        let sigmaIn = first.gaussian?.sigma, let sigmaOut = second.gaussian?.sigma
      else { return nil }
      return sigmaOut / sigmaIn
    }
    return Moments.mean(ratios)
  }
}
