import Arguments
import BeamInstrumentation
import Errors
import JSON

extension Command {
  /// `cavern beam fbct transmission`: bunches on a common footing.
  static var beamFbctTransmission: Command {
    Command(
      "transmission", "Show intensities over their maxima against the time since injection.",
      discussion: """
        Measurements before --until count. A bunch begins where its normalised intensity first exceeds --level; later \
        samples below that are left out. The transmission beside it is final over initial intensity of the whole cycle.
        """,
      examples: [
        Example("cavern beam fbct transmission FBCT.parquet --figure transmission.svg", "draw all bunches"),
        Example("cavern beam fbct transmission FBCT.parquet --bunches 0-3 --csv", "the first batch as CSV"),
      ],
      arguments: [Argument("file", .file(["parquet"]), "Acquisition to analyse.")],
      options: FbctArguments.selection + [
        .option("until", "S", .number(), "Measurements before this cycle time in s.", default: "47.4"),
        .option("level", "F", .number(0...1), "Share of the maximum where a bunch begins.", default: "0.4"),
        .flag("corrected", "Subtract the baseline first."),
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw all bunches to FILE."), CommonOptions.csv,
      ]
    ) { arguments in
      let reading = try FbctArguments.read(arguments, file: try arguments.string("file"))
      var options = TransmissionView.Options()
      options.end = try arguments.double("until")
      options.level = try arguments.double("level")
      options.subtractsBaseline = arguments.flag("corrected")
      let analyses = reading.analyses
      let pairs = analyses.map { ($0, TransmissionView($0, options: options)) }
      var warnings = reading.warnings
      if let path = try arguments.optionalString("figure") {
        let figures = pairs.map {
          FbctFigures.named(BeamCurrentFigures.transmission($0.1, of: $0.0), $0.0, of: analyses)
        }
        warnings += try FigureFiles.write(figures, to: path)
      }
      let width = arguments.surroundings.width
      return Report(
        status: reading.status, warnings: warnings, result: FbctResult.json(pairs.map { $0.1.json($0.0) }),
        text: pairs.map { text($0.0, $0.1, width) }.joined(separator: "\n"), csv: { csv(pairs) })
    }
  }

  private static func text(_ analysis: BeamCurrentAnalysis, _ view: TransmissionView, _ width: Int) -> String {
    guard !view.curves.isEmpty else { return FbctText.heading(analysis) + "no bunches\n" }
    return FbctText.heading(analysis)
      + TextTable(
        columns: [
          .right("bunch"), .right("slot"), .right("first sample/s"), .right("samples"), .right("last normalised"),
          .right("transmission/%"),
        ],
        rows: view.curves.map { curve in
          [
            "\(curve.bunch)", "\(curve.slot)", FbctText.short(curve.injectionTime), "\(curve.times.count)",
            curve.normalised.last.map { WireScanText.fixed($0, 4) } ?? "–",
            analysis.bunches[curve.bunch].transmission.map(FbctText.percent) ?? "–",
          ]
        }
      ).text(width: width)
  }

  private static func csv(_ pairs: [(BeamCurrentAnalysis, TransmissionView)]) -> String {
    CSVText.table(
      ["device", "acquisition", "bunch", "slot", "injection_s", "timeSinceInjection_s", "normalised"],
      pairs.flatMap { analysis, view in
        view.curves.flatMap { curve in
          zip(curve.times, curve.normalised).map { time, value in
            [
              analysis.record.device, "\(analysis.record.acquisition)", "\(curve.bunch)", "\(curve.slot)",
              CSVText.number(curve.injectionTime), CSVText.number(time), CSVText.number(value),
            ]
          }
        }
      })
  }
}
