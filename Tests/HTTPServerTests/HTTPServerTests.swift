import Errors
import Foundation
import FoundationNetworking
import HTTPClient
import HTTPServer
import JSON
import Synchronization
import TestSupport
import Testing

@Suite("The HTTP server")
struct HTTPServerTests {
  /// Answers with what it was asked.
  private static let echo: HTTPServer.Handler = { request in
    .json([
      "method": .string(request.method), "path": .string(request.path),
      "body": .string(String(decoding: request.body, as: UTF8.self)),
      "x": .optional(request.query["x"]), "user": .optional(request.remoteUser.map { Int($0) }),
    ])
  }

  private func send(
    _ server: HTTPServer, _ method: String = "GET", _ path: String = "/", headers: [String: String] = [:],
    body: [UInt8] = []
  ) async throws -> HTTPResponse {
    let url = try #require(URL(string: "http://127.0.0.1:\(server.port ?? 0)\(path)"))
    return try await HTTPClient().send(HTTPRequest(method, url, headers: headers, body: body, timeLimit: .seconds(10)))
  }

  private func local() throws -> HTTPServer {
    try HTTPServer(.init(endpoints: [.tcp(host: "127.0.0.1", port: 0)]), handler: Self.echo)
  }

  @Test("hands method, path, query and body to the handler")
  func requests() async throws {
    let server = try local()
    defer { server.stop() }
    let answer = try await send(server, "POST", "/a/b?x=1%202", body: Array("hello".utf8))
    #expect(answer.status == 200)
    let json = try JSONValue(parsing: answer.body)
    #expect(json["method"]?.stringValue == "POST")
    #expect(json["path"]?.stringValue == "/a/b")
    #expect(json["x"]?.stringValue == "1 2")
    #expect(json["body"]?.stringValue == "hello")
  }

  @Test("refuses a body beyond the limit with 413, and takes one at it")
  func longBody() async throws {
    let server = try local()
    defer { server.stop() }
    #expect(try await send(server, "POST", body: Array(repeating: 65, count: 64 << 10)).status == 200)
    #expect(try await send(server, "POST", body: Array(repeating: 65, count: 64 << 10 + 1)).status == 413)
  }

  @Test("refuses requests of pages of another origin, and those under a foreign name")
  func origins() async throws {
    let server = try local()
    defer { server.stop() }
    #expect(try await send(server, "POST", headers: ["Origin": "http://evil.example"]).status == 403)
    #expect(try await send(server, "POST", headers: ["Origin": "null"]).status == 403)
    #expect(try await send(server, headers: ["Sec-Fetch-Site": "cross-site"]).status == 403)
    #expect(try await send(server, "POST", headers: ["Origin": "http://127.0.0.1:\(server.port ?? 0)"]).status == 200)
    #expect(try await send(server, headers: ["Host": "evil.example"]).status == 421)
  }

  @Test(
    "does not start beyond the loopback without remote, TLS and tokens",
    arguments: ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:0"])
  func openByMistake(_ place: String) throws {
    var configuration = HTTPServer.Configuration(endpoints: [try HTTPEndpoint(place)])
    #expect(caught { try HTTPServer(configuration, handler: Self.echo) }?.code == "http.openByMistake")
    configuration.isRemote = true
    configuration.acceptsToken = { _ in true }
    let error = caught { try HTTPServer(configuration, handler: Self.echo) }
    #expect(error?.exit == .notPermitted)
    #expect(error?.expected?.contains("TLS") == true)
  }

  @Test("asks for a token where tokens are required, and makes who guesses wait")
  func tokens() async throws {
    var configuration = HTTPServer.Configuration(endpoints: [.tcp(host: "127.0.0.1", port: 0)])
    configuration.isRemote = true
    configuration.acceptsToken = { $0 == "right" }
    let server = try HTTPServer(configuration, handler: Self.echo)
    defer { server.stop() }
    #expect(try await send(server).status == 401)
    #expect(try await send(server, headers: ["Authorization": "Bearer right"]).status == 200)
    for _ in 0..<5 { #expect(try await send(server, headers: ["Authorization": "Bearer wrong"]).status == 401) }
    #expect(try await send(server, headers: ["Authorization": "Bearer right"]).status == 429)
  }

  @Test("tells the user on the other side of a Unix socket")
  func unix() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "web.sock").path
      let server = try HTTPServer(.init(endpoints: [.unix(path: path, mode: 0o660)]), handler: Self.echo)
      defer { server.stop() }
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = [
        "python3", "-c",
        """
        import socket, sys
        s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
        s.sendall(b'GET /who HTTP/1.0\\r\\n\\r\\n')
        while True:
            b = s.recv(4096)
            if not b: break
            sys.stdout.write(b.decode())
        """, path,
      ]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(text.contains("\"user\":\(getuid())"), "\(text)")
    }
  }

  @Test("sends events as they happen, and notices that the reader has gone")
  func events() async throws {
    let ended = Mutex(false)
    let stream = HTTPEventStream { ended.withLock { $0 = true } }
    let server = try HTTPServer(.init(endpoints: [.tcp(host: "127.0.0.1", port: 0)])) { _ in .events(stream) }
    defer { server.stop() }
    stream.send("sample", ["v": 1])
    stream.send("sample", ["v": 2])
    stream.close()
    let answer = try await send(server)
    #expect(answer.headers["content-type"] == "text/event-stream")
    #expect(answer.text == "event: sample\ndata: {\"v\":1}\n\nevent: sample\ndata: {\"v\":2}\n\n")
    let limit = ContinuousClock.now + .seconds(5)
    while !ended.withLock({ $0 }), ContinuousClock.now < limit { await Task.yield() }
    #expect(ended.withLock { $0 })
  }

  @Test("a reader that does not keep up loses the oldest events and is told how many")
  func slow() {
    let stream = HTTPEventStream(limit: 2)
    for value in 1...5 { stream.send("s", .integer(value)) }
    stream.close()
    let server = try? HTTPServer(.init(endpoints: [.tcp(host: "127.0.0.1", port: 0)])) { _ in .events(stream) }
    #expect(server != nil)
    server?.stop()
  }
}
