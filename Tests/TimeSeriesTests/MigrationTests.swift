import Foundation
import SQLite
import TestSupport
import Testing

@testable import TimeSeries

@Suite("Stores of earlier versions")
struct MigrationTests {
  /// A store of version 1, as the program of that time left it: 25 lines delivered, one refused, two batches wait.
  private func withOldStore(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "s.db").path
    try make(path)
    try await body(path)
  }

  private func make(_ path: String) throws {
    let sql = try String(contentsOfFile: TestResources.path("bench/timeseries/version1.sql"), encoding: .utf8)
    try SQLiteDatabase(path, mode: .create).execute(sql)
  }

  private func version(_ path: String) throws -> Int64 {
    let statement = try SQLiteDatabase(path).prepare("PRAGMA user_version")
    return try statement.step() ? statement.int(0) : -1
  }

  @Test(
    "a store of version 1 opens and goes on: samples, positions, counts and dead letters stay, what waits is delivered")
  func goesOn() async throws {
    try await withOldStore { path in
      let store = try TimeSeriesStore(path)
      #expect(try version(path) == TimeSeriesStore.schemaVersion)
      let summary = try store.summary()
      #expect(summary.sampleCount == 44 && summary.seriesCount == 4 && summary.deadLetterCount == 1)
      var status = try #require(try store.destinations().first)
      #expect(status.position == OutboxPosition(acknowledged: 4))
      #expect(status.deliveredLines == 25 && status.rejectedLines == 1 && status.pendingSamples == 6)
      let temperature = try store.series(SeriesSelection(measurement: "Temperature [K]"))[0]
      #expect(temperature.key.point.tag("location") == "Picosec gas")
      #expect(try store.append([Point(temperature.key.point, [.init("val", .number(1))], time: 9)]).batch == 7)
      let server = FakeServer()
      let forwarder = try Forwarder(
        path, Destination(name: "influx2", kind: .influx2, url: URL(filePath: "/"), bucket: "b"), writer: server)
      #expect(try await forwarder.flush(until: .now + .seconds(5)))
      #expect(server.lines.count == 7 && server.lines.last?.hasSuffix("val=1 9") == true)
      status = try #require(try store.destinations().first)
      #expect(status.deliveredLines == 32 && status.position == OutboxPosition(acknowledged: 7))
    }
  }

  @Test("a store of version 1 is read without being changed")
  func readOnly() async throws {
    try await withOldStore { path in
      let store = try TimeSeriesStore(path, options: .init(isReadOnly: true))
      #expect(try store.destinations().first?.pendingSamples == 6)
      #expect(try store.summary().sampleCount == 44)
      #expect(try version(path) == 1)
    }
  }

  @Test("eight connections that open an old store at the same moment all find it brought up to date")
  func race() async throws {
    for _ in 0..<5 {
      try await withOldStore { path in
        try await withThrowingTaskGroup(of: Int.self) { group in
          for _ in 0..<8 { group.addTask { try TimeSeriesStore(path).destinations().count } }
          for try await count in group { #expect(count == 1) }
        }
        #expect(try version(path) == TimeSeriesStore.schemaVersion)
      }
    }
  }

  @Test("a database of another program is refused and left as it is; so is a store of a later version")
  func others() async throws {
    try await withOldStore { path in
      let other = path + ".other"
      try SQLiteDatabase(other, mode: .create).execute("CREATE TABLE conditions(id INTEGER)")
      let before = try Data(contentsOf: URL(filePath: other))
      for isReadOnly in [false, true] {
        let refused = caught { try TimeSeriesStore(other, options: .init(isReadOnly: isReadOnly)) }
        #expect(refused?.code == "store.version" && refused?.exit == .badData)
      }
      #expect(try Data(contentsOf: URL(filePath: other)) == before)
      try SQLiteDatabase(path, mode: .readWrite).execute("PRAGMA user_version = 99")
      #expect(caught { try TimeSeriesStore(path) }?.code == "store.version")
      #expect(try version(path) == 99)
    }
  }
}
