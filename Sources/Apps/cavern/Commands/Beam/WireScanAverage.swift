import Arguments
import BeamInstrumentation
import Errors
import Figures
import JSON

extension Command {
  /// `cavern beam ws average`: the mean profile of each scan.
  static var beamWireScanAverage: Command {
    Command(
      "average", "Average the aligned profiles of each scan and fit the mean.",
      discussion: """
        Rows are centred on their fitted means, freed of their baselines and scaled to one area before they are \
        averaged. With an option of the filling scheme only rows that match it are taken.
        """,
      examples: [
        Example("cavern beam ws average WS.parquet --figure average.svg", "average all rows with a bunch"),
        Example("cavern beam ws average WS.parquet --first-row 321 --sets 2 --batches 7", "only rows of the scheme"),
      ],
      arguments: [Argument("file", .file(["parquet"]), "Acquisition to average.")],
      options: WireScanArguments.selection + WireScanArguments.analysis + WireScanArguments.scheme + [
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw the mean profiles to FILE."),
        CommonOptions.csv, CommonOptions.threads,
      ]
    ) { arguments in
      let options = try WireScanArguments.options(arguments)
      let analysis = try WireScanArguments.analysis(arguments, file: try arguments.string("file"))
      var warnings = analysis.warnings + analysis.faults.map { CavernWarning($0) }
      let usesScheme = WireScanArguments.scheme.contains { arguments.isGiven($0.name) }
      var averages: [AverageProfile] = []
      for scan in analysis.scans {
        var rows: Set<Int>?
        if usesScheme {
          let present = analysis.profiles(of: scan).filter(\.countsInAverages).map(\.row)
          let matching = try WireScanArguments.fillingScheme(arguments)
            .match(rows: present, firstRow: try arguments.optionalInt("first-row"))
          rows = Set(matching?.bunches.compactMap(\.row) ?? [])
          if let matching { warnings += WireScanArguments.remarks(on: matching, scan) }
        }
        if let average = try AverageProfile(scan, in: analysis, rows: rows, options: options) {
          averages.append(average)
        }
      }
      guard !averages.isEmpty else {
        throw CavernError("ws.nothingToAverage", "no scan has a row to average", exit: .badData, file: analysis.path)
      }
      if let path = try arguments.optionalString("figure") {
        warnings += try FigureFiles.write([WireScanFigures.average(averages)].compactMap { $0 }, to: path)
      }
      let (found, width) = (averages, arguments.surroundings.width)
      return Report(
        status: analysis.isPartial ? .partial : .done, warnings: warnings,
        result: ["file": .string(analysis.path), "averages": .array(found.map(\.json))], text: text(found, width),
        csv: { csv(found) })
    }
  }

  private static func text(_ averages: [AverageProfile], _ width: Int) -> String {
    TextTable(
      columns: [
        .left("device"), .left("scan"), .right("rows"), .right("sigma/mm"), .right("q"), .right("emittance/um"),
      ],
      rows: averages.map { average in
        [
          average.scan.device, average.scan.scan.rawValue, "\(average.rows.count)",
          "\(WireScanText.fixed(average.gaussian.sigma, 3)) ± \(WireScanText.fixed(average.gaussian.standardError(2), 3))",
          average.qGaussian.map { "\(WireScanText.fixed($0.q, 3)) ± \(WireScanText.fixed($0.qError, 3))" } ?? "–",
          average.emittance.map { "\(WireScanText.fixed($0.value, 4)) ± \(WireScanText.fixed($0.statistical, 4))" }
            ?? "–",
        ]
      }
    ).text(width: width)
  }

  private static func csv(_ averages: [AverageProfile]) -> String {
    CSVText.table(
      ["device", "scan", "position_mm", "signal", "standardError"],
      averages.flatMap { average in
        average.positions.indices.map { index in
          [
            average.scan.device, average.scan.scan.rawValue, average.positions[index].description,
            average.signals[index].description,
            average.standardErrors[index].isFinite ? average.standardErrors[index].description : "",
          ]
        }
      })
  }
}

extension WireScanArguments {
  /// The filling scheme.
  static let scheme: [Option] = [
    .option("first-row", "N", .integer(0...100_000), "Row of the first injected bunch.", note: "found from the data"),
    .option("sets", "N", .integer(1...1000), "Sets of batches.", default: "2"),
    .option("batches", "N", .integer(1...1000), "Batches in a set.", default: "7"),
    .option("bunches", "N", .integer(1...1000), "Bunches in a batch.", default: "4"),
    .option("bunch-spacing", "ROWS", .integer(1...10_000), "Rows from bunch to bunch.", default: "4"),
    .option(
      "batch-spacing", "ROWS", .integer(1...10_000), "Rows from a batch's last bunch to the next batch.", default: "6"),
    .option(
      "set-spacing", "ROWS", .integer(1...10_000), "Rows from a set's last bunch to the next set.", default: "78"),
  ]

  /// The filling scheme of the options.
  static func fillingScheme(_ arguments: ParsedArguments) throws(CavernError) -> FillingScheme {
    try FillingScheme(
      sets: try arguments.int("sets"), batchesPerSet: try arguments.int("batches"),
      bunchesPerBatch: try arguments.int("bunches"), bunchSpacing: try arguments.int("bunch-spacing"),
      batchSpacing: try arguments.int("batch-spacing"), setSpacing: try arguments.int("set-spacing"))
  }

  /// What the user should know of a match: displaced and unexpected bunches.
  static func remarks(on matching: FillingScheme.Matching, _ scan: WireScanAnalysis.Scan) -> [CavernWarning] {
    var remarks: [CavernWarning] = []
    let place = "\(scan.device), \(scan.scan.rawValue)"
    if !matching.displaced.isEmpty {
      let rows = IndexList.text(matching.displaced.compactMap(\.row).sorted())
      remarks.append(CavernWarning("ws.displacedBunches", "\(place): bunches one row off the filling scheme: \(rows)"))
    }
    if !matching.unexpectedRows.isEmpty {
      let rows = IndexList.text(matching.unexpectedRows)
      remarks.append(CavernWarning("ws.unexpectedBunches", "\(place): bunches outside the filling scheme: \(rows)"))
    }
    return remarks
  }
}
