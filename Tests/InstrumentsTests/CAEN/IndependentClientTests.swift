import Foundation
import Instruments
import TestSupport
import Testing

@Suite("An independent client")
struct IndependentClientTests {
  /// The Python of the peers that `Tools/set-up tests` installs.
  private static let python = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: ".build/peers/bin/python").path

  @Test("hvps reads, sets and switches the simulator on a pseudo terminal")
  func hvps() throws {
    let simulator = CAENSimulator(boards: [SimulatedBoard(serial: "4711")], speed: 20)
    let terminal = try CAENSimulatorTerminal(simulator)
    defer { terminal.stop() }
    let script = """
      import sys, hvps
      supply = hvps.Caen(port=sys.argv[1], baudrate=9600, timeout=2)
      board = supply.module(0)
      print(board.name, board.number_of_channels, board.serial_number, board.firmware_release, board.control_mode)
      channel = board.channel(1)
      channel.vset = 250.0
      channel.turn_on()
      print(channel.vset, channel.stat["ON"], channel.pol, channel.imrange, channel.maxv, channel.rup)
      channel.turn_off()
      print(channel.stat["ON"])
      """
    let process = Process()
    process.executableURL = URL(filePath: Self.python)
    process.arguments = ["-c", script, terminal.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines == ["R1470ET 4 4711 1.08 REMOTE", "250.0 True + HIGH 8100.0 50.0", "False"], "\(text)")
    #expect(simulator.withBoards { $0[0].channels[1].voltageSet } == 250)
  }
}
