import Errors
import Foundation
import Instruments
import JSON
import Synchronization
import TestSupport
import Testing

@testable import Bench

@Suite("The broker when things go wrong")
struct BrokerFaultTests {
  private func fault(_ kind: CAENSimulatorFault.Kind, _ match: String, count: Int = 1, delay: Double = 0.3)
    -> CAENSimulatorFault
  {
    var fault = CAENSimulatorFault(kind)
    (fault.match, fault.count, fault.delay) = (match, count, delay)
    return fault
  }

  private func quick() throws -> BrokerFixture { try BrokerFixture { $0.timeout = .milliseconds(200) } }

  @Test("a SET whose reply is lost is decided by reading back")
  func readBack() throws {
    let fixture = try quick()
    defer { fixture.stop() }
    fixture.simulator.add(fault(.mute, "PAR:VSET,VAL"))
    let answer = try fixture.ask(#"{"op":"set","channel":0,"voltage":100}"#)
    #expect(answer["ok"]?.boolValue == true, "\(answer.text())")
    #expect(fixture.simulator.sets.count == 1)
    // Lost on its way: the device reads the old value.
    fixture.simulator.add(fault(.lost, "PAR:VSET,VAL"))
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":120}"#) == "read_back_differs")
    #expect(fixture.simulator.sets.count == 1)
  }

  @Test("a line that goes silent leaves an unknown outcome within two seconds, written down as such")
  func blackHole() throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    // From the SET on, nothing comes back.
    fixture.simulator.add(fault(.mute, "CMD:SET"))
    fixture.simulator.add(fault(.lost, "PAR:BDSNUM", count: 1000))
    var session = fixture.session()
    let start = ContinuousClock.now
    let answer = session.answer(["op": "set", "channel": 0, "voltage": 100])
    let took = ContinuousClock.now - start
    #expect(answer["error"]?.stringValue == "unknown_outcome", "\(answer.text())")
    #expect(took < .seconds(2), "\(took)")
    let last = try fixture.audit().last { $0["event"]?.stringValue == "result" }
    #expect(last?["outcome"]?.stringValue == "unknown_outcome")
  }

