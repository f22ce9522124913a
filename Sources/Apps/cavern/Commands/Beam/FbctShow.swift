import Arguments
import BeamInstrumentation
import Errors
import Figures
import JSON
import Results
import Tables

extension Command {
  /// `cavern beam fbct show`: what happened to the bunches of a cycle.
  static var beamFbctShow: Command {
    Command(
      "show", "Show bunches, batches, injections, lifetimes and losses of a file.",
      discussion: """
        The median of the slots that are never filled is subtracted. Initial and final intensities are means of three \
        samples; their errors, and that of the transmission, come from the noise of the empty slots. Lifetimes are \
        fits of ln(intensity) above 0.4 of a bunch's maximum, with one level for each stretch between sudden losses.
        """,
      examples: [
        Example("cavern beam fbct show FBCT.parquet", "all bunches of a cycle"),
        Example("cavern beam fbct show FBCT.parquet --charge-state 82 --until 47.4", "Pb ions, up to the ramp"),
        Example("cavern beam fbct show FBCT.parquet --figure cycle.png -o RESULT", "draw it, keep everything"),
      ],
      arguments: [Argument("file", .file(["parquet"]), "Acquisition to analyse.")],
      options: FbctArguments.selection + FbctArguments.analysis + FbctArguments.unit + [
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw the overview to FILE."), FbctArguments.folder,
        .flag("force", "Replace an earlier result folder."), CommonOptions.csv,
      ]
    ) { arguments in
      let reading = try FbctArguments.read(arguments, file: try arguments.string("file"))
      var warnings = reading.warnings
      let analyses = reading.analyses
      if let path = try arguments.optionalString("figure") {
        warnings += try FigureFiles.write(FbctFigures.overviews(analyses), to: path)
      }
      if let folder = try arguments.optionalString("output") {
        try FbctResult.write(reading, to: folder, arguments)
      }
      let width = arguments.surroundings.width
      return Report(
        status: reading.status, warnings: warnings, result: json(analyses),
        text: analyses.map { FbctText.show($0, width: width) }.joined(separator: "\n"),
        csv: {
          (try? BeamCurrentAnalysis.bunchTable(analyses).csvBytes()).map { String(decoding: $0, as: UTF8.self) } ?? ""
        })
    }
  }

  /// One record as it stands, further ones in `further`.
  static func json(_ analyses: [BeamCurrentAnalysis]) -> JSONValue { FbctResult.json(analyses.map(\.json)) }
}

/// Figures of files with several records get names of their own.
enum FbctFigures {
  /// The overview of each record.
  static func overviews(_ analyses: [BeamCurrentAnalysis]) -> [Figure] {
    analyses.map { named(BeamCurrentFigures.overview($0), $0, of: analyses) }
  }

  /// A figure with device and acquisition in its name when there are several.
  static func named(_ figure: Figure, _ analysis: BeamCurrentAnalysis, of analyses: [BeamCurrentAnalysis]) -> Figure {
    guard analyses.count > 1 else { return figure }
    var copy = figure
    copy.name += "-\(analysis.record.device)-\(analysis.record.acquisition)"
    return copy
  }
}

/// What `cavern beam fbct` prints for people.
enum FbctText {
  /// Facts, batches and bunches of a record.
  static func show(_ analysis: BeamCurrentAnalysis, width: Int) -> String {
    var text = heading(analysis)
    for (name, value) in facts(analysis) where value != nil {
      text += "  \(name)" + String(repeating: " ", count: max(1, 18 - name.count)) + (value ?? "") + "\n"
    }
    guard !analysis.isEmpty else { return text + "no bunches\n" }
    return text + "\n" + batches(analysis).text(width: width) + "\n" + bunches(analysis).text(width: width)
  }

  /// Device and time.
  static func heading(_ analysis: BeamCurrentAnalysis) -> String {
    let record = analysis.record
    return record.device + (record.time.map { "  \($0.label)" } ?? "")
      + (record.acquisition > 0 ? "  acquisition \(record.acquisition)" : "") + "\n"
  }

