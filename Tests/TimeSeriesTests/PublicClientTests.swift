import Foundation
import JSON
import TestSupport
import Testing

@testable import TimeSeries

/// What a peer says of a point: texts, so that nothing is rounded.
private struct PeerPoint: Equatable {
  var measurement: String
  var tags: [String: String]
  var fields: [String: [String]]
  var time: String

  init?(_ json: JSONValue) {
    guard let measurement = json["measurement"]?.stringValue else { return nil }
    self.measurement = measurement
    tags = (json["tags"]?.objectValue?.members ?? []).reduce(into: [:]) { $0[$1.name] = $1.value.stringValue }
    fields = (json["fields"]?.objectValue?.members ?? []).reduce(into: [:]) {
      $0[$1.name] = ($1.value.arrayValue ?? []).compactMap(\.stringValue)
    }
    time = json["time"]?.stringValue ?? ""
  }

  init(_ point: Point) {
    measurement = point.key.measurement
    tags = point.key.tags.reduce(into: [:]) { $0[$1.key] = $1.value }
    fields = point.fields.reduce(into: [:]) { $0[$1.name] = Self.words($1.value) }
    time = String(point.time)
  }

  static func words(_ value: FieldValue) -> [String] {
    switch value {
    case .number(let number): ["number", String(number.bitPattern)]
    case .integer(let number): ["integer", String(number)]
    case .unsigned(let number): ["unsigned", String(number)]
    case .boolean(let truth): ["boolean", truth ? "true" : "false"]
    case .text(let text): ["text", text]
    }
  }

  /// The bits of numbers in place of their texts, which differ from program to program.
  var exact: PeerPoint {
    var copy = self
    copy.fields = fields.mapValues { words in
      guard words.first == "number", words.count == 2, let number = Double(words[1]) else { return words }
      return ["number", String(number.bitPattern)]
    }
    return copy
  }
}

/// The interpreter with the public clients, which `make peers` sets up; nil where it was not run.
private let peersPython: String? = {
  let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: ".build/peers/bin/python").path
  return FileManager.default.isExecutableFile(atPath: path) ? path : nil
}()

