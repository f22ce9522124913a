import Foundation
import Synchronization
import TestSupport
import Testing

@testable import TimeSeries

/// A server in memory that knows which request brought which lines, and fails as it is told.
private final class CatchUpServer: LineWriter {
  enum Fault {
    /// Refuses the request.
    case away
    /// Stores the lines, and the answer is lost: as when the sender is killed before it could write down the acknowledgement.
    case mute
  }

  struct State {
    var requests: [[String]] = []
    var faults: [Fault] = []
  }

  let state = Mutex(State())

  func write(_ lines: [ArraySlice<UInt8>], bucket: String) async -> WriteAnswer {
    state.withLock { state in
      let fault = state.faults.isEmpty ? nil : state.faults.removeFirst()
      if fault == .away { return .later("refused", after: .zero) }
      state.requests.append(lines.map { String(decoding: $0.dropLast(), as: UTF8.self) })
      return fault == .mute ? .later("no answer", after: .zero) : .accepted
    }
  }

  func fail(_ faults: [Fault]) { state.withLock { $0.faults = faults } }
  var requests: [[String]] { state.withLock { $0.requests } }
  var lines: [String] { requests.flatMap { $0 } }
}

@Suite("Catching up after an outage")
struct CatchUpTests {
  private let destination = Destination(
    name: "main", kind: .influx1, url: URL(filePath: "/"), bucket: "b", batchLines: 100)

