import Errors
import HTTPClient
import JSON

extension Destination {
  /// Asks the server for samples.
  ///
  /// - Parameters:
  ///   - query: which ones.
  ///   - bucket: the database or bucket.
  /// - Throws: `http.*` when the server cannot be reached; `ts.queryRefused` (exit 69) with its words.
  public func samples(
    _ query: RemoteQuery, bucket: String, client: HTTPClient = HTTPClient()
  ) async throws(CavernError) -> [Point] {
    guard !query.window.isEmpty else { return [] }
    var request: HTTPRequest
    switch kind {
    case .influx1:
      request = HTTPRequest("GET", endpoint("query", [("db", bucket), ("epoch", "ns"), ("q", query.influxQL)]))
    case .influx2:
      request = HTTPRequest("POST", endpoint("api/v2/query", [("org", organisation ?? "")]))
      request.headers["Content-Type"] = "application/vnd.flux"
      request.body = Array(query.flux(bucket: bucket).utf8)
    case .influx3:
      request = HTTPRequest(
        "GET", endpoint("api/v3/query_sql", [("db", bucket), ("q", query.sql), ("format", "json")]))
    case .victoria:
      // Milliseconds, rounded outwards; what lies outside the window is left out below.
      let (from, to) = (query.window.lowerBound / 1_000_000, (query.window.upperBound + 999_999) / 1_000_000)
      request = HTTPRequest(
        "GET",
        endpoint(
          "api/v1/export",
          [
            ("match[]", query.selector(database: bucket)), ("start", "\(from / 1000).\(Self.padded(from % 1000))"),
            ("end", "\(to / 1000).\(Self.padded(to % 1000))"),
          ]))
    }
    request.timeLimit = timeLimit
    for (name, value) in authorisation { request.headers[name] = value }
    let response = try await client.send(request)
    guard (200..<300).contains(response.status) else {
      throw RemoteAnswer.refused("status \(response.status) \(response.text.prefix(300))")
    }
    return try points(response, query).filter { query.window.contains($0.time) }
  }

  private func points(_ response: HTTPResponse, _ query: RemoteQuery) throws(CavernError) -> [Point] {
    switch kind {
    case .victoria: return try RemoteAnswer.victoria(response.text, query: query)
    case .influx2: return RemoteAnswer.influx2(response.text)
    case .influx1, .influx3:
      guard let json = try? JSONValue(parsing: response.body) else {
        throw RemoteAnswer.refused("the answer is not JSON")
      }
      return kind == .influx1
        ? try RemoteAnswer.influx1(json)
        : RemoteAnswer.influx3(json, measurement: query.measurement, field: query.field)
    }
  }

  private static func padded(_ value: Int64) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }
}