@Suite("Public Python clients as independent peers", .enabled(if: peersPython != nil))
struct PublicClientTests {
  /// Lines of JSON that the peers' script prints.
  private func peers(_ words: [String], input: String = "") throws -> [JSONValue] {
    let process = Process()
    process.executableURL = URL(filePath: try #require(peersPython))
    process.arguments = [TestResources.path("bench/peers/line_protocol.py")] + words
    let (into, out) = (Pipe(), Pipe())
    process.standardInput = into
    process.standardOutput = out
    try process.run()
    // A thread of its own, since a pipe holds less than all lines.
    let feeder = Thread {
      try? into.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try? into.fileHandleForWriting.close()
    }
    feeder.start()
    let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
  }

  /// Samples of lines as points, as the program's own parser reads them.
  private func read(_ lines: [String]) -> [Point] {
    lines.flatMap { line -> [Point] in
      var parser = LineParser()
      parser.parse(line + "\n")
      let faults = parser.takeFaults()
      #expect(faults.isEmpty, "\(line)")
      let batch = parser.takeSamples()
      guard let first = batch.samples.first else { return [] }
      let fields = batch.samples.map { sample in
        Point.Field(batch.series[Int(sample.series)].field, batch.value(sample))
      }
      return [Point(batch.keys[Int(batch.series[Int(first.series)].key)], fields, time: first.time)]
    }
  }

  @Test(
    "what the clients of InfluxDB 2 and 3 write is read as they meant it, and they take the stub for a server",
    arguments: ["write2", "write3"])
  func clientsWrite(verb: String) async throws {
    let server = try TestServer.stub()
    var said = try peers([verb, server.url.absoluteString])
    let last = said.popLast()
    let refusal = try #require(last)
    // Both clients understand how the stub refuses a line, as they understand the servers.
    #expect(refusal["refused"]?.intValue == 400)
    if verb == "write2" {
      #expect(refusal["message"]?.stringValue == "partial write: poisoned")
    } else {
      #expect(refusal["lines"]?[0]?.arrayValue == [2, "poisoned", "poison v=1i 5"])
    }
    let lines = (try JSONValue(parsing: try await server.get("lines")).arrayValue ?? []).compactMap(\.stringValue)
    let meant = said.compactMap(PeerPoint.init).map(\.exact)
    #expect(meant.count == 7)
    #expect(read(Array(lines.prefix(meant.count))).map { PeerPoint($0) } == meant)
    let request = try JSONValue(parsing: try await server.get("requests"))[0]
    let expected =
      verb == "write2"
      ? "/api/v2/write?org=infn&bucket=testbucket&precision=ns"
      : "/api/v3/write_lp?org=default&db=testbucket&precision=nanosecond"
    #expect(request?[0]?.stringValue == expected)
  }

  @Test("what the clients meant is written in the same lines, but for how numbers and truth values are spelt")
  func sameLines() async throws {
    let server = try TestServer.stub()
    _ = try peers(["write2", server.url.absoluteString])
    let lines = (try JSONValue(parsing: try await server.get("lines")).arrayValue ?? []).compactMap(\.stringValue)
    let points = read(lines)
    #expect(lines.count >= 7 && points.count == lines.count)
    for (line, point) in zip(lines, points) {
      var encoder = LineEncoder()
      encoder.append(point)
      let own = String(decoding: encoder.bytes.dropLast(), as: UTF8.self)
      guard !line.hasPrefix("numbers"), !line.hasPrefix("truth") else {
        #expect(read([own]) == [point])
        continue
      }
      #expect(own == line)
    }
  }

  @Test("a public parser reads what the program writes: escapes, every kind, extremes, times before 1970")
  func publicParser() throws {
    var generator = SplitMix(state: 2026)
    let points = (0..<600).map { Self.point($0, &generator) }
    var encoder = LineEncoder()
    for point in points { encoder.append(point) }
    #expect(encoder.lineCount == points.count)
    let found = try peers(["read"], input: String(decoding: encoder.bytes, as: UTF8.self)).compactMap(PeerPoint.init)
    #expect(found.count == points.count)
    for (found, point) in zip(found, points) {
      var expected = PeerPoint(point)
      // The parser gives both kinds of whole numbers as one.
      expected.fields = expected.fields.mapValues { $0[0] == "unsigned" ? ["integer", $0[1]] : $0 }
      #expect(found.exact == expected)
    }
  }

  private static func point(_ number: Int, _ generator: inout SplitMix) -> Point {
    func name(_ generator: inout SplitMix) -> String {
      let signs = Array("aZ09_ ,=\"'#/[]µ😀é.-")
      let letters = (0..<Int(1 + generator.next() % 8)).map { _ in signs[Int(generator.next() % UInt64(signs.count))] }
      // A comment begins with a number sign.
      return "n" + String(letters)
    }
    let tags = (0..<Int(generator.next() % 4)).map { _ in PointKey.Tag(key: name(&generator), value: name(&generator)) }
    var fields: [Point.Field] = []
    for place in 0..<Int(1 + generator.next() % 4) {
      let value: FieldValue
      switch generator.next() % 6 {
      case 0: value = .integer(Int64(bitPattern: generator.next()))
      case 1: value = .unsigned(generator.next())
      case 2: value = .boolean(generator.next() % 2 == 0)
      case 3: value = .text(#"a "quoted\" text, "# + name(&generator))
      case 4: value = .number(Double(Int64(bitPattern: generator.next() % 2_000_001)) / 1000 - 1000)
      default:
        // Any bits that are a normal number: the parser takes the smallest ones, below 2.3e-308, for faults.
        let bits = Double(bitPattern: generator.next())
        value = .number(bits.isNormal ? bits : 0.1)
      }
      fields.append(Point.Field("\(place)\(name(&generator))", value))
    }
    let time = number % 5 == 0 ? -Int64(generator.next() % 1_000_000) : Int64(generator.next() >> 1)
    return Point(PointKey(name(&generator), tags: tags), fields, time: time)
  }
}
