import Conditions
import Errors

/// Mean temperature of a sensor in one UTC day.
public struct DailyMean: Sendable, Equatable {
  /// The sensor.
  public var sensor: String
  /// Number of the day since 1970.
  public var day: Int
  /// Time-weighted mean in °C of a step function that holds each reading until the next.
  public var celsius: Double
  /// Readings in the day.
  public var readings: Int
  /// Part of the day that is covered: less than 1 on the day of the first reading.
  public var coveredFraction: Double

  /// `YYYY-MM-DD`.
  public var dayText: String { ConditionsTime(dayNumber: day).day }
  /// Noon of the day in milliseconds since 1970.
  public var noonMilliseconds: Int64 { ConditionsTime(dayNumber: day).microseconds / 1000 + 43_200_000 }
}

/// Daily means of sensors, the temperature history that annealing is computed from.
public enum DailyTemperatures {
  /// Daily means of one sensor.
  ///
  /// Each valid reading holds until the next, also over midnight; days without a reading repeat the last value with 0
  /// readings; there is no row before the first reading.
  ///
  /// - Parameters:
  ///   - sensor: its name.
  ///   - series: its valid readings in °C; those before the first day count as carried into it.
  ///   - days: the days to give, as numbers since 1970.
  public static func means(_ sensor: String, _ series: AsOfSeries, days: Range<Int>) -> [DailyMean] {
    var result: [DailyMean] = []
    for day in days {
      let begin = ConditionsTime(dayNumber: day)
      let end = ConditionsTime(dayNumber: day + 1)
      let inside = series.indices(from: begin, before: end)
      var held = inside.lowerBound > 0 ? series.values[inside.lowerBound - 1] : Double.nan
      guard !held.isNaN || !inside.isEmpty else { continue }
      var (sum, covered) = (0.0, 0.0)
      var since = begin
      for index in inside {
        let length = since.seconds(to: series.times[index])
        if !held.isNaN {
          sum += held * length
          covered += length
        }
        (held, since) = (series.values[index], series.times[index])
      }
      let rest = since.seconds(to: end)
      sum += held * rest
      covered += rest
      // A reading in the last microsecond of its day covers nothing.
      let mean = covered > 0 ? sum / covered : held
      result.append(
        DailyMean(
          sensor: sensor, day: day, celsius: mean, readings: inside.count, coveredFraction: covered / 86_400))
    }
    return result
  }

  /// How sensors are put together.
  public enum Combination: String, Sendable, CaseIterable {
    /// Mean over the sensors below 70 °C if there are more than 4 of them, else missing.
    case mean
    /// Median over the sensors that have a value.
    case median
  }

  /// One value a day over all sensors; NaN where there is none.
  public static func combine(_ means: [DailyMean], _ how: Combination) -> [(day: Int, celsius: Double, sensors: Int)] {
    let days = Dictionary(grouping: means, by: \.day)
    return days.keys.sorted().map { day in
      let values = (days[day] ?? []).map(\.celsius)
      switch how {
      case .mean:
        let cold = values.filter { $0 < 70 }
        return (day, cold.count > 4 ? Statistics.mean(cold) : .nan, cold.count)
      case .median: return (day, Statistics.median(values), values.count)
      }
    }
  }

  /// `sensor,day_utc,mean_c,n_readings,covered_fraction`.
  public static func csv(_ means: [DailyMean]) -> String {
    "sensor,day_utc,mean_c,n_readings,covered_fraction\n"
      + means.map {
        "\($0.sensor),\($0.dayText),\(FixedText.decimals($0.celsius, 6)),\($0.readings),"
          + FixedText.decimals($0.coveredFraction, 6) + "\n"
      }.joined()
  }

  /// Two columns, noon in milliseconds and the mean, as the annealing program takes them.
  public static func milliseconds(_ means: [DailyMean]) -> String {
    means.map { "\($0.noonMilliseconds)\t\(FixedText.decimals($0.celsius, 6))\n" }.joined()
  }

  /// Readings as `sensor,time_utc,value_c` holds them, by sensor; values outside the limits and empty ones are no readings.
  ///
  /// - Returns: series by sensor, and warnings for lines that are none.
  /// - Throws: `pixel.badHeader`, `pixel.noReadings`.
  public static func read(csv text: String, path: String, limits: ClosedRange<Double>) throws(CavernError) -> (
    series: [String: AsOfSeries], warnings: [CavernWarning]
  ) {
    let lines = TextLines.split(text)
    guard let header = lines.first, header.line.split(separator: ",").prefix(3).map(TextLines.trimmed) == columns else {
      throw CavernError(
        "pixel.badHeader", lines.isEmpty ? "the file is empty" : "the first line does not name the columns",
        exit: .badData,
        file: path, line: 1, expected: columns.joined(separator: ","))
    }
    var readings: [String: [(time: ConditionsTime, value: Double)]] = [:]
    var warnings: [CavernWarning] = []
    var discarded: [String: Int] = [:]
    for (number, line) in lines.dropFirst() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(TextLines.trimmed)
      if cells == [""] { continue }
      guard cells.count >= 3, !cells[0].isEmpty, let time = ConditionsTime(cells[1]) else {
        warnings.append(
          CavernWarning("pixel.badLine", "this line is no reading and is left out", file: path, line: number))
        continue
      }
      guard let value = Double(cells[2]), value.isFinite, limits.contains(value) else {
        discarded[cells[0], default: 0] += 1
        continue
      }
      readings[cells[0], default: []].append((time, value))
    }
    for (sensor, count) in discarded.sorted(by: { $0.key < $1.key }) {
      warnings.append(CavernWarning("pixel.discarded", "\(sensor): \(count) readings left out", file: path))
    }
    guard !readings.isEmpty else {
      throw CavernError("pixel.noReadings", "no line of the file is a reading", exit: .badData, file: path)
    }
    return (readings.mapValues { AsOfSeries($0) }, warnings)
  }

  private static let columns = ["sensor", "time_utc", "value_c"]
}
