import Foundation
import Instruments
import JSON
import TestSupport
import Testing

@testable import Bench

@Suite("The broker and trips")
struct BrokerTripTests {
  private func raised(_ board: SimulatedBoard, speed: Double = 50) throws -> BrokerFixture {
    let fixture = try BrokerFixture(speed: speed, board: board)
    _ = try fixture.ask(#"{"op":"on","channel":0,"voltage":150,"current":100}"#)
    try fixture.wait("up") { fixture.channel(0).voltage > 149 }
    return fixture
  }

  private func expectSafe(_ fixture: BrokerFixture) throws {
    try fixture.wait("latched") { fixture.state(0).latch != nil }
    try fixture.wait("safe") {
      fixture.simulator.sets.suffix(2).map { $0.contains("VSET,VAL:0.0") || $0.hasSuffix("OFF") } == [true, true]
    }
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":10}"#) == "latched_trip")
    #expect(try fixture.error(#"{"op":"on","channel":0}"#) == "latched_trip")
    let records = try fixture.audit()
    #expect(records.contains { $0["event"]?.stringValue == "trip" })
    #expect(records.contains { $0["actor"]?.stringValue == "automatic" && $0["event"]?.stringValue == "intent" })
    let files = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path)
    #expect(files.contains { $0.contains("trip-") })
  }

  @Test("a trip in the status word is latched, made safe and cleared by a person alone")
  func statusTrip() throws {
    var board = SimulatedBoard()
    board.channels[0].tripTime = 1
    let fixture = try raised(board)
    defer { fixture.stop() }
    fixture.simulator.withBoards { $0[0].channels[0].breakdownVoltage = 60 }
    try expectSafe(fixture)
    #expect(try fixture.error(#"{"op":"clear","channel":0,"reason":"dust"}"#) == nil)
    #expect(fixture.state(0).latch == nil)
    #expect(!fixture.channel(0).isOn)
    fixture.simulator.withBoards { $0[0].channels[0].breakdownVoltage = nil }
    #expect(try fixture.error(#"{"op":"on","channel":0,"voltage":50}"#) == nil)
  }

  @Test("firmware 1.04, which hides trips, is found out by its collapsed output")
  func collapse() throws {
    var board = SimulatedBoard()
    board.firmware = "1.04"
    board.channels[0].tripTime = 1
    let fixture = try raised(board)
    defer { fixture.stop() }
    fixture.simulator.withBoards { $0[0].channels[0].breakdownVoltage = 60 }
    try fixture.wait("latched") { fixture.state(0).latch != nil }
    #expect(fixture.state(0).latch?.contains("collapsed") == true)
    #expect(try fixture.error(#"{"op":"on","channel":0}"#) == "latched_trip")
  }

  @Test("an output that goes off without a command is a trip; one that was switched off is not")
  func loss() throws {
    let fixture = try raised(SimulatedBoard())
    defer { fixture.stop() }
    fixture.simulator.withBoards { $0[0].channels[0].isKilled = true }
    try fixture.wait("latched") { fixture.state(0).latch != nil }
    #expect(fixture.state(0).latch?.contains("nobody commanded") == true)
    _ = try fixture.ask(#"{"op":"on","channel":1,"voltage":100}"#)
    #expect(try fixture.error(#"{"op":"off","channel":1}"#) == nil)
    let first = fixture.state(1).readAt ?? 0
    try fixture.wait("some rounds") { (fixture.state(1).readAt ?? 0) > first + 400 }
    #expect(fixture.state(1).latch == nil)
  }

  @Test("one corrupted status word is no trip")
  func single() throws {
    let fixture = try raised(SimulatedBoard())
    defer { fixture.stop() }
    var fault = CAENSimulatorFault(.corruptStatus)
    fault.match = "CH:4,PAR:STAT"
    fixture.simulator.add(fault)
    let first = fixture.state(0).readAt ?? 0
    try fixture.wait("some rounds") { (fixture.state(0).readAt ?? 0) > first + 400 }
    #expect(fixture.state(0).latch == nil)
    #expect(fixture.channel(0).isOn)
  }

  @Test("a channel that is on and did not trip is not cleared")
  func healthy() throws {
    let fixture = try raised(SimulatedBoard())
    defer { fixture.stop() }
    #expect(try fixture.error(#"{"op":"clear","channel":0}"#) == "not_tripped")
    #expect(fixture.channel(0).isOn)
  }

  @Test("the latch outlives the broker")
  func restart() throws {
    let fixture = try raised(SimulatedBoard())
    defer { fixture.stop() }
    fixture.simulator.withBoards { $0[0].channels[0].isKilled = true }
    try fixture.wait("latched") { fixture.state(0).latch != nil }
    fixture.simulator.withBoards { $0[0].channels[0].isKilled = false }
    let configuration = fixture.service.broker.configuration
    fixture.service.stop()
    let log = fixture.lines
    fixture.service = try HVService(configuration) { log.add($0) }
    try fixture.wait("connected again") { fixture.service.broker.state.withLock { $0.core.isConnected } }
    #expect(fixture.state(0).latch != nil)
    #expect(try fixture.error(#"{"op":"on","channel":0}"#) == "latched_trip")
  }
}
