import Errors
import Files
import Foundation
import JSON
import TimeSeries

/// What the services of a bench say about themselves, read from the files in its state folder.
public struct BenchState: Sendable {
  /// Status objects by service, in order of their names.
  public var statuses: [(name: String, status: JSONValue)]
  /// Servers and what waits for them.
  public var destinations: [DestinationStatus]
  /// Bytes of recorded samples; `nil` when there is no store.
  public var storeBytes: Int?

  /// Reads the state of a bench; the state of a device whose service has said nothing yet is `unknown`.
  public init(_ configuration: BenchConfiguration) {
    statuses = Self.statuses(configuration.stateFolder)
    let devices = (configuration.gas == nil ? [] : ["gas"]) + configuration.supplyNames.map { "hv-\($0)" }
    for device in devices where !statuses.contains(where: { $0.name == device }) {
      statuses.append((device, ["state": "unknown"]))
    }
    statuses.sort { $0.name < $1.name }
    let store = try? TimeSeriesStore(configuration.storePath, options: TimeSeriesStore.Options(isReadOnly: true))
    destinations = (try? store?.destinations()) ?? []
    storeBytes = try? store?.contentBytes()
  }

  /// Services write their status at least once a second; what has been silent for longer, in seconds, is gone or hangs.
  static let longestSilence = 30.0

  /// The status files of a folder; the state of a service that has been silent for long is `unknown`, whatever it said last.
  public static func statuses(_ folder: String) -> [(name: String, status: JSONValue)] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    return names.compactMap { name in
      guard name.hasSuffix(".status.json"), let bytes = try? InputBytes.read("\(folder)/\(name)", limit: 1 << 20),
        var json = try? JSONValue(parsing: bytes)
      else { return nil }
      let facts = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
      let written = (facts?[.modificationDate] as? Date) ?? .distantPast
      if -written.timeIntervalSinceNow > longestSilence, var object = json.objectValue {
        object["state"] = "unknown"
        json = .object(object)
      }
      return (String(name.dropLast(".status.json".count)), json)
    }
  }

  /// Whether every service is well: connected and without alarms.
  public var isGood: Bool { statuses.allSatisfy { $0.status["state"]?.stringValue == "ok" } }
}
