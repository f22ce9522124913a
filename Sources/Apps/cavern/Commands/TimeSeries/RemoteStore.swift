import Arguments
import Errors
import Foundation
import Settings
import TimeSeries

/// Samples of a server, fetched into a store in memory, so that every reduction works on them as on the store's own.
enum RemoteStore {
  /// Fetches what a query asks for.
  static func fetch(_ arguments: ParsedArguments, window: Range<Int64>) async throws -> TimeSeriesStore {
    let destination = try destination(arguments)
    let selection = try SelectionArguments.selection(arguments)
    guard let measurement = selection.measurement else {
      throw CavernError("usage.missingValue", "--server needs --measurement", exit: .usage)
    }
    guard destination.kind != .victoria || selection.field != nil else {
      throw CavernError("usage.missingValue", "VictoriaMetrics needs --field", exit: .usage)
    }
    let query = RemoteQuery(
      measurement: measurement, field: selection.field, tags: selection.tags, window: window)
    let bucket = try arguments.optionalString("bucket") ?? destination.bucket
    let points = try await destination.samples(query, bucket: bucket)
    let store = try TimeSeriesStore(":memory:")
    _ = try store.append(points)
    return store
  }

  private static func destination(_ arguments: ParsedArguments) throws(CavernError) -> Destination {
    let text = try arguments.string("server")
    if let colon = text.firstIndex(of: ":") {
      guard let kind = Destination.Kind(rawValue: String(text[..<colon])),
        let url = URL(string: String(text[text.index(after: colon)...])), url.host != nil
      else {
        throw arguments.fault(
          "usage.badValue", "'\(text)' is no server", about: "server",
          expected: Destination.Kind.allCases.map { "\($0.rawValue):URL" }.joined(separator: ", "))
      }
      let secret = try arguments.optionalString("token-file").map { path throws(CavernError) in
        try SecretFile.read(path)
      }
      return Destination(
        name: kind.rawValue, kind: kind, url: url, organisation: try arguments.optionalString("org"), bucket: "cavern",
        secret: secret)
    }
    let configuration = try BenchFiles.requiredConfiguration(arguments)
    let settings = configuration.timeSeries.first { $0.name == text }
    guard let destination = try settings?.destination() else {
      throw arguments.fault(
        "ts.noDestination", "the configuration has no server '\(text)'", about: "server",
        nearest: nearestNames(to: text, in: configuration.timeSeries.map(\.name)))
    }
    return destination
  }
}
