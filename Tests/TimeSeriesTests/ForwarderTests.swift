import Foundation
import Synchronization
import TestSupport
import Testing

@testable import TimeSeries

/// A server in memory: stores lines, refuses poisoned ones, fails as often as it is told to.
final class FakeServer: LineWriter {
  struct State {
    var lines: [String] = []
    var requests = 0
    var answers: [WriteAnswer] = []
    var errorShare = 0.0
    var generator = SplitMix(state: 9)
    var largest = Int.max
  }

  let state = Mutex(State())

  func write(_ lines: [ArraySlice<UInt8>], bucket: String) async -> WriteAnswer {
    state.withLock { state in
      state.requests += 1
      if !state.answers.isEmpty { return state.answers.removeFirst() }
      if Double.random(in: 0..<1, using: &state.generator) < state.errorShare {
        return .later("status 503", after: .zero)
      }
      if lines.count > state.largest { return .tooLarge }
      let texts = lines.map { String(decoding: $0.dropLast(), as: UTF8.self) }
      if texts.contains(where: { $0.hasPrefix("poison") }) {
        // As InfluxDB 1: the good lines of the batch are stored all the same.
        state.lines += texts.filter { !$0.hasPrefix("poison") }
        return .rejected("partial write: field type conflict dropped=1")
      }
      state.lines += texts
      return .accepted
    }
  }

  var lines: [String] { state.withLock { $0.lines } }
}

@Suite("Forwarding")
struct ForwarderTests {
  private let destination = Destination(
    name: "main", kind: .influx1, url: URL(filePath: "/"), bucket: "b", batchLines: 100)

