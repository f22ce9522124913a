import BeamInstrumentation
import Errors
import Figures
import JSON
import Results
import Tables

extension FbctText {
  private static func measured(_ value: BunchEvolution.Measured?, _ factor: Double) -> String {
    value.map { MeasuredValue($0.value * factor, statistical: $0.error * factor).text() } ?? ""
  }

  /// The unit that suits all records of a session.
  private static func scale(_ session: BeamCurrentSession) -> IntensityScale {
    let records = session.entries.flatMap(\.records)
    return IntensityScale(
      largest: records.compactMap { $0.injected?.value }.max() ?? 1, unitName: records.first?.unitName ?? "charges",
      chargeState: records.first?.chargeState)
  }

  /// One line per record, and per file without one.
  static func session(_ session: BeamCurrentSession, width: Int) -> String {
    let scale = scale(session)
    let rows = session.entries.flatMap { entry -> [[String]] in
      let name = entry.file.split(separator: "/").last.map(String.init) ?? entry.file
      guard !entry.records.isEmpty else { return [[name, entry.state]] }
      return entry.records.map { record in
        [
          name, entry.state, "\(record.bunches)", measured(record.injected, 1 / scale.charges),
          measured(record.transmission, 100), measured(record.lifetime, 1), "\(record.suddenLosses)",
        ]
      }
    }
    return "intensity in \(scale.name)\n"
      + TextTable(
        columns: [
          .left("file"), .left("state"), .right("bunches"), .right("injected"), .right("transmission/%"),
          .right("lifetime/s"), .right("sudden losses"),
        ], rows: rows
      ).text(width: width)
  }

  /// The table of a session; intensities in charges.
  static func sessionTable(_ session: BeamCurrentSession) throws(CavernError) -> Table {
    let rows = session.entries.flatMap { entry -> [(BeamCurrentSession.Entry, BeamCurrentSession.Summary?)] in
      entry.records.isEmpty ? [(entry, nil)] : entry.records.map { (entry, $0) }
    }
    func numbers(_ name: String, _ unit: String?, _ value: (BeamCurrentSession.Summary) -> Double?) -> Column {
      Column(name, rows.map { $0.1.flatMap(value) }, unit: unit)
    }
    func whole(_ name: String, _ value: (BeamCurrentSession.Summary) -> Int?) -> Column {
      Column(name, rows.map { $0.1.flatMap(value) })
    }
    return try Table(columns: [
      Column("file", rows.map { $0.0.file }), Column("state", rows.map { $0.0.state }),
      Column("cause", rows.map { $0.0.causes.joined(separator: "; ") }), Column("device", rows.map { $0.1?.device }),
      whole("acquisition") { $0.acquisition }, Column("acqTimeUTC", rows.map { $0.1?.time?.text }),
      whole("cycleStamp") { $0.cycleStamp }, Column("selector", rows.map { $0.1?.selector }),
      whole("bunches") { $0.bunches }, numbers("injected", "charges") { $0.injected?.value },
      numbers("injected_error", "charges") { $0.injected?.error },
      numbers("final", "charges") { $0.final?.value }, numbers("final_error", "charges") { $0.final?.error },
      numbers("transmission", nil) { $0.transmission?.value },
      numbers("transmission_error", nil) { $0.transmission?.error },
      numbers("lifetime_s", "s") { $0.lifetime?.value }, numbers("lifetime_s_error", "s") { $0.lifetime?.error },
      whole("suddenLosses") { $0.suddenLosses }, numbers("calibration", nil) { $0.calibration },
    ])
  }

  /// The same as CSV.
  static func sessionCSV(_ session: BeamCurrentSession) -> String {
    (try? sessionTable(session).csvBytes()).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// The figures of a session: trend, mean over the files, representative run.
  static func sessionFigures(_ session: BeamCurrentSession) -> [Figure] {
    var figures = [BeamCurrentFigures.trend(session)].compactMap { $0 }
    guard let run = session.representative else { return figures }
    let chargeState = session.entries.flatMap(\.records).first { $0.device == run.device }?.chargeState
    figures.append(
      BeamCurrentFigures.average(
        session.average, device: run.device, unitName: run.unitName, chargeState: chargeState))
    figures.append(BeamCurrentFigures.run(run, chargeState: chargeState))
    return figures
  }

  /// The page of a session.
  static func page(
    _ session: BeamCurrentSession, _ figures: [Figure], _ remarks: [CavernWarning], _ provenance: Provenance
  ) -> Page {
    let scale = scale(session)
    func cell(_ value: BunchEvolution.Measured?, _ factor: Double) -> ReportTable.Cell {
      value.map { .measured(MeasuredValue($0.value * factor, statistical: $0.error * factor)) } ?? .missing
    }
    let rows = session.entries.flatMap { entry -> [[ReportTable.Cell]] in
      let records: [BeamCurrentSession.Summary?] = entry.records.isEmpty ? [nil] : entry.records
      return records.map { record in
        [
          .text(entry.file), .text(entry.state), .text(record?.time?.label ?? ""), .text(record?.device ?? ""),
          record.map { .number(Double($0.bunches), decimals: 0) } ?? .missing,
          cell(record?.injected, 1 / scale.charges), cell(record?.transmission, 100), cell(record?.lifetime, 1),
          record.map { .number(Double($0.suddenLosses), decimals: 0) } ?? .missing,
          .text(entry.causes.joined(separator: "; ")),
        ]
      }
    }
    let table = ReportTable(
      columns: [
        .init("file"), .init("state"), .init("time"), .init("device"), .init("bunches"),
        .init("injected", unit: scale.name), .init("transmission", unit: "%"), .init("lifetime", unit: "s"),
        .init("sudden losses"), .init("remarks"),
      ], rows: rows)
    return Page(
      title: "Bunch-intensity session",
      facts: [
        Page.Fact("files", "\(session.entries.count)"), Page.Fact("with beam", "\(session.average.fileCount)"),
      ],
      sections: [
        Page.Section("Files", [.table(table)]), Page.Section("Figures", figures.map { .figure($0) }),
      ], warnings: remarks, provenance: provenance)
  }
}
