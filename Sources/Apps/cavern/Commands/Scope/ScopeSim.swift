import Arguments
import Errors
import Files
import Foundation
import Instruments
import JSON

extension Command {
  /// `cavern scope sim`: an oscilloscope in software.
  static var scopeSim: Command {
    Command(
      "sim", "Stand in for an oscilloscope: VXI-11, VICP, pulses, faults.",
      discussion: """
        Prints one JSON object with its ports and serves until Ctrl-C. Ports 111 and 1861 are taken when they are free and \
        allowed, others otherwise. Faults are asked for with --fault or as lines on the control port: \
        {"fault": "cut", "channel": "C3", "bytes": 1000}; kinds are truncated, wrong-length, mute, cut, locked, stale, slow \
        and mismatch. With --files it serves nothing but writes sweeps and the truth about them.
        """,
      examples: [
        Example("cavern scope sim --seed 7", "serve until Ctrl-C"),
        Example("cavern scope sim --files pulses --sweeps 5 --segments 100", "write waveforms and truth.csv"),
      ],
      options: [
        .option("host", "ADDRESS", .text, "Address to listen on.", default: "127.0.0.1"),
        .option("mapper-port", "N", .integer(0...65535), "Port of the port mapper; 0 lets the system choose."),
        .option("vicp-port", "N", .integer(0...65535), "Port of VICP; 0 lets the system choose."),
        .option("device", "NAME", .text, "Device behind VXI-11.", default: "inst0"),
        .option("channels", "N", .integer(1...8), "Number of channels.", default: "4"),
        .option("seed", "N", .integer(0...(.max)), "Where random numbers begin.", default: "1"),
        .option("rate", "HZ", .number(1e-3...1e9), "Triggers a second.", default: "1000"),
        .option("speed", "X", .number(1e-3...1e9), "How much faster than real time acquisitions are.", default: "1"),
        .option("pool", "N", .integer(0...1000), "Repeat after so many sweeps; 0 computes each anew.", default: "0"),
        .option("walk", "TIME", .duration, "Time walk of C2 at its mean amplitude.", default: "0 s"),
        .option("for", "TIME", .duration, "End after this time."),
        .option("fault", "JSON", .text, "A fault from the beginning on.", isRepeatable: true),
        .option("files", "DIR", .folder, "Write sweeps to this folder in place of serving."),
        .option("sweeps", "N", .integer(1...100_000), "How many, with --files.", default: "1"),
        .option("segments", "N", .integer(1...100_000), "Segments of a sweep, with --files.", default: "100"),
      ]
    ) { arguments in
      let options = try options(arguments)
      if let folder = try arguments.optionalString("files") { return try write(options, to: folder, arguments) }
      var faults: [OscilloscopeFault] = []
      for text in try arguments.strings("fault") {
        guard let json = try? JSONValue(parsing: text) else {
          throw arguments.fault("sim.badFault", "'\(text)' is not JSON", about: "fault")
        }
        faults.append(try OscilloscopeFault(json))
      }
      let simulator = try OscilloscopeSimulator(options)
      defer { simulator.stop() }
      for fault in faults { simulator.add(fault) }
      let facts: JSONValue = [
        "host": .string(options.host), "core_port": .integer(Int(simulator.corePort)),
        "mapper_port": .integer(Int(simulator.mapperPort)), "vicp_port": .integer(Int(simulator.vicpPort)),
        "control_port": .integer(Int(simulator.controlPort)),
      ]
      try StandardStreams.write(Array((facts.text() + "\n").utf8))
      let end = try arguments.optionalDuration("for").map { ContinuousClock.now + $0 }
      while !Interrupts.isRequested, end.map({ ContinuousClock.now < $0 }) ?? true {
        try await Task.sleep(for: .milliseconds(20))
      }
      return Report(result: facts, text: "")
    }
  }

  private static func options(_ arguments: ParsedArguments) throws(CavernError) -> OscilloscopeSimulator.Options {
    var options = OscilloscopeSimulator.Options()
    options.host = try arguments.string("host")
    options.mapperPort = try arguments.optionalInt("mapper-port").map { UInt16($0) }
    options.vicpPort = try arguments.optionalInt("vicp-port").map { UInt16($0) }
    options.device = try arguments.string("device").lowercased()
    options.channels = try arguments.int("channels")
    options.seed = UInt64(try arguments.int("seed"))
    options.triggerRate = try arguments.double("rate")
    options.speed = try arguments.double("speed")
    options.pool = try arguments.int("pool")
    let walk = try arguments.duration("walk").components
    options.pulses[1].walk = Double(walk.seconds) + Double(walk.attoseconds) * 1e-18
    return options
  }

  /// Writes `C1-00000000.trc`, … and `truth.csv`.
  private static func write(
    _ options: OscilloscopeSimulator.Options, to folder: String, _ arguments: ParsedArguments
  ) throws(CavernError) -> Report {
    let (sweeps, segments) = (try arguments.int("sweeps"), try arguments.int("segments"))
    try OutputFolder.prepare(folder)
    var truth: [[String]] = []
    var bytes = 0
    for sweep in 0..<sweeps {
      let made = OscilloscopeSimulator.sweep(options, number: sweep, segments: segments)
      for (channel, file) in made.files.enumerated() {
        let number = String(sweep)
        let name = "C\(channel + 1)-\(String(repeating: "0", count: max(0, 8 - number.count)))\(number).trc"
        try AtomicFile.write("\(folder)/\(name)", file, isSynchronised: false)
        bytes += file.count
      }
      for fact in made.truth.joined() {
        truth.append([
          sweep.description, fact.segment.description, "C\(fact.channel)", fact.arrival.description,
          fact.amplitude.description,
        ])
      }
    }
    let header = ["sweep", "segment", "channel", "arrival_s", "amplitude_V"]
    try AtomicFile.write("\(folder)/truth.csv", text: CSVText.table(header, truth))
    let total = bytes
    return Report(
      result: [
        "folder": .string(folder), "sweeps": .integer(sweeps), "segments": .integer(segments),
        "channels": .integer(options.channels), "bytes": .integer(total),
      ], text: "\(folder): \(sweeps) sweeps of \(segments) segments on \(options.channels) channels, and truth.csv\n")
  }
}
