import Arguments
import Bench
import Errors
import Foundation
import Settings
import TimeSeries

/// The servers that a command forwards to.
enum ForwardingArguments {
  static let options: [Option] = [
    .option("destination", "NAME", .text, "Only this destination of the configuration.", note: "all"),
    .option(
      "to", "KIND", .choice(Destination.Kind.allCases.map { .init($0.rawValue) }),
      "Kind of a server that no configuration names."),
    .option("url", "URL", .text, "Where that server answers."),
    .option("bucket", "NAME", .text, "Its database or bucket.", default: "cavern"),
    .option("org", "NAME", .text, "Its organisation (InfluxDB 2)."),
    .option("token-file", "FILE", .file(), "File with its token, mode 0600."),
    .option("user", "NAME", .text, "Its user (InfluxDB 1)."),
  ]

  /// The store's path and the servers.
  static func targets(
    _ arguments: ParsedArguments
  ) throws(CavernError) -> (store: String, destinations: [Destination]) {
    if let word = try arguments.optionalString("to"), let kind = Destination.Kind(rawValue: word) {
      guard let text = try arguments.optionalString("url"), let url = URL(string: text), url.host != nil else {
        throw CavernError("usage.missingValue", "--to needs --url with the server's address", exit: .usage)
      }
      let secret = try arguments.optionalString("token-file").map { path throws(CavernError) in
        try SecretFile.read(path)
      }
      let destination = Destination(
        name: try arguments.optionalString("destination") ?? word, kind: kind, url: url,
        organisation: try arguments.optionalString("org"), bucket: try arguments.string("bucket"),
        user: try arguments.optionalString("user"), secret: secret)
      let isNamed = try arguments.optionalString("store") != nil
      let store = try BenchFiles.store(arguments, isNamed ? nil : try BenchFiles.configuration(arguments))
      return (store, [destination])
    }
    let configuration = try BenchFiles.requiredConfiguration(arguments)
    let wanted = try arguments.optionalString("destination")
    var destinations: [Destination] = []
    for settings in configuration.timeSeries where wanted == nil || settings.name == wanted {
      if let destination = try settings.destination() { destinations.append(destination) }
    }
    guard !destinations.isEmpty else {
      throw CavernError(
        "ts.noDestination", wanted.map { "no server '\($0)' in the configuration" } ?? "no server in the configuration",
        exit: .configuration, file: configuration.file,
        nearest: wanted.map { nearestNames(to: $0, in: configuration.timeSeries.map(\.name)) } ?? [])
    }
    return (try BenchFiles.store(arguments, configuration), destinations)
  }
}
