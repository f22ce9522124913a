import Errors
import Glibc
import Synchronization

/// An HTTP server over libmicrohttpd for pages, scripts and events on the bench's own machine.
///
///     let server = try HTTPServer(.init(endpoints: [.tcp(host: "127.0.0.1", port: 8470)])) { request in
///       request.path == "/metrics" ? .text(metrics()) : .fault(404, "not_found", "no such page")
///     }
///
/// It listens on the loopback and on Unix sockets. Any other address needs `isRemote`, TLS and tokens, all three, or it does
/// not start. Each connection has a thread of its own, so a handler may wait; it is called from many threads at once.
public final class HTTPServer: Sendable {
  /// Answers a request; may wait.
  public typealias Handler = @Sendable (HTTPServerRequest) -> HTTPServerResponse

  /// A private key and a certificate in PEM form.
  public struct Identity: Sendable {
    /// The private key.
    public var key: String
    /// The certificate, with its chain.
    public var certificate: String

    /// An identity.
    public init(key: String, certificate: String) {
      self.key = key
      self.certificate = certificate
    }
  }

  /// How a server is to be.
  public struct Configuration: Sendable {
    /// Where it listens.
    public var endpoints: [HTTPEndpoint]
    /// Whether it may be reached from other machines.
    public var isRemote = false
    /// For HTTPS; applies to TCP endpoints.
    public var identity: Identity?
    /// Whether a token is valid; with `isRemote` every request needs one.
    public var acceptsToken: (@Sendable (String) -> Bool)?
    /// Names under which the server may be called, besides those of the loopback.
    public var hostNames: [String] = []
    /// The longest body in bytes; longer ones get 413.
    public var bodyLimit = 64 << 10
    /// Connections at one time.
    public var connectionLimit = 256

    /// A configuration.
    public init(endpoints: [HTTPEndpoint]) { self.endpoints = endpoints }
  }

  /// Where it listens, with the ports that the kernel chose.
  public let endpoints: [HTTPEndpoint]
  private let daemons: [HTTPDaemon]

  /// Starts a server.
  ///
  /// - Throws: `http.openByMistake` (exit 77) for an endpoint beyond this machine without all of `isRemote`, TLS and tokens;
  ///   `http.cannotListen` (exit 69).
  public init(_ configuration: Configuration, handler: @escaping Handler) throws(CavernError) {
    try Self.checkExposure(configuration)
    var guards = HTTPGuard()
    guards.hostNames = configuration.hostNames.map { $0.lowercased() }
    guards.requiresToken = configuration.isRemote
    guards.acceptsToken = configuration.acceptsToken
    var daemons: [HTTPDaemon] = []
    var endpoints: [HTTPEndpoint] = []
    for endpoint in configuration.endpoints {
      let daemon = try HTTPDaemon(endpoint, configuration, guards, handler)
      daemons.append(daemon)
      endpoints.append(daemon.endpoint)
    }
    self.daemons = daemons
    self.endpoints = endpoints
  }

  /// The first TCP port it listens on.
  public var port: Int? {
    for case .tcp(_, let port) in endpoints { return port }
    return nil
  }

  /// Stops listening and ends all connections; calling it again does nothing.
  public func stop() { for daemon in daemons { daemon.stop() } }

  /// Refuses what would be open by mistake.
  public static func checkExposure(_ configuration: Configuration) throws(CavernError) {
    for endpoint in configuration.endpoints where !endpoint.isLocal {
      var missing: [String] = []
      if !configuration.isRemote { missing.append("remote = true") }
      if configuration.identity == nil { missing.append("a TLS certificate and key") }
      if configuration.acceptsToken == nil { missing.append("tokens") }
      guard missing.isEmpty else {
        throw CavernError(
          "http.openByMistake", "'\(endpoint.text)' can be reached from other machines", exit: .notPermitted,
          expected: missing.joined(separator: ", ") + "; or an address of the loopback")
      }
    }
  }
}
