import Arguments
import BeamHalo
import Conditions
import Errors
import Figures
import Files
import Foundation
import JSON
import Results
import Tables

extension Command {
  /// `cavern halo report`: everything at once.
  static var haloReport: Command {
    Command(
      "report", "Analyse a capture whole and write a result folder with the shifter's page.",
      discussion: """
        The page begins with the answer: is the monitor healthy, is background high, since when, which channels. The \
        limits behind it have names and can be changed with --threshold. The folder holds result.json, tables as Parquet, \
        figures as SVG and PNG, report.html (one file that works without a network) and provenance.json; --pdf adds \
        report.pdf files of the figures. The same input and options give the same bytes, for any number of threads.
        """,
      examples: [
        Example("cavern halo report CAPTURE -o RESULT", "make everything"),
        Example("cavern halo report CAPTURE -o RESULT --threshold dead=0.1,high=2", "with other limits"),
      ],
      arguments: [HaloArguments.folder],
      options: [
        .option("output", short: "o", "DIR", .folder, "Result folder."),
        .flag("force", "Replace an earlier result."),
        .flag("figures", "Write figures as files.", isInvertible: true, isOn: true),
        .flag("pdf", "Also write figures as PDF."),
        .option(
          "threshold", "NAME=VALUE,...", .assignments,
          "Limits: \(HaloThresholds.names.joined(separator: ", ")).", isRepeatable: true),
      ] + HaloArguments.reading + HaloArguments.analysis + HaloArguments.conditions
    ) { arguments in
      guard let folder = try arguments.optionalString("output") else {
        throw CavernError("usage.missingOption", "--output is missing", exit: .usage, hint: "name a folder with -o")
      }
      let capture = try HaloArguments.capture(arguments)
      let work = try HaloReportWork(arguments, capture)
      try work.write(to: folder, arguments)
      let summary = work.summary(width: arguments.surroundings.width)
      let json = work.json
      return Report(
        status: try HaloArguments.status(capture, arguments), warnings: work.warnings, result: json,
        text: summary + "report: \(folder)/report.html\n")
    }
  }
}

/// The analysis behind a report.
struct HaloReportWork {
  let analysis: HaloAnalysis
  let conditions: HaloConditions
  let timeline: HaloTimeline
  /// Lumisections on the clock.
  let sections: [Lumisection]
  let health: HaloHealth
  let trend: HaloTrend
  let rates: [HaloRateSeries]
  let warnings: [CavernWarning]
  let path: String

  init(_ arguments: ParsedArguments, _ capture: HaloCapture) throws(CavernError) {
    path = try arguments.string("capture")
    analysis = try HaloArguments.analysis(capture, arguments)
    conditions = try HaloConditions(arguments, capture: capture)
    let clock = try HaloClock.timeline(arguments, analysis, conditions)
    timeline = clock.timeline
    sections = clock.sections
    health = HaloHealth(
      analysis, timeline: timeline, sections: sections, thresholds: try HaloLimits.read(arguments))
    trend = HaloTrend(analysis, timeline: timeline, runs: conditions.runs, sections: conditions.sections)
    rates =
      HaloRates(
        HaloRegion.rateOrder, analysis.sides, map: analysis.map, timeline: timeline, sections: sections,
        runs: analysis.options.runs
      ).series
    warnings = HaloArguments.warnings(analysis) + conditions.warnings + clock.warnings
  }

  /// The answer in a few lines.
  func summary(width: Int) -> String {
    var text = "monitor: \(health.monitor.rawValue), background: \(health.background.rawValue)\n"
    text += TextTable(
      columns: [.left("check"), .left("side"), .left("state"), .left("answer")],
      rows: health.checks.map { check in
        [check.name, check.side?.label ?? "", check.state.rawValue, check.text + since(check.since)]
      }
    ).text(width: width)
    return text
  }

  /// ` since 2024/05/01 10:00:00`, or seconds after the reference orbit.
  func since(_ time: Double?) -> String {
    guard let time else { return "" }
    return timeline.isAbsolute
      ? ", since \(UTCTime.text(time)) UTC" : ", since \(NumberText.significant(time / 1000, 5)) s"
  }

