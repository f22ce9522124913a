import Errors
import Foundation
import HTTPServer
import JSON

/// The broker over HTTP.
///
/// `POST /api/hv` takes the same objects as the Unix socket, `GET /api/hv/events` sends events, `GET /api/hv/status` tells how
/// everything stands. Nothing is set by GET.
public final class BrokerWeb: Sendable {
  /// What answers to paths that are not the broker's; `nil` for those that it does not know either.
  public typealias Neighbour = @Sendable (HTTPServerRequest) -> HTTPServerResponse?

  private let server: HTTPServer

  /// Starts serving where the configuration says.
  ///
  /// - Parameters:
  ///   - broker: what answers.
  ///   - places: where to listen, of those in the configuration.
  ///   - neighbour: what is served at the same addresses, such as the numbers of the bench.
  /// - Throws: `http.openByMistake` (exit 77), `http.cannotListen` (69), and what reading tokens, key and certificate throws.
  public init(
    _ broker: HVBroker, on places: [HTTPEndpoint], neighbour: Neighbour? = nil
  ) throws(CavernError) {
    let configuration = broker.configuration
    let tokens = try configuration.tokensFile.map { (path) throws(CavernError) in try TokenBook(path: path) }
    var web = try Self.serverConfiguration(configuration)
    web.endpoints = places
    if let tokens { web.acceptsToken = { tokens.entry(for: $0) != nil } }
    server = try HTTPServer(web) { request in
      if !request.path.hasPrefix("/api/hv"), let answer = neighbour?(request) { return answer }
      return Self.answer(request, broker, tokens)
    }
  }

  /// What the server needs from the configuration, before any token is read.
  static func serverConfiguration(_ configuration: HVConfiguration) throws(CavernError) -> HTTPServer.Configuration {
    var web = HTTPServer.Configuration(endpoints: configuration.web)
    web.isRemote = configuration.isRemote
    web.hostNames = configuration.hostNames
    if let certificate = configuration.certificateFile, let key = configuration.keyFile {
      web.identity = HTTPServer.Identity(key: try text(key), certificate: try text(certificate))
    }
    if configuration.tokensFile != nil { web.acceptsToken = { _ in false } }
    try HTTPServer.checkExposure(web)
    return web
  }

  private static func text(_ path: String) throws(CavernError) -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw CavernError("hv.broker.noIdentity", "cannot be read", exit: .configuration, file: path)
    }
    return text
  }

  /// Where it listens.
  public var endpoints: [HTTPEndpoint] { server.endpoints }

  /// Stops serving.
  public func stop() { server.stop() }

  private static func session(_ request: HTTPServerRequest, _ broker: HVBroker, _ tokens: TokenBook?) -> BrokerSession {
    if let token = request.bearerToken, let entry = tokens?.entry(for: token) {
      // The token is the session, so that its lease is found again with the next request.
      let client = entry.id.utf8.reduce(1_000_000) { ($0 &* 31 &+ Int($1)) & 0x3FFF_FFFF | 0x4000_0000 }
      let actor = HVActor(name: entry.id, role: entry.role, client: client, address: request.remoteAddress)
      return BrokerSession(broker, actor, boards: entry.boards)
    }
    let role = request.remoteUser.map { BrokerSocket.role(of: $0, broker.configuration) }
    let actor = HVActor(
      name: request.remoteUser.map { LocalUsers.name($0) } ?? "web", role: role ?? broker.configuration.localWebRole,
      client: broker.newClient(), address: request.remoteAddress)
    return BrokerSession(broker, actor)
  }

  private static func answer(
    _ request: HTTPServerRequest, _ broker: HVBroker, _ tokens: TokenBook?
  ) -> HTTPServerResponse {
    switch (request.method, request.path) {
    case ("POST", "/api/hv"):
      guard let json = try? JSONValue(parsing: request.body) else {
        return .fault(400, "bad_request", "the body is no JSON object")
      }
      // A form of a web page cannot send this type without being asked first.
      guard request.headers["content-type"]?.hasPrefix("application/json") == true else {
        return .fault(415, "bad_request", "the body must be application/json")
      }
      var session = session(request, broker, tokens)
      let answer = session.answer(json)
      return .json(answer, status: status(answer))
    case ("GET", "/api/hv/status"): return .json(.object(broker.status()))
    case ("GET", "/api/hv/events"):
      let client = broker.newClient()
      let stream = HTTPEventStream { broker.clientLeft(client) }
      broker.listen(client) { kind, json in stream.send(kind, json) }
      return .events(stream)
    case (_, "/api/hv"), (_, "/api/hv/status"), (_, "/api/hv/events"):
      return .fault(405, "bad_method", "this path takes \(request.path == "/api/hv" ? "POST" : "GET")")
    default: return .fault(404, "not_found", "there is no '\(request.path)'")
    }
  }

  private static func status(_ answer: JSONValue) -> Int {
    guard answer["ok"]?.boolValue != true else { return 200 }
    switch answer["error"]?.stringValue.flatMap(HVErrorCode.init(rawValue:)) {
    case .notAuthorised: return 403
    case .noSuchChannel, .noSuchParameter: return 404
    case .badRequest: return 400
    case .busy: return 429
    case .disconnected, .timeout, .deviceError, .auditUnavailable: return 503
    case .unknownOutcome: return 504
    default: return 409
    }
  }
}
