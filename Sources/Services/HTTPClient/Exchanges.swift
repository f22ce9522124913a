import Foundation
import FoundationNetworking
import Synchronization

/// The exchanges that a session has under way: collects answers, stops those that grow too long, follows no redirection.
final class Exchanges: NSObject, URLSessionDataDelegate, Sendable {
  /// Why an exchange was given up.
  enum Reason: Sendable {
    /// Too slow, no longer wanted, too long.
    case timeout, cancelled, tooLong
  }

  /// How an exchange ended.
  enum End: Sendable {
    /// With an answer.
    case answer(HTTPURLResponse, Data)
    /// It was given up.
    case gaveUp(Reason)
    /// The connection failed.
    case failed(URLError.Code, String)
  }

  private struct Exchange {
    var waiting: CheckedContinuation<End, Never>?
    var answer: HTTPURLResponse?
    var body = Data()
    var reason: Reason?
  }

  private let state = Mutex<[Int: Exchange]>([:])
  private let maximumBytes: Int

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  /// Starts a task and waits for its end.
  func run(_ task: URLSessionDataTask) async -> End {
    await withCheckedContinuation { continuation in
      let isGivenUp = state.withLock { exchanges in
        exchanges[task.taskIdentifier, default: Exchange()].waiting = continuation
        return exchanges[task.taskIdentifier]?.reason != nil
      }
      task.resume()
      // Given up before it began: it is cancelled now that somebody waits for its end.
      if isGivenUp { task.cancel() }
    }
  }

  /// Gives an exchange up; the first reason counts.
  func give(up task: URLSessionTask, because reason: Reason) {
    state.withLock { exchanges in
      if exchanges[task.taskIdentifier]?.reason == nil {
        exchanges[task.taskIdentifier, default: Exchange()].reason = reason
      }
    }
    task.cancel()
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    state.withLock { $0[dataTask.taskIdentifier]?.answer = response as? HTTPURLResponse }
    if response.expectedContentLength > Int64(maximumBytes) { give(up: dataTask, because: .tooLong) }
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let isTooLong = state.withLock { exchanges in
      exchanges[dataTask.taskIdentifier]?.body.append(data)
      return (exchanges[dataTask.taskIdentifier]?.body.count ?? 0) > maximumBytes
    }
    if isTooLong { give(up: dataTask, because: .tooLong) }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    guard let exchange = state.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else { return }
    let end: End
    if let reason = exchange.reason {
      end = .gaveUp(reason)
    } else if let error {
      end = .failed((error as? URLError)?.code ?? .unknown, error.localizedDescription)
    } else if let answer = exchange.answer ?? task.response as? HTTPURLResponse {
      end = .answer(answer, exchange.body)
    } else {
      end = .failed(.badServerResponse, "the answer is not HTTP")
    }
    exchange.waiting?.resume(returning: end)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) { completionHandler(nil) }
}
