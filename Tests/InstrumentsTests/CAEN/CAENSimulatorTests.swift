import Instruments
import TestSupport
import Testing

@Suite("The simulated 1470 supply")
struct CAENSimulatorTests {
  private func ask(_ board: inout SimulatedBoard, _ text: String) -> String {
    board.answer("$BD:00,CMD:\(text)") ?? "silence"
  }

  @Test("ramps at its rate and says so, with under-voltage only outside of ramps")
  func ramps() {
    var board = SimulatedBoard()
    #expect(ask(&board, "SET,CH:0,PAR:VSET,VAL:100.0") == "#BD:00,CMD:OK")
    #expect(ask(&board, "SET,CH:0,PAR:ON") == "#BD:00,CMD:OK")
    board.advance(by: 1)
    #expect(ask(&board, "MON,CH:0,PAR:STAT") == "#BD:00,CMD:OK,VAL:00003")
    #expect(abs(board.channels[0].voltage - 47.5) < 1)
    board.advance(by: 2)
    #expect(ask(&board, "MON,CH:0,PAR:STAT") == "#BD:00,CMD:OK,VAL:00001")
    #expect(abs(board.channels[0].voltage - 100) < 0.1)
    _ = ask(&board, "SET,CH:0,PAR:OFF")
    board.advance(by: 1)
    #expect(board.channels[0].status == 4)
    board.advance(by: 3)
    #expect(board.channels[0].status == 0 && board.channels[0].voltage == 0)
  }

  private func broken(firmware: String, trip: String = "1.0") -> SimulatedBoard {
    var board = SimulatedBoard()
    board.firmware = firmware
    board.channels[1].breakdownVoltage = 60
    for text in ["VSET,VAL:100.0", "RUP,VAL:500", "TRIP,VAL:\(trip)", "ON"] { _ = ask(&board, "SET,CH:1,PAR:\(text)") }
    return board
  }

  @Test("trips after its time in over-current, and a cleared alarm leaves it off")
  func trips() {
    var board = broken(firmware: "1.08")
    board.advance(by: 0.5)
    #expect(board.channels[1].status & 8 == 8)
    board.advance(by: 2)
    #expect(board.channels[1].status & 129 == 128)
    #expect(ask(&board, "MON,PAR:BDALARM") == "#BD:00,CMD:OK,VAL:2")
    _ = ask(&board, "SET,PAR:BDCLR")
    #expect(ask(&board, "MON,PAR:BDALARM") == "#BD:00,CMD:OK,VAL:0")
    #expect(!board.channels[1].isOn)
  }

  @Test("with TRIP 1000 stays in constant current for ever")
  func never() {
    var board = broken(firmware: "1.08", trip: "1000")
    board.advance(by: 30)
    #expect(board.channels[1].isOn && board.channels[1].status & 8 == 8)
    #expect(board.channels[1].voltage <= 60)
  }

  @Test("with firmware 1.04 shows a trip as status 33 until the power is cycled")
  func oldFirmware() {
    var board = broken(firmware: "1.04")
    board.advance(by: 5)
    #expect(ask(&board, "MON,CH:1,PAR:STAT") == "#BD:00,CMD:OK,VAL:00033")
    #expect(ask(&board, "MON,PAR:BDALARM") == "#BD:00,CMD:OK,VAL:0")
    #expect(board.channels[1].voltage < 30)
    for text in ["OFF", "ON"] { _ = ask(&board, "SET,CH:1,PAR:\(text)") }
    #expect(board.channels[1].isDead)
    board.cyclePower()
    #expect(ask(&board, "MON,CH:1,PAR:STAT") == "#BD:00,CMD:OK,VAL:00000")
  }

