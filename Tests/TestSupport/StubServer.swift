import Foundation
import Glibc
import Synchronization

/// An HTTP server on loopback that answers as a test tells it, one thread a connection; the kernel chooses its port.
public final class StubServer: Sendable {
  /// A request as it came.
  public struct Request: Sendable {
    /// The method.
    public var method: String
    /// Path and query, as on the wire.
    public var target: String
    /// Header fields; names in lower case.
    public var headers: [String: String]
    /// The body.
    public var body: String

    /// The query, percent-decoded, by name.
    public var query: [String: String] {
      var items: [String: String] = [:]
      guard let mark = target.firstIndex(of: "?") else { return items }
      for item in target[target.index(after: mark)...].split(separator: "&") {
        let parts = item.split(separator: "=", maxSplits: 1).map { String($0).removingPercentEncoding ?? "" }
        items[parts[0]] = parts.count > 1 ? parts[1] : ""
      }
      return items
    }
  }

  /// What the server does with a request.
  public enum Answer: Sendable {
    /// A whole answer.
    case reply(Int, headers: [String: String] = [:], body: String)
    /// These bytes, then the connection is closed.
    case raw([UInt8])
    /// Nothing; the connection stays open until the server is stopped.
    case silence
  }

  /// The port.
  public let port: Int
  private let listener: Int32
  private let state = Mutex<(requests: [Request], open: [Int32], isStopped: Bool)>(([], [], false))
  private let answer: @Sendable (Request) -> Answer

  /// The address without a slash at its end.
  public var address: String { "http://127.0.0.1:\(port)" }

  /// The requests so far.
  public var requests: [Request] { state.withLock { $0.requests } }

  /// Starts a server.
  public init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
    self.answer = answer
    let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    listener = listening
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listening, $0, length) == 0 && getsockname(listening, $0, &length) == 0
      }
    }
    guard listening >= 0, isBound, listen(listening, 64) == 0 else { throw POSIXError(.EADDRINUSE) }
    port = Int(UInt16(bigEndian: place.sin_port))
    let thread = Thread { [self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        let goesOn = state.withLock { state in
          if !state.isStopped { state.open.append(connection) }
          return !state.isStopped
        }
        guard goesOn else {
          close(connection)
          return
        }
        Thread { [self] in serve(connection) }.start()
      }
    }
    thread.start()
  }

  /// Ends the server and all its connections.
  public func stop() {
    let open = state.withLock { state in
      state.isStopped = true
      defer { state.open = [] }
      return state.open
    }
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    for connection in open { shutdown(connection, Int32(SHUT_RDWR)) }
  }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    guard let request = read(connection) else { return }
    state.withLock { $0.requests.append(request) }
    switch answer(request) {
    case .raw(let bytes): send(connection, bytes)
    case .silence:
      var byte: UInt8 = 0
      while recv(connection, &byte, 1, 0) > 0 {}
    case .reply(let status, let headers, let body):
      var text = "HTTP/1.1 \(status) Answer\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n"
      for (name, value) in headers { text += "\(name): \(value)\r\n" }
      send(connection, Array((text + "\r\n" + body).utf8))
    }
    state.withLock { $0.open.removeAll { $0 == connection } }
  }

  private func send(_ connection: Int32, _ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let sent = bytes[done...].withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent <= 0 { return }
      done += sent
    }
  }

  private func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 14)
    let mark = Array("\r\n\r\n".utf8)
    while true {
      let got = recv(connection, &block, block.count, 0)
      guard got > 0 else { return nil }
      bytes += block[0..<got]
      guard let end = bytes.firstRange(of: mark) else { continue }
      let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
      let words = lines[0].split(separator: " ").map(String.init)
      guard words.count >= 2 else { return nil }
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { continue }
        headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      }
      let wanted = headers["content-length"].flatMap(Int.init) ?? 0
      let body = bytes[end.upperBound...]
      guard body.count >= wanted else { continue }
      return Request(
        method: words[0], target: words[1], headers: headers, body: String(decoding: body.prefix(wanted), as: UTF8.self)
      )
    }
  }
}
