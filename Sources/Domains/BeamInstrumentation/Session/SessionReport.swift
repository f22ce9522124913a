import Errors
import Figures
import Results

/// The page of a session: all devices, trends, what was skipped and why.
public enum SessionReport {
  /// The page.
  ///
  /// - Parameters:
  ///   - session: the files, joined.
  ///   - passedOver: files in the folder that are no acquisitions.
  ///   - provenance: where it comes from.
  public static func page(_ session: Session, title: String, passedOver: [String], provenance: Provenance?) -> Report {
    var sections: [Report.Section] = []
    let incomplete = session.entries.filter { !$0.causes.isEmpty || $0.state == "skipped" || $0.state == "failed" }
    if !session.growth.isEmpty {
      var blocks: [Report.Block] = []
      if let figure = SessionFigures.growth(session) { blocks.append(.figure(figure)) }
      blocks.append(.table(growthTable(session)))
      sections.append(Report.Section("Emittance growth", blocks))
    }
    sections += session.join.sections
    for device in SessionDevice.all { sections += device.sections(session) }
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
    sections.append(Report.Section("All files", [.table(files(session))]))
    if !passedOver.isEmpty {
      sections.append(
        Report.Section(
          "Passed over",
          [
            .paragraph("\(passedOver.count) files are no acquisitions: \(passedOver.firstFew(20))")
          ]))
    }
    return Report(
      title: title, facts: facts(session, incomplete.count), sections: sections, warnings: warnings(session),
      provenance: provenance)
  }

  private static func facts(_ session: Session, _ incomplete: Int) -> [Report.Fact] {
    let times = session.entries.filter { !$0.parts.isEmpty }.compactMap(\.time)
    let optics = session.wireScans.scans.compactMap(\.scan.opticsSet).uniqued.sorted()
    let users = session.wireScans.scans.compactMap(\.scan.selector).uniqued.sorted()
    var facts = [
      Report.Fact("Files", "\(session.entries.count), of which \(incomplete) skipped or incomplete"),
      Report.Fact("From", times.min()?.label ?? "unknown"), Report.Fact("To", times.max()?.label ?? "unknown"),
    ]
    for device in SessionDevice.all {
      let count = session.entries.count { entry in entry.parts.contains { $0.device == device.name } }
      if count > 0 { facts.append(Report.Fact(device.title, Text.count(count, "file"))) }
    }
    if !optics.isEmpty { facts.append(Report.Fact("Optics", optics.joined(separator: ", "))) }
    if !users.isEmpty { facts.append(Report.Fact("Timing users", users.joined(separator: ", "))) }
    if !session.join.pairs.isEmpty {
      facts.append(
        Report.Fact(
          "Joined", "\(Set(session.join.pairs.map(\.file)).count) wire-scan files with intensities"))
    }
    for growth in session.growth where growth.scan == .inward {
      facts.append(Report.Fact("Growth \(growth.plane.rawValue)", "\(growth.rate.text()) nm/s (\(growth.device), IN)"))
    }
    return facts
  }

  /// Remarks that files share, told once with their number.
  private static func warnings(_ session: Session) -> [CavernWarning] {
    var warnings = session.join.warnings.filter { $0.code != "join.noIntensity" }
    var order: [String] = []
    var found: [String: (count: Int, file: String)] = [:]
    for entry in session.entries {
      for remark in entry.remarks {
        if found[remark] == nil { order.append(remark) }
        found[remark, default: (0, entry.file)].count += 1
      }
    }
    for remark in order.prefix(50) {
      guard let (count, file) = found[remark] else { continue }
      warnings.append(
        CavernWarning("session.remark", count > 1 ? "\(remark) (\(count) files, first this one)" : remark, file: file))
    }
    if order.count > 50 {
      warnings.append(CavernWarning("session.remarks", "\(order.count - 50) further remarks stand in result.json"))
    }
    return warnings
  }

  private static func growthTable(_ session: Session) -> ReportTable {
    ReportTable(
      columns: [
        .init("Device"), .init("Plane"), .init("Scan"), .init("Timing user"), .init("Scans"), .init("From", unit: "s"),
        .init("To", unit: "s"), .init("Growth", unit: "nm/s"), .init("εₙ at cycle time 0", unit: "µm"), .init("χ²/dof"),
      ],
      rows: session.growth.map { growth in
        let excess =
          growth.line.degreesOfFreedom > 0 ? growth.line.chiSquare / Double(growth.line.degreesOfFreedom) : .nan
        return [
          .text(growth.device), .text(growth.plane.rawValue), .text(growth.scan.rawValue), .text(growth.selector ?? ""),
          .number(Double(growth.count), decimals: 0), .number(growth.range.lowerBound, decimals: 2),
          .number(growth.range.upperBound, decimals: 2), .measured(growth.rate),
          .measured(MeasuredValue(growth.line.intercept, statistical: growth.line.interceptError)),
          .number(excess, decimals: 2),
        ]
      })
  }

  private static func files(_ session: Session) -> ReportTable {
    ReportTable(
      columns: [.init("File"), .init("Time"), .init("State"), .init("Devices"), .init("Result"), .init("Flags")],
      rows: session.entries.map { entry in
        let flags = entry.parts.flatMap(\.content.flagCounts)
        return [
          .text(entry.file), .text(entry.time?.cellLabel ?? ""), .text(entry.state),
          .text(entry.parts.flatMap(\.content.devices).uniqued.joined(separator: ", ")),
          .text(
            (entry.parts.map(\.content.summary) + (entry.parts.isEmpty ? entry.causes : [])).joined(separator: "; ")),
          .flags(flags.map { $0.count > 1 ? "\($0.name) ×\($0.count)" : $0.name }),
        ]
      })
  }

  /// The figures of the page, to be written as files.
  public static func figures(_ session: Session) -> [Figure] {
    page(session, title: "", passedOver: [], provenance: nil).figures
  }
}
