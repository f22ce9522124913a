import Arguments
import BeamHalo
import Errors
import Files
import JSON
import Results
import Tables

extension Command {
  /// `cavern halo clean`: the cut flow.
  static var haloClean: Command {
    Command(
      "clean", "Apply the cuts that every analysis begins with, and count what is left after each.",
      discussion: """
        Left out are: addresses with nothing connected (52, 53, 82, 83); a second time of 62 or a first of 50 and above; \
        the glitches at time 25, code 188 and at time 0, code 124; with --mapped also addresses that are no channels.
        """,
      examples: [Example("cavern halo clean CAPTURE --json", "print the cut flow for a script")],
      arguments: [HaloArguments.folder],
      options: [CommonOptions.csv, .flag("mapped", "Also leave out hits of addresses that are no channels.")]
        + HaloArguments.reading
    ) { arguments in
      let capture = try HaloArguments.capture(arguments)
      let detector = try HaloDetector()
      let isMapped = arguments.flag("mapped")
      let flows = capture.sides.map { data in
        (
          side: data.side,
          flow: HaloClean(data.hits, side: data.side, detector: detector, keepsUnmapped: !isMapped).flow
        )
      }
      func steps(_ flow: HaloCutFlow) -> [(String, Int)] {
        [
          ("decoded", flow.decoded), ("after_not_connected", flow.connected), ("after_tdc_quality", flow.goodTdc),
          ("after_glitch_tdc25_adc188", flow.withoutGlitchA), ("after_glitch_tdc0_adc124", flow.withoutGlitchB),
        ] + (isMapped ? [("after_not_mapped", flow.mapped)] : [])
      }
      let result = JSONValue.object(
        JSONObject(
          flows.map { entry in
            ("\(entry.side.board)", .object(JSONObject(steps(entry.flow).map { ($0.0, .integer($0.1)) })))
          }))
      let names = steps(HaloCutFlow()).map(\.0)
      let rows = names.indices.map { step in [names[step]] + flows.map { steps($0.flow)[step].1.description } }
      let header = ["step"] + flows.map { "uHTR\($0.side.board)" }
      return Report(
        status: try HaloArguments.status(capture, arguments),
        warnings: capture.warnings + HaloArguments.lossWarnings(capture.sides.flatMap(\.tallies)), result: result,
        text: TextTable(columns: [.left("step")] + header.dropFirst().map { .right($0) }, rows: rows).text(),
        csv: { CSVText.table(header, rows) })
    }
  }

  /// `cavern halo regions`: hits by region and channel.
  static var haloRegions: Command {
    Command(
      "regions", "Count halo, background, activation and collision hits of each channel.",
      discussion: """
        SR is beam halo: in the channel's window of times and at or above its peak code. BR is everything else. CP are \
        collision products: times 29 to 33, codes 81 to 139. AR is activation: BR without CP. --where counts, beside them, \
        the hits for which an expression holds, over bx, tdc, tdc_2, ch, ch_name, orbit, run, peak_ampl (adc), charge, \
        side, time and ls, and with --filling over filled, colliding and train (0 is the first bunch of a train), and \
        abort_gap, with comparisons, and, or, not, & | ~, in [..] and parentheses. It is parsed by Cavern and \
        never run as a program.
        """,
      examples: [
        Example("cavern halo regions CAPTURE --method robust", "with windows found channel by channel"),
        Example("cavern halo regions CAPTURE --where '5 <= tdc < 8 and adc > 150'", "count a region of one's own"),
      ],
      arguments: [HaloArguments.folder],
      options: [
        .option("where", "EXPR", .text, "Also count the hits for which this expression holds."), CommonOptions.csv,
      ] + HaloArguments.reading + HaloArguments.analysis + HaloArguments.conditions
    ) { arguments in
      let capture = try HaloArguments.capture(arguments)
      let analysis = try HaloArguments.analysis(capture, arguments)
      var table = try analysis.regionTable()
      var warnings = HaloArguments.warnings(analysis)
      var members: [(String, JSONValue)] = []
      if let expression = try HaloArguments.condition(arguments, analysis) {
        var clock: HaloTimeline?
        var bins: [HaloBin] = []
        if expression.usesTime {
          let conditions = try HaloConditions(arguments, capture: capture)
          let time = try HaloClock.timeline(arguments, analysis, conditions)
          clock = time.timeline
          warnings += conditions.warnings + time.warnings
          bins = HaloBin.lumisections(time.sections)
        }
        let counts = try analysis.count(expression, timeline: clock, bins: bins)
        let chosen = analysis.detector.channels.filter { capture[$0.side] != nil }.map { counts.byChannel[$0.index] }
        table = try Table(columns: table.columns + [Column("where", chosen)])
        members = [
          ("where", .string(expression.text)), ("matching", .integer(counts.total)),
          ("unmapped", .integer(counts.unmapped)),
        ]
      }
      let rows = table
      let result = JSONValue.object(JSONObject([("channels", HaloTables.rows(rows))] + members))
      return Report(
        status: try HaloArguments.status(capture, arguments), warnings: warnings,
        result: result, text: HaloTables.text(rows, rows.columnNames), csv: { HaloTables.csv(rows) })
    }
  }

