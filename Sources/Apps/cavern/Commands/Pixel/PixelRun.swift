import Arguments
import Conditions
import Errors
import Figures
import Foundation
import JSON
import PixelMonitoring
import Results

extension Command {
  /// `cavern pixel run`: the whole chain.
  static var pixelRun: Command {
    Command(
      "run", "Run the whole chain: fills, luminosity, currents, temperatures, trends and azimuth.",
      discussion: """
        Writes below --out the folders fills, luminosity, currents_from_database, currents_processed, \
        temperatures_readout_group and leakage (leakage_endcap), and result.json, report.html and provenance.json. Fills \
        come from --fills or from OMS, luminosities from --lumi or from OMS; without either the trend runs over fill \
        numbers. A run that was stopped goes on with --resume and ends with the same bytes as one that was not.
        """,
      examples: [
        Example(
          "cavern pixel run --era run3 --db run3/conditions.sqlite --fills run3/fills.csv "
            + "--lumi run3/integrated_luminosity_per_fill.csv --normroc --tref 0 --out RESULT", "an offline copy"),
        Example("cavern pixel run --era run3 --db 'DSN=conditions' --out RESULT --resume", "go on with a run"),
      ],
      options: PixelArguments.selection + PixelArguments.database + [
        PixelArguments.delay, .option("average", "TIME", .duration, "Also take means over windows of this length."),
        .option("lookback", "TIME", .duration, "How old a reading of a sensor may be.", default: "48 h"),
        .option("bias-lookback", "TIME", .duration, "How old a bias voltage may be.", default: "720 h"),
        .option("bias-threshold", "V", .number(0...1000), "Bias above this is on.", note: "10; 0 with --compat"),
        PixelArguments.subsystem,
        .option("layers", "LIST", .list(.integer(1...4)), "Layers (rings of the end-cap).", note: "all"),
        .option("tref", "C,...", .list(.number(-200...100)), "Reference temperatures in °C.", note: "0 in figures"),
        .flag("normroc", "Divide figures by the readout chips."),
        .flag("normvol", "Divide figures by the active volume."),
        .flag("all", "Also count groups with bias off and other doubtful ones."),
        .option("lumi", "FILE", .file(["csv"]), "Luminosities, as 'cavern pixel lumi' writes them."),
        .option(
          "x-axes", "LIST", .list(.choice(["lumi", "fill", "fluence", "time"])), "What figures are drawn against."),
        .option("ymin", "Y", .number(), "Lower end of the vertical axis."),
        .option("ymax", "Y", .number(), "Upper end of the vertical axis."),
        .option("fluence-per-fb", "L=X,...", .assignments, "Fluence of 1 fb⁻¹ by layer."),
        .flag("figures", "Draw figures.", isInvertible: true, isOn: true),
      ] + PixelOMS.options + PixelArguments.output
    ) { arguments in
      var run = try PixelChain(arguments)
      return try await run.run()
    }
  }
}

