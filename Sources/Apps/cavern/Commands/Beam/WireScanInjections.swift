import Arguments
import BeamInstrumentation
import Errors
import JSON

extension Command {
  /// `cavern beam ws injections`: emittance against the time in the machine.
  static var beamWireScanInjections: Command {
    Command(
      "injections", "Emittance of each batch against its time in the machine, and the growth rate.",
      discussion: """
        Rows are assigned to injections by the filling scheme; late injections sit at low rows. The growth rate is the \
        slope of a straight line through the batches of one scan.
        """,
      examples: [
        Example("cavern beam ws injections WS.parquet --figure growth.svg", "growth along the injection plateau"),
        Example("cavern beam ws injections WS.parquet --injection-interval 3.6 --json", "numbers for a script"),
      ],
      arguments: [Argument("file", .file(["parquet"]), "Acquisition to analyse.")],
      options: WireScanArguments.selection + WireScanArguments.analysis + WireScanArguments.scheme + [
        .option(
          "injection-interval", "S", .number(0...1e4), "Time from injection to injection in s.", default: "3.6",
          setting: "beam.injection_interval"),
        .option("first-injection", "S", .number(), "Time of the first injection in the cycle in s.", default: "0"),
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw the growth to FILE."),
        CommonOptions.csv, CommonOptions.threads,
      ]
    ) { arguments in
      let analysis = try WireScanArguments.analysis(arguments, file: try arguments.string("file"))
      let scheme = try WireScanArguments.fillingScheme(arguments)
      let times = EmittanceVersusInjection.injectionTimes(
        count: scheme.sets * scheme.batchesPerSet, first: try arguments.double("first-injection"),
        interval: try arguments.double("injection-interval"))
      let firstRow = try arguments.optionalInt("first-row")
      let curves = analysis.scans.compactMap {
        EmittanceVersusInjection($0, in: analysis, scheme: scheme, firstRow: firstRow, injectionTimes: times)
      }
      guard !curves.isEmpty else {
        throw CavernError(
          "ws.noInjections", "no scan has emittances that match the filling scheme", exit: .badData,
          file: analysis.path, hint: "'cavern beam ws show' lists the rows with a bunch; '--first-row' sets the scheme")
      }
      var warnings = analysis.warnings + analysis.faults.map { CavernWarning($0) }
      for curve in curves { warnings += WireScanArguments.remarks(on: curve.matching, curve.scan) }
      if let path = try arguments.optionalString("figure") {
        warnings += try FigureFiles.write([WireScanFigures.injections(curves)].compactMap { $0 }, to: path)
      }
      let width = arguments.surroundings.width
      return Report(
        status: analysis.isPartial ? .partial : .done, warnings: warnings,
        result: ["file": .string(analysis.path), "injections": .array(curves.map(\.json))], text: text(curves, width),
        csv: { csv(curves) })
    }
  }

  private static func text(_ curves: [EmittanceVersusInjection], _ width: Int) -> String {
    curves.map { curve in
      var text = "\(curve.scan.device)  \(curve.scan.plane.label), \(curve.scan.scan.rawValue)"
      text += "  first row \(curve.matching.firstRow), \(curve.matching.matchCount) bunches matched\n"
      text += TextTable(
        columns: [
          .right("injection"), .right("at/s"), .right("in machine/s"), .right("bunches"), .right("emittance/um"),
          .right("spread/um"),
        ],
        rows: curve.batches.map { batch in
          [
            "\(batch.injection + 1)", WireScanText.fixed(batch.injectionTime, 2),
            WireScanText.fixed(batch.timeInMachine, 2), "\(batch.rows.count)",
            "\(WireScanText.fixed(batch.meanEmittance, 4)) ± \(WireScanText.fixed(batch.error, 4))",
            WireScanText.fixed(batch.standardDeviation, 4),
          ]
        }
      ).text(width: width)
      if let growth = curve.growth {
        text +=
          "growth \(WireScanText.fixed(growth.slope * 1e3, 3)) ± \(WireScanText.fixed(growth.slopeError * 1e3, 3)) "
        text += "nm/s, at injection \(WireScanText.fixed(growth.intercept, 4)) ± "
        text += "\(WireScanText.fixed(growth.interceptError, 4)) um, chi2/dof "
        text += "\(WireScanText.fixed(growth.chiSquare, 1))/\(growth.degreesOfFreedom)\n"
      }
      return text
    }.joined(separator: "\n")
  }

  private static func csv(_ curves: [EmittanceVersusInjection]) -> String {
    CSVText.table(
      [
        "device", "scan", "injection", "injectionTime_s", "timeInMachine_s", "bunches", "meanEmittance_um", "error_um",
        "standardDeviation_um",
      ],
      curves.flatMap { curve in
        curve.batches.map { batch in
          [
            curve.scan.device, curve.scan.scan.rawValue, "\(batch.injection)", batch.injectionTime.description,
            batch.timeInMachine.description, "\(batch.rows.count)", batch.meanEmittance.description,
            batch.error.description, batch.standardDeviation.description,
          ]
        }
      })
  }
}
