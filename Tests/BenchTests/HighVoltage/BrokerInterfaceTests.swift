import Errors
import Files
import Foundation
import HTTPServer
import Instruments
import JSON
import Results
import Synchronization
import TestSupport
import Testing

@testable import Bench

/// Runs a program and gives what it printed.
func output(of program: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, text)
}

@Suite("The broker's interfaces", .serialized)
struct BrokerInterfaceTests {
  @Test("beyond the loopback it does not start without remote, TLS and tokens, and the line is not touched")
  func openByMistake() throws {
    for place in ["0.0.0.0:0", "[::]:0"] {
      var configuration = HVConfiguration(line: .tcp(host: "127.0.0.1", port: 1))
      configuration.web = [try HTTPEndpoint(place)]
      configuration.stateFolder = "/nonexistent/state"
      configuration.isRemote = true
      let error = caught { try HVService(configuration) { _ in } }
      #expect(error?.code == "http.openByMistake")
      #expect(error?.exit == .notPermitted)
    }
  }

  @Test("over HTTP: viewers do not set, foreign pages reach nothing, GET sets nothing, tokens have their roles")
  func web() throws {
    let made = TokenBook.make()
    let tokens = FileManager.default.temporaryDirectory.appending(path: "tokens-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: tokens) }
    let book: JSONValue = [
      "tokens": [
        ["id": "shift", "sha256": .string(made.digest), "role": "operator", "boards": [0]],
        [
          "id": "old", "sha256": .string(SHA256.hexDigest(of: Array("old".utf8))), "role": "expert",
          "expires": "2020-01-01T00:00:00Z",
        ],
      ]
    ]
    #expect(
      FileManager.default.createFile(
        atPath: tokens, contents: Data(book.text().utf8), attributes: [.posixPermissions: 0o600]))
    let fixture = try BrokerFixture { configuration in
      configuration.web = [.tcp(host: "127.0.0.1", port: 0)]
      configuration.tokensFile = tokens
    }
    defer { fixture.stop() }
    let base = "http://\(try #require(fixture.service.web.first))"
    func post(_ body: String, _ headers: [String] = [], path: String = "/api/hv", method: String = "POST") throws
      -> String
    {
      let more = headers.flatMap { ["-H", $0] }
      return try output(
        of: "/usr/bin/env",
        [
          "curl", "-s", "-m", "10", "-X", method, "-w", "%{http_code}", "-H", "Content-Type: application/json", "-d",
          body,
        ] + more + [base + path]
      ).text
    }
    let set = #"{"op":"set","channel":0,"voltage":10}"#
    let bearer = "Authorization: Bearer \(made.token)"
    #expect(try post(set).hasSuffix("403"))
    #expect(try post(set, ["Origin: http://evil.example"]).hasSuffix("403"))
    #expect(try post(set, [bearer, "Origin: http://evil.example"]).hasSuffix("403"))
    #expect(try post(set, [bearer, "Host: evil.example"]).hasSuffix("421"))
    #expect(try post(set, [bearer, "Content-Type: text/plain"]).hasSuffix("415"))
    #expect(try post(set, [bearer], method: "GET").hasSuffix("405"))
    #expect(try post(set, ["Authorization: Bearer wrong"]).hasSuffix("401"))
    #expect(try post(set, ["Authorization: Bearer old"]).hasSuffix("401"))
    #expect(fixture.simulator.sets.isEmpty)
    #expect(try post(set, [bearer]).hasSuffix("200"))
    #expect(fixture.channel(0).voltageSet == 10)
    #expect(try post(#"{"op":"set","channel":0,"voltage":900}"#, [bearer]).hasSuffix("409"))
    #expect(try post(#"{"op":"set","channel":0,"par":"MAXV","value":1}"#, [bearer]).hasSuffix("403"))
    #expect(try post("{", [bearer]).hasSuffix("400"))
    let status = try output(of: "/usr/bin/env", ["curl", "-s", "-m", "10", base + "/api/hv/status"]).text
    #expect(try JSONValue(parsing: status)["connected"]?.boolValue == true)
    let events = try output(of: "/usr/bin/env", ["curl", "-s", "-m", "1", "-N", base + "/api/hv/events"]).text
    #expect(events.contains("event: samples\ndata: {"))
  }

