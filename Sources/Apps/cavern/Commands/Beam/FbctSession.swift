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

  /// The table of a session as CSV; intensities in charges.
  static func sessionCSV(_ session: BeamCurrentSession) -> String {
    (try? session.table().csvBytes()).map { String(decoding: $0, as: UTF8.self) } ?? ""
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
    let table = BeamCurrentReports.table(session)
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
