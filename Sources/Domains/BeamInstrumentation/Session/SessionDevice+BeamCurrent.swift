import Errors
import JSON
import Results
import Tables

extension SessionDevice {
  /// Fast beam current transformers.
  static let beamCurrent = SessionDevice(
    name: "beamCurrent", title: "Bunch intensities",
    recognises: { probe, settings in
      guard case .parquet(let schema) = probe.content else { return false }
      return BeamCurrentFile.holdsBunchIntensities(schema, table: settings.devices)
    },
    analyse: { (path, settings) throws(CavernError) in
      let reading = try BeamCurrentReading(path: path, options: settings.beamCurrent, table: settings.devices)
      let curves = reading.analyses.map { IntensityCurve($0) }
      var tables: [(folder: String, suffix: String, table: Table)] = [
        ("bunches", "", try BeamCurrentAnalysis.bunchTable(reading.analyses))
      ]
      for (index, curve) in curves.enumerated() {
        tables.append(("intensities", index == 0 ? "" : "-\(index)", try curve.table()))
      }
      return SessionAnalysis(
        BeamCurrentContent(records: reading.analyses.map(BeamCurrentSession.Summary.init)),
        faults: reading.file.faults,
        remarks: reading.warnings.map(\.message).filter { text in
          !reading.file.faults.contains { $0.message == text }
        },
        tables: tables,
        figures: {
          reading.analyses.filter { !$0.isEmpty }.enumerated().flatMap { index, analysis in
            [BeamCurrentFigures.overview(analysis), BeamCurrentFigures.bunches(analysis)].map { figure in
              var figure = figure
              if index > 0 { figure.name += "-\(index)" }
              return figure
            }
          }
        })
    },
    content: { json in
      guard let records = json["records"]?.arrayValue else { return nil }
      return BeamCurrentContent(records: records.compactMap(BeamCurrentSession.Summary.init(json:)))
    },
    sections: { session in BeamCurrentReports.sections(of: session) },
    tables: { (session) throws(CavernError) in
      let records = session.beamCurrents
      return records.entries.isEmpty ? [] : [("intensities", try records.table())]
    })
}

/// What a session keeps of an intensity file.
struct BeamCurrentContent: SessionContent {
  /// Its records.
  var records: [BeamCurrentSession.Summary]

  var json: JSONValue { ["records": .array(records.map(\.json))] }
  var time: AcquisitionTime? { records.lazy.compactMap(\.time).first }
  var devices: [String] { records.map(\.device).uniqued }

  var summary: String {
    records.map { record in
      guard let injected = record.injected else { return "\(record.bunches) bunches" }
      let scale = IntensityScale(
        largest: injected.value, unitName: record.unitName, chargeState: record.chargeState)
      let value = MeasuredValue(injected.value / scale.charges, statistical: injected.error / scale.charges)
      return "\(record.bunches) bunches, \(value.text()) \(scale.name)"
    }.joined(separator: ", ")
  }

  var flagCounts: [(name: String, count: Int)] {
    let losses = records.reduce(0) { $0 + $1.suddenLosses }
    return losses > 0 ? [("suddenLoss", losses)] : []
  }
}

extension Session {
  /// The intensities alone, in the form of `cavern beam fbct batch`, without mean and representative run.
  public var beamCurrents: BeamCurrentSession {
    var session = BeamCurrentSession()
    session.entries = contents(BeamCurrentContent.self).map { entry, content in
      BeamCurrentSession.Entry(
        file: entry.file, sha256: entry.sha256, state: entry.state, causes: entry.causes, records: content.records)
    }
    return session
  }
}

/// What reports say about bunch intensities.
public enum BeamCurrentReports {
  /// The unit that suits all records of a session.
  static func scale(_ session: BeamCurrentSession) -> IntensityScale {
    let records = session.entries.flatMap(\.records)
    return IntensityScale(
      largest: records.compactMap { $0.injected?.value }.max() ?? 1, unitName: records.first?.unitName ?? "charges",
      chargeState: records.first?.chargeState)
  }

  /// Trend and table of the intensities of a session.
  static func sections(of session: Session) -> [Report.Section] {
    let records = session.beamCurrents
    guard !records.entries.isEmpty else { return [] }
    var blocks: [Report.Block] = []
    if let trend = BeamCurrentFigures.trend(records) { blocks.append(.figure(trend)) }
    blocks.append(.table(table(records)))
    return [Report.Section("Bunch intensities", blocks)]
  }

  /// One line per record, and per file without one.
  public static func table(_ session: BeamCurrentSession) -> ReportTable {
    let scale = scale(session)
    func cell(_ value: BunchEvolution.Measured?, _ factor: Double) -> ReportTable.Cell {
      value.map { .measured(MeasuredValue($0.value * factor, statistical: $0.error * factor)) } ?? .missing
    }
    let rows = session.entries.flatMap { entry -> [[ReportTable.Cell]] in
      let records: [BeamCurrentSession.Summary?] = entry.records.isEmpty ? [nil] : entry.records
      return records.map { record in
        [
          .text(entry.file), .text(entry.state), .text(record?.time?.cellLabel ?? ""), .text(record?.device ?? ""),
          record.map { .number(Double($0.bunches), decimals: 0) } ?? .missing,
          cell(record?.injected, 1 / scale.charges), cell(record?.transmission, 100), cell(record?.lifetime, 1),
          record.map { .number(Double($0.suddenLosses), decimals: 0) } ?? .missing,
          .text(entry.causes.joined(separator: "; ")),
        ]
      }
    }
    return ReportTable(
      columns: [
        .init("File"), .init("State"), .init("Time"), .init("Device"), .init("Bunches"),
        .init("Injected", unit: scale.name), .init("Transmission", unit: "%"), .init("Lifetime", unit: "s"),
        .init("Sudden losses"), .init("Remarks"),
      ], rows: rows)
  }
}

extension BeamCurrentSession {
  /// The session as a table; intensities in charges.
  ///
  /// - Throws: nothing that whole sessions give.
  public func table() throws(CavernError) -> Table {
    let rows = entries.flatMap { entry -> [(Entry, Summary?)] in
      entry.records.isEmpty ? [(entry, nil)] : entry.records.map { (entry, $0) }
    }
    func numbers(_ name: String, _ unit: String?, _ value: (Summary) -> Double?) -> Column {
      Column(name, rows.map { $0.1.flatMap(value) }, unit: unit)
    }
    func whole(_ name: String, _ value: (Summary) -> Int?) -> Column { Column(name, rows.map { $0.1.flatMap(value) }) }
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
}