  /// `cavern halo calibrate`: windows of the channels.
  static var haloCalibrate: Command {
    Command(
      "calibrate", "Find the time of halo hits and the lowest peak code of each channel.",
      discussion: """
        Prints one row a channel with both methods side by side, cuts as time/code, and where the cuts in force come from; \
        --csv and --json give everything: classic (tdc_peak, adc_cut) and robust (peak, centroid, sigma, window, \
        background, purity, status). --method says which windows -o writes and other commands would use. The file can be \
        fixed by hand and given back with --calibration.
        """,
      examples: [
        Example("cavern halo calibrate CAPTURE --method robust -o cal.json", "derive a calibration and keep it"),
        Example("cavern halo calibrate CAPTURE --reference cal.json", "see which channels have moved"),
      ],
      arguments: [HaloArguments.folder],
      options: [
        .option("output", short: "o", "FILE", .file(["json"]), "Write the calibration to this file."),
        CommonOptions.csv,
      ] + HaloArguments.reading + HaloArguments.analysis
    ) { arguments in
      let capture = try HaloArguments.capture(arguments)
      let analysis = try HaloArguments.analysis(capture, arguments)
      let table = try analysis.calibrationTable()
      if let path = try arguments.optionalString("output") {
        let document = try HaloCalibrationFile.json(analysis, capture: try arguments.string("capture"))
        try AtomicFile.write(path, text: document.text(.pretty) + "\n")
      }
      let moved = analysis.calibration.entries.filter(\.hasMoved)
      var warnings = HaloArguments.warnings(analysis)
      if !moved.isEmpty {
        let list = moved.map { "\($0.channel.name) by \(NumberText.significant($0.shift ?? 0, 2))" }
        warnings.append(
          CavernWarning("halo.tdcMoved", "times have moved by a count or more: \(list.joined(separator: ", "))"))
      }
      return Report(
        status: try HaloArguments.status(capture, arguments), warnings: warnings,
        result: ["method": .string(analysis.options.method.rawValue), "channels": HaloTables.rows(table)],
        text: calibrationText(analysis.calibration, width: arguments.surroundings.width),
        csv: { HaloTables.csv(table) })
    }
  }

  /// Cuts as time and lowest code; what else the robust method finds as far as there is room.
  private static func calibrationText(_ calibration: HaloCalibration, width: Int) -> String {
    TextTable(
      columns: [
        .left("channel"), .right("events"), .right("classic"), .right("robust"), .right("window"), .right("centroid"),
        .right("sigma"), .right("purity"), .left("status"), .left("source"),
      ],
      rows: calibration.entries.map { entry in
        let robust = entry.robust
        func real(_ value: Double, _ digits: Int) -> String {
          robust.status == .noData ? "-" : NumberText.significant(value, digits)
        }
        return [
          entry.channel.name, "\(entry.events)", entry.classicText, entry.robustText ?? "-", entry.windowText ?? "-",
          real(robust.centroid, 4), real(robust.sigma, 3), real(robust.purity, 3), robust.status.rawValue,
          entry.source.rawValue,
        ]
      }
    ).text(width: width, dropping: ["sigma", "purity", "events"])
  }
}

/// A calibration as a file: windows with where they come from, so that they can be fixed and used again.
enum HaloCalibrationFile {
  /// The document.
  static func json(_ analysis: HaloAnalysis, capture: String) throws(CavernError) -> JSONValue {
    var inputs: [JSONValue] = []
    for piece in try HaloPieces(capture, unknownSide: .plus).pieces {
      inputs.append(["path": .string(piece.name), "sha256": .string(try SHA256.hexDigest(ofFile: piece.path))])
    }
    let cuts = analysis.calibration.entries.map { entry -> (String, JSONValue) in
      (
        entry.channel.name,
        [
          "TDC Peak": .integer(entry.window.tdcPeak), "ADC Cut": .integer(entry.window.adcCut),
          "Window": [.integer(entry.window.times.lowerBound), .integer(entry.window.times.upperBound)],
          "Events": .integer(entry.events), "Source": .string(entry.source.rawValue),
        ]
      )
    }
    let runs = analysis.runNumbers()
    return [
      "schema": "cavern.halo.calibration/1", "method": .string(analysis.options.method.rawValue),
      "runs": .array(runs.map { .integer($0) }), "inputs": .array(inputs), "cuts": .object(JSONObject(cuts)),
    ]
  }
}
