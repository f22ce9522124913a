import Foundation
import Glibc
import Synchronization

/// A small HTTP server on loopback for tests: one answer a connection.
public final class StubHTTPServer: Sendable {
  /// An answer.
  public struct Answer: Sendable {
    /// The status.
    public var status: Int
    /// Header fields.
    public var headers: [String: String]
    /// The body.
    public var body: String

    /// An answer.
    public init(_ status: Int = 200, _ body: String = "", headers: [String: String] = [:]) {
      (self.status, self.body, self.headers) = (status, body, headers)
    }
  }

  /// A request: first line and header fields, names in lower case.
  public struct Request: Sendable {
    /// Path and query, percent-decoded.
    public var path: String
    /// Header fields.
    public var headers: [String: String]

    /// A value of the query.
    public func query(_ name: String) -> String? {
      guard let mark = path.firstIndex(of: "?") else { return nil }
      for part in path[path.index(after: mark)...].split(separator: "&") {
        let pair = part.split(separator: "=", maxSplits: 1)
        if pair.count == 2, pair[0] == name { return String(pair[1]) }
      }
      return nil
    }
  }

  /// The port it listens on.
  public let port: Int
  private let listener: Int32
  private let seen = Mutex<[Request]>([])

  /// The requests so far.
  public var requests: [Request] { seen.withLock { $0 } }

  /// A server.
  public init(_ answer: @escaping @Sendable (Request, Int) -> Answer) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = LoopbackAddress.make(port: 0)
    guard LoopbackAddress.bind(listener, &address) == 0, listen(listener, 16) == 0 else {
      throw PostgresServer.Fault(description: "the stub cannot listen")
    }
    port = LoopbackAddress.port(of: listener)
    Thread.detachNewThread { [self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        serve(client, answer)
        close(client)
      }
    }
  }

  /// Stops listening.
  public func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private func serve(_ client: Int32, _ answer: (Request, Int) -> Answer) {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 8192)
    while !text.contains("\r\n\r\n") {
      let count = read(client, &buffer, buffer.count)
      guard count > 0 else { return }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    let lines = text.components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count >= 2 else { return }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let pair = line.split(separator: ":", maxSplits: 1)
      if pair.count == 2 { headers[pair[0].lowercased()] = pair[1].trimmingCharacters(in: .whitespaces) }
    }
    let path = String(words[1]).removingPercentEncoding ?? String(words[1])
    let request = Request(path: path, headers: headers)
    let number = seen.withLock { requests in
      requests.append(request)
      return requests.count
    }
    let made = answer(request, number)
    var head = "HTTP/1.1 \(made.status) stub\r\nConnection: close\r\nContent-Length: \(made.body.utf8.count)\r\n"
    for (name, value) in made.headers { head += "\(name): \(value)\r\n" }
    let bytes = Array((head + "\r\n" + made.body).utf8)
    var sent = 0
    while sent < bytes.count {
      let wrote = bytes[sent...].withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard wrote > 0 else { return }
      sent += wrote
    }
  }
}
