import Conditions
import Errors
import Tables

/// Periods to come: how warm and how much luminosity, for a projection.
public struct DamageScenario: Sendable, Equatable {
  /// A period of one temperature and evenly delivered luminosity.
  public struct Period: Sendable, Equatable {
    /// Its beginning.
    public var from: ConditionsTime
    /// Its end, after the beginning.
    public var to: ConditionsTime
    /// Sensor temperature, in K.
    public var temperature: Double
    /// Delivered luminosity of the whole period, in /fb.
    public var luminosity: Double
  }

  /// The periods in order of time, without overlaps.
  public var periods: [Period]

  /// Reads a table with the columns `from`, `to` (days or times in UTC), `temperature_K` and `luminosity_fb`.
  ///
  /// - Throws: faults of the table; `scenario.badValue`, `scenario.overlap` with the row, `scenario.empty`.
  public init(path: String) throws(CavernError) {
    do throws(CavernError) {
      try self.init(
        Table(csvFile: path, options: CSVOptions(kinds: ["from": .string, "to": .string, "luminosity_fb": .string])))
    } catch {
      throw error.inFile(path)
    }
  }

  /// Takes the table of `init(path:)`, whose columns of times are text.
  public init(_ table: Table) throws(CavernError) {
    let (from, to) = (try table.column("from"), try table.column("to"))
    let temperatures = try table.column("temperature_K")
    let luminosities = try table.column("luminosity_fb")
    var periods: [Period] = []
    for row in 0..<table.rowCount {
      func time(_ column: Column) throws(CavernError) -> ConditionsTime {
        if let time = ConditionsTime(column.string(at: row) ?? "") { return time }
        throw CavernError(
          "scenario.badValue", "'\(column.string(at: row) ?? "")' is no time", exit: .badData, line: row + 2,
          expected: "YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS in UTC")
      }
      let given = luminosities.string(at: row)?.filter { !$0.isWhitespace }
      // An empty cell is no luminosity; text that is no number is a slip and fails the check below.
      let period = Period(
        from: try time(from), to: try time(to), temperature: temperatures.double(at: row) ?? .nan,
        luminosity: given.map { $0.isEmpty ? 0 : Double($0) ?? .nan } ?? luminosities.double(at: row) ?? 0)
      guard period.from < period.to, period.temperature > 100, period.temperature < 400, period.luminosity >= 0 else {
        throw CavernError(
          "scenario.badValue", "the period makes no sense", exit: .badData, line: row + 2,
          expected: "an end after the beginning, 100 to 400 K, and no negative luminosity")
      }
      if let last = periods.last, period.from < last.to {
        throw CavernError(
          "scenario.overlap", "the period begins before the end of the one before", exit: .badData, line: row + 2)
      }
      periods.append(period)
    }
    guard !periods.isEmpty else { throw CavernError("scenario.empty", "there is no period", exit: .badData) }
    self.periods = periods
  }
}

extension DamageScenario {
  /// Remarks on periods that lie before the end of a profile and are cut off, as a whole or in part.
  public func warnings(behind profile: RadiationProfile) -> [CavernWarning] {
    guard let end = profile.rows.last?.timestamp else { return [] }
    let cut = periods.filter { $0.from.seconds < end }
    guard let last = cut.last else { return [] }
    let whole = cut.count { $0.to.seconds <= end }
    return [
      CavernWarning(
        "scenario.before",
        "the profile ends at \(ConditionsTime(microseconds: Int64(end * 1e6)).text): \(whole) periods lie before that and "
          + (last.to.seconds > end ? "the one from \(last.from.text) begins before; " : "are left out; ")
          + "what is before is cut off")
    ]
  }
}

extension RadiationProfile {
  /// The profile with the periods of a scenario behind it, in steps of a day.
  ///
  /// Between the end of the profile and the first period, and between periods, steps keep the temperature before them and
  /// have no fluence. What lies before the end of the profile is cut off.
  ///
  /// - Parameters:
  ///   - fluencePerFemtobarn: of this group, in n_eq/cm² for 1 /fb.
  ///   - step: length of a step, in s.
  public func projected(
    _ scenario: DamageScenario, fluencePerFemtobarn: Double, step: Double = 86_400
  ) -> RadiationProfile {
    var copy = self
    var now = rows.last?.timestamp ?? scenario.periods[0].from.seconds
    var temperature = rows.last { $0.temperature > 0 }?.temperature ?? scenario.periods[0].temperature
    func add(until end: Double, _ temperature: Double, rate: Double) {
      while end - now > 1e-6 {
        let next = end - now > 1.5 * step ? now + step : end
        copy.rows.append(
          Row(
            fill: Int(Self.missing), timestamp: next, duration: next - now, temperature: temperature, fluenceRate: rate,
            current: Self.missing))
        now = next
      }
    }
    for period in scenario.periods where period.to.seconds > now {
      if period.from.seconds > now { add(until: period.from.seconds, temperature, rate: 0) }
      temperature = period.temperature
      let rate = period.luminosity * fluencePerFemtobarn / period.from.seconds(to: period.to)
      add(until: period.to.seconds, temperature, rate: rate)
    }
    return copy
  }
}
