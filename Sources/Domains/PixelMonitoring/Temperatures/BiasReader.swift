import Conditions
import Errors

/// The bias state of a group in a fill.
public struct BiasReading: Sendable, Equatable {
  /// The fill.
  public var fill: Int
  /// The group.
  public var group: ReadoutGroupName
  /// On, off, or not known.
  public var state: BiasState
  /// The latest voltage in V; `nil` without one.
  public var voltage: Double?
  /// When it was read.
  public var time: ConditionsTime?
}

/// Takes bias states of groups in fills from the database.
public struct BiasReader: Sendable {
  private let conditions: PixelConditions
  private let options: TemperatureOptions

  /// A reader.
  public init(_ conditions: PixelConditions, options: TemperatureOptions) {
    (self.conditions, self.options) = (conditions, options)
  }

  /// The states of groups, fill by fill.
  ///
  /// - Throws: as `ConditionsDatabase.rows`.
  public func read(
    _ fills: [Fill], groups: [ReadoutGroup]
  ) throws(CavernError) -> (rows: [BiasReading], warnings: [CavernWarning]) {
    let ordered = fills.sorted { ($0.start, $0.number) < ($1.start, $1.number) }
    guard let last = ordered.map(\.end).max() else { return ([], []) }
    var history = try BiasHistory(conditions, options: options, until: last)
    let windows = ordered.map { $0.start...$0.measurementTime(delay: options.delay) }
    var rows: [BiasReading] = []
    for stretch in conditions.stretches(windows) {
      try history.load(stretch.period)
      for index in stretch.windows {
        let end = windows[index].upperBound
        for group in groups {
          let voltage = history.voltage(of: group, before: end)
          rows.append(
            BiasReading(
              fill: ordered[index].number, group: group.name, state: history.state(of: group, before: end),
              voltage: voltage?.value, time: voltage?.time))
        }
      }
    }
    let warnings =
      history.isFromReadings
      ? [
        CavernWarning(
          "pixel.noVoltageView", "there is no v_voltages; voltages come from the supply channels",
          file: conditions.database.source.name)
      ] : []
    return (rows, warnings)
  }
}
