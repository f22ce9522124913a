import Arguments
import Conditions
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel temperatures air`: readings of the air sensors.
  static var pixelTemperaturesAir: Command {
    Command(
      "air", "List the readings of the air sensors in the first minutes of fills.",
      discussion: """
        Writes <fill>.txt, or <fill>_<subsystem>.txt with --subsystem: sensor, °C and time of every reading from the begin \
        of stable beams until --delay later.
        """,
      examples: [
        Example(
          "cavern pixel temperatures air --db conditions.sqlite --fills fills.csv --out air", "all fills of a list")
      ],
      options: PixelArguments.selection + PixelArguments.database + [PixelArguments.subsystem, PixelArguments.delay]
        + PixelArguments.output
    ) { arguments in
      let subsystem = try arguments.optionalString("subsystem").map { (name) throws(CavernError) in
        try Subsystem(named: name)
      }
      return try PixelReadingLists.run(arguments, name: "air") { fill in
        ["\(fill.number)\(subsystem.map { "_\($0.rawValue)" } ?? "").txt"]
      } _: { (readings, fills, delay, take) throws(CavernError) in
        try readings.air(fills, delay: delay, subsystem: subsystem) { (fill, list) throws(CavernError) in
          try take(fill, "\(fill.number)\(subsystem.map { "_\($0.rawValue)" } ?? "").txt", list)
        }
      }
    }
  }

  /// `cavern pixel temperatures pipe`: latest readings on pipes and port cards.
  static var pixelTemperaturesPipe: Command {
    Command(
      "pipe", "List the latest reading of every sensor on cooling pipes and port cards in fills.",
      discussion: """
        Writes <fill>_<subsystem>.txt: sensor as it is stored, °C and time of its latest reading from the begin of stable \
        beams until --delay later. Faulty sensors are not removed.
        """,
      examples: [
        Example("cavern pixel temperatures pipe --db conditions.sqlite --fills fills.csv --out pipe", "both subsystems")
      ],
      options: PixelArguments.selection + PixelArguments.database + [PixelArguments.subsystem, PixelArguments.delay]
        + PixelArguments.output
    ) { arguments in
      let subsystems = try PixelArguments.subsystems(arguments)
      return try PixelReadingLists.run(arguments, name: "pipe") { fill in
        subsystems.map { "\(fill.number)_\($0.rawValue).txt" }
      } _: { (readings, fills, delay, take) throws(CavernError) in
        for subsystem in subsystems {
          try readings.pipe(fills, delay: delay, subsystem: subsystem) { (fill, list) throws(CavernError) in
            try take(fill, "\(fill.number)_\(subsystem.rawValue).txt", list)
          }
        }
      }
    }
  }
}

/// What the two commands share.
@MainActor
private enum PixelReadingLists {
  typealias Take = (Fill, String, [SensorReading]) throws(CavernError) -> Void

  static func run(
    _ arguments: ParsedArguments, name: String, files: (Fill) -> [String],
    _ read: (SensorReadings, [Fill], Double, Take) throws(CavernError) -> Void
  ) throws(CavernError) -> Report {
    let facts = try PixelFacts.builtIn()
    let conditions = try PixelArguments.conditions(arguments)
    let selected = try PixelArguments.fills(arguments, facts)
    var output = try PixelOutput(arguments)
    var summary = FillWorkSummary()
    (summary.bad, summary.badLines, summary.warnings) = (selected.bad, selected.warnings.count, selected.warnings)
    try output.check(selected.fills.flatMap(files))
    var wanted = selected.fills
    if output.skipsExisting {
      summary.existing = wanted.filter { files($0).allSatisfy(output.holds) }.map(\.number)
      wanted.removeAll { files($0).allSatisfy(output.holds) }
    }
    let delay = try PixelArguments.seconds(arguments, "delay")
    var rows = 0
    try read(SensorReadings(conditions), wanted, delay) { (fill, file, list) throws(CavernError) in
      try PixelArguments.checkInterrupt()
      guard !list.isEmpty else {
        summary.skipped.append((fill.number, "no reading for \(file)"))
        return
      }
      rows += list.count
      try output.write(file, text: list.map { $0.line + "\n" }.joined())
      if summary.done.last != fill.number { summary.done.append(fill.number) }
    }
    try output.writeProvenance(
      name, arguments, inputs: [try arguments.string("fills")], database: conditions)
    return try summary.report(
      arguments,
      others: [
        ("folder", .string(output.folder)), ("files", .array(output.files.map { .string($0) })),
        ("readings", .integer(rows)),
      ], lines: "\(rows) readings; files are in \(output.folder)\n")
  }
}
