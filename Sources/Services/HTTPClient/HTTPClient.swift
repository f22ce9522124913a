import Errors
import Foundation
import FoundationNetworking

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
public final class HTTPClient: Sendable {
  private let session: URLSession
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
    session = URLSession(configuration: configuration, delegate: Answers(), delegateQueue: nil)
  }

  deinit { session.invalidateAndCancel() }

  /// Sends a request and waits for the whole answer; any status is an answer.
  ///
  /// - Throws: `http.timeout` (exit 75), `http.unreachable` (69), `http.tooLong` (65), `http.cancelled` (130).
  public func send(_ request: HTTPRequest) async throws(CavernError) -> HTTPResponse {
    var sent = URLRequest(url: request.url, timeoutInterval: max(0.001, request.timeLimit / .seconds(1)))
    sent.httpMethod = request.method
    for (name, value) in request.headers { sent.setValue(value, forHTTPHeaderField: name) }
    if !request.body.isEmpty { sent.httpBody = Data(request.body) }
    let place = request.url.absoluteString
    do {
      let task = Task { [session, sent] in try await session.data(for: sent) }
      // URLSession's own limit counts idle time only; this one bounds the whole exchange.
      let watch = Task {
        try await Task.sleep(for: request.timeLimit)
        task.cancel()
      }
      defer { watch.cancel() }
      let started = ContinuousClock.now
      let (data, answer): (Data, URLResponse)
      do {
        (data, answer) = try await withTaskCancellationHandler {
          try await task.value
        } onCancel: {
          task.cancel()
        }
      } catch {
        if !Task.isCancelled, ContinuousClock.now - started >= request.timeLimit {
          throw CavernError(
            "http.timeout", "no whole answer within \(request.timeLimit)", exit: .tryAgain, file: place)
        }
        throw error
      }
      guard data.count <= maximumBytes else {
        throw CavernError(
          "http.tooLong", "the answer is longer than \(maximumBytes) bytes", exit: .badData, file: place)
      }
      guard let answer = answer as? HTTPURLResponse else {
        throw CavernError("http.unreachable", "the answer is not HTTP", exit: .unavailable, file: place)
      }
      var headers: [String: String] = [:]
      for (name, value) in answer.allHeaderFields { headers["\(name)".lowercased()] = "\(value)" }
      return HTTPResponse(status: answer.statusCode, headers: headers, body: Array(data))
    } catch let error as CavernError {
      throw error
    } catch {
      if Task.isCancelled || error is CancellationError {
        throw CavernError("http.cancelled", "stopped before the answer was whole", exit: .interrupted, file: place)
      }
      let code = (error as? URLError)?.code
      if code == .timedOut {
        throw CavernError("http.timeout", "no answer within \(request.timeLimit)", exit: .tryAgain, file: place)
      }
      throw CavernError(
        "http.unreachable", "the server cannot be reached: \(error.localizedDescription)", exit: .unavailable,
        file: place)
    }
  }
}

/// Declines to follow redirections.
private final class Answers: NSObject, URLSessionTaskDelegate {
  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) { completionHandler(nil) }
}
