import Errors
import HTTPClient

extension Destination {
  /// Asks the server how it is, without writing anything.
  ///
  /// - Returns: what it says, for people.
  /// - Throws: `http.*` when it cannot be reached; `ts.unhealthy` (exit 69) for an answer that is no yes.
  public func health(_ client: HTTPClient = HTTPClient(maximumBytes: 1 << 20)) async throws(CavernError) -> String {
    // InfluxDB 1 before 1.8 knows no /health.
    let path = kind == .influx1 ? "ping" : "health"
    let response = try await client.send(
      HTTPRequest("GET", endpoint(path, []), headers: authorisation, timeLimit: timeLimit))
    guard (200..<300).contains(response.status) else {
      throw CavernError(
        "ts.unhealthy", "the server answers \(response.status)", exit: .unavailable, file: url.absoluteString)
    }
    let version = response.headers["x-influxdb-version"].map { " \($0)" } ?? ""
    return "\(kind.rawValue)\(version) at \(url.absoluteString) answers"
  }
}
