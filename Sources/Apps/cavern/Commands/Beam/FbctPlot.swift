import Arguments
import BeamInstrumentation
import Errors
import Figures
import JSON

extension Command {
  /// `cavern beam fbct plot`: figures of one or several files.
  static var beamFbctPlot: Command {
    Command(
      "plot", "Draw bunch intensities.",
      discussion: """
        One file gives the overview, its bunches over the cycle (with --bunches or --kind bunches) or the transmission \
        view. Several files give the run that --run names (the first one without it), or with --average their mean: \
        files with another time base are resampled to that of the first one.
        """,
      examples: [
        Example("cavern beam fbct plot FBCT.parquet --figure overview.png", "map and curves of the ring"),
        Example("cavern beam fbct plot FBCT.parquet --bunches 0-3 --figure batch.svg", "the first batch"),
        Example("cavern beam fbct plot A.parquet B.parquet --average --figure mean.svg", "mean of two cycles"),
      ],
      arguments: [Argument("files", .file(["parquet"]), "Acquisitions to draw.", count: .repeating(atLeast: 1))],
      options: FbctArguments.selection + FbctArguments.analysis + FbctArguments.unit + [
        .option(
          "kind", "KIND", .choice(["overview", "bunches", "transmission", "run"]), "What to draw.",
          note: "overview; bunches with --bunches; run for several files"),
        .option("run", "N", .integer(0...1_000_000), "The file of several that is drawn, from 0.", default: "0"),
        .flag("average", "Draw the mean over the files."),
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Where to draw.", default: "fbct.png"),
      ]
    ) { arguments in
      let files = try arguments.strings("files")
      let path = try arguments.string("figure")
      let drawing = try FbctDrawing(arguments, files)
      var warnings = drawing.warnings
      guard !drawing.figures.isEmpty else {
        return Report(
          warnings: warnings, result: ["figure": .null, "files": .array(files.map { .string($0) })],
          text: "no bunches; nothing to draw")
      }
      warnings += try FigureFiles.write(drawing.figures, to: path)
      let (kind, count) = (drawing.kind, drawing.fileCount)
      return Report(
        status: drawing.status, warnings: warnings,
        result: ["figure": .string(path), "kind": .string(kind), "files": .integer(count)],
        text: "\(kind) of \(count) file\(count == 1 ? "" : "s") drawn to \(path)")
    }
  }
}

/// What `cavern beam fbct plot` draws.
private struct FbctDrawing {
  var figures: [Figure] = []
  var warnings: [CavernWarning] = []
  var status = ExitStatus.done
  var kind: String
  var fileCount = 1

  init(_ arguments: ParsedArguments, _ files: [String]) throws(CavernError) {
    let given = try arguments.optionalString("kind")
    if arguments.flag("average") {
      kind = "average"
      try drawAverage(arguments, files)
      return
    }
    kind = given ?? (files.count > 1 ? "run" : arguments.isGiven("bunches") ? "bunches" : "overview")
    let run = try arguments.int("run")
    guard files.indices.contains(run) else {
      throw arguments.fault(
        "fbct.noSuchRun", "there is no file \(run): \(files.count) are given, numbered from 0", about: "run")
    }
    let reading = try FbctArguments.read(arguments, file: files[run])
    warnings = reading.warnings
    status = reading.status
    for analysis in reading.analyses where !analysis.isEmpty {
      let figure: Figure
      switch kind {
      case "bunches": figure = BeamCurrentFigures.bunches(analysis)
      case "transmission": figure = BeamCurrentFigures.transmission(TransmissionView(analysis), of: analysis)
      case "run":
        figure = BeamCurrentFigures.run(
          IntensityRun(analysis, subtractsBaseline: true), chargeState: analysis.options.chargeState)
      default: figure = BeamCurrentFigures.overview(analysis)
      }
      figures.append(FbctFigures.named(figure, analysis, of: reading.analyses))
    }
  }

  /// Files that cannot be read are left out with a remark, unless none is left.
  private mutating func drawAverage(_ arguments: ParsedArguments, _ files: [String]) throws(CavernError) {
    var average = IntensityRunAverage()
    var first: BeamCurrentAnalysis?
    var fault: CavernError?
    for file in files {
      do throws(CavernError) {
        let reading = try FbctArguments.read(arguments, file: file)
        warnings += reading.warnings
        for analysis in reading.analyses where !analysis.isEmpty {
          guard analysis.record.unitName == first?.record.unitName ?? analysis.record.unitName else {
            throw CavernError("fbct.unitsDiffer", "its unit is not that of the first file", exit: .badData, file: file)
          }
          first = first ?? analysis
          if average.add(IntensityRun(analysis, subtractsBaseline: true)) {
            warnings.append(CavernWarning("fbct.resampled", "another time base; resampled", file: file))
          }
        }
      } catch {
        fault = fault ?? error
        status = .partial
        warnings.append(CavernWarning(error))
      }
    }
    fileCount = average.fileCount
    guard let first else {
      if let fault { throw fault }
      return
    }
    figures = [
      BeamCurrentFigures.average(
        average, device: first.record.device, unitName: first.record.unitName, chargeState: first.options.chargeState)
    ]
  }
}
