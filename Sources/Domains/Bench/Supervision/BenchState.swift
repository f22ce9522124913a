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

  /// Reads the state of a bench; services that have not said anything yet are left out.
  public init(_ configuration: BenchConfiguration) {
    statuses = Self.statuses(configuration.stateFolder)
    let store = try? TimeSeriesStore(configuration.storePath, options: TimeSeriesStore.Options(isReadOnly: true))
    destinations = (try? store?.destinations()) ?? []
    storeBytes = try? store?.contentBytes()
  }

  /// The status files of a folder.
  public static func statuses(_ folder: String) -> [(name: String, status: JSONValue)] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    return names.compactMap { name in
      guard name.hasSuffix(".status.json"), let bytes = try? InputBytes.read("\(folder)/\(name)", limit: 1 << 20),
        let json = try? JSONValue(parsing: bytes)
      else { return nil }
      return (String(name.dropLast(".status.json".count)), json)
    }
  }

  /// Whether every service is well: connected and without alarms.
  public var isGood: Bool { statuses.allSatisfy { $0.status["state"]?.stringValue == "ok" } }
}
