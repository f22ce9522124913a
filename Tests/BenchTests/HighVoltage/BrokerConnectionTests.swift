import Errors
import Foundation
import Instruments
import TestSupport
import Testing

@testable import Bench

@Suite("The broker and its one connection")
struct BrokerConnectionTests {
  private func alarms(_ broker: HVBroker) -> [String] {
    broker.state.withLock { state in state.alarms.current.filter { $0.state == .active }.map(\.name) }
  }

  @Test(
    "a supply whose one place another client holds is told as such, with who may hold it, and is not asked in haste")
  func slotBusy() throws {
    try withTemporaryFolder { folder in
      let server = try CAENSimulatorServer(CAENSimulator(boards: [SimulatedBoard()], speed: 50), second: .mute)
      defer { server.stop() }
      let place = LineAddress.tcp(host: "127.0.0.1", port: server.port)
      var other = CAENLine(try place.open(within: .seconds(5)))
      #expect(other.exchange(.monitor(board: 0, "BDNAME")).outcome.values != nil)
      var configuration = HVConfiguration(line: place)
      configuration.stateFolder = folder.path
      configuration.socket = folder.path + "/hv.sock"
      configuration.timeout = .milliseconds(100)
      let service = try HVService(configuration) { _ in }
      let end = ContinuousClock.now + .seconds(20)
      while !alarms(service.broker).contains("hv.slot_busy"), ContinuousClock.now < end {
        Thread.sleep(forTimeInterval: 0.01)
      }
      #expect(alarms(service.broker).contains("hv.slot_busy"))
      let link = service.broker.status()["link"]?.stringValue ?? ""
      #expect(link.contains("hv.slot_busy") && link.contains("another client may hold"))
      // It left its own connection before it waits; the one of the other client goes on.
      #expect(other.exchange(.monitor(board: 0, "BDNAME")).outcome.values != nil)
      #expect(service.broker.progress.hasGotOn(within: .seconds(2)))
      service.stop()
      other.close()
    }
  }

  @Test("a supply that is gone for long is an alarm, which ends with the next connection")
  func lost() throws {
    let fixture = try BrokerFixture {
      ($0.timeout, $0.lossLimit) = (.milliseconds(100), .milliseconds(300))
    }
    defer { fixture.stop() }
    let broker = fixture.service.broker
    let port = fixture.server.port
    fixture.server.stop()
    try fixture.wait("hv.comm_lost") { alarms(broker).contains("hv.comm_lost") }
    #expect(broker.serviceStatus()["state"]?.stringValue == "disconnected")
    let again = try CAENSimulatorServer(fixture.simulator, port: port)
    defer { again.stop() }
    try fixture.wait("connected again", seconds: 20) { broker.state.withLock { $0.core.isConnected } }
    #expect(!alarms(broker).contains("hv.comm_lost"))
  }
}
