import JSON

/// Latest values of gas and high voltage, out of the status that the services of a bench leave in its state folder.
///
/// Names are `gas.temperature`, `gas.pressure`, `gas.humidity`, `gas.voc`, and `hv.<channel>.vmon`, `.imon`, `.trip`.
public struct StatusReadings: BenchReadings {
  private let stateFolder: String

  /// Readings of the services of a bench.
  public init(stateFolder: String) { self.stateFolder = stateFolder }

  /// The latest reading of each name, by name.
  public func latest() -> [BenchReading] {
    BenchState.statuses(stateFolder).flatMap { Self.readings($0.name, $0.status) }.sorted { $0.name < $1.name }
  }

  /// The readings in the status of a service; none while it has not measured anything.
  static func readings(_ service: String, _ status: JSONValue) -> [BenchReading] {
    guard let time = status["lastGood"]?.doubleValue else { return [] }
    let area = service.prefix { $0 != "-" }
    return (status["last"]?.objectValue?.members ?? []).compactMap { quantity, value in
      guard let value = value.doubleValue, value.isFinite else { return nil }
      // Without the unit that the gas service writes behind the quantity.
      let name = area == "gas" ? quantity.prefix { $0 != "_" } : quantity[...]
      return BenchReading(name: "\(area).\(name)", value: value, time: time / 1e9)
    }
  }
}
