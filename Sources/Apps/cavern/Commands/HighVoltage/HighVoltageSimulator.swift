import Arguments
import Errors
import Foundation
import Instruments
import JSON

extension Command {
  /// `cavern hv sim`: a supply to practise on.
  static var hvSimulator: Command {
    Command(
      "sim", "Simulate a 1470 supply on a TCP port or a pseudo terminal.",
      discussion: """
        Channels ramp, limit the current, trip and sag as the device does, on a load of --resistance megaohm. The first line \
        of output says where it listens. A control socket takes JSON lines that make things go wrong at a chosen moment: \
        {"fault":"late","delay":2}, {"board":0,"channel":1,"breakdown":400}, {"board":0,"local":true}, {"state":true}. \
        Faults: split, late, stale, wrong_board, garbage, truncated, mute, lost, close, reset, merged, corrupt_status, flip, \
        drop, duplicate; each may have "count", "skip", "match". It runs until Ctrl-C.
        """,
      examples: [
        Example("cavern hv sim --port 1470", "simulate a board of four channels"),
        Example(
          "cavern hv sim --firmware 1.04 --control sim.sock --speed 10", "simulate old firmware, ten times as fast"),
        Example("cavern hv sim --script transcript.jsonl", "play recorded exchanges back"),
      ],
      options: [
        .option("host", "ADDRESS", .text, "Where to listen.", default: "127.0.0.1"),
        .option("port", "N", .integer(0...65535), "TCP port; 0 lets the system choose.", default: "0"),
        .flag("pty", "Also answer on a pseudo terminal."),
        .option("boards", "N", .integer(1...32), "Boards on the chain, addresses from 0.", default: "1"),
        .option("channels", "N", .choice(["4", "8"]), "Channels of a board.", default: "4"),
        .option("model", "NAME", .text, "Model name.", default: "R1470ET"),
        .option("serial", "TEXT", .text, "Serial number of the first board; the others count up.", default: "19198"),
        .option("firmware", "X.XX", .text, "Firmware release; 1.04 hides trips.", default: "1.08"),
        .option("resistance", "MOHM", .number(0.001...1e9), "Load of every channel.", default: "1000"),
        .option("polarity", "SIGNS", .text, "A sign for each channel, the last for the rest.", default: "+"),
        .option("speed", "X", .number(0.01...10000), "How fast time runs.", default: "1"),
        .option("seed", "N", .integer(0...(.max)), "Seed of the noise.", default: "1"),
        .option(
          "second-client", "WHAT", .choice(["refuse", "mute", "steal"]), "What happens to a second client.",
          default: "refuse"),
        .option("hold", "S", .duration, "How long a place stays taken after an abrupt end.", default: "0 s"),
        .option("script", "FILE", .file(["jsonl"]), "Play back exchanges: JSON lines with send and recv."),
        .option("control", "PATH", .path, "Unix socket that takes JSON lines."),
      ]
    ) { arguments in try await SimulatorRun(arguments).run() }
  }
}

/// A simulator from start to Ctrl-C.
@MainActor
private struct SimulatorRun {
  let arguments: ParsedArguments

  init(_ arguments: ParsedArguments) { self.arguments = arguments }

  func run() async throws -> Report {
    let simulator = try make()
    let server = try CAENSimulatorServer(
      simulator, host: try arguments.string("host"), port: try arguments.int("port"),
      second: CAENSimulatorServer.SecondClient(rawValue: try arguments.string("second-client")) ?? .refuse,
      hold: try arguments.duration("hold"))
    defer { server.stop() }
    let terminal = arguments.flag("pty") ? try CAENSimulatorTerminal(simulator) : nil
    let control = try arguments.optionalString("control").map { (path) throws(CavernError) in
      try CAENSimulatorControl(simulator, path: path)
    }
    defer {
      terminal?.stop()
      control?.stop()
    }
    let line = "tcp:\(try arguments.string("host")):\(server.port)"
    if arguments.flag("json") {
      let ready: JSONValue = [
        "line": .string(line), "port": .integer(server.port), "pty": .optional(terminal?.path),
        "control": .optional(try arguments.optionalString("control")),
      ]
      try StandardStreams.write(Array((ready.text() + "\n").utf8))
    } else {
      let words = [line, terminal.map { "serial:\($0.path)" }].compactMap { $0 }.joined(separator: " ")
      try StandardStreams.write(Array((words + "\n").utf8))
    }
    while !Interrupts.isRequested { try await Task.sleep(for: .milliseconds(100)) }
    let count = simulator.requestCount
    // What there was to say has been said line by line.
    if !arguments.flag("quiet") { StandardStreams.writeError(Array("\(count) requests\n".utf8)) }
    StandardStreams.exit(.done)
  }

  private func make() throws -> CAENSimulator {
    let serial = try arguments.string("serial")
    let signs = try arguments.string("polarity").map(String.init)
    var boards: [SimulatedBoard] = []
    for address in 0..<(try arguments.int("boards")) {
      var board = SimulatedBoard(
        address: address, channels: Int(try arguments.string("channels")) ?? 4,
        serial: address == 0 ? serial : Int(serial).map { "\($0 + address)" } ?? "\(serial)-\(address)",
        seed: UInt64(try arguments.int("seed")))
      board.model = try arguments.string("model")
      board.firmware = try arguments.string("firmware")
      for channel in board.channels.indices {
        board.channels[channel].resistance = try arguments.double("resistance")
        board.channels[channel].polarity = signs[min(channel, signs.count - 1)] == "-" ? "-" : "+"
      }
      boards.append(board)
    }
    let script = try arguments.optionalString("script").map { (path) throws in
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw CavernError("hv.sim.noScript", "cannot be read", exit: .noInput, file: path)
      }
      return try SimulatorScript(text, file: path)
    }
    return CAENSimulator(boards: boards, speed: try arguments.double("speed"), script: script)
  }
}
