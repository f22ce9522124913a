import Errors
import Foundation
import FoundationNetworking
import SharedLibraries

/// One HTTP request.
public struct HTTPRequest: Sendable {
  /// The method, as in `GET`.
  public var method: String
  /// Where it goes.
  public var url: URL
  /// Header fields by name.
  public var headers: [String: String]
  /// The body; empty for none.
  public var body: [UInt8]
  /// How long the whole exchange may take.
  public var timeLimit: Duration

  /// A request.
  public init(
    _ method: String = "GET", _ url: URL, headers: [String: String] = [:], body: [UInt8] = [],
    timeLimit: Duration = .seconds(30)
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeLimit = timeLimit
  }
}

/// What a server answered.
public struct HTTPResponse: Sendable {
  /// The status code.
  public var status: Int
  /// Header fields; names in lower case.
  public var headers: [String: String]
  /// The body.
  public var body: [UInt8]

  /// The body as text.
  public var text: String { String(decoding: body, as: UTF8.self) }
}

/// Sends HTTP requests; redirections are answers like any other and are not followed, since a service that asks for a
/// sign-in answers with one.
///
/// Certificates are checked. An answer that grows beyond `maximumBytes` is given up at once, however long it says it is.
public final class HTTPClient: Sendable {
  private let session: URLSession
  private let exchanges: Exchanges
  /// Answers longer than this are refused.
  public let maximumBytes: Int

  /// A client.
  ///
  /// - Parameter maximumBytes: answers longer than this are refused.
  public init(maximumBytes: Int = 256 << 20) {
    self.maximumBytes = maximumBytes
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpCookieStorage = nil
    configuration.urlCache = nil
    configuration.httpMaximumConnectionsPerHost = 8
    exchanges = Exchanges(maximumBytes: maximumBytes)
    session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: nil)
  }

  deinit { session.invalidateAndCancel() }

  /// Sends a request and waits for the whole answer; any status is an answer.
  ///
  /// - Throws: `http.timeout` (exit 75), `http.unreachable` (69), `http.certificate` (77), `http.tooLong` (65),
  ///   `http.cancelled` (130), `library.missing` (69).
  public func send(_ request: HTTPRequest) async throws(CavernError) -> HTTPResponse {
    try SharedLibrary.curl.load()
    // URLSession's own limit counts idle time only; the watch below bounds the whole exchange.
    var sent = URLRequest(url: request.url, timeoutInterval: max(1, request.timeLimit / .seconds(1) + 1))
    sent.httpMethod = request.method
    for (name, value) in request.headers { sent.setValue(value, forHTTPHeaderField: name) }
    if !request.body.isEmpty { sent.httpBody = Data(request.body) }
    let task = session.dataTask(with: sent)
    let exchanges = self.exchanges
    let watch = Task {
      try await Task.sleep(for: request.timeLimit)
      exchanges.give(up: task, because: .timeout)
    }
    let end = await withTaskCancellationHandler {
      await exchanges.run(task)
    } onCancel: {
      exchanges.give(up: task, because: .cancelled)
    }
    watch.cancel()
    return try Self.response(end, request, maximumBytes)
  }

  private static func response(
    _ end: Exchanges.End, _ request: HTTPRequest, _ maximumBytes: Int
  ) throws(CavernError) -> HTTPResponse {
    let place = request.url.absoluteString
    switch end {
    case .answer(let answer, let body):
      var headers: [String: String] = [:]
      for (name, value) in answer.allHeaderFields { headers["\(name)".lowercased()] = "\(value)" }
      return HTTPResponse(status: answer.statusCode, headers: headers, body: Array(body))
    case .gaveUp(.timeout):
      throw CavernError("http.timeout", "no whole answer within \(request.timeLimit)", exit: .tryAgain, file: place)
    case .gaveUp(.cancelled):
      throw CavernError("http.cancelled", "stopped before the answer was whole", exit: .interrupted, file: place)
    case .gaveUp(.tooLong):
      throw CavernError(
        "http.tooLong", "the answer is longer than \(maximumBytes) bytes", exit: .badData, file: place)
    case .failed(let code, let text):
      switch code {
      case .timedOut:
        throw CavernError("http.timeout", "no answer within \(request.timeLimit)", exit: .tryAgain, file: place)
      case .secureConnectionFailed, .serverCertificateHasBadDate, .serverCertificateUntrusted,
        .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRejected:
        throw untrusted(text, place)
      // Foundation on Linux has no code of its own for certificates; curl's words tell.
      case _ where text.contains("certificate") || text.contains("SSL"):
        throw untrusted(text, place)
      default:
        throw CavernError(
          "http.unreachable", "the server cannot be reached: \(text)", exit: .unavailable, file: place)
      }
    }
  }

  private static func untrusted(_ text: String, _ place: String) -> CavernError {
    CavernError(
      "http.certificate", "the server's certificate cannot be trusted: \(text)", exit: .notPermitted, file: place,
      hint: "its authority may be missing among those of the system")
  }
}
