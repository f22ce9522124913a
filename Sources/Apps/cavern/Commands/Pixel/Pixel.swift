import Arguments

extension Command {
  /// `cavern pixel`: conditions and radiation history of the CMS pixel tracker.
  static var pixel: Command {
    Command(
      "pixel", "CMS Pixel: fills, luminosity, currents, temperatures, leakage current, fluence, damage.",
      discussion: """
        Conditions come from an SQLite copy or through ODBC (--db), fills and luminosity from OMS or brilcalc. 'cavern \
        pixel run' runs the whole chain; the other commands are its steps.
        """,
      examples: [
        Example("cavern pixel run --era run3 --db conditions.sqlite --fills fills.csv --out RESULT", "the whole chain"),
        Example(
          "cavern pixel currents fetch --db 'DSN=conditions' --fills fills.csv --subsystem Barrel --out currents",
          "supply currents from a database"),
      ],
      subcommands: (pixelConditions + pixelRadiation).map { $0.withFormatAndJobs() })
  }

  /// The command and those below it with `--format` and `--jobs`, where they have no option of that name.
  private func withFormatAndJobs() -> Command {
    var copy = self
    copy.subcommands = subcommands.map { $0.withFormatAndJobs() }
    guard run != nil else { return copy }
    func has(_ name: String) -> Bool { options.contains { $0.name == name } }
    if !has("format") { copy.options.append(PixelArguments.format(hasCSV: has("csv"))) }
    if !has("jobs") { copy.options.append(PixelArguments.jobs) }
    return copy
  }

  /// Fluence, radiation profile, damage.
  private static var pixelRadiation: [Command] { [pixelFluence, pixelProfile, pixelSimulateDamage, pixelCompare] }

  private static var pixelConditions: [Command] {
    [
      pixelRun, pixelFills, pixelLumi, pixelCurrents, pixelVoltages, pixelTemperatures, pixelLeakage, pixelDatabase,
      pixelSimulate,
    ]
  }

  /// `cavern pixel currents`.
  private static var pixelCurrents: Command {
    Command(
      "currents", "Take supply currents from the database and split them by readout group.",
      subcommands: [pixelCurrentsFetch, pixelCurrentsProcess])
  }

  /// `cavern pixel temperatures`.
  private static var pixelTemperatures: Command {
    Command(
      "temperatures", "Take temperatures of sensors from the database.",
      subcommands: [
        pixelTemperaturesGroups, pixelTemperaturesAir, pixelTemperaturesPipe, pixelTemperaturesDaily,
        pixelTemperaturesPlot, pixelTemperaturesTimeBelow, pixelTemperaturesDump,
      ])
  }

  /// `cavern pixel leakage`.
  private static var pixelLeakage: Command {
    Command(
      "leakage", "Analyse leakage currents by layer and azimuth.",
      subcommands: [pixelLeakageTrend, pixelLeakageAzimuth]
    )
  }

  /// `cavern pixel db`.
  private static var pixelDatabase: Command {
    Command(
      "db", "Check and copy conditions databases.", subcommands: [pixelDatabaseCheck, pixelDatabaseExport])
  }
}
