import Arguments
import Conditions
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel temperatures daily`: daily means for the annealing history.
  static var pixelTemperaturesDaily: Command {
    Command(
      "daily", "Average temperatures over UTC days, for the annealing history.",
      discussion: """
        Time-weighted mean of a step function that holds each valid reading until the next, also over midnight. Days \
        without a reading repeat the last value with n_readings 0; there is no row before the first reading. The readings \
        come from the database, or from a table sensor,time_utc,value_c with --readings. Writes annealing_daily.csv; with \
        --ms one file a sensor with noon in milliseconds and the mean; with --combine one file a combination.
        """,
      examples: [
        Example(
          "cavern pixel temperatures daily --db conditions.sqlite --from 2022-07-19 --to 2022-07-23 --out daily",
          "the sensors of the annealing list"),
        Example("cavern pixel temperatures daily --readings readings.csv --out daily --ms", "from a table of readings"),
      ],
      options: PixelPeriod.options + PixelArguments.database + [
        .option("readings", "FILE", .file(["csv"]), "Table of readings in place of a database."),
        .option(
          "sensors", "LIST", .list(.text), "Sensors in place of the annealing list; 'all' for every pipe sensor."),
        .option("combine", "LIST", .list(.choice(["mean", "median"])), "Also put the sensors together, day by day."),
        .flag("ms", "Also write one file a sensor for the annealing program."),
      ] + PixelArguments.output
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      var output = try PixelOutput(arguments)
      try output.check(["annealing_daily.csv"])
      var warnings: [CavernWarning] = []
      let limits = -60.0...facts.highestReading
      var means: [DailyMean] = []
      var inputs: [String] = []
      if let path = try arguments.optionalString("readings") {
        inputs.append(path)
        let read = try DailyTemperatures.read(csv: try PixelFiles.text(path), path: path, limits: limits)
        warnings += read.warnings
        let times = read.series.values.flatMap { [$0.times.first, $0.times.last].compactMap { $0 } }
        guard let first = times.min(), let last = times.max() else {
          throw CavernError("pixel.noReadings", "no line of the file is a reading", exit: .badData, file: path)
        }
        let begin = arguments.isGiven("from") ? try PixelPeriod(arguments).begin.dayNumber : first.dayNumber
        let end =
          arguments.isGiven("to") ? try PixelPeriod(arguments).end.adding(seconds: -1e-6).dayNumber : last.dayNumber
        for sensor in read.series.keys.sorted() {
          means += DailyTemperatures.means(sensor, read.series[sensor] ?? AsOfSeries(), days: begin..<end + 1)
        }
      } else {
        let period = try PixelPeriod(arguments)
        let conditions = try PixelArguments.conditions(arguments)
        let wished = try arguments.strings("sensors")
        let wanted = Set(wished.isEmpty ? facts.annealingSensors : wished)
        let readings = try SensorReadings(conditions).all(
          from: period.begin.adding(seconds: -48 * 3600), to: period.end,
          where: { name in
            if wished == ["all"] { if case .barrelLoop = SensorKind(name) { return true } else { return false } }
            return wanted.contains(name)
          })
        let known = Set(readings.map(\.sensor))
        if wished != ["all"] {
          for name in wanted.subtracting(known).sorted() {
            warnings.append(CavernWarning("pixel.silentSensor", "\(name) has no reading in the period"))
          }
        }
        var discarded: [String: Int] = [:]
        var series: [String: [(time: ConditionsTime, value: Double)]] = [:]
        for reading in readings {
          if limits.contains(reading.celsius) {
            series[reading.sensor, default: []].append((reading.time, reading.celsius))
          } else {
            discarded[reading.sensor, default: 0] += 1
          }
        }
        for (name, count) in discarded.sorted(by: { $0.key < $1.key }) {
          warnings.append(CavernWarning("pixel.discarded", "\(name): \(count) readings left out"))
        }
        let days = period.begin.dayNumber..<period.end.adding(seconds: -1e-6).dayNumber + 1
        for sensor in series.keys.sorted() {
          means += DailyTemperatures.means(sensor, AsOfSeries(series[sensor] ?? []), days: days)
        }
      }
      guard !means.isEmpty else {
        throw CavernError("pixel.noReadings", "no sensor has a reading in the period", exit: .badData)
      }
      if arguments.flag("ms") {
        for (sensor, list) in Dictionary(grouping: means, by: \.sensor).sorted(by: { $0.key < $1.key }) {
          try output.write("\(sensor).txt", text: DailyTemperatures.milliseconds(list))
        }
      }
      for how in try arguments.strings("combine").compactMap(DailyTemperatures.Combination.init(rawValue:)) {
        let rows = DailyTemperatures.combine(means, how).map { day, value, sensors in
          [ConditionsTime(dayNumber: day).day, CSVText.number(value), "\(sensors)"]
        }
        try output.write(
          "annealing_daily_\(how.rawValue).csv",
          text: CSVText.table(["day_utc", "\(how.rawValue)_c", "n_sensors"], rows))
      }
      try output.write("annealing_daily.csv", text: DailyTemperatures.csv(means))
      try output.writeProvenance("annealing_daily", arguments, inputs: inputs)
      let (files, folder, rows) = (output.files, output.folder, means)
      return Report(
        warnings: warnings,
        result: [
          "folder": .string(folder), "files": .array(files.map { .string($0) }),
          "days": .array(
            rows.map {
              [
                "sensor": .string($0.sensor), "day_utc": .string($0.dayText), "mean_c": .number($0.celsius),
                "n_readings": .integer($0.readings), "covered_fraction": .number($0.coveredFraction),
              ]
            }),
        ], text: "\(rows.count) daily means; files are in \(folder)\n")
    }
  }
}