  /// Names and values.
  static func facts(_ analysis: BeamCurrentAnalysis) -> [(String, String?)] {
    let record = analysis.record
    let scale = analysis.scale
    let span = zip([record.times.first], [record.times.last]).compactMap { first, last in
      first.flatMap { first in last.map { ", \(short(first)) to \(short($0)) s" } }
    }.first
    let selection = analysis.selection
    let last = analysis.lastMeasurementWithBeam.map { "\(short(record.times[$0])) s (measurement \($0))" }
    return [
      ("timing user", record.selector),
      ("measurements", "\(record.measurementCount) of \(record.slotCount) slots" + (span ?? "")),
      (
        "unit",
        record.unitExponent.map { _ in "\(short(record.unit)) charges per count" } ?? "not given; counts"
      ),
      ("particle", analysis.particle.map { "\($0) by the timing user; --charge-state decides" }),
      (
        "filled slots",
        "\(selection.filled.count) by the pattern, \(selection.selected.count) selected above "
          + "\(short(selection.threshold)) \(record.unitName) before \(short(analysis.options.selectionEnd)) s"
      ),
      ("noise", "\(short(analysis.baseline.noise / scale.charges)) x \(scale.name) per sample"),
      ("beam until", last),
      ("injected", analysis.total.injected.map { "\(measured($0, scale)) x \(scale.name)" }),
      ("transmission", analysis.total.transmission.map { percent($0) + " %" }),
      ("total lifetime", analysis.total.lifetime.flatMap { lifetime($0) }.map { "\($0) s after the last injection" }),
      (
        "DC transformer",
        analysis.calibration.map {
          "\($0.device): \(MeasuredValue($0.factor, statistical: $0.factorError).text()) x the sum of the bunches"
        }
      ),
    ]
  }

  private static func batches(_ analysis: BeamCurrentAnalysis) -> TextTable {
    let scale = analysis.scale
    return TextTable(
      columns: [
        .right("batch"), .left("slots"), .right("bunches"), .right("time/s"), .right("injected"), .right("lost"),
        .right("transmission/%"), .right("sudden losses"),
      ],
      rows: analysis.batches.map { batch in
        [
          "\(batch.number)", "\(batch.slots.lowerBound)-\(batch.slots.upperBound)", "\(batch.bunches.count)",
          batch.injectionTime.map { WireScanText.fixed($0, 2) } ?? "–",
          batch.initial.map { measured($0, scale) } ?? "–",
          batch.loss.map { measured($0, scale) } ?? "–", batch.transmission.map(percent) ?? "–",
          batch.losses == 0 ? "" : "\(batch.losses)",
        ]
      })
  }

  private static func bunches(_ analysis: BeamCurrentAnalysis) -> TextTable {
    let scale = analysis.scale
    return TextTable(
      columns: [
        .right("bunch"), .right("slot"), .right("batch"), .right("time/s"), .right("initial"),
        .right("transmission/%"), .right("lifetime/s"), .left("sudden losses"),
      ],
      rows: analysis.chosen.map { number in
        let bunch = analysis.bunches[number]
        return [
          "\(bunch.number)", "\(bunch.slot)", "\(bunch.batch)",
          bunch.injection.map { MeasuredValue($0.time, statistical: $0.timeError).text() } ?? "–",
          bunch.initial.map { measured($0, scale) } ?? "–", bunch.transmission.map(percent) ?? "–",
          bunch.reportedLifetime(analysis.options.weights).flatMap { lifetime($0) } ?? "–",
          bunch.losses.map { "\(short(100 * $0.fraction)) % at \(short($0.time)) s" }.joined(separator: ", "),
        ]
      })
  }

  /// A value with its error in the unit of the scale.
  static func measured(_ value: BunchEvolution.Measured, _ scale: IntensityScale) -> String {
    MeasuredValue(value.value / scale.charges, statistical: value.error / scale.charges).text()
  }

  /// A share in per cent.
  static func percent(_ value: BunchEvolution.Measured) -> String {
    MeasuredValue(100 * value.value, statistical: 100 * value.error).text()
  }

  /// A lifetime with its error.
  static func lifetime(_ fit: LifetimeFit) -> String? {
    fit.lifetime.map { MeasuredValue($0, statistical: fit.lifetimeError).text() }
  }

  /// Four significant digits.
  static func short(_ value: Double) -> String { NumberLabel.general(value, digits: 4) }
}
