import Errors
import Foundation
import Instruments
import Synchronization
import TestSupport
import Testing

@testable import Bench
@testable import TimeSeries

/// Clocks that go on when somebody waits.
private final class FakeClock: BenchClock {
  var now: Duration = .zero
  var wallOffset: Int64 = 1_700_000_000_000_000_000
  var end: Duration = .seconds(1000)
  var wall: Int64 { wallOffset + Int64(now / .nanoseconds(1)) }

  func wait(until moment: Duration) -> Bool {
    now = max(now, moment)
    return now < end
  }
}

/// A line on which replies are made up.
private final class ScriptedLine: ByteLine {
  private struct State {
    var waiting: [UInt8] = []
    var replies: [String?]
    var isGone = false
  }

  private let state: Mutex<State>

  init(_ replies: [String?]) { state = Mutex(State(replies: replies)) }

  func send(_ bytes: [UInt8], within limit: Duration) throws(CavernError) {
    state.withLock { state in
      guard bytes == [0x52], !state.replies.isEmpty else { return }
      if let reply = state.replies.removeFirst() { state.waiting += Array(reply.utf8) } else { state.isGone = true }
    }
  }

  func receive(upTo count: Int, within limit: Duration) throws(CavernError) -> [UInt8] {
    let bytes: [UInt8]? = state.withLock { state in
      if state.isGone { return nil }
      defer { state.waiting = [] }
      return state.waiting
    }
    guard let bytes else { throw CavernError("line.disconnected", "pulled", exit: .unavailable) }
    return bytes
  }

  func close() {}
}

@Suite("The gas service")
struct GasServiceTests {
  private let good = "296.41;101325.00;34.20;53211\r\n"

  private func settings() -> GasSettings {
    var settings = GasSettings(port: "scripted")
    settings.protocolChoice = .version0
    settings.timeLimit = .milliseconds(20)
    return settings
  }

  @Test("bad replies are counted and leave no trace in the store; good ones share one time for all values")
  func outcomes() throws {
    try withTemporaryFolder { folder in
      let clock = FakeClock()
      let recorder = try Recorder(folder.path + "/s.db", source: "gas")
      let line = ScriptedLine([good, "nan;1;2;3\r\n", "296.41;101\r\n", good + good, "", good, good])
      let service = GasService(settings(), recorder: recorder, clock: clock, open: { _ in (line, "scripted") })
      service.run(limit: 7)
      #expect(service.status.readings == 3)
      #expect(service.status.monitor.counts == [.ok: 3, .malformed: 2, .desynchronised: 1, .timeout: 1])
      try recorder.read { (store) throws(CavernError) in
        let temperature = try store.series(SeriesSelection(measurement: "Temperature [K]"))
        let pressure = try store.series(SeriesSelection(measurement: "Pressure [Pa]"))
        let times = try store.samples(of: temperature[0], in: .min..<(.max)).map(\.time)
        #expect(times == (try store.samples(of: pressure[0], in: .min..<(.max)).map(\.time)))
        // A reading each ten seconds after two seconds of settling; the failed ones leave their places empty.
        #expect(times.map { ($0 - times[0]) / 1_000_000_000 } == [0, 48, 58] || times.count == 3)
        let alarms = try store.series(SeriesSelection(measurement: "cavern_alarm", field: "state"))
        #expect(try store.samples(of: alarms[0], in: .min..<(.max)).map(\.value) == [.number(1), .number(0)])
      }
    }
  }

  @Test("a line that is gone is opened again once a second until it is back, then readings go on")
  func unplugged() throws {
    let clock = FakeClock()
    var opened = 0
    let (good, first) = (good, ScriptedLine([good, nil]))
    var events: [GasService.Event] = []
    let service = GasService(
      settings(), recorder: nil, clock: clock,
      open: { (_) throws(CavernError) in
        opened += 1
        if opened == 1 { return (first, "a") }
        guard opened > 3 else { throw CavernError("line.disconnected", "not there", exit: .unavailable) }
        return (ScriptedLine([good, good]), "b")
      }, tell: { events.append($0) })
    service.run(limit: 6)
    #expect(opened == 4)
    #expect(service.status.readings == 3)
    #expect(service.status.monitor.disconnections == 1)
    #expect(service.status.device == "b")
    let connections = events.filter { if case .connected = $0 { true } else { false } }
    #expect(connections.count == 2)
  }