  @Test("with TLS, remote and tokens it serves others, and asks everybody for a token")
  func remote() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (key, certificate) = (folder.appending(path: "key.pem").path, folder.appending(path: "cert.pem").path)
    let made = try output(
      of: "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
        certificate,
        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
      ])
    try #require(made.status == 0, "\(made.text)")
    let token = TokenBook.make()
    let tokens = folder.appending(path: "tokens.json").path
    let book: JSONValue = ["tokens": [["id": "far", "sha256": .string(token.digest), "role": "viewer"]]]
    #expect(
      FileManager.default.createFile(
        atPath: tokens, contents: Data(book.text().utf8), attributes: [.posixPermissions: 0o600]))
    let fixture = try BrokerFixture { configuration in
      configuration.web = [.tcp(host: "0.0.0.0", port: 0)]
      (configuration.isRemote, configuration.tokensFile) = (true, tokens)
      (configuration.keyFile, configuration.certificateFile) = (key, certificate)
    }
    defer { fixture.stop() }
    let port = try #require(fixture.service.web.first?.split(separator: ":").last)
    func get(_ more: [String]) throws -> String {
      try output(
        of: "/usr/bin/env",
        ["curl", "-s", "-m", "10", "-w", "%{http_code}", "--cacert", certificate] + more + [
          "https://localhost:\(port)/api/hv/status"
        ]
      ).text
    }
    #expect(try get([]).hasSuffix("401"))
    #expect(try get(["-H", "Authorization: Bearer \(token.token)"]).hasSuffix("200"))
  }

  @Test("a file of tokens is refused when others may read it, and when it holds a token itself")
  func tokenFiles() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "tokens.json").path
      func write(_ text: String, _ mode: Int) {
        try? FileManager.default.removeItem(atPath: path)
        _ = FileManager.default.createFile(
          atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
      }
      let digest = String(repeating: "0", count: 64)
      write("{\"tokens\":[{\"id\":\"a\",\"sha256\":\"\(digest)\",\"role\":\"viewer\"}]}", 0o644)
      #expect(caught { try TokenBook(path: path) }?.code == "secret.openToOthers")
      write("{\"tokens\":[{\"id\":\"a\",\"token\":\"x\",\"sha256\":\"\(digest)\",\"role\":\"viewer\"}]}", 0o600)
      #expect(caught { try TokenBook(path: path) }?.code == "hv.badTokens")
      write("{\"tokens\":[{\"id\":\"a\",\"sha256\":\"\(digest)\",\"role\":\"king\"}]}", 0o600)
      #expect(caught { try TokenBook(path: path) }?.code == "hv.badTokens")
    }
  }

  @Test("old scripts are served over XML-RPC through the same rules, and their loop of readings runs unchanged")
  func xmlrpc() throws {
    let fixture = try BrokerFixture { configuration in
      configuration.servesXMLRPC = true
      configuration.portXMLRPC = 0
    }
    defer { fixture.stop() }
    let script = """
      import sys, xmlrpc.client
      s = xmlrpc.client.ServerProxy("http://127.0.0.1:" + sys.argv[1])
      assert s.set(0, 0, "ISet", 50) and s.set(0, 0, "VSet", 120.0) and s.set(0, 0, "Pw", 1)
      for name, call in (("limit", lambda: s.set(0, 0, "VSet", 900)), ("no_such_channel", lambda: s.get(0, 4, "VMon")),
                         ("no_such_parameter", lambda: s.get(0, 0, "VMonitor")), ("not_authorised", lambda: s.set(0, 0, "MaxV", 10))):
          try:
              call()
              raise SystemExit("not refused: " + name)
          except xmlrpc.client.Fault as fault:
              assert name in fault.faultString, fault.faultString
      for cycle in range(3):
          for channel in range(4):
              values = [s.get(0, channel, name) for name in ("IMonH", "VMon", "VSet", "ISet")]
              assert all(isinstance(v, float) for v in values), values
      print(s.get(0, 0, "VSet"), s.get(0, 0, "Pw"), s.get(0, 0, "Polarity"), s.get(0, 0, "ImRange"))
      """
    let port = try #require(fixture.service.portXMLRPC)
    let result = try output(of: "/usr/bin/env", ["python3", "-c", script, "\(port)"])
    #expect(result.text == "120.0 1 + HIGH\n")
    #expect(result.status == 0)
    #expect(
      try fixture.audit().contains { $0["actor"]?.stringValue == "xmlrpc" && $0["event"]?.stringValue == "result" })
  }

  @Test("alarms reach a real MQTT broker, a program and the log")
  func sinks() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "mqtt-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // The kernel chooses a port, which mosquitto then takes.
    let port = try { try Socket.listen(host: "127.0.0.1", port: 0).port }()
    try Data("listener \(port) 127.0.0.1\nallow_anonymous true\n".utf8).write(to: folder.appending(path: "m.conf"))
    let mosquitto = Process()
    mosquitto.executableURL = URL(filePath: "/usr/sbin/mosquitto")
    mosquitto.arguments = ["-c", folder.appending(path: "m.conf").path]
    mosquitto.standardOutput = FileHandle.nullDevice
    mosquitto.standardError = FileHandle.nullDevice
    try mosquitto.run()
    defer { mosquitto.endNow() }
    let messages = try MQTTReader(port: port, topic: "cavern/#")
    let script = folder.appending(path: "alarm.sh").path
    let told = folder.appending(path: "told").path
    try Data("#!/bin/sh\nprintf '%s\\n' \"$*\" >> \(told)\n".utf8).write(to: URL(filePath: script))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
    let fixture = try BrokerFixture { configuration in
      configuration.alarms.mqtt = ("127.0.0.1", port)
      configuration.alarms.command = [script, "told"]
    }
    defer { fixture.stop() }
    fixture.simulator.withBoards { $0[0].isLocal = true }
    try fixture.wait("message") {
      messages.take()
      return messages.all.contains { $0.topic == "cavern/alarm" && $0.text.contains("\"alarm\":\"hv.local\"") }
    }
    try fixture.wait("reading") {
      messages.take()
      return messages.all.contains { $0.topic == "cavern/hv/main/0/vmon" }
    }
    try fixture.wait("program") {
      (try? String(contentsOfFile: told, encoding: .utf8))?.contains("told hv.local 0.0 active") == true
    }
    #expect(fixture.lines.all.contains { $0.hasPrefix("alarm hv.local 0.0 active") })
    #expect(try fixture.audit().contains { $0["alarm"]?.stringValue == "hv.local" })
    #expect(try fixture.error(#"{"op":"acknowledge","alarm":"hv.local","place":"0.0"}"#) == nil)
    let states = fixture.service.broker.state.withLock {
      $0.alarms.current.filter { $0.name == "hv.local" }.map(\.state)
    }
    #expect(states == [.acknowledged])
  }
}

