import JSON

/// A request that a server received.
public struct HTTPServerRequest: Sendable {
  /// The method, as in `GET`.
  public var method: String
  /// The path, decoded, without the query.
  public var path: String
  /// The values of the query by name; the last of several.
  public var query: [String: String]
  /// Header fields; names in lower case.
  public var headers: [String: String]
  /// The body.
  public var body: [UInt8]
  /// The address of the other side: `127.0.0.1`, or `unix`.
  public var remoteAddress: String
  /// The user on the other side of a Unix socket.
  public var remoteUser: UInt32?

  /// A request.
  public init(
    method: String, path: String, query: [String: String] = [:], headers: [String: String] = [:], body: [UInt8] = [],
    remoteAddress: String = "127.0.0.1", remoteUser: UInt32? = nil
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.remoteAddress = remoteAddress
    self.remoteUser = remoteUser
  }

  /// The bearer token; `nil` when there is none.
  public var bearerToken: String? {
    guard let field = headers["authorization"], field.lowercased().hasPrefix("bearer ") else { return nil }
    return String(field.dropFirst(7).drop { $0 == " " })
  }
}

/// What a server answers.
public struct HTTPServerResponse: Sendable {
  /// What follows the header.
  public enum Body: Sendable {
    /// All of it.
    case bytes([UInt8])
    /// Server-sent events until the stream or the connection ends.
    case events(HTTPEventStream)
  }

  /// The status code.
  public var status: Int
  /// Header fields.
  public var headers: [String: String]
  /// What follows.
  public var body: Body

  /// An answer.
  public init(_ status: Int = 200, headers: [String: String] = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = .bytes(body)
  }

  /// A text.
  public static func text(_ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8") -> Self {
    HTTPServerResponse(status, headers: ["Content-Type": type], body: Array(text.utf8))
  }

  /// A JSON value and a line end.
  public static func json(_ value: JSONValue, status: Int = 200) -> Self {
    .text(value.text() + "\n", status: status, type: "application/json")
  }

  /// Server-sent events.
  public static func events(_ stream: HTTPEventStream) -> Self {
    var response = HTTPServerResponse(200, headers: ["Content-Type": "text/event-stream", "Cache-Control": "no-store"])
    response.body = .events(stream)
    return response
  }

  /// A fault as JSON: `{"error": …, "message": …}`.
  public static func fault(_ status: Int, _ code: String, _ message: String) -> Self {
    .json(["error": .string(code), "message": .string(message)], status: status)
  }
}