  @Test("with ten minutes between readings, a line that is back is found within a second and read at once")
  func longPeriod() throws {
    let clock = FakeClock()
    clock.end = .seconds(5000)
    var settings = settings()
    settings.period = .seconds(600)
    let good = good
    let first = ScriptedLine([good, nil])
    var readings: [Duration] = []
    let service = GasService(
      settings, recorder: nil, clock: clock,
      open: { (_) throws(CavernError) in
        if clock.now < .seconds(10) { return (first, "a") }
        // Pulled at the second reading, back at 630 s.
        guard clock.now >= .seconds(630) else {
          throw CavernError("line.disconnected", "not there", exit: .unavailable)
        }
        return (ScriptedLine([good, good, good]), "b")
      }, tell: { if case .exchange = $0 { readings.append(clock.now) } })
    service.run(limit: 5)
    #expect(readings.count == 4)
    #expect(readings[0] == .seconds(2))
    // A second to find it, two for the board to start.
    #expect(readings[1] >= .seconds(632) && readings[1] <= .seconds(633))
    #expect(readings[2] - readings[1] == .seconds(600) && readings[3] - readings[2] == .seconds(600))
    #expect(service.status.skipped == 0)
  }

  @Test("alarms go out although the disk is full, and are written down as soon as it takes data again")
  func alarmsOnFullDisk() throws {
    try withTemporaryFolder { folder in
      let clock = FakeClock()
      let recorder = try Recorder(folder.path + "/s.db", source: "gas")
      let line = ScriptedLine([good, "x\r\n", "x\r\n", "x\r\n", "x\r\n", good, good])
      // A disk that takes nothing, for both ends of the recorder.
      func refuse(_ isRefusing: Bool) throws {
        try recorder.read { (store) throws(CavernError) in
          try store.database.execute("PRAGMA query_only = \(isRefusing ? 1 : 0)")
        }
      }
      var told: [String] = []
      var failures = 0
      let service = GasService(
        settings(), recorder: recorder, clock: clock, open: { _ in (line, "scripted") },
        tell: { event in
          if case .alarm(let name, let isRaised, _) = event { told.append("\(name) \(isRaised)") }
          if case .recordFailed = event { failures += 1 }
        })
      var count = 0
      service.run(limit: 7) {
        count += 1
        if count == 1 { try? refuse(true) }
        if count == 6 { try? refuse(false) }
        return nil
      }
      #expect(told == ["gas.no_data true", "gas.no_data false"] && failures > 0)
      try recorder.read { (store) throws(CavernError) in
        let alarm = try store.series(SeriesSelection(measurement: "cavern_alarm", field: "state"))
        #expect(try store.samples(of: alarm[0], in: .min..<(.max)).map(\.value) == [.number(1), .number(0)])
        let series = try store.series(SeriesSelection(measurement: "Temperature [K]"))
        #expect(try store.samples(of: series[0], in: .min..<(.max)).count == 3)
      }
    }
  }

  @Test("a step of the clock is an event with its size; readings keep their distance and no two share a time")
  func clockStep() throws {
    try withTemporaryFolder { folder in
      let clock = FakeClock()
      let recorder = try Recorder(folder.path + "/s.db", source: "gas")
      let line = ScriptedLine(Array(repeating: good, count: 6))
      var count = 0
      let service = GasService(settings(), recorder: recorder, clock: clock, open: { _ in (line, "scripted") })
      service.run(limit: 6) {
        count += 1
        // Back by exactly one period, so that the next reading falls on the time of one before.
        if count == 3 { clock.wallOffset -= 10_000_000_000 }
        return nil
      }
      try recorder.read { (store) throws(CavernError) in
        let series = try store.series(SeriesSelection(measurement: "Temperature [K]"))
        #expect(try store.samples(of: series[0], in: .min..<(.max)).count == 6)
        let step = try store.series(SeriesSelection(measurement: "cavern_event"))
        #expect(try store.samples(of: step[0], in: .min..<(.max)).map(\.value) == [.number(-10)])
      }
      #expect(clock.now == .seconds(50) || clock.now == .seconds(52))
    }
  }

  @Test("the wish to stop ends the service between readings")
  func stop() {
    let clock = FakeClock()
    clock.end = .seconds(35)
    let line = ScriptedLine(Array(repeating: good, count: 100))
    let service = GasService(settings(), recorder: nil, clock: clock, open: { _ in (line, "scripted") })
    service.run()
    #expect(service.status.readings == 4)
  }
}
