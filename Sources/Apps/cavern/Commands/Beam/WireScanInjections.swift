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
        .option(
          "fbct", "FILE|DIR", .path,
          "Take the injection times from the intensity record of the same cycle in FILE or DIR.",
          note: "from --first-injection and --injection-interval"),
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw the growth to FILE."),
        CommonOptions.csv, CommonOptions.threads,
      ]
    ) { arguments in
      let analysis = try WireScanArguments.analysis(arguments, file: try arguments.string("file"))
      let scheme = try WireScanArguments.fillingScheme(arguments)
      let (times, remarks) = try injectionTimes(arguments, analysis, count: scheme.sets * scheme.batchesPerSet)
      let firstRow = try arguments.optionalInt("first-row")
      let curves = analysis.scans.compactMap {
        EmittanceVersusInjection($0, in: analysis, scheme: scheme, firstRow: firstRow, injectionTimes: times)
      }
      guard !curves.isEmpty else {
        throw CavernError(
          "ws.noInjections", "no scan has emittances that match the filling scheme", exit: .badData,
          file: analysis.path, hint: "'cavern beam ws show' lists the rows with a bunch; '--first-row' sets the scheme")
      }
      var warnings = analysis.warnings + analysis.faults.map { CavernWarning($0) } + remarks
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

  /// Injection times from the intensity record of the same cycle when it is asked for, else equidistant ones.
  private static func injectionTimes(
    _ arguments: ParsedArguments, _ analysis: WireScanAnalysis, count: Int
  ) throws(CavernError) -> (times: [Double], remarks: [CavernWarning]) {
    guard let path = try arguments.optionalString("fbct") else {
      let times = EmittanceVersusInjection.injectionTimes(
        count: count, first: try arguments.double("first-injection"),
        interval: try arguments.double("injection-interval"))
      return (times, [])
    }
    let files = try InputFiles.find([path], called: "intensity file", where: FileProbe.isCandidate)
    let devices = try DeviceTable.builtIn()
    let isOne = files.count == 1
    let scan = analysis.sessionScans.first
    var best: (distance: Double, curve: IntensityCurve, file: String, isSame: Bool)?
    for file in files {
      // Other kinds of files in the folder are not what is looked for.
      guard let reading = try? BeamCurrentReading(path: file.path, options: BeamCurrentOptions(), table: devices) else {
        continue
      }
      for found in reading.analyses where !found.isEmpty {
        let isSame = found.record.cycleStamp != nil && found.record.cycleStamp == scan?.cycleStamp
        let distance =
          isSame
          ? 0
          : scan?.time.flatMap { time in
            found.record.time.map { abs(Double($0.nanoseconds - time.nanoseconds)) / 1e9 }
          } ?? .infinity
        if distance < best?.distance ?? .infinity || (isOne && best == nil) {
          best = (distance, IntensityCurve(found), file.path, isSame)
        }
      }
    }
    guard let best, best.isSame || isOne || best.distance <= 60 else {
      throw CavernError(
        "ws.noIntensities", "there are no bunch intensities of this cycle", exit: .badData, file: path,
        expected: "a record with the same cycle stamp, or within 60 s")
    }
    var remarks: [CavernWarning] = []
    let times = best.curve.injectionTimes
    if !best.isSame {
      remarks.append(
        CavernWarning("ws.injectionsByTime", "injection times come from another cycle stamp", file: best.file))
    }
    if times.count != count {
      remarks.append(
        CavernWarning(
          "ws.injectionCount", "\(times.count) injections were found, the filling scheme has \(count)", file: best.file)
      )
    }
    return (times, remarks)
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