/// Reads messages of an MQTT 3.1.1 broker: as much of the protocol as a test needs.
final class MQTTReader {
  private let socket: Socket
  private var rest: [UInt8] = []
  private(set) var all: [(topic: String, text: String)] = []

  init(port: Int, topic: String) throws {
    let end = ContinuousClock.now + .seconds(5)
    var made: Socket?
    while made == nil, ContinuousClock.now < end {
      made = try? Socket.connect(host: "127.0.0.1", port: port, within: .seconds(1))
      if made == nil { Thread.sleep(forTimeInterval: 0.01) }
    }
    socket = try #require(made)
    try socket.send(
      [0x10, 16, 0, 4] + Array("MQTT".utf8) + [4, 2, 0, 60, 0, 4] + Array("test".utf8), within: .seconds(2))
    let name = Array(topic.utf8)
    try socket.send([0x82, UInt8(name.count + 5), 0, 1, 0, UInt8(name.count)] + name + [0], within: .seconds(2))
    let limit = ContinuousClock.now + .seconds(5)
    // Until the subscription is confirmed.
    while ContinuousClock.now < limit, !isSubscribed { take() }
    try #require(isSubscribed)
  }

  private var isSubscribed = false

  /// Takes what has arrived.
  func take() {
    rest += (try? socket.receive(upTo: 65536, within: .milliseconds(20))) ?? []
    while rest.count >= 2 {
      var (length, shift, place) = (0, 0, 1)
      while place < rest.count {
        length |= Int(rest[place] & 0x7F) << shift
        shift += 7
        place += 1
        if rest[place - 1] & 0x80 == 0 { break }
      }
      guard rest.count >= place + length else { return }
      let body = Array(rest[place..<place + length])
      let kind = rest[0] >> 4
      rest.removeFirst(place + length)
      if kind == 9 { isSubscribed = true }
      guard kind == 3, body.count >= 2 else { continue }
      let size = Int(body[0]) << 8 | Int(body[1])
      all.append(
        (String(decoding: body[2..<2 + size], as: UTF8.self), String(decoding: body[(2 + size)...], as: UTF8.self)))
    }
  }
}
