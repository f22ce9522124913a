import Errors
import Synchronization

/// What every request must pass before a handler sees it.
///
/// * The `Host` must be a name of this server, so that a page elsewhere cannot reach it through a name of its own that
///   resolves here.
/// * A request that a browser sends for a page of another origin is refused, whatever its method.
/// * Where tokens are required, a valid one must be there; five wrong ones from an address within a minute and it has to
///   wait.
struct HTTPGuard: Sendable {
  /// Names under which the server may be called, besides those of the loopback.
  var hostNames: [String] = []
  /// Whether a token is needed.
  var requiresToken = false
  /// Whether a token is valid.
  var acceptsToken: (@Sendable (String) -> Bool)?
  /// Wrong tokens by address.
  let failures = TokenFailures()

  /// The answer to a request that must not pass; `nil` for one that may.
  func refusal(_ request: HTTPServerRequest, isUnix: Bool) -> HTTPServerResponse? {
    if !isUnix, let refusal = hostRefusal(request) { return refusal }
    if let origin = request.headers["origin"], !isSame(origin, request.headers["host"] ?? "") {
      return .fault(403, "cross_origin", "requests from pages of another origin are refused")
    }
    if let site = request.headers["sec-fetch-site"], site == "cross-site" || site == "same-site" {
      return .fault(403, "cross_origin", "requests from pages of another origin are refused")
    }
    guard requiresToken || request.bearerToken != nil, let acceptsToken, !isUnix else { return nil }
    if failures.isBlocked(request.remoteAddress) {
      return .fault(429, "too_many_failures", "too many wrong tokens; wait a minute")
    }
    guard let token = request.bearerToken, acceptsToken(token) else {
      if request.bearerToken != nil { failures.add(request.remoteAddress) }
      return .fault(401, "not_authorised", "a valid token is needed")
    }
    return nil
  }

  private func hostRefusal(_ request: HTTPServerRequest) -> HTTPServerResponse? {
    guard let host = request.headers["host"] else {
      return .fault(400, "no_host", "the request names no host")
    }
    let name = Self.name(host)
    let isLoopback = name == "localhost" || name == "::1" || HTTPEndpoint.isLoopback(name)
    guard isLoopback || hostNames.contains(name) else {
      return .fault(421, "wrong_host", "this server is not called '\(name)'")
    }
    return nil
  }

  /// `[::1]:8470` to `::1`, `lab:80` to `lab`.
  static func name(_ host: String) -> String {
    if host.hasPrefix("[") { return host.dropFirst().prefix { $0 != "]" }.lowercased() }
    return host.prefix { $0 != ":" }.lowercased()
  }

  private func isSame(_ origin: String, _ host: String) -> Bool {
    origin.lowercased() == "http://\(host.lowercased())" || origin.lowercased() == "https://\(host.lowercased())"
  }
}

/// Counts wrong tokens by address.
final class TokenFailures: Sendable {
  private let times = Mutex<[String: [ContinuousClock.Instant]]>([:])

  /// One more wrong token.
  func add(_ address: String) {
    times.withLock { times in
      if times.count > 4096 { times.removeAll() }
      times[address, default: []].append(.now)
    }
  }

  /// Whether five came within the last minute.
  func isBlocked(_ address: String) -> Bool {
    times.withLock { times in
      let recent = (times[address] ?? []).filter { .now - $0 < .seconds(60) }
      times[address] = recent.isEmpty ? nil : recent
      return recent.count >= 5
    }
  }
}
