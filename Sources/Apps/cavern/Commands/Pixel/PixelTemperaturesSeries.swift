import Arguments
import Conditions
import Errors
import Figures
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel temperatures dump`: readings of any sensors.
  static var pixelTemperaturesDump: Command {
    Command(
      "dump", "List all readings of sensors whose name holds a text.",
      examples: [
        Example(
          "cavern pixel temperatures dump --db conditions.sqlite --match PC_1 --from 2022-07-19 --to 2022-07-20 --csv",
          "port cards of disk 1")
      ],
      options: PixelPeriod.options + PixelArguments.database + [
        .option(
          "match", "TEXT", .text, "Part of the names wanted, upper and lower case taken as different.",
          isRepeatable: true),
        CommonOptions.csv, CommonOptions.output,
      ]
    ) { arguments in
      let period = try PixelPeriod(arguments)
      let matches = try arguments.strings("match")
      let conditions = try PixelArguments.conditions(arguments)
      let readings = try SensorReadings(conditions).all(from: period.begin, to: period.end) { name in
        matches.isEmpty || matches.contains(where: name.contains)
      }
      guard !readings.isEmpty else {
        throw CavernError(
          "pixel.noReadings", "no sensor with '\(matches.joined(separator: "' or '"))' has a reading in the period",
          exit: .badData, file: conditions.database.source.name)
      }
      return Report(
        result: [
          "readings": .array(
            readings.map {
              ["sensor": .string($0.sensor), "time": .string($0.time.text), "celsius": .number($0.celsius)]
            })
        ], text: readings.map { $0.line + "\n" }.joined(),
        csv: {
          CSVText.table(
            ["sensor", "time_utc", "value_c"], readings.map { [$0.sensor, $0.time.text, "\($0.celsius)"] })
        }, writesToOutputOption: true)
    }
  }

  /// `cavern pixel temperatures time-below`: time below limits.
  static var pixelTemperaturesTimeBelow: Command {
    Command(
      "time-below", "Add up how long sensors lay below limits.",
      discussion: """
        Each valid reading holds until the next. Periods come from --from and --to, or from --intervals, a table \
        sensor,from,to: then each sensor counts in its own periods, and an empty sensor stands for all that match.
        """,
      examples: [
        Example(
          "cavern pixel temperatures time-below --db conditions.sqlite --match L1D1 --from 2022-07-19 --to 2022-07-23",
          "the sensors of one loop")
      ],
      options: PixelPeriod.options + PixelArguments.database + [
        .option("match", "TEXT", .text, "Part of the names wanted.", isRepeatable: true),
        .option("intervals", "FILE", .file(["csv"]), "Table of periods in place of --from and --to."),
        .option("limits", "C,...", .list(.number(-273...200)), "Limits in °C.", default: "10,5,0,-5,-10,-18"),
        CommonOptions.csv, CommonOptions.output,
      ]
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      let limits = try arguments.doubles("limits")
      let matches = try arguments.strings("match")
      let intervals = try PixelIntervals(arguments)
      let conditions = try PixelArguments.conditions(arguments)
      let readings = try SensorReadings(conditions).all(
        from: intervals.begin.adding(seconds: -48 * 3600), to: intervals.end
      ) { name in matches.isEmpty ? true : matches.contains(where: name.contains) }
      var rows: [(sensor: String, times: [TimeBelow])] = []
      for (sensor, list) in Dictionary(grouping: readings, by: \.sensor).sorted(by: { $0.key < $1.key }) {
        let valid = list.filter { $0.celsius <= facts.highestReading && $0.celsius >= -60 }
        let series = AsOfSeries(valid.map { ($0.time, $0.celsius) })
        var sums = limits.map { TimeBelow(limitCelsius: $0) }
        for interval in intervals.of(sensor) {
          let part = TimeBelow.of(series, from: interval.begin, to: interval.end, limits: limits)
          for index in sums.indices {
            sums[index].seconds += part[index].seconds
            sums[index].coveredSeconds += part[index].coveredSeconds
          }
        }
        if (sums.first?.coveredSeconds ?? 0) > 0 { rows.append((sensor, sums)) }
      }
      guard !rows.isEmpty else {
        throw CavernError(
          "pixel.noReadings", "no sensor that matches has a reading in the periods", exit: .badData,
          file: conditions.database.source.name)
      }
      let (table, heads) = (rows, limits)
      return Report(
        result: [
          "sensors": .array(
            table.map { row in
              [
                "sensor": .string(row.sensor), "covered_s": .number(row.times.first?.coveredSeconds ?? 0),
                "below": .array(
                  row.times.map { ["limit_c": .number($0.limitCelsius), "seconds": .number($0.seconds)] }),
              ]
            })
        ],
        text: TextTable(
          columns: [.left("sensor"), .right("covered/h")] + heads.map { .right("< \(NumberLabel.general($0)) °C/h") },
          rows: table.map { row in
            [row.sensor, NumberLabel.fixed((row.times.first?.coveredSeconds ?? 0) / 3600, decimals: 2)]
              + row.times.map { NumberLabel.fixed($0.seconds / 3600, decimals: 2) }
          }
        ).text(width: .max),
        csv: {
          CSVText.table(
            ["sensor", "covered_s"] + heads.map { "below_\(NumberLabel.general($0))_s" },
            table.map { row in
              [row.sensor, "\(row.times.first?.coveredSeconds ?? 0)"] + row.times.map { "\($0.seconds)" }
            })
        }, writesToOutputOption: true)
    }
  }

  /// `cavern pixel temperatures plot`: mean temperature against fill or luminosity.
  static var pixelTemperaturesPlot: Command {
    Command(
      "plot", "Draw the mean temperature of sensors against fill or luminosity.",
      discussion: """
        Reads the files that 'temperatures air' or 'temperatures pipe' wrote: the mean over all readings of a fill whose \
        sensor name holds --match, with their spread.
        """,
      examples: [
        Example(
          "cavern pixel temperatures plot --in air --fills fills.csv --match Barrel --figure air.png", "against fill")
      ],
      options: PixelArguments.selection + [
        .option("in", "DIR", .folder, "Folder with files <fill>.txt or <fill>_<subsystem>.txt."),
        .option("match", "TEXT", .text, "Part of the sensor names: Barrel, Endcap, or with a half."),
        .option(
          "x", "WHAT", .choice(["fill", "lumi", "time"]), "What stands on the horizontal axis.", default: "fill"),
        .option("lumi", "FILE", .file(["csv"]), "Luminosities, as 'cavern pixel lumi' writes them."),
        PixelArguments.figure, CommonOptions.csv,
      ]
    ) { arguments in try PixelTemperaturePlot.run(arguments) }
  }
}

/// Periods by sensor.
struct PixelIntervals {
  private var rows: [(sensor: String, begin: ConditionsTime, end: ConditionsTime)] = []

  /// The earliest begin.
  var begin: ConditionsTime { rows.map(\.begin).min() ?? ConditionsTime(microseconds: 0) }
  /// The latest end.
  var end: ConditionsTime { rows.map(\.end).max() ?? ConditionsTime(microseconds: 0) }

  init(_ arguments: ParsedArguments) throws(CavernError) {
    guard let path = try arguments.optionalString("intervals") else {
      let period = try PixelPeriod(arguments)
      rows = [("", period.begin, period.end)]
      return
    }
    for (index, line) in try PixelFiles.text(path).split(whereSeparator: \.isNewline).enumerated().dropFirst() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard cells.count == 3, let begin = ConditionsTime(cells[1]), let end = ConditionsTime(cells[2]), begin < end
      else {
        throw CavernError(
          "pixel.badLine", "this line is no period", exit: .badData, file: path, line: index + 1,
          expected: "sensor,from,to with the end after the begin")
      }
      rows.append((cells[0], begin, end))
    }
    guard !rows.isEmpty else {
      throw CavernError(
        "pixel.noIntervals", "the file holds no periods", exit: .badData, file: path, expected: "sensor,from,to")
    }
  }

  /// The periods of a sensor.
  func of(_ sensor: String) -> [(begin: ConditionsTime, end: ConditionsTime)] {
    rows.filter { $0.sensor.isEmpty || $0.sensor == sensor }.map { ($0.begin, $0.end) }
  }
}
