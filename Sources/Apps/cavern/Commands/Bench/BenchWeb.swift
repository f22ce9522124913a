import Arguments
import Bench
import Errors
import HTTPServer
import JSON
import TimeSeries

extension Command {
  /// `cavern bench web`: numbers and status for others.
  static var benchWeb: Command {
    Command(
      "web", "Serve /metrics and /status of a bench until stopped; everything is read-only.",
      examples: [Example("cavern bench web --config bench.toml", "for Prometheus and scripts")],
      options: [.option("listen", "HOST:PORT", .text, "Where to listen.", note: "as the configuration says")]
    ) { arguments in
      let configuration = try BenchFiles.requiredConfiguration(arguments)
      let server = try BenchPages.serve(configuration, listen: try arguments.optionalString("listen"))
      let places = server.endpoints.map(\.text)
      if !arguments.flag("json") { try StandardStreams.write(Array((places.joined(separator: "\n") + "\n").utf8)) }
      SystemdNotifier.send("READY=1")
      while !Interrupts.isRequested {
        guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { break }
        SystemdWatchdog.feed()
      }
      server.stop()
      var report = Report(result: ["listen": .array(places.map { .string($0) })], text: "")
      report.isService = true
      return report
    }
  }
}

/// The pages that a bench serves.
enum BenchPages {
  /// Starts a server on the addresses of the configuration.
  static func serve(_ configuration: BenchConfiguration, listen: String?) throws(CavernError) -> HTTPServer {
    let texts = listen.map { [$0] } ?? (configuration.listen.isEmpty ? ["127.0.0.1:8470"] : configuration.listen)
    var endpoints: [HTTPEndpoint] = []
    for text in texts { endpoints.append(try HTTPEndpoint(text)) }
    return try HTTPServer(HTTPServer.Configuration(endpoints: endpoints)) { request in
      answer(request, configuration) ?? .fault(404, "not_found", "there are /metrics and /status")
    }
  }

  /// The page of a request; `nil` when there is none.
  static func answer(_ request: HTTPServerRequest, _ configuration: BenchConfiguration) -> HTTPServerResponse? {
    guard ["/metrics", "/status"].contains(request.path) else { return nil }
    guard request.method == "GET" else { return .fault(405, "method", "only GET is served") }
    let state = BenchState(configuration)
    guard request.path == "/metrics" else {
      return .json([
        "bench": .string(configuration.name), "ok": .bool(state.isGood),
        "devices": .object(JSONObject(state.statuses.map { ($0.name, $0.status) })),
        "destinations": .array(state.destinations.map(BenchJSON.destination)),
      ])
    }
    return .text(BenchMetrics(state).text, type: "text/plain; version=0.0.4; charset=utf-8")
  }
}
