import Errors
import HTTPClient

/// Sends lines somewhere; what the forwarder knows of a server.
public protocol LineWriter: Sendable {
  /// Sends lines of one bucket.
  func write(_ lines: [ArraySlice<UInt8>], bucket: String) async -> WriteAnswer
}

/// Sends lines to a server over HTTP, compressed.
public struct HTTPLineWriter: LineWriter {
  /// The server.
  public let destination: Destination
  private let client: HTTPClient

  /// A writer.
  public init(_ destination: Destination, client: HTTPClient = HTTPClient(maximumBytes: 16 << 20)) {
    self.destination = destination
    self.client = client
  }

  /// Sends lines of one bucket; a failure of the network is an answer like any other.
  public func write(_ lines: [ArraySlice<UInt8>], bucket: String) async -> WriteAnswer {
    var body: [UInt8] = []
    body.reserveCapacity(lines.reduce(0) { $0 + $1.count })
    for line in lines { body.append(contentsOf: line) }
    var headers = destination.authorisation
    headers["Content-Type"] = "text/plain; charset=utf-8"
    if body.count > 512, let packed = Gzip.compress(body) {
      body = packed
      headers["Content-Encoding"] = "gzip"
    }
    do throws(CavernError) {
      let response = try await client.send(
        HTTPRequest(
          "POST", destination.writeURL(bucket: bucket), headers: headers, body: body, timeLimit: destination.timeLimit))
      return WriteAnswer(response)
    } catch {
      return .later(error.message, after: nil)
    }
  }
}
