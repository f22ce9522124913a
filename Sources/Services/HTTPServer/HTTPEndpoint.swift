import Errors

/// Where a server listens.
public enum HTTPEndpoint: Sendable, Hashable {
  /// A TCP port; port 0 lets the kernel choose.
  case tcp(host: String, port: Int)
  /// A Unix socket with permission bits.
  case unix(path: String, mode: UInt32)

  /// An endpoint from its text: `127.0.0.1:8470`, `[::1]:8470`, `unix:/run/cavern/web.sock`.
  ///
  /// - Throws: `http.badEndpoint` (exit 78).
  public init(_ text: String) throws(CavernError) {
    if text.hasPrefix("unix:/") {
      self = .unix(path: String(text.dropFirst(5)), mode: 0o660)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65535).contains(port)
    else {
      throw CavernError(
        "http.badEndpoint", "'\(text)' is no place to listen at", exit: .configuration,
        expected: "HOST:PORT, [ADDRESS]:PORT or unix:/PATH")
    }
    let host = text[..<colon]
    self = .tcp(host: String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host), port: port)
  }

  /// Whether only this machine can reach it.
  public var isLocal: Bool {
    switch self {
    case .unix: true
    case .tcp(let host, _): host == "::1" || host == "localhost" || Self.isLoopback(host)
    }
  }

  /// The text form.
  public var text: String {
    switch self {
    case .unix(let path, _): "unix:\(path)"
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }

  /// Whether an IPv4 address is of the block 127.0.0.0/8.
  static func isLoopback(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return parts.count == 4 && parts.allSatisfy { $0 != nil } && parts[0] == 127
  }
}