/// One run of the chain.
@MainActor
private struct PixelChain {
  private let arguments: ParsedArguments
  private let facts: PixelFacts
  private let root: PixelOutput
  private let subsystems: [Subsystem]
  private var summary = FillWorkSummary()
  private var inputs: [String] = []

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    facts = try PixelFacts.builtIn()
    root = try PixelOutput(arguments)
    subsystems = try PixelArguments.subsystems(arguments)
  }

  mutating func run() async throws(CavernError) -> Report {
    try root.check(["result.json", "fills/fills.csv"])
    let conditions = try PixelArguments.conditions(arguments)
    let fills = try await self.fills()
    let luminosities = try await luminosities(fills)
    try currents(fills, conditions)
    try temperatures(fills, conditions)
    let (sections, results, changes) = try leakage(fills, luminosities)
    try finish(fills, conditions, sections, results)
    let text =
      "\(fills.count) fills, \(conditions.database.queryCount) queries; \(changes) changes of level\n"
      + "report: \(root.path("report.html"))\n"
    return try summary.report(
      arguments,
      others: [
        ("folder", .string(root.folder)), ("fills", .integer(fills.count)),
        ("queries", .integer(conditions.database.queryCount)), ("leakage", .object(JSONObject(results))),
      ], lines: text)
  }

  private func output(_ folder: String, replaces: Bool = false) throws(CavernError) -> PixelOutput {
    try PixelOutput(root.path(folder), arguments, replaces: replaces)
  }

  private mutating func fills() async throws(CavernError) -> [Fill] {
    var fills: [Fill]
    if arguments.isGiven("fills") {
      let selected = try PixelArguments.fills(arguments, facts)
      inputs.append(try arguments.string("fills"))
      (summary.bad, summary.badLines) = (selected.bad, selected.warnings.count)
      summary.warnings += selected.warnings
      fills = selected.fills
    } else {
      let selection = try PixelArguments.fillSelection(arguments, facts)
      guard selection.era != nil || selection.first != nil && selection.last != nil else {
        throw CavernError(
          "usage.missingOption", "--fills, --era, or --first-fill and --last-fill are needed", exit: .usage)
      }
      let query = FillQuery(selection, facts: facts)
      let records = try await PixelOMS.records(query.goodFills(pageSize: try arguments.int("page-size")), arguments)
      let (list, omissions) = try query.fills(records)
      (fills, summary.bad) = try selection.select(list)
      summary.warnings += omissions.warnings
    }
    var place = try output("fills", replaces: true)
    try place.write("fills.csv", text: FillList(fills).csv)
    return fills
  }

  private mutating func luminosities(_ fills: [Fill]) async throws(CavernError) -> [Int: LuminosityTable.Row] {
    let table: LuminosityTable
    if let path = try arguments.optionalString("lumi") {
      inputs.append(path)
      table = try LuminosityTable(csv: try PixelFiles.text(path), path: path)
    } else if !arguments.isGiven("fills"), !arguments.isGiven("oms-pages") {
      let query = FillQuery(try PixelArguments.fillSelection(arguments, facts), facts: facts)
      let records = try await PixelOMS.records(query.luminosities(pageSize: try arguments.int("page-size")), arguments)
      let answer = try query.luminosities(records)
      summary.warnings += answer.omissions.warnings
      table = answer.table
    } else {
      return [:]
    }
    var place = try output("luminosity", replaces: true)
    try place.write("integrated_luminosity_per_fill.csv", text: table.csv)
    let known = Dictionary(table.rows.map { ($0.fill, $0) }) { first, _ in first }
    let missing = fills.filter { known[$0.number] == nil }
    if !missing.isEmpty {
      summary.warnings.append(
        CavernWarning(
          "pixel.noLuminosity",
          "no luminosity of \(missing.count) fills: \(missing.prefix(8).map { "\($0.number)" }.joined(separator: ", "))"
        ))
    }
    return known
  }

  private mutating func currents(_ fills: [Fill], _ conditions: PixelConditions) throws(CavernError) {
    var raw = try output("currents_from_database")
    var processed = try output("currents_processed")
    for subsystem in subsystems {
      var step = FillWorkSummary()
      try PixelCurrentSteps.fetch(fills, subsystem, conditions, facts, arguments, &raw, &step)
      take(step, "currents")
      step = FillWorkSummary()
      try PixelCurrentSteps.process(fills, subsystem, raw.folder, facts, arguments, &processed, &step)
      take(step, "processing")
    }
  }

  private mutating func temperatures(_ fills: [Fill], _ conditions: PixelConditions) throws(CavernError) {
    var place = try output("temperatures_readout_group")
    var step = FillWorkSummary()
    try PixelTemperatureSteps.groups(fills, subsystems, conditions, facts, arguments, &place, &step)
    take(step, "temperatures")
    summary.done = fills.map(\.number).filter { fill in !summary.skipped.contains { $0.fill == fill } }
  }

  private mutating func take(_ step: FillWorkSummary, _ name: String) {
    for entry in step.skipped
    where !summary.skipped.contains(where: { $0.fill == entry.fill && $0.reason == entry.reason }) {
      summary.skipped.append(entry)
    }
    summary.warnings += step.warnings
  }

  private mutating func leakage(
    _ fills: [Fill], _ luminosities: [Int: LuminosityTable.Row]
  ) throws(CavernError) -> (sections: [Page.Section], results: [(String, JSONValue)], changes: Int) {
    var sections: [Page.Section] = []
    var results: [(String, JSONValue)] = []
    var changes = 0
    for subsystem in subsystems {
      try PixelArguments.checkInterrupt()
      var place = try output(subsystem == .barrel ? "leakage" : "leakage_endcap", replaces: true)
      var trend = try PixelTrend(
        arguments, facts, currents: root.path("currents_processed"),
        temperatures: root.path("temperatures_readout_group"), luminosities: luminosities, fills: fills,
        subsystem: subsystem)
      let report = try trend.run(&place)
      let fits = try PixelAzimuthTrend(trend.inputs.fills, subsystem, arguments, facts)
      try place.write("azimuth_fits.csv", text: fits.csv)
      let reference = try arguments.doubles("tref").first ?? 0
      try place.write(
        "groups.parquet",
        bytes: try LeakageTable.groups(trend.inputs.fills, reference: reference, facts: facts).parquetBytes())
      var figures = trend.figures
      if arguments.flag("figures"), let figure = fits.figure(luminosities, arguments, facts) {
        let pictures = try GnuplotRenderer().render([figure], as: [.png(), .pdf])
        for (index, ending) in ["png", "pdf"].enumerated() {
          try place.write("\(figure.name).\(ending)", bytes: pictures[0][index])
        }
        figures.append(figure)
      }
      sections.append(
        Page.Section("\(subsystem.rawValue): leakage current", figures.map { .figure($0) } + [fits.block]))
      let result = report.result()
      changes += result["changes"]?.arrayValue?.count ?? 0
      results.append(
        (
          subsystem.rawValue,
          [
            "changes": result["changes"] ?? .array([]), "averages": result["averages"] ?? .array([]),
            "azimuth": fits.json,
          ]
        ))
    }
    return (sections, results, changes)
  }

  private mutating func finish(
    _ fills: [Fill], _ conditions: PixelConditions, _ sections: [Page.Section], _ results: [(String, JSONValue)]
  ) throws(CavernError) {
    var place = try output(".", replaces: true)
    let document: JSONValue = [
      "schema": "cavern.pixel.run/1",
      "result": .object(
        JSONObject(
          [
            ("fills", .array(fills.map { .integer($0.number) })),
            ("badFills", .array(summary.bad.map { .integer($0) })),
            (
              "skipped",
              .array(summary.skipped.map { ["fill": .integer($0.fill), "reason": .string($0.reason)] })
            ),
          ] + results)),
    ]
    try place.write("result.json", text: document.text(.pretty) + "\n")
    var read: [Provenance.Input] = []
    for path in inputs { read.append(try Provenance.Input(reading: path)) }
    let provenance = Provenance(
      version: Version.text, commandLine: PixelOutput.words(arguments),
      settings: ["database": .string(conditions.database.source.name), "schema": .optional(conditions.tables.schema)],
      inputs: read)
    try place.write("provenance.json", text: provenance.json.text(.pretty) + "\n")
    let page = Page(
      title: "Pixel monitoring",
      facts: [
        Page.Fact("fills", "\(fills.first?.number ?? 0) – \(fills.last?.number ?? 0) (\(fills.count))"),
        Page.Fact("database", conditions.database.source.name), Page.Fact("skipped", "\(summary.skipped.count)"),
      ], sections: sections, warnings: [], provenance: provenance)
    try place.write("report.html", text: page.html())
  }
}