  @Test("refuses what the device refuses, in the order CMD, CH, PAR, VAL, LOC")
  func errors() {
    var board = SimulatedBoard()
    #expect(ask(&board, "GET,CH:9,PAR:VMON") == "#BD:00,CMD:ERR")
    #expect(ask(&board, "MON,CH:5,PAR:NONE") == "#BD:00,CH:ERR")
    #expect(ask(&board, "MON,CH:0,PAR:NONE") == "#BD:00,PAR:ERR")
    #expect(ask(&board, "SET,CH:0,PAR:VMON,VAL:1") == "#BD:00,PAR:ERR")
    #expect(ask(&board, "SET,CH:0,PAR:VSET,VAL:9000.0") == "#BD:00,VAL:ERR")
    board.isLocal = true
    #expect(ask(&board, "SET,CH:0,PAR:VSET,VAL:10.0") == "#BD:00,LOC:ERR")
    #expect(ask(&board, "MON,CH:4,PAR:VSET") == "#BD:00,CMD:OK,VAL:0000.0;0000.0;0000.0;0000.0")
    #expect(board.answer("$BD:01,CMD:MON,PAR:BDNAME") == nil)
  }

  @Test("serves one client; a second is refused, and the place is free after an orderly end")
  func oneClient() throws {
    let server = try CAENSimulatorServer(CAENSimulator(boards: [SimulatedBoard()]))
    defer { server.stop() }
    let request = CAENRequest.monitor(board: 0, "BDSNUM")
    var first = CAENLine(try TCPLine(host: "127.0.0.1", port: server.port))
    #expect(first.exchange(request).outcome.text == "19198")
    var second = CAENLine(try TCPLine(host: "127.0.0.1", port: server.port))
    #expect(second.exchange(request).outcome.status == "disconnected")
    first.close()
    let end = ContinuousClock.now + .seconds(5)
    var answer: String?
    while answer == nil, ContinuousClock.now < end {
      var third = CAENLine(try TCPLine(host: "127.0.0.1", port: server.port))
      answer = third.exchange(request, within: .milliseconds(300)).outcome.text
      third.close()
    }
    #expect(answer == "19198")
  }

  @Test("answers on a pseudo terminal as on TCP")
  func terminal() throws {
    let terminal = try CAENSimulatorTerminal(CAENSimulator(boards: [SimulatedBoard()]))
    defer { terminal.stop() }
    var line = CAENLine(try TerminalLine(device: terminal.path))
    #expect(line.exchange(.monitor(board: 0, "BDNCH")).outcome.number == 4)
    #expect(line.exchange(.monitor(board: 5, "BDNCH"), within: .milliseconds(200)).outcome == .timeout)
  }

  @Test(
    "every fault is told apart by the driver, and the exchange after it is right",
    arguments: CAENSimulatorFault.Kind.allCases)
  func faults(_ kind: CAENSimulatorFault.Kind) throws {
    let simulator = CAENSimulator(boards: [SimulatedBoard()])
    let server = try CAENSimulatorServer(simulator)
    defer { server.stop() }
    var timing = CAENLine.Timing()
    timing.drain = .milliseconds(80)
    func connect() throws -> CAENLine { CAENLine(try TCPLine(host: "127.0.0.1", port: server.port), timing: timing) }
    var line = try connect()
    var fault = CAENSimulatorFault(kind)
    fault.delay = 0.14
    simulator.add(fault)
    let request = CAENRequest.monitor(board: 0, channel: 0, "STAT")
    let outcome = line.exchange(request, within: .milliseconds(100)).outcome
    switch kind {
    case .split, .garbage, .corruptStatus: #expect(outcome.status == "ok")
    case .late, .mute, .lost, .truncated: #expect(outcome == .timeout)
    case .stale, .merged, .duplicate, .wrongBoard: #expect(outcome.status == "desync")
    case .close, .reset: #expect(outcome.status == "disconnected")
    case .flip, .drop: #expect(outcome.status == "malformed")
    }
    if outcome.status == "disconnected" {
      let end = ContinuousClock.now + .seconds(5)
      repeat { line = try connect() } while line.exchange(request).outcome.status != "ok" && ContinuousClock.now < end
    } else {
      line.drain()
    }
    #expect(line.exchange(request).outcome.number == 0)
  }
}