  /// All numbers.
  var json: JSONValue {
    [
      "monitor": .string(health.monitor.rawValue), "background": .string(health.background.rawValue),
      "checks": .array(
        health.checks.map { check in
          [
            "name": .string(check.name), "uhtr": .optional(check.side?.board), "state": .string(check.state.rawValue),
            "value": .number(check.value), "threshold": .string(check.threshold), "text": .string(check.text),
            "since_ms": .optional(check.since),
          ]
        }),
      "thresholds": .object(JSONObject(health.thresholds.values.map { ($0.name, .number($0.value)) })),
      "reference": [
        "run": .integer(Int(timeline.referenceRun)), "orbit": .integer(Int(clamping: timeline.referenceOrbit)),
        "start_ms": .number(timeline.startMilliseconds), "start_known": .bool(timeline.isAbsolute),
      ],
      "channels": .array(
        health.channels.map { entry in
          [
            "uhtr": .integer(entry.channel.side.board), "channel": .string(entry.channel.name),
            "SR": .integer(entry.counts.signal), "BR": .integer(entry.counts.background),
            "AR": .integer(entry.counts.activation), "CP": .integer(entry.counts.collisions),
            "SR_over_median": .number(entry.signalRatio), "BR_over_median": .number(entry.backgroundRatio),
            "faults": .array(entry.faults.map { .string($0) }),
          ]
        }),
      "high_periods": .array(
        health.periods.map { period in
          [
            "uhtr": .integer(period.side.board), "start_ms": .number(period.start), "end_ms": .number(period.end),
            "hits": .integer(period.hits), "expected": .number(period.expected), "lasts": .bool(period.lasts),
          ]
        }),
      "spikes": .array(
        health.spikes.map { spike in
          [
            "uhtr": .integer(spike.side.board), "start_ms": .number(spike.bin.start), "end_ms": .number(spike.bin.end),
            "run": .optional(spike.bin.run), "ls": .optional(spike.bin.lumisection), "fill": .optional(spike.bin.fill),
            "hits": .integer(spike.spike.count), "expected": .number(spike.spike.expected),
            "chance": .number(spike.spike.chance),
            "slots": .array(spike.slots.map { ["bx": .integer($0.slot), "hits": .integer($0.hits)] }),
          ]
        }),
      "bunches": .array(
        analysis.sides.map { entry in
          let bunches = HaloBunches(
            entry.hits, entry.clean, map: analysis.map, runs: analysis.options.runs, side: entry.side,
            filling: analysis.options.filling)
          return [
            "uhtr": .integer(entry.side.board), "abort_gap": .integer(bunches.inAbortGap),
            "colliding": .integer(bunches.colliding), "colliding_slots": .integer(bunches.collidingSlots),
            "non_colliding": .integer(bunches.nonColliding), "non_colliding_slots": .integer(bunches.nonCollidingSlots),
            "empty": .integer(bunches.empty),
            "scheme": .bool(analysis.options.filling != nil),
          ]
        }),
      "decode": HaloDecodeOutput.json(analysis.capture),
      "runs": .array(
        trend.points.map { point in
          var object = JSONObject([
            ("uhtr", .integer(point.row.side.board)), ("run", .integer(Int(point.row.run))),
            ("clean_events", .integer(point.row.cleanHits)), ("SR", .integer(point.row.regions.signal)),
            ("BR", .integer(point.row.regions.background)), ("AR", .integer(point.row.regions.activation)),
            ("CP", .integer(point.row.regions.collisions)), ("span_s", .number(point.row.spanSeconds)),
          ])
          for (name, value) in point.json.objectValue?.members ?? [] { object[name] = value }
          object["channels"] = point.channelsJSON
          return .object(object)
        }),
      "trend": trend.testsJSON, "fills": trend.fillsJSON,
    ]
  }

  /// Writes the result folder.
  @MainActor
  func write(to folder: String, _ arguments: ParsedArguments) throws(CavernError) {
    let pieces = try HaloPieces(path, unknownSide: .plus)
    var inputs: [Provenance.Input] = []
    for place in pieces.pieces.map(\.path) + conditions.files { inputs.append(try Provenance.Input(reading: place)) }
    let provenance = Provenance(
      version: Version.text, commandLine: arguments.provenanceWords,
      settings: .object(JSONObject(health.thresholds.values.map { ($0.name, .number($0.value)) })), inputs: inputs)
    let page = try HaloReportPage(self).page(provenance)
    let calibration = try HaloCalibrationFile.json(analysis, capture: path)
    var formats: [GnuplotRenderer.Format] = [.svg, .png()]
    if arguments.flag("pdf") { formats.append(.pdf) }
    let drawsFigures = arguments.flag("figures")
    try ResultFolder.write(to: folder, force: arguments.flag("force")) { (place) throws(CavernError) in
      try place.addResult(schema: "cavern.halo.report/1", json)
      for (name, table) in try tables() {
        try place.add("\(name).parquet", bytes: try table.parquetBytes())
      }
      try place.add("diagnostics.csv", bytes: Array(HaloDecodeOutput.diagnosticsCSV(analysis.capture).utf8))
      try place.add("calibration.json", bytes: Array((calibration.text(.pretty) + "\n").utf8))
      if drawsFigures { try place.addFigures(page.figures, as: formats) }
      try place.addReport(page)
      try place.addProvenance(provenance)
    }
  }

  /// The tables by name.
  func tables() throws(CavernError) -> [(String, Table)] {
    [
      ("calibration", try analysis.calibrationTable()), ("regions", try analysis.regionTable()),
      ("runs", try analysis.runTable()), ("occupancy", try analysis.occupancyTable()),
      ("stability", try analysis.stabilityTable()), ("lego", try analysis.legoTable()),
      ("channel_histograms", try analysis.channelHistogramTable()), ("rates", try HaloPicture.rateTable(rates)),
    ]
  }
}

/// The thresholds that the options and settings give.
enum HaloLimits {
  static func read(_ arguments: ParsedArguments) throws(CavernError) -> HaloThresholds {
    var thresholds = HaloThresholds()
    for (name, value) in try arguments.assignments("threshold") { try thresholds.set(name, value) }
    return thresholds
  }
}