  @Test("late, stale, merged, garbled and doubled replies give no wrong value, and the line comes back by itself")
  func garbled() throws {
    let fixture = try quick()
    defer { fixture.stop() }
    _ = try fixture.ask(#"{"op":"set","channel":0,"voltage":123.4}"#)
    for kind: CAENSimulatorFault.Kind in [
      .late, .stale, .merged, .garbage, .flip, .drop, .duplicate, .truncated, .wrongBoard,
    ] {
      fixture.simulator.add(fault(kind, "PAR:VSET"))
      let value = try fixture.ask(#"{"op":"get","channel":0,"par":"VSET"}"#)["value"]?.doubleValue
      #expect(value == nil || value == 123.4, "\(kind): \(value ?? 0)")
      try fixture.wait("back after \(kind)", seconds: 8) {
        (try? fixture.ask(#"{"op":"get","channel":0,"par":"VSET"}"#)["value"]?.doubleValue) == 123.4
      }
    }
  }

  @Test("a connection that ends is made again, and nothing is switched")
  func reconnect() throws {
    let fixture = try quick()
    defer { fixture.stop() }
    _ = try fixture.ask(#"{"op":"on","channel":0,"voltage":100}"#)
    let sets = fixture.simulator.sets.count
    fixture.server.dropClients()
    try fixture.wait("noticed") { fixture.lines.all.contains("the connection is gone") }
    try fixture.wait("connected again") {
      (try? fixture.ask(#"{"op":"get","channel":0,"par":"VMON"}"#)["ok"]?.boolValue) == true
    }
    #expect(fixture.simulator.sets.count == sets)
    #expect(fixture.channel(0).isOn)
  }

  @Test("a power cut is seen and nothing is switched on again")
  func powerCut() throws {
    let fixture = try quick()
    defer { fixture.stop() }
    _ = try fixture.ask(#"{"op":"on","channel":0,"voltage":100}"#)
    try fixture.wait("up") { fixture.channel(0).voltage > 90 }
    fixture.simulator.withBoards { $0[0].cyclePower() }
    fixture.server.dropClients()
    try fixture.wait("latched", seconds: 15) { fixture.state(0).latch != nil }
    #expect(fixture.simulator.sets.count { $0.hasSuffix("PAR:ON") } == 1)
    #expect(!fixture.channel(0).isOn)
  }

  @Test("a second broker for the same supply does not start, and names the first")
  func twoBrokers() throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    let configuration = fixture.service.broker.configuration
    let error = caught { try HVBroker(configuration) { _ in } }
    #expect(error?.code == "hv.broker.owned")
    #expect(error?.message.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
  }

  @Test("when the audit cannot be written, only off and kill go out")
  func fullDisk() throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    _ = try fixture.ask(#"{"op":"on","channel":0,"voltage":100}"#)
    fixture.service.broker.post(.audit(isAvailable: false))
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":110}"#) == "audit_unavailable")
    fixture.service.broker.post(.audit(isAvailable: false))
    #expect(try fixture.error(#"{"op":"off","channel":0}"#) == nil)
    #expect(!fixture.channel(0).isOn)
  }

  @Test("random requests over a bad line: limits, steps, latches and intents hold in what the device saw")
  func randomised() throws {
    let fixture = try quick()
    defer { fixture.stop() }
    var random = RandomWalk(seed: 11)
    let verbs = ["set", "set", "set", "on", "off", "clear", "kill"]
    let kinds: [CAENSimulatorFault.Kind] = [.mute, .lost, .garbage, .split, .stale, .flip, .duplicate, .corruptStatus]
    for _ in 0..<80 {
      if random.below(8) == 0 { fixture.simulator.add(fault(kinds[random.below(kinds.count)], "")) }
      if random.below(25) == 0 { fixture.simulator.withBoards { $0[0].channels[0].isKilled.toggle() } }
      let verb = verbs[random.below(verbs.count)]
      var request: JSONObject = JSONObject([("op", .string(verb)), ("channel", .integer(random.below(2)))])
      if verb == "set" { request["voltage"] = .number(Double(random.below(700))) }
      _ = fixture.session().answerOnce(.object(request))
    }
    var set = [0.0, 0.0]
    for line in fixture.simulator.sets {
      guard line.contains("PAR:VSET"), let value = line.split(separator: ":").last.flatMap({ Double($0) }) else {
        continue
      }
      let channel = line.contains("CH:1") ? 1 : 0
      #expect(value <= 500, "\(line)")
      #expect(value - set[channel] <= 200, "\(line) after \(set[channel])")
      set[channel] = value
    }
    let records = try fixture.audit()
    let intents = records.filter { $0["event"]?.stringValue == "intent" }.compactMap { $0["sent"]?.stringValue }
    for line in fixture.simulator.sets { #expect(intents.contains(line), "\(line)") }
    // Between a trip and its clear nothing was raised or switched on.
    var latched: Set<Int> = []
    for record in records {
      guard let channel = record["channel"]?.intValue, record["verb"] != nil else { continue }
      switch record["event"]?.stringValue {
      case "trip": latched.insert(channel)
      case "cleared": latched.remove(channel)
      case "intent":
        #expect(!(latched.contains(channel) && record["parameter"]?.stringValue == "ON"), "\(record.text())")
      default: break
      }
    }
    #expect(try AuditCheck(path: HVBroker.auditPath(fixture.service.broker.configuration)).fault == nil)
  }
}

extension BrokerSession {
  /// Answers one request of a session that is thrown away.
  func answerOnce(_ request: JSONValue) -> JSONValue {
    var copy = self
    return copy.answer(request)
  }
}
