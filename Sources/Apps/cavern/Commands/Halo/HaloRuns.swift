import Arguments
import BeamHalo
import Conditions
import Errors
import JSON
import Tables

extension Command {
  /// `cavern halo runs`: one row a run and side.
  static var haloRuns: Command {
    Command(
      "runs", "Follow hits and rates over runs and fills.",
      discussion: """
        One row a run and side: clean hits, hits by region, first and last orbit, seconds between them; then start, fill, \
        energy, luminosity and rates where they are known. Several captures may be named; runs that two of them hold are \
        kept apart. 'trend' tests whether a rate is the same in all runs and names runs more than four standard \
        deviations off.
        """,
      examples: [
        Example("cavern halo runs CAPTURE --csv", "print the table"),
        Example("cavern halo runs MONDAY TUESDAY --oms runs.json --json", "follow rates over captures"),
      ],
      arguments: [
        Argument("capture", .path, "Folders with files of the boards.", count: .repeating(atLeast: 1))
      ],
      options: [HaloArguments.figure, CommonOptions.csv] + HaloArguments.reading + HaloArguments.analysis
        + HaloArguments.conditions
    ) { arguments in
      var trends: [HaloTrend] = []
      var tables: [Table] = []
      var warnings: [CavernWarning] = []
      var status = ExitStatus.done
      for path in try arguments.strings("capture") {
        let capture = try HaloArguments.capture(arguments, path: path)
        let analysis = try HaloArguments.analysis(capture, arguments)
        let conditions = try HaloConditions(arguments, capture: capture, path: path)
        let clock = try HaloClock.timeline(arguments, analysis, conditions)
        trends.append(
          HaloTrend(analysis, timeline: clock.timeline, runs: conditions.runs, sections: conditions.sections))
        tables.append(try analysis.runTable())
        warnings += HaloArguments.warnings(analysis) + conditions.warnings + clock.warnings
        if try HaloArguments.status(capture, arguments) != .done { status = .partial }
      }
      let joined = HaloTrend.joining(trends)
      let rows = HaloRunRows(tables, joined)
      if let path = try arguments.optionalString("figure") {
        warnings += try FigureFiles.write(HaloFigures.trends(joined), to: path)
      }
      return Report(
        status: status, warnings: warnings,
        result: ["runs": rows.json, "fills": joined.fillsJSON, "trend": joined.testsJSON],
        text: rows.text(width: arguments.surroundings.width), csv: { rows.csv })
    }
  }
}

/// The rows of all captures.
struct HaloRunRows: Sendable {
  let tables: [Table]
  let trend: HaloTrend

  init(_ tables: [Table], _ trend: HaloTrend) {
    self.tables = tables
    self.trend = trend
  }

  /// The columns of the run table, then what conditions add.
  var json: JSONValue {
    var rows: [JSONValue] = []
    for table in tables { rows += HaloTables.rows(table).arrayValue ?? [] }
    return .array(
      zip(rows, trend.points).map { row, point in
        var object = row.objectValue ?? JSONObject()
        for (name, value) in point.json.objectValue?.members ?? [] { object[name] = value }
        object["channels"] = point.channelsJSON
        return .object(object)
      })
  }

  var csv: String {
    var text = ""
    for (index, table) in tables.enumerated() {
      let csv = HaloTables.csv(table)
      text += index == 0 ? csv : String(csv.drop { $0 != "\n" }.dropFirst())
    }
    return text
  }

  /// One line a run and side; `--csv` has what does not fit.
  func text(width: Int) -> String {
    TextTable(
      columns: [
        .right("uhtr"), .right("run"), .right("clean"), .right("SR"), .right("CP"), .right("AR"), .right("seconds"),
        .right("SR/s"), .right("CP/s"), .right("fill"), .left("start"),
      ],
      rows: trend.points.map { point in
        [
          "\(point.row.side.board)", "\(point.row.run)", "\(point.row.cleanHits)", "\(point.row.regions.signal)",
          "\(point.row.regions.collisions)", "\(point.row.regions.activation)",
          NumberText.significant(point.row.spanSeconds, 5), NumberText.significant(point.rate(.signal).value, 3),
          NumberText.significant(point.rate(.collisions).value, 3), point.fill.map(String.init) ?? "-",
          point.startMilliseconds.map { UTCTime.text($0) } ?? "-",
        ]
      }
    ).text(width: width, dropping: ["AR", "fill", "seconds", "clean"])
  }
}
