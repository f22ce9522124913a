import Errors
import Figures
import Results

/// The interactive pages of wire scans.
public enum WireScanReports {
  /// The page of one file: what was used, a table and a figure per scan.
  ///
  /// - Parameters:
  ///   - analysis: the file's analysis.
  ///   - provenance: where it comes from.
  public static func file(_ analysis: WireScanAnalysis, provenance: Provenance?) -> Report {
    let sections = analysis.scans.map { scan -> Report.Section in
      var blocks: [Report.Block] = [.facts(facts(scan, analysis.summary(of: scan)))]
      if let figure = WireScanFigures.scan(analysis, scan) { blocks.append(.figure(figure)) }
      blocks.append(.table(table(analysis.profiles(of: scan))))
      return Report.Section("\(scan.device), \(scan.plane.label), \(scan.scan == .inward ? "IN" : "OUT")", blocks)
    }
    let first = analysis.scans.first
    return Report(
      title: "Wire scan \(analysis.fileName)",
      facts: [
        Report.Fact("Acquired", first?.time?.label ?? "unknown"),
        Report.Fact("Timing user", first?.selector ?? "unknown"),
      ], sections: sections, warnings: analysis.warnings + analysis.faults.map { CavernWarning($0) },
      provenance: provenance)
  }

  private static func facts(_ scan: WireScanAnalysis.Scan, _ summary: ScanSummary?) -> [Report.Fact] {
    var facts: [Report.Fact] = []
    if let time = scan.cycleTime { facts.append(Report.Fact("Cycle time", "\(Text.fixed(time, 3)) s")) }
    if let gamma = scan.gamma { facts.append(Report.Fact("Lorentz factor", Text.fixed(gamma.gamma, 5))) }
    if let optics = scan.optics {
      facts.append(
        Report.Fact(
          "Optics",
          "\(optics.set): beta \(Text.fixed(optics.beta, 3)) m, dispersion \(Text.fixed(optics.dispersion, 4)) m, "
            + "dp/p \(optics.momentumSpread)"))
    }
    if let number = scan.photomultiplier { facts.append(Report.Fact("Photomultiplier", "\(number)")) }
    if let summary, let mean = summary.meanEmittance {
      facts.append(
        Report.Fact(
          "Mean emittance",
          MeasuredValue(mean, statistical: summary.standardError, systematic: summary.systematic).text(unit: "µm")
            + " (n = \(summary.count), stat, syst)"))
    }
    return facts
  }

  private static func table(_ profiles: [ProfileResult]) -> ReportTable {
    ReportTable(
      columns: [
        .init("Row"), .init("Slot"), .init("σ", unit: "mm"), .init("Mean", unit: "mm"), .init("q"),
        .init("σ rms (q)", unit: "mm"), .init("εₙ", unit: "µm"), .init("εₙ rms (q)", unit: "µm"),
        .init("Signal/noise"), .init("ΔBIC"), .init("Flags"),
      ],
      rows: profiles.map { profile in
        let fit = profile.gaussian.flatMap { $0.state.isUsable ? $0 : nil }
        let tails = profile.qGaussian.flatMap { $0.state.isUsable ? $0 : nil }
        return [
          .number(Double(profile.row), decimals: 0),
          profile.slot.map { .number(Double($0), decimals: 0) } ?? .missing,
          measured(fit?.sigma, fit?.standardError(2)), measured(profile.meanOnAxis, fit?.standardError(1)),
          measured(tails?.q, tails?.qError), measured(tails?.rmsSigma, tails?.rmsSigmaError),
          measured(profile.emittance), measured(profile.emittanceRms),
          profile.baseline.map { .number($0.signalToNoise, decimals: 1) } ?? .missing,
          profile.goodness?.deltaBIC.map { .number($0, decimals: 1) } ?? .missing,
          .flags(profile.flags.map(\.kind.rawValue)),
        ]
      })
  }

  private static func measured(_ value: Double?, _ error: Double?) -> ReportTable.Cell {
    value.map { .measured(MeasuredValue($0, statistical: error)) } ?? .missing
  }

  private static func measured(_ emittance: Emittance?) -> ReportTable.Cell {
    emittance.map {
      .measured(MeasuredValue($0.value, statistical: $0.statistical, systematic: $0.systematic))
    } ?? .missing
  }

  /// The page of a session: trends, one line per scan, what was skipped and why.
  public static func session(_ session: WireScanSession, title: String, provenance: Provenance?) -> Report {
    let done = session.entries.count { !$0.scans.isEmpty }
    var sections = [Report.Section("Scans", [.table(sessionTable(session))])]
    let figures = WireScanFigures.SessionKind.allCases.compactMap { WireScanFigures.session(session, kind: $0) }
    if !figures.isEmpty { sections.insert(Report.Section("Trends", figures.map { .figure($0) }), at: 0) }
    let incomplete = session.entries.filter { !$0.causes.isEmpty }
    if !incomplete.isEmpty {
      sections.append(
        Report.Section(
          "Skipped and incomplete files",
          [
            .table(
              ReportTable(
                columns: [.init("File"), .init("State"), .init("Cause")],
                rows: incomplete.map {
                  [.text($0.file), .flags([$0.state]), .text($0.causes.joined(separator: "; "))]
                }))
          ]))
    }
    let optics = Set(session.scans.compactMap(\.scan.opticsSet)).sorted()
    return Report(
      title: title,
      facts: [
        Report.Fact("Files", "\(session.entries.count), of which \(done) with results"),
        Report.Fact("From", session.entries.compactMap(\.time).first?.label ?? "unknown"),
        Report.Fact("To", session.entries.compactMap(\.time).last?.label ?? "unknown"),
        Report.Fact("Optics", optics.isEmpty ? "none" : optics.joined(separator: ", ")),
      ], sections: sections, provenance: provenance)
  }

  static func sessionTable(_ session: WireScanSession) -> ReportTable {
    ReportTable(
      columns: [
        .init("File"), .init("Device"), .init("Plane"), .init("Scan"), .init("Cycle time", unit: "s"), .init("n"),
        .init("εₙ", unit: "µm"), .init("Spread", unit: "µm"), .init("q"), .init("Timing user"), .init("Flags"),
      ],
      rows: session.scans.map { entry, scan in
        [
          .text(entry.file), .text(scan.device), .text(scan.plane.rawValue), .text(scan.scan.rawValue),
          scan.cycleTime.map { .number($0, decimals: 3) } ?? .missing, .number(Double(scan.count), decimals: 0),
          scan.meanEmittance.map {
            .measured(MeasuredValue($0, statistical: scan.standardError, systematic: scan.systematic))
          } ?? .missing,
          scan.standardDeviation.map { .number($0, decimals: 4) } ?? .missing,
          measured(scan.meanQ, scan.standardDeviationOfQ), .text(scan.selector ?? ""),
          .flags(scan.flagCounts.map { $0.count > 1 ? "\($0.name) ×\($0.count)" : $0.name }),
        ]
      })
  }
}
