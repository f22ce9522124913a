import Arguments
import Conditions
import Errors
import Files
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel simulate`: made-up conditions.
  static var pixelSimulate: Command {
    Command(
      "simulate", "Make up conditions, fills and luminosities with known truth.",
      discussion: """
        Writes conditions.sqlite, fills.csv, integrated_luminosity_per_fill.csv and truth.json: currents that grow with \
        luminosity, depend on temperature and vary with the azimuth. The same seed gives the same data. The default is \
        the size of a run of three years.
        """,
      examples: [
        Example("cavern pixel simulate --fills 20 --out demo", "twenty fills"),
        Example("cavern pixel simulate --out run3", "600 fills, all groups"),
      ],
      options: [
        .option("fills", "N", .integer(1...100_000), "Number of fills.", default: "600"),
        .option("first-fill", "N", .integer(5698...9_999_999), "Number of the first fill.", default: "8000"),
        .option("begin", "DAY", .text, "Day of the first fill.", default: "2022-07-05"),
        .option("seed", "N", .integer(0...(.max)), "Seed of the random numbers.", default: "1"),
        .option("supply-rate", "N", .number(0.01...3600), "Readings of a supply channel in an hour.", default: "1.5"),
        .option("sensor-rate", "N", .number(0.01...3600), "Readings of a sensor in an hour.", default: "0.5"),
        .flag("faults", "Add silent sensors, names that move, bias that is off and copies of rows."),
        .option("out", "DIR", .folder, "Folder for the files."), .flag("overwrite", "Replace files of an earlier run."),
        .flag("skip-existing", "Not used here.", isHidden: true), .flag("resume", "Not used here.", isHidden: true),
        .flag("compat", "Not used here.", isHidden: true),
      ]
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      var options = ConditionsSimulation.Options()
      options.fills = try arguments.int("fills")
      options.firstFill = try arguments.int("first-fill")
      options.begin = try arguments.string("begin")
      options.seed = UInt64(try arguments.int("seed"))
      options.supplyReadingsPerHour = try arguments.double("supply-rate")
      options.sensorReadingsPerHour = try arguments.double("sensor-rate")
      options.hasFaults = arguments.flag("faults")
      let simulation = try ConditionsSimulation(options, facts: facts)
      var output = try PixelOutput(arguments)
      try output.check(["conditions.sqlite", "fills.csv"])
      try output.makeFolder(for: "conditions.sqlite")
      let progress = Progress(total: simulation.fills.count, unit: "fills", arguments)
      defer { progress.finish() }
      var counts: [(table: String, rows: Int)] = []
      try AtomicFile.write(output.path("conditions.sqlite"), isSynchronised: false) { (path) throws(CavernError) in
        counts = try simulation.write(
          to: path, isCancelled: { Interrupts.isRequested }, progress: { progress.advance() })
      }
      try output.write("fills.csv", text: FillList(simulation.fills).csv)
      try output.write("integrated_luminosity_per_fill.csv", text: simulation.luminosities.csv)
      let truth = simulation.truth
      let record: JSONValue = [
        "schema": "cavern.pixel.truth/1", "seed": .integer(Int(options.seed)), "fills": .integer(options.fills),
        "relativeAmplitude": .number(truth.amplitude), "phase_rad": .number(truth.phase),
        "coolant_c": .number(truth.coolantCelsius), "growth_per_fb": .number(1 / truth.growth),
      ]
      try output.write("truth.json", text: record.text(.pretty) + "\n")
      let (folder, rows) = (output.folder, counts)
      return Report(
        result: [
          "folder": .string(folder), "fills": .integer(simulation.fills.count),
          "rows": .object(JSONObject(rows.map { ($0.table, .integer($0.rows)) })),
        ],
        text: "\(simulation.fills.count) fills; " + rows.map { "\($0.table): \($0.rows) rows" }.joined(separator: ", ")
          + "\nfiles are in \(folder)\n")
    }
  }
}
