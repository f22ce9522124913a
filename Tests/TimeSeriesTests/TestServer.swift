import Files
import Foundation
import FoundationNetworking
import Glibc
import JSON
import TestSupport
import Testing

@testable import TimeSeries

/// A server on loopback for one test: started in a folder of its own, ended by its process number.
final class TestServer {
  let process = Process()
  let folder: URL
  private(set) var url = URL(filePath: "/")

  private init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "cavern-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
  }

  deinit {
    process.endNow()
    try? FileManager.default.removeItem(at: folder)
  }

  /// A port that was free a moment ago, chosen by the kernel.
  private static func freePort() -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = getsockname(descriptor, $0, &length)
      }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  /// Debian's influxd with a database `bench`; `nil` where it is not installed.
  static func influx() async throws -> TestServer? {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/influxd") else { return nil }
    let server = try TestServer()
    let (port, other) = (freePort(), freePort())
    let path = server.folder.path
    let configuration = """
      reporting-disabled = true
      bind-address = "127.0.0.1:\(other)"
      [meta]
        dir = "\(path)/meta"
      [data]
        dir = "\(path)/data"
        wal-dir = "\(path)/wal"
      [http]
        bind-address = "127.0.0.1:\(port)"
        log-enabled = false
      """
    try Data(configuration.utf8).write(to: server.folder.appending(path: "influx.conf"))
    try server.start("/usr/bin/influxd", ["-config", "\(path)/influx.conf"], port: port)
    try await server.waitFor("ping", status: 204)
    _ = try await server.get("query", [("q", "CREATE DATABASE bench")], method: "POST")
    return server
  }

  /// Debian's VictoriaMetrics; `nil` where it is not installed.
  static func victoria() async throws -> TestServer? {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/victoria-metrics") else { return nil }
    let server = try TestServer()
    let port = freePort()
    try server.start(
      "/usr/bin/victoria-metrics",
      ["-storageDataPath=\(server.folder.path)/data", "-httpListenAddr=127.0.0.1:\(port)", "-retentionPeriod=100y"],
      port: port)
    try await server.waitFor("health", status: 200)
    return server
  }

  /// The stub that behaves as InfluxDB 2 and 3.
  static func stub() throws -> TestServer {
    let server = try TestServer()
    let output = Pipe()
    server.process.standardOutput = output
    server.process.standardInput = Pipe()
    server.process.executableURL = URL(filePath: "/usr/bin/python3")
    server.process.arguments = [TestResources.path("bench/servers/stub.py")]
    try server.process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let port = line.trimmingCharacters(in: .whitespacesAndNewlines)
    server.url = try #require(URL(string: "http://127.0.0.1:\(port)"))
    return server
  }

  private func start(_ program: String, _ arguments: [String], port: UInt16) throws {
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    try process.run()
    url = try #require(URL(string: "http://127.0.0.1:\(port)"))
  }

  private func waitFor(_ path: String, status: Int) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
      var request = URLRequest(url: url.appending(path: path))
      request.timeoutInterval = 1
      if let (_, response) = try? await URLSession.shared.data(for: request),
        (response as? HTTPURLResponse)?.statusCode == status
      {
        return
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw POSIXError(.ETIMEDOUT)
  }

  /// The body of an answer.
  func get(_ path: String, _ items: [(String, String)] = [], method: String = "GET", body: String = "") async throws
    -> String
  {
    let place = Destination(name: "", kind: .influx1, url: url, bucket: "").endpoint(path, items)
    var request = URLRequest(url: place)
    request.httpMethod = method
    if !body.isEmpty { request.httpBody = Data(body.utf8) }
    return String(decoding: try await URLSession.shared.data(for: request).0, as: UTF8.self)
  }
}