  private func withStore(_ body: (String, FakeServer) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appending(path: "s.db").path, FakeServer())
  }

  private func point(_ name: String, _ value: Int) -> Point {
    Point(PointKey(name), [.init("v", .number(Double(value)))], time: Int64(value))
  }

  @Test("fields of one time are one line, batches go in order, and nothing is left")
  func order() async throws {
    try await withStore { path, server in
      let store = try TimeSeriesStore(path)
      for number in 0..<250 {
        _ = try store.append([
          Point(PointKey("m"), [.init("b", .number(1)), .init("a", .integer(2))], time: Int64(number))
        ])
      }
      let forwarder = try Forwarder(path, destination, writer: server)
      guard case .delivered(let first, refused: 0) = try await forwarder.step() else {
        Issue.record("should deliver")
        return
      }
      #expect((90...100).contains(first))
      #expect(try await forwarder.flush(until: .now + .seconds(5)))
      #expect(server.lines == (0..<250).map { "m b=1,a=2i \($0)" })
      #expect(try await forwarder.step() == .idle)
      let status = try #require(try store.destinations().first)
      #expect(status.deliveredLines == 250 && status.pendingBatches == 0 && status.state == "delivering")
    }
  }

  @Test("poisoned lines are found one by one and kept with the server's words; all others arrive")
  func poison() async throws {
    try await withStore { path, server in
      let store = try TimeSeriesStore(path)
      var points = (0..<300).map { point("m", $0) }
      points[17] = point("poison", 17)
      points[18] = point("poison", 18)
      points[250] = point("poison", 250)
      for place in stride(from: 0, to: 300, by: 30) { _ = try store.append(Array(points[place..<place + 30])) }
      let forwarder = try Forwarder(path, destination, writer: server)
      #expect(try await forwarder.flush(until: .now + .seconds(5)))
      let letters = try store.deadLetters(of: "main")
      #expect(letters.map(\.line) == ["poison v=17 17", "poison v=18 18", "poison v=250 250"])
      #expect(letters.allSatisfy { $0.reason.contains("field type conflict") })
      #expect(Set(server.lines).count == 297)
      let status = try #require(try store.destinations().first)
      #expect(status.deliveredLines + status.rejectedLines == 300)
    }
  }

  @Test("a request that is too large is halved until it fits")
  func tooLarge() async throws {
    try await withStore { path, server in
      server.state.withLock { $0.largest = 7 }
      let store = try TimeSeriesStore(path)
      _ = try store.append((0..<90).map { point("m", $0) })
      let forwarder = try Forwarder(path, destination, writer: server)
      #expect(try await forwarder.step() == .delivered(90, refused: 0))
      #expect(server.lines.count == 90)
    }
  }

  @Test("an outage with errors and a poisoned line: count in is count out and dead letters, in order")
  func outage() async throws {
    try await withStore { path, server in
      server.state.withLock { $0.errorShare = 0.05 }
      let store = try TimeSeriesStore(path)
      // An hour of one bench, queued while the server is away: 1 Hz of 8 channels, in steps of ten seconds.
      var count = 0
      for step in 0..<360 {
        var points: [Point] = []
        for second in 0..<10 {
          for channel in 0..<8 {
            let time = Int64(step * 10 + second) * 1_000_000_000
            points.append(
              Point(PointKey("HV", ["ch": "\(channel)"]), [.init("VMon", .number(Double(step)))], time: time))
          }
        }
        if step == 100 { points.append(point("poison", 1)) }
        count += points.count
        _ = try store.append(points)
      }
      let patient = Destination(name: "main", kind: .influx1, url: URL(filePath: "/"), bucket: "b")
      let forwarder = try Forwarder(
        path, patient, writer: server, backoff: Backoff(first: .milliseconds(1), longest: .milliseconds(2)))
      #expect(try await forwarder.flush(until: .now + .seconds(120)))
      let letters = try store.deadLetters()
      #expect(letters.map(\.line) == ["poison v=1 1"])
      #expect(Set(server.lines).count + letters.count == count)
      // Order within each series, counting the first time that a line arrives.
      var last: [Substring: Int64] = [:]
      var seen: Set<String> = []
      for line in server.lines where seen.insert(line).inserted {
        let parts = line.split(separator: " ")
        let time = Int64(parts[2]) ?? 0
        #expect(last[parts[0]].map { $0 < time } ?? true)
        last[parts[0]] = time
      }
      // A live sample after the outage is there with the next step.
      _ = try store.append([point("live", 5)])
      _ = try await forwarder.flush(until: .now + .seconds(5))
      #expect(server.lines.last == "live v=5 5")
    }
  }

  @Test("waiting keeps to what the server asks for, and grows from 1 to 60 s with jitter otherwise")
  func waiting() async throws {
    try await withStore { path, server in
      server.state.withLock {
        $0.answers = [.later("status 429", after: .seconds(7)), .later("refused", after: nil), .misconfigured("401")]
      }
      let store = try TimeSeriesStore(path)
      _ = try store.append([point("m", 1)])
      let forwarder = try Forwarder(path, destination, writer: server)
      #expect(try await forwarder.step() == .waiting(.seconds(7), "status 429"))
      guard case .waiting(let wait, _) = try await forwarder.step() else {
        Issue.record("should wait")
        return
      }
      #expect((.seconds(1.6) ... .seconds(2.4)).contains(wait))
      #expect(try await forwarder.step() == .misconfigured(.seconds(60), "401"))
      #expect(try store.destinations().first?.state == "misconfigured")
      #expect(try await forwarder.step() == .delivered(1, refused: 0))
    }
    var backoff = Backoff()
    var generator = SplitMix(state: 1)
    let waits = (0..<8).map { _ in backoff.next(using: &generator) / .seconds(1) }
    for (wait, plain) in zip(waits, [1.0, 2, 4, 8, 16, 32, 60, 60]) {
      #expect((0.8 * plain...1.2 * plain).contains(wait))
    }
    #expect(Set(waits.map { $0 / $0.rounded() }).count > 1)
  }

  @Test("each destination has a position of its own, and a batch stays until all have it")
  func positions() async throws {
    try await withStore { path, server in
      let store = try TimeSeriesStore(path)
      let (first, second) = (FakeServer(), FakeServer())
      let one = try Forwarder(
        path, Destination(name: "1", kind: .victoria, url: URL(filePath: "/"), bucket: "b"), writer: first)
      let two = try Forwarder(
        path, Destination(name: "2", kind: .victoria, url: URL(filePath: "/"), bucket: "b"), writer: second)
      _ = try store.append([point("m", 1)])
      _ = try await one.step()
      _ = try store.append([point("m", 2)])
      _ = try await two.step()
      _ = try await one.step()
      #expect(first.lines == ["m v=1 1", "m v=2 2"] && second.lines == first.lines)
    }
  }

  @Test("one process at a time forwards to a destination")
  func lease() async throws {
    try await withStore { path, _ in
      func isFree(_ name: String) throws -> Bool {
        let lease = try ForwarderLease.take(path, destination: name)
        return lease != nil
      }
      let first = try ForwarderLease.take(path, destination: "main")
      #expect(try !isFree("main"))
      #expect(try isFree("other"))
      _ = consume first
      #expect(try isFree("main"))
    }
  }
}
