import Foundation
import TestSupport
import Testing

@testable import Instruments

@Suite("The gas board and its simulator on a pseudo terminal")
struct GasSimulatorTests {
  private func withBoard(version: Int, _ body: (GasBoard, GasSimulator) throws -> Void) throws {
    var options = GasSimulator.Options()
    options.version = version
    options.speed = 20
    let simulator = try GasSimulator(options)
    defer { simulator.stop() }
    let line = try SerialLine(device: simulator.path, baud: 115_200)
    // Deaf for 2 s, at 20 times the speed: asked again and again until it answers.
    var quick = GasBoard.Options()
    (quick.timeLimit, quick.drainTime) = (.milliseconds(150), .milliseconds(40))
    let board = GasBoard(line, options: quick) { 1 }
    let deadline = ContinuousClock.now + .seconds(10)
    while try !board.measure().exchange.outcome.isUsable, ContinuousClock.now < deadline {}
    try body(board, simulator)
  }

  @Test("both versions answer with values in range, version 1 with numbers", arguments: [0, 1])
  func versions(version: Int) throws {
    try withBoard(version: version) { board, _ in
      #expect(try board.identify().version == version)
      let exchange = try board.measure().exchange
      #expect(exchange.outcome == .ok)
      #expect((exchange.sequence != nil) == (version == 1))
      #expect((exchange.reading?.temperatureKelvin).map { (290...302).contains($0) } == true)
    }
  }

  @Test("registers read through C and D give what M says")
  func registers() throws {
    try withBoard(version: 1) { board, _ in
      let vector = try #require(try board.registers(variant: .low))
      let reading = try #require(vector.exchange.reading)
      let told = try #require(try board.measure().exchange.reading)
      #expect(abs(reading.temperatureKelvin - told.temperatureKelvin) < 0.2)
      #expect(abs(reading.pressurePascal - told.pressurePascal) < 50)
    }
  }

  @Test(
    "every fault has its outcome, no wrong value comes through, and the next exchange but one is good",
    arguments: [
      (GasFault.half, [GasOutcome.partial]), (.duplicate, [.desynchronised]), (.notANumber, [.malformed]),
      (.noGas, [.okWithoutVOC]), (.sensorError, [.sensorError]), (.silent, [.timeout]),
      (.drop(4), [.malformed, .outOfRange]),
      (.flip, [.malformed]), (.slow(.seconds(4)), [.timeout]),
    ] as [(GasFault, [GasOutcome])])
  func faults(fault: GasFault, outcomes: [GasOutcome]) throws {
    try withBoard(version: 0) { board, simulator in
      simulator.inject(fault)
      let exchange = try board.measure().exchange
      #expect(outcomes.contains(exchange.outcome), "\(fault): \(exchange)")
      var last = try board.measure().exchange
      if !last.outcome.isUsable { last = try board.measure().exchange }
      if !last.outcome.isUsable, fault == .slow(.seconds(4)) { last = try board.measure().exchange }
      #expect(last.outcome == .ok)
    }
  }

  @Test("a board without a sensor says so: version 0 once and then nothing, version 1 every time", arguments: [0, 1])
  func missing(version: Int) throws {
    var board = SimulatedGasBoard(version: version, seed: 1)
    board.hasSensor = false
    #expect(GasLineDecoder.decode(board.greeting).outcome == .sensorMissing)
    #expect(
      GasLineDecoder.decode(board.take(UInt8(ascii: "R"), seconds: 0).bytes).outcome
        == (version == 0 ? .timeout : .sensorMissing))
  }

  @Test("the same seed gives the same course")
  func deterministic() {
    var (first, second) = (SimulatedGasBoard(version: 0, seed: 4), SimulatedGasBoard(version: 0, seed: 4))
    for second_ in 0..<20 {
      #expect(first.take(0x52, seconds: Double(second_)).bytes == second.take(0x52, seconds: Double(second_)).bytes)
    }
  }

  @Test("a pulled cable ends reading with an error and not with silence")
  func unplugged() throws {
    try withBoard(version: 1) { board, simulator in
      simulator.inject(.unplug(.seconds(200)))
      let deadline = ContinuousClock.now + .seconds(5)
      var code: String?
      while code == nil, ContinuousClock.now < deadline { code = caught { try board.measure() }?.code }
      #expect(code == "line.disconnected")
    }
  }

  @Test("a speed that no line has, a missing device and a plain file are refused")
  func openFaults() throws {
    #expect(caught { try SerialLine(device: "/dev/null", baud: 115_201) }?.code == "line.badSpeed")
    #expect(caught { try SerialLine(device: "/dev/null", baud: 115_200) }?.code == "line.disconnected")
    #expect(caught { try SerialLine(device: "/nowhere", baud: 115_200) }?.file == "/nowhere")
  }
}
