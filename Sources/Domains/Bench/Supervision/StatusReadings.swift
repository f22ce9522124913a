import Foundation
import JSON
import Synchronization

/// Latest values of gas and high voltage, out of the status that the services of a bench leave in its state folder.
///
/// Names are `gas.temperature`, `gas.pressure`, `gas.humidity`, `gas.voc`, and `hv.<channel>.vmon`, `.imon`, `.trip`. Services write
/// a few times a second; the files are read ten times a second at the most, however often an acquisition asks.
public final class StatusReadings: BenchReadings {
  /// A trip that is older, in seconds, is one of the past.
  static let longestTrip = 60.0

  private let stateFolder: String
  private let known = Mutex<(readings: [BenchReading], end: ContinuousClock.Instant)>(([], .now))

  /// Readings of the services of a bench.
  public init(stateFolder: String) { self.stateFolder = stateFolder }

  /// The latest reading of each name, by name.
  public func latest() -> [BenchReading] {
    known.withLock { known in
      if ContinuousClock.now >= known.end {
        known = (Self.latest(stateFolder), .now + .milliseconds(100))
      }
      return known.readings
    }
  }

  /// The same, read now; what a service that has ended has left behind is no latest value of anything.
  public static func latest(_ stateFolder: String) -> [BenchReading] {
    let now = Date().timeIntervalSince1970
    return BenchState.statuses(stateFolder).filter { $0.status["state"]?.stringValue != "unknown" }
      .flatMap { readings($0.name, $0.status) }.filter { !$0.isTrip || now - $0.time < longestTrip }
      .sorted { $0.name < $1.name }
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