  private func withStore(_ body: (String, CatchUpServer) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appending(path: "s.db").path, CatchUpServer())
  }

  private func append(_ store: TimeSeriesStore, _ name: String, _ times: Range<Int>) throws {
    _ = try store.append(
      times.map { Point(PointKey(name), [.init("v", .integer(Int64($0)))], time: Int64($0)) })
  }

  private func times(_ lines: [String], _ name: String) -> [Int] {
    lines.filter { $0.hasPrefix("\(name) ") }.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
  }

  @Test("a live sample waits for one page at the most, however long the backlog is; both streams keep their order")
  func live() async throws {
    try await withStore { path, server in
      let store = try TimeSeriesStore(path)
      for step in 0..<200 { try append(store, "m", (50 * step)..<(50 * step + 50)) }
      let forwarder = try Forwarder(path, destination, writer: server)
      server.fail([.away, .away])
      for _ in 0..<2 {
        let refused = try await forwarder.step()
        #expect(refused == .waiting(.zero, "refused"))
      }
      let next = try await sendLive(forwarder, store, server)
      let found = times(server.lines, "m")
      #expect(found.count == next && Set(found).count == next)
      // What was recorded while the server was away, and what came later: each in order.
      let (backlog, live) = (found.filter { $0 < 10_000 }, found.filter { $0 >= 10_000 })
      #expect(backlog == Array(0..<10_000) && live == Array(10_000..<next))
      // The backlog was not through when the last live sample went.
      #expect(found.last == 9999)
      let status = try #require(try store.destinations().first)
      #expect(status.deliveredLines == next && status.pendingSamples == 0 && status.position.ahead.isEmpty)
    }
  }

  /// Sends all that waits, with three live samples more after most of the first forty steps; tells the number after the last.
  private func sendLive(_ forwarder: Forwarder, _ store: TimeSeriesStore, _ server: CatchUpServer) async throws -> Int {
    var next = 10_000
    for step in 1...1000 {
      let outcome = try await forwarder.step()
      if outcome == .idle { break }
      guard step < 40, step % 3 != 0 else { continue }
      let before = server.requests.count
      try append(store, "m", next..<next + 3)
      next += 3
      let line = "m v=\(next - 1)i \(next - 1)"
      _ = try await forwarder.step()
      _ = try await forwarder.step()
      let arrived = server.requests[before...].firstIndex { $0.contains(line) }
      #expect(arrived.map { $0 - before <= 1 } == true, "step \(step)")
    }
    return next
  }

  @Test("without live samples a backlog goes in order, oldest first, through refusals too")
  func order() async throws {
    try await withStore { path, server in
      let store = try TimeSeriesStore(path)
      for step in 0..<40 { try append(store, "m", (50 * step)..<(50 * step + 50)) }
      let forwarder = try Forwarder(
        path, destination, writer: server, backoff: Backoff(first: .milliseconds(1), longest: .milliseconds(1)))
      server.fail([.away, .away])
      #expect(try await forwarder.flush(until: .now + .seconds(20)))
      #expect(times(server.lines, "m") == Array(0..<2000))
    }
  }

  @Test("what was recorded since the attempt before goes first when the server is back")
  func sinceLastAttempt() async throws {
    try await withStore { path, server in
      let store = try TimeSeriesStore(path)
      let forwarder = try Forwarder(path, destination, writer: server)
      server.fail([.away, .away, .away])
      for step in 0..<3 {
        try append(store, "m", (80 * step)..<(80 * step + 80))
        _ = try await forwarder.step()
      }
      try append(store, "m", 240..<250)
      _ = try await forwarder.step()
      #expect(times(server.requests[0], "m") == Array(240..<250))
      _ = try await forwarder.flush(until: .now + .seconds(5))
      #expect(times(server.lines, "m") == Array(240..<250) + Array(0..<240))
    }
  }

  @Test("an import larger than a page in the middle of catching up joins the backlog, in order")
  func importWhileCatchingUp() async throws {
    try await withStore { path, server in
      let store = try TimeSeriesStore(path)
      for step in 0..<10 { try append(store, "m", (50 * step)..<(50 * step + 50)) }
      let forwarder = try Forwarder(path, destination, writer: server)
      _ = try await forwarder.step()
      try append(store, "live", 0..<5)
      _ = try await forwarder.step()
      #expect(times(server.requests[1], "live") == Array(0..<5))
      for step in 0..<6 { try append(store, "import", (50 * step)..<(50 * step + 50)) }
      _ = try await forwarder.step()
      try append(store, "live", 5..<8)
      _ = try await forwarder.step()
      #expect(times(server.requests[3], "live") == [5, 6, 7])
      #expect(try store.destinations().first?.position.ahead.count == 2)
      #expect(try await forwarder.flush(until: .now + .seconds(5)))
      #expect(times(server.lines, "m") == Array(0..<500))
      #expect(times(server.lines, "import") == Array(0..<300))
      #expect(times(server.lines, "live") == Array(0..<8))
      #expect(try store.destinations().first?.position.ahead.isEmpty == true)
    }
  }

  @Test(
    "a forwarder that ends before it could write down an acknowledgement sends that page again and counts it once",
    arguments: [3, 8, 21] as [UInt64])
  func killed(seed: UInt64) async throws {
    try await withStore { path, server in
      var generator = SplitMix(state: seed)
      let store = try TimeSeriesStore(path)
      for step in 0..<60 { try append(store, "m", (50 * step)..<(50 * step + 50)) }
      var (live, forwarder) = (0, try Forwarder(path, destination, writer: server))
      _ = try await forwarder.step()
      for _ in 0..<120 {
        switch generator.next() % 5 {
        case 0:
          try append(store, "live", live..<live + 4)
          live += 4
        case 1:
          // What the server has, and the store does not know of.
          server.fail([.mute])
          _ = try await forwarder.step()
          forwarder = try Forwarder(path, destination, writer: server)
        case 2: forwarder = try Forwarder(path, destination, writer: server)
        default: _ = try await forwarder.step()
        }
      }
      #expect(try await forwarder.flush(until: .now + .seconds(5)))
      #expect(Set(server.lines).count == 3000 + live)
      let status = try #require(try store.destinations().first)
      #expect(status.deliveredLines == 3000 + live && status.pendingBatches == 0)
      // Counting the first time that a line arrives, each stream is in order.
      for name in ["m", "live"] {
        var seen: Set<Int> = []
        let first = times(server.lines, name).filter { seen.insert($0).inserted }
        #expect(first == first.sorted())
      }
    }
  }

  @Test("a sample that replaces one of the backlog is sent with its new value alone, and no old one follows it")
  func replaced() async throws {
    try await withStore { path, server in
      let store = try TimeSeriesStore(path)
      for step in 0..<6 { try append(store, "m", (50 * step)..<(50 * step + 50)) }
      let forwarder = try Forwarder(path, destination, writer: server)
      _ = try await forwarder.step()
      _ = try store.append([Point(PointKey("m"), [.init("v", .integer(-1))], time: 290)])
      #expect(try await forwarder.flush(until: .now + .seconds(5)))
      #expect(server.lines.filter { $0.hasSuffix(" 290") } == ["m v=-1i 290"])
    }
  }

  @Test("the status tells the positions of both streams and what waits for each")
  func status() async throws {
    try await withStore { path, server in
      let store = try TimeSeriesStore(path)
      for step in 0..<6 { try append(store, "m", (50 * step)..<(50 * step + 50)) }
      let forwarder = try Forwarder(path, destination, writer: server)
      _ = try await forwarder.step()
      try append(store, "live", 0..<7)
      _ = try await forwarder.step()
      try append(store, "live", 7..<9)
      let status = try #require(try store.destinations().first)
      #expect(status.position == OutboxPosition(acknowledged: 2, ahead: [.init(after: 6, through: 7)]))
      #expect(status.pendingBatches == 5 && status.pendingSamples == 202)
      #expect(status.backlogSamples == 200 && status.liveSamples == 2)
      let (oldest, live) = (try #require(status.oldestPending), try #require(status.oldestLivePending))
      #expect(oldest < live)
    }
  }

  @Test("room is made without counting as lost what went ahead of the backlog")
  func retention() async throws {
    try await withStore { path, server in
      let store = try TimeSeriesStore(path)
      for step in 0..<6 { try append(store, "m", (50 * step)..<(50 * step + 50)) }
      let forwarder = try Forwarder(path, destination, writer: server)
      _ = try await forwarder.step()
      try append(store, "live", 300..<310)
      _ = try await forwarder.step()
      let result = try store.deleteSamples(before: 1000)
      #expect(result.deletedSamples == 310 && result.lostSamples == 200)
      let series = try store.series(SeriesSelection(measurement: "cavern_gap", field: "lines"))
      #expect(try store.last(of: series[0], in: .min..<(.max))?.value == .integer(200))
    }
  }
}
