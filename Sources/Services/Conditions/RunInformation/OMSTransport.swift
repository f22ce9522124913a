import Errors
import Foundation
import HTTPClient

/// Carries requests to OMS; a stub stands in for it in tests, ssh where the host cannot be reached directly.
public protocol OMSTransport: Sendable {
  /// Sends a request; any status is an answer.
  ///
  /// - Throws: `http.unreachable` (69), `http.timeout` (75), and the faults of ssh.
  func send(
    _ method: String, _ address: String, headers: [String: String], body: [UInt8]
  ) async throws(CavernError) -> OMSReply
}

/// An answer of OMS.
public struct OMSReply: Sendable, Equatable {
  /// The status.
  public var status: Int
  /// Header fields; names in lower case.
  public var headers: [String: String]
  /// The body.
  public var body: [UInt8]

  /// An answer.
  public init(status: Int, headers: [String: String] = [:], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// Requests over HTTP or HTTPS, redirections not followed.
public struct OMSDirect: OMSTransport {
  private let client: HTTPClient
  /// How long one exchange may take.
  public var timeLimit: Duration

  /// A transport.
  public init(timeLimit: Duration = .seconds(120), maximumBytes: Int = 64 << 20) {
    client = HTTPClient(maximumBytes: maximumBytes)
    self.timeLimit = timeLimit
  }

  /// Sends a request; any status is an answer.
  ///
  /// - Throws: `http.badAddress` (64), `http.unreachable` (69), `http.timeout` (75), `http.tooLong` (65).
  public func send(
    _ method: String, _ address: String, headers: [String: String], body: [UInt8]
  ) async throws(CavernError) -> OMSReply {
    guard let url = URL(string: address), let scheme = url.scheme, ["http", "https"].contains(scheme) else {
      throw CavernError("http.badAddress", "'\(address)' is no http address", exit: .usage)
    }
    let answer = try await client.send(
      HTTPRequest(method, url, headers: headers, body: body, timeLimit: timeLimit))
    return OMSReply(status: answer.status, headers: answer.headers, body: answer.body)
  }
}

/// Requests that `curl` makes on a host inside the network of the experiment, reached through ssh.
public struct OMSThroughSSH: OMSTransport {
  private let route: SSHRoute
  private let runner: any CommandRunning
  private let timeLimit: Duration

  /// A transport.
  public init(_ route: SSHRoute, runner: any CommandRunning = ProcessRunner(), timeLimit: Duration = .seconds(120)) {
    self.route = route
    self.runner = runner
    self.timeLimit = timeLimit
  }

  /// Sends a GET request; header fields are not passed on, since that side needs no sign-in.
  ///
  /// - Throws: `ssh.noConnection` (69), `ssh.needsLogin` (77), `oms.curlFailed` (69), `command.timeout` (75).
  public func send(
    _ method: String, _ address: String, headers: [String: String], body: [UInt8]
  ) async throws(CavernError) -> OMSReply {
    let curl = ["curl", "-g", "-s", "-w", "\\n%{http_code}", address]
    let outcome = try runner.run(route.command([curl], timeLimit: timeLimit))
    if let fault = route.fault(outcome, step: "run information") { throw fault }
    guard outcome.status == 0, let cut = outcome.output.lastIndex(of: 10),
      let status = Int(String(decoding: outcome.output[(cut + 1)...], as: UTF8.self))
    else {
      throw CavernError(
        "oms.curlFailed", "curl on \(route.host) ended with status \(outcome.status): \(outcome.lastWords)",
        exit: .unavailable)
    }
    return OMSReply(status: status, body: Array(outcome.output[..<cut]))
  }
}
