import Errors
import Files
import Foundation
import HTTPClient
import TestSupport
import Testing

/// The error that sending a request throws; nil when there is an answer.
private func fault(_ client: HTTPClient, _ request: HTTPRequest) async -> CavernError? {
  do {
    _ = try await client.send(request)
    return nil
  } catch {
    return error
  }
}

private func url(_ text: String) throws -> URL { try #require(URL(string: text)) }

@Suite("The HTTP client")
struct HTTPClientTests {
  @Test("gives status, header fields in lower case and body of an answer, and sends method, fields and body")
  func exchange() async throws {
    let server = try StubServer { request in
      .reply(
        201, headers: ["X-Kind": "plain"], body: "\(request.method) \(request.headers["x-mark"] ?? "") \(request.body)")
    }
    defer { server.stop() }
    let answer = try await HTTPClient().send(
      HTTPRequest("POST", try url("\(server.address)/a?b=1"), headers: ["X-Mark": "7"], body: Array("text".utf8)))
    #expect(answer.status == 201)
    #expect(answer.headers["x-kind"] == "plain")
    #expect(answer.text == "POST 7 text")
    #expect(server.requests.map(\.target) == ["/a?b=1"])
  }

  @Test("a redirection is an answer and is not followed")
  func redirection() async throws {
    let server = try StubServer { _ in .reply(302, headers: ["Location": "/elsewhere"], body: "") }
    defer { server.stop() }
    let answer = try await HTTPClient().send(HTTPRequest("GET", try url(server.address + "/")))
    #expect(answer.status == 302)
    #expect(answer.headers["location"]?.hasSuffix("/elsewhere") == true)
    #expect(server.requests.count == 1)
  }

  @Test("a server that says nothing is given up when the time is over")
  func timeLimit() async throws {
    let server = try StubServer { _ in .silence }
    defer { server.stop() }
    let start = ContinuousClock.now
    let error = await fault(
      HTTPClient(), HTTPRequest("GET", try url(server.address + "/"), timeLimit: .milliseconds(200)))
    #expect(error?.code == "http.timeout")
    #expect(error?.exit == .tryAgain)
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  @Test("an answer that drips byte by byte is bounded as a whole")
  func slow() async throws {
    let server = try StubServer { _ in .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc".utf8)) }
    defer { server.stop() }
    let error = await fault(
      HTTPClient(), HTTPRequest("GET", try url(server.address + "/"), timeLimit: .seconds(2)))
    #expect(["http.unreachable", "http.timeout"].contains(error?.code))
  }

  @Test("an answer longer than the limit is refused, whether it says so or not", arguments: [true, false])
  func tooLong(saysSo: Bool) async throws {
    let body = String(repeating: "x", count: 200_000)
    let server = try StubServer { _ in
      saysSo ? .reply(200, body: body) : .raw(Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\(body)".utf8))
    }
    defer { server.stop() }
    let error = await fault(HTTPClient(maximumBytes: 1000), HTTPRequest("GET", try url(server.address + "/")))
    #expect(error?.code == "http.tooLong")
  }

  @Test("a port where nobody listens is unreachable")
  func nobody() async throws {
    let server = try StubServer { _ in .silence }
    let address = server.address
    server.stop()
    let error = await fault(HTTPClient(), HTTPRequest("GET", try url(address + "/"), timeLimit: .seconds(5)))
    #expect(error?.code == "http.unreachable")
    #expect(error?.exit == .unavailable)
  }

  @Test("a cancelled task ends with its own error")
  func cancelled() async throws {
    let server = try StubServer { _ in .silence }
    defer { server.stop() }
    let request = HTTPRequest("GET", try url(server.address + "/"))
    let task = Task { await fault(HTTPClient(), request) }
    let deadline = ContinuousClock.now + .seconds(10)
    while server.requests.isEmpty, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(5)) }
    task.cancel()
    #expect(await task.value?.code == "http.cancelled")
  }

  @Test("a certificate that nobody vouches for is refused")
  func certificate() async throws {
    let openssl = "/usr/bin/openssl"
    guard FileManager.default.isExecutableFile(atPath: openssl) else { return }
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let make = Process()
    make.executableURL = URL(filePath: openssl)
    make.arguments =
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost -keyout key -out cert"
      .split(separator: " ").map(String.init)
    make.currentDirectoryURL = folder
    make.standardError = FileHandle.nullDevice
    try make.run()
    make.waitUntilExit()
    let server = Process()
    let output = Pipe()
    server.executableURL = URL(filePath: openssl)
    server.arguments = "s_server -accept 127.0.0.1:0 -cert cert -key key -www".split(separator: " ").map(String.init)
    server.currentDirectoryURL = folder
    server.standardOutput = output
    server.standardError = FileHandle.nullDevice
    try server.run()
    defer { server.endNow() }
    var said = ""
    while !(said.contains("ACCEPT") && said.hasSuffix("\n")),
      let data = try output.fileHandleForReading.read(upToCount: 1), !data.isEmpty
    {
      said += String(decoding: data, as: UTF8.self)
    }
    let port = try #require(said.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) })
    let error = await fault(
      HTTPClient(), HTTPRequest("GET", try url("https://127.0.0.1:\(port)/"), timeLimit: .seconds(10)))
    #expect(error?.code == "http.certificate", "\(String(describing: error))")
  }
}
