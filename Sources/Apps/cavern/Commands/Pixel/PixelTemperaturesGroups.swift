import Arguments
import Conditions
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel temperatures groups`: sensor temperature by readout group and fill.
  static var pixelTemperaturesGroups: Command {
    Command(
      "groups", "Take the sensor temperature of every readout group in fills.",
      discussion: """
        Mean of the working sensors on the cooling loop of a group, plus 4 K of self-heating in layer 4 and 3 K elsewhere \
        when bias is on. Writes BPix/<fill>.txt and FPix/<fill>.txt (group, K; -999 where there is none) and, without \
        --compat, the same as .csv with loop temperature, number of sensors, bias state, uncertainty and quality. With \
        --compat any voltage above 0 is on; otherwise it takes 10 V.
        """,
      examples: [
        Example(
          "cavern pixel temperatures groups --db conditions.sqlite --fills fills.csv --out temperatures",
          "all fills of a list")
      ],
      options: PixelArguments.selection + PixelArguments.database + [
        PixelArguments.subsystem, PixelArguments.delay,
        .option("lookback", "TIME", .duration, "How old a reading of a sensor may be.", default: "48 h"),
        .option("bias-lookback", "TIME", .duration, "How old a bias voltage may be.", default: "720 h"),
        .option("bias-threshold", "V", .number(0...1000), "Bias above this is on.", note: "10; 0 with --compat"),
      ] + PixelArguments.output
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      let conditions = try PixelArguments.conditions(arguments)
      let selected = try PixelArguments.fills(arguments, facts)
      var output = try PixelOutput(arguments)
      var summary = FillWorkSummary()
      (summary.bad, summary.badLines, summary.warnings) = (selected.bad, selected.warnings.count, selected.warnings)
      try PixelTemperatureSteps.groups(
        selected.fills, try PixelArguments.subsystems(arguments), conditions, facts, arguments, &output, &summary)
      if let first = selected.fills.first, let last = selected.fills.last {
        try output.writeProvenance(
          "temperatures", arguments, inputs: [try arguments.string("fills")], database: conditions,
          period: (first.start, last.end))
      }
      return try summary.report(
        arguments,
        others: [
          ("folder", .string(output.folder)), ("files", .array(output.files.map { .string($0) })),
          ("queries", .integer(conditions.database.queryCount)),
        ], lines: "\(conditions.database.queryCount) queries; files are in \(output.folder)\n")
    }
  }
}

/// The steps that `pixel run` takes as well.
@MainActor
enum PixelTemperatureSteps {
  static func options(_ arguments: ParsedArguments) throws(CavernError) -> TemperatureOptions {
    var options = arguments.flag("compat") ? TemperatureOptions.compatible : TemperatureOptions()
    options.delay = try PixelArguments.seconds(arguments, "delay")
    options.lookback = try PixelArguments.seconds(arguments, "lookback")
    options.biasLookback = try PixelArguments.seconds(arguments, "bias-lookback")
    if let threshold = try arguments.optionalDouble("bias-threshold") { options.biasThreshold = threshold }
    return options
  }

  static func groups(
    _ fills: [Fill], _ subsystems: [Subsystem], _ conditions: PixelConditions, _ facts: PixelFacts,
    _ arguments: ParsedArguments, _ output: inout PixelOutput, _ summary: inout FillWorkSummary
  ) throws(CavernError) {
    func names(_ fill: Fill) -> [String] { subsystems.map { "\($0.prefix)/\(fill.number).txt" } }
    try output.check(fills.flatMap(names))
    var wanted: [Fill] = []
    for fill in fills {
      if output.skipsExisting, names(fill).allSatisfy(output.holds) {
        summary.existing.append(fill.number)
      } else if (try? facts.phase(ofFill: fill.number)) != .phase1 {
        summary.skipped.append((fill.number, "cooling loops are known for the detector since 2017 only"))
      } else {
        wanted.append(fill)
      }
    }
    let progress = Progress(total: wanted.count * subsystems.count, unit: "tables", arguments)
    defer { progress.finish() }
    let reader = GroupTemperatureReader(
      conditions, facts: facts, options: try options(arguments), subsystems: subsystems)
    summary.warnings += try reader.read(wanted) { (temperatures) throws(CavernError) in
      try PixelArguments.checkInterrupt()
      progress.advance()
      let fill = temperatures.fill.number
      guard temperatures.groups.contains(where: { !$0.isMissing }) else {
        summary.skipped.append((fill, "no temperature of any \(temperatures.subsystem.rawValue) group"))
        return
      }
      if !output.isCompatible {
        try output.write(
          "\(temperatures.subsystem.prefix)/\(fill).csv", text: temperatures.csv)
      }
      try output.write(temperatures.fileName, text: temperatures.text)
      if summary.done.last != fill { summary.done.append(fill) }
    }
  }
}
