import Arguments
import BeamInstrumentation
import Errors
import Figures
import Foundation
import JSON
import Results
import Tables

/// Results of `cavern beam fbct` on disk.
enum FbctResult {
  /// The object of a file: that of its first record, those of further ones in `further`.
  static func json(_ records: [JSONValue]) -> JSONValue {
    guard records.count > 1, case .object(var first)? = records.first else { return records.first ?? .null }
    first["further"] = .array(Array(records.dropFirst()))
    return .object(first)
  }

  /// Writes the result folder of one file.
  static func write(
    _ reading: FbctArguments.Reading, to path: String, _ arguments: ParsedArguments
  ) throws(CavernError) {
    let analyses = reading.analyses
    let provenance = Provenance(
      version: Version.text, commandLine: arguments.provenanceWords, settings: settings(arguments),
      inputs: [try Provenance.Input(reading: reading.file.path)])
    let figures = analyses.flatMap { analysis in
      [
        BeamCurrentFigures.overview(analysis), BeamCurrentFigures.bunches(analysis),
        BeamCurrentFigures.transmission(TransmissionView(analysis), of: analysis),
      ].map { FbctFigures.named($0, analysis, of: analyses) }
    }
    let page = page(reading, figures, provenance)
    try ResultFolder.write(to: path, force: arguments.flag("force")) { (folder) throws(CavernError) in
      try folder.addResult(schema: "cavern.beam.fbct.show/1", json(analyses.map(\.json)))
      try folder.add("bunches.parquet") { (place) throws(CavernError) in
        try BeamCurrentAnalysis.bunchTable(analyses).writeParquet(to: place)
      }
      for (index, analysis) in analyses.enumerated() {
        let name = index == 0 ? "intensities.parquet" : "intensities-\(index).parquet"
        try folder.add(name) { (place) throws(CavernError) in
          try analysis.intensityTable().writeParquet(to: place)
        }
      }
      try folder.addFigures(figures)
      try folder.addReport(page)
      try folder.addProvenance(provenance)
    }
  }

  /// The options that shape numbers, as they were given.
  static func settings(_ arguments: ParsedArguments) -> JSONValue {
    let options = FbctArguments.selection + FbctArguments.analysis + FbctArguments.unit
    return .object(
      JSONObject(
        options.map { option in (option.name, .optional((try? arguments.optionalString(option.name)) ?? nil)) }))
  }

  private static func page(
    _ reading: FbctArguments.Reading, _ figures: [Figure], _ provenance: Provenance
  ) -> Page {
    let name = reading.file.path.split(separator: "/").last.map(String.init) ?? reading.file.path
    let sections = reading.analyses.flatMap { analysis -> [Page.Section] in
      let facts = FbctText.facts(analysis).compactMap { name, value in value.map { Page.Fact(name, $0) } }
      return [
        Page.Section(analysis.record.device, [.facts(facts), .table(bunches(analysis))])
      ]
    }
    return Page(
      title: "Bunch intensities: \(name)", facts: [Page.Fact("file", reading.file.path)],
      sections: sections + [Page.Section("Figures", figures.map { .figure($0) })], warnings: reading.warnings,
      provenance: provenance)
  }

  private static func bunches(_ analysis: BeamCurrentAnalysis) -> ReportTable {
    let scale = analysis.scale
    func cell(_ value: BunchEvolution.Measured?, _ factor: Double) -> ReportTable.Cell {
      value.map { .measured(MeasuredValue($0.value * factor, statistical: $0.error * factor)) } ?? .missing
    }
    return ReportTable(
      title: "Bunches",
      columns: [
        .init("bunch"), .init("slot"), .init("batch"), .init("injection", unit: "s"),
        .init("initial", unit: scale.name), .init("final", unit: scale.name), .init("transmission", unit: "%"),
        .init("lifetime", unit: "s"), .init("sudden losses"),
      ],
      rows: analysis.chosen.map { number in
        let bunch = analysis.bunches[number]
        let fit = bunch.reportedLifetime(analysis.options.weights)
        return [
          .number(Double(bunch.number), decimals: 0), .number(Double(bunch.slot), decimals: 0),
          .number(Double(bunch.batch), decimals: 0),
          bunch.injection.map { .number($0.time, decimals: 2) } ?? .missing, cell(bunch.initial, 1 / scale.charges),
          cell(bunch.final, 1 / scale.charges), cell(bunch.transmission, 100),
          fit?.lifetime.map { .measured(MeasuredValue($0, statistical: fit?.lifetimeError)) } ?? .missing,
          .number(Double(bunch.losses.count), decimals: 0),
        ]
      })
  }
}
