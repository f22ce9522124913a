import Arguments
import BeamInstrumentation
import Errors
import JSON
import Tables

extension Command {
  /// `cavern beam fbct table`: intensities of the bunches over the cycle.
  static var beamFbctTable: Command {
    Command(
      "table", "Print the intensities of the selected bunches over the cycle.",
      discussion: """
        Intensities are as recorded, counts times unit; 'baseline' is what to subtract. --corrected subtracts it in \
        text and CSV.
        """,
      examples: [
        Example("cavern beam fbct table FBCT.parquet --json", "all selected bunches for a script"),
        Example("cavern beam fbct table FBCT.parquet --bunches 0-3 --csv", "the first batch as CSV"),
      ],
      arguments: [Argument("file", .file(["parquet"]), "Acquisition to read.")],
      options: FbctArguments.selection + [
        .flag("corrected", "Subtract the baseline in text and CSV."),
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw intensities over cycle time to FILE."),
        CommonOptions.csv, CommonOptions.output,
      ]
    ) { arguments in
      let reading = try FbctArguments.read(arguments, file: try arguments.string("file"))
      let analyses = reading.analyses
      var warnings = reading.warnings
      if let path = try arguments.optionalString("figure") {
        let figures = analyses.map { FbctFigures.named(BeamCurrentFigures.bunches($0), $0, of: analyses) }
        warnings += try FigureFiles.write(figures, to: path)
      }
      let isCorrected = arguments.flag("corrected")
      let width = arguments.surroundings.width
      guard let first = analyses.first else { return Report(result: .null, text: "") }
      let csv = try first.intensityTable(isCorrected: isCorrected).csvBytes()
      var report = Report(
        status: reading.status, warnings: warnings, result: FbctResult.json(analyses.map(\.tableJSON)),
        text: analyses.map { text($0, isCorrected, width) }.joined(separator: "\n"),
        csv: { String(decoding: csv, as: UTF8.self) })
      report.writesToOutputOption = true
      return report
    }
  }

  private static func text(_ analysis: BeamCurrentAnalysis, _ isCorrected: Bool, _ width: Int) -> String {
    guard !analysis.isEmpty else { return FbctText.heading(analysis) + "no bunches\n" }
    let scale = analysis.scale
    let slots = analysis.chosen.map { analysis.bunches[$0].slot }
    // As many slots as fit side by side, the rest below.
    let perBlock = max(1, (width - 20) / 9)
    var text = FbctText.heading(analysis)
    text += "intensity in \(scale.name), \(isCorrected ? "baseline subtracted" : "as recorded")\n"
    for start in stride(from: 0, to: slots.count, by: perBlock) {
      let block = slots[start..<min(start + perBlock, slots.count)]
      let columns = block.map { TextTable.Column.right("slot \($0)") }
      let values = block.map {
        scale.scaled(isCorrected ? analysis.corrected(slot: $0) : analysis.record.intensities(slot: $0))
      }
      let rows = analysis.record.times.indices.map { measurement in
        [
          FbctText.short(analysis.record.times[measurement]),
          WireScanText.fixed(analysis.baseline.levels[measurement] / scale.charges, 3),
        ] + values.map { WireScanText.fixed($0[measurement], 3) }
      }
      text +=
        "\n" + TextTable(columns: [.right("time/s"), .right("baseline")] + columns, rows: rows).text(width: width)
    }
    return text
  }
}
