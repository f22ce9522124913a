import Foundation
import JSON
import TestSupport
import Testing

@testable import TimeSeries

@Suite("Real servers and a stub of those that cannot be had")
struct ServerTests {
  private func withStore(_ points: [Point], _ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "s.db").path
    let store = try TimeSeriesStore(path)
    // Points of their own batches, so that a refused line stands among others.
    for place in stride(from: 0, to: points.count, by: 50) {
      _ = try store.append(Array(points[place..<min(place + 50, points.count)]), .init(source: "gas"))
    }
    try await body(path)
  }

  private let temperatures = (0..<200).map { number in
    Point(
      PointKey("Temperature [K]", ["location": "Picosec gas"]), [.init("val", .number(290 + Double(number) / 100))],
      time: 1_700_000_000_000_000_000 + Int64(number) * 1_000_000_000)
  }

  @Test(
    "InfluxDB 1 gets every point with its time; a line of the wrong kind becomes a dead letter, its neighbours arrive")
  func influx1() async throws {
    guard let server = try await TestServer.influx() else { return }
    _ = try await server.get("write", [("db", "bench")], method: "POST", body: "clash v=1i 1700000000000000000\n")
    var points = temperatures
    points.insert(Point(PointKey("clash"), [.init("v", .number(2.5))], time: 1_700_000_000_000_000_001), at: 77)
    try await withStore(points) { path in
      let destination = Destination(
        name: "main", kind: .influx1, url: server.url, bucket: "other", buckets: ["gas": "bench"])
      let forwarder = try Forwarder(path, destination)
      #expect(try await forwarder.flush(until: .now + .seconds(120)))
      let letters = try TimeSeriesStore(path).deadLetters()
      #expect(letters.map(\.line) == ["clash v=2.5 1700000000000000001"])
      #expect(letters.first?.reason.contains("field type conflict") == true)
      let answer = try JSONValue(
        parsing: try await server.get(
          "query",
          [("db", "bench"), ("epoch", "ns"), ("q", "SELECT val FROM \"Temperature [K]\" WHERE location='Picosec gas'")])
      )
      let values = answer["results"]?[0]?["series"]?[0]?["values"]?.arrayValue ?? []
      #expect(values.map { $0[0]?.intValue } == temperatures.map { Int($0.time) })
      #expect(values.map { $0[1]?.doubleValue } == temperatures.map { $0.fields[0].value.double })
    }
    // The same samples through the query language, names quoted by it.
    let source = Destination(name: "main", kind: .influx1, url: server.url, bucket: "bench")
    let window = temperatures[10].time..<temperatures[20].time
    let query = RemoteQuery(
      measurement: "Temperature [K]", field: "val", tags: [.init(key: "location", value: "Picosec gas")], window: window
    )
    let found = try await source.samples(query, bucket: "bench")
    #expect(found == Array(temperatures[10..<20]))
    let hostile = RemoteQuery(
      measurement: "x\" OR \"y'", field: nil, tags: [.init(key: "a", value: "' OR 1=1 --")], window: window)
    #expect(try await source.samples(hostile, bucket: "bench").isEmpty)
    let unknown = Destination(name: "none", kind: .influx1, url: server.url, bucket: "none")
    guard
      case .misconfigured(let reason) = await HTTPLineWriter(unknown).write(
        [Array("m v=1 1\n".utf8)[...]], bucket: "none")
    else {
      Issue.record("an unknown database is a fault of the configuration")
      return
    }
    #expect(reason.contains("404"))
  }

  @Test("VictoriaMetrics gets every point, to the millisecond")
  func victoria() async throws {
    guard let server = try await TestServer.victoria() else { return }
    try await withStore(temperatures) { path in
      let forwarder = try Forwarder(path, Destination(name: "vm", kind: .victoria, url: server.url, bucket: "bench"))
      #expect(try await forwarder.flush(until: .now + .seconds(120)))
      _ = try await server.get("internal/force_flush")
      let text = try await server.get(
        "api/v1/export",
        [("match[]", "{__name__=\"Temperature [K]_val\"}"), ("start", "1699999999"), ("end", "1700009999")])
      let series = try JSONValue(parsing: text)
      #expect(series["metric"]?["db"]?.stringValue == "bench")
      #expect(series["timestamps"]?.arrayValue?.map(\.intValue) == temperatures.map { Int($0.time / 1_000_000) })
      #expect(series["values"]?.arrayValue?.map(\.doubleValue) == temperatures.map { $0.fields[0].value.double })
      let window = temperatures[10].time..<temperatures[20].time
      let query = RemoteQuery(
        measurement: "Temperature [K]", field: "val", tags: [.init(key: "location", value: "Picosec gas")],
        window: window)
      let source = Destination(name: "vm", kind: .victoria, url: server.url, bucket: "bench")
      #expect(try await source.samples(query, bucket: "bench") == Array(temperatures[10..<20]))
    }
  }

  @Test("names and values go into queries through the language's own quoting")
  func quoting() {
    let query = RemoteQuery(
      measurement: "a\"b\\c", field: "f", tags: [.init(key: "t\"", value: "v'${x}\"\\")], window: 1..<2)
    #expect(
      query.influxQL == #"SELECT "f" FROM "a\"b\\c" WHERE "t\"" = 'v\'${x}"\\' AND time >= 1 AND time < 2 GROUP BY *"#)
    #expect(
      query.flux(bucket: "b\"")
        == #"from(bucket: "b\"") |> range(start: time(v: 1), stop: time(v: 2)) |> filter(fn: (r) => r._measurement == "#
        + #""a\"b\\c" and r._field == "f" and r["t\""] == "v'\${x}\"\\")"#)
    #expect(
      query.sql.hasPrefix(
        #"SELECT * FROM "a""b\c" WHERE "t""" = 'v''${x}"\' AND time >= '1970-01-01T00:00:00.000000001Z'"#))
    #expect(query.selector(database: "d") == #"{__name__="a\"b\\c_f",db="d",t="v'${x}\"\\"}"#)
  }

  @Test("answers of InfluxDB 2 and 3 give the points they hold")
  func answers() throws {
    let csv = """
      #datatype,string,long,dateTime:RFC3339,double,string,string,string
      ,result,table,_time,_value,_field,_measurement,location
      ,_result,0,2023-11-14T22:13:20.5Z,295.5,val,Temperature [K],"Picosec, gas"

      """
    let key = PointKey("Temperature [K]", ["location": "Picosec, gas"])
    let point = Point(key, [.init("val", .number(295.5))], time: 1_700_000_000_500_000_000)
    #expect(RemoteAnswer.influx2(csv.replacing("\n", with: "\r\n")) == [point])
    let json = try JSONValue(
      parsing: #"[{"location":"Picosec, gas","time":"2023-11-14T22:13:20.5","val":295.5}]"#)
    #expect(RemoteAnswer.influx3(json, measurement: "Temperature [K]", field: "val") == [point])
  }

  @Test(
    "InfluxDB 2 and 3: path, token, gzip; poisoned lines found; every refusal answered in its way",
    arguments: [Destination.Kind.influx2, .influx3])
  func stub(kind: Destination.Kind) async throws {
    let server = try TestServer.stub()
    var points = temperatures
    points.insert(Point(PointKey("poison"), [.init("v", .number(1))], time: 5), at: 60)
    try await withStore(points) { path in
      let destination = Destination(
        name: "main", kind: kind, url: server.url, organisation: "infn", bucket: "testbucket", secret: "secret",
        timeLimit: .seconds(1))
      let forwarder = try Forwarder(
        path, destination, backoff: Backoff(first: .milliseconds(2), longest: .milliseconds(4)))
      var modes = 0
      func mode(_ json: String) async throws {
        // On a busy machine a write can outlast the time limit before the stub looks at it: it must not take the next mode.
        for _ in 0..<1000 {
          if try JSONValue(parsing: try await server.get("requests")).arrayValue?.count ?? 0 >= modes { break }
          try await Task.sleep(for: .milliseconds(10))
        }
        _ = try await server.get("mode", method: "POST", body: json)
        modes += 1
      }
      try await mode(#"{"status":429,"retry_after":3}"#)
      #expect(try await Self.kind(forwarder.step()) == "waiting 3.0")
      try await mode(#"{"status":503}"#)
      #expect(try await Self.kind(forwarder.step()).hasPrefix("waiting"))
      try await mode(#"{"close":true}"#)
      #expect(try await Self.kind(forwarder.step()).hasPrefix("waiting"))
      try await mode(#"{"delay":60}"#)
      #expect(try await Self.kind(forwarder.step()).hasPrefix("waiting"))
      try await mode(#"{"status":401}"#)
      #expect(try await Self.kind(forwarder.step()) == "misconfigured")
      try await mode(#"{"status":413}"#)
      #expect(try await Self.kind(forwarder.step()) == "delivered 200 1")
      #expect(try await forwarder.step() == .idle)
      let lines = try JSONValue(parsing: try await server.get("lines")).arrayValue ?? []
      #expect(Set(lines.compactMap(\.stringValue)).count == 200)
      let request = try #require(try JSONValue(parsing: try await server.get("requests")).arrayValue?.first)
      let expected =
        kind == .influx2
        ? "/api/v2/write?org=infn&bucket=testbucket&precision=ns"
        : "/api/v3/write_lp?db=testbucket&precision=nanosecond"
      #expect(request[0]?.stringValue == expected)
      #expect(request[1]?["Content-Encoding"]?.stringValue == "gzip")
    }
  }

  private static func kind(_ step: Forwarder.Step) -> String {
    switch step {
    case .idle: "idle"
    case .delivered(let lines, let refused): "delivered \(lines) \(refused)"
    case .waiting(let wait, _): "waiting \(wait / .seconds(1))"
    case .misconfigured: "misconfigured"
    }
  }
}
