import Arguments
import BeamInstrumentation
import Errors
import JSON
import Results
import Tables

extension Command {
  /// `cavern beam simulate`: acquisitions with a known truth.
  static var beamSimulate: Command {
    Command(
      "simulate", "Make acquisitions with a known truth: for tests, demonstrations and training.",
      discussion: """
        Every file is written in the layout of real ones; what is true about it stands in truth/ beside it. The same \
        options give the same bytes.
        """,
      examples: [
        Example("cavern beam simulate session -o STUDY --files 40 --seed 1", "a mixed session with broken files"),
        Example("cavern beam simulate ws -o STUDY --q 1.3,1.1 --noise 40", "one wire scan with tails"),
      ],
      subcommands: [simulateWireScan, simulateBeamCurrent, simulateRipple, simulateTomoscope, simulateSession])
  }

  private static let common: [Option] = [
    .option("output", short: "o", "DIR", .folder, "Folder for the files.", default: "simulated"),
    .option("seed", "N", .integer(0...(.max)), "Seed of everything that scatters.", default: "1"),
    .option("optics", "SET|FILE", .text, "Optics of the machine.", default: "sps-q26-pb-ions"),
    .option(
      "list-naming", "NAME", .choice(["item", "element"]), "What Parquet calls the values below a list.",
      default: "item"),
  ]

  private static func session(_ arguments: ParsedArguments) throws(CavernError) -> SessionSimulation {
    var session = SessionSimulation(optics: try WireScanArguments.opticsSet(try arguments.string("optics")))
    session.seed = UInt64(try arguments.int("seed"))
    session.naming = ParquetListNaming(rawValue: try arguments.string("list-naming")) ?? .item
    return session
  }

  private static func pair(_ arguments: ParsedArguments, _ name: String) throws(CavernError) -> (Double, Double) {
    let values = try arguments.doubles(name)
    guard let first = values.first, let last = values.last, values.count <= 2 else {
      throw arguments.fault("usage.value", "--\(name) takes one or two numbers", about: name, expected: "H,V")
    }
    return (first, last)
  }

  private static func finish(_ files: [SessionSimulation.File], _ folder: String) throws(CavernError) -> Report {
    try OutputFolder.prepare("\(folder)/truth")
    for file in files { try write(file, folder) }
    return report(files.map(\.name), folder)
  }

  private static func write(_ file: SessionSimulation.File, _ folder: String) throws(CavernError) {
    try AtomicFile.write("\(folder)/\(file.name)", file.bytes, isSynchronised: false)
    var truth = file.truth.objectValue ?? JSONObject()
    truth["file"] = .string(file.name)
    try AtomicFile.write(
      "\(folder)/truth/\(InputFiles.File(path: file.name, name: file.name).stem).json",
      text: JSONValue.object(truth).text(.pretty) + "\n",
      isSynchronised: false)
  }

  private static func report(_ names: [String], _ folder: String) -> Report {
    Report(
      result: ["folder": .string(folder), "files": .array(names.map { .string($0) })],
      text: names.count == 1
        ? "\(folder)/\(names[0])\n" : "\(names.count) files in \(folder), what is true in \(folder)/truth\n")
  }

  private static var simulateWireScan: Command {
    Command(
      "ws", "Make a wire-scan file.",
      examples: [Example("cavern beam simulate ws -o STUDY --emittance 1.1,0.8 --channels 4", "four photomultipliers")],
      options: common + [
        .option("emittance", "H,V", .list(.number(1e-6...1e6)), "Normalised emittances in um.", default: "1.05,0.82"),
        .option("q", "H,V", .list(.number(0.2...1.66)), "Tail parameters; 1 is a Gaussian.", default: "1,1"),
        .option("noise", "X", .number(0...1e9), "R.m.s. noise in signal units.", default: "25"),
        .option(
          "noise-growth", "X", .number(0...1e6), "Growth of the noise with the root of the signal.", default: "0.35"),
        .option("amplitude", "X", .number(0...1e9), "Height of a bunch in signal units.", default: "6000"),
        .option("saturation", "X", .number(1...1e9), "Full scale of the digitiser."),
        .option("saturated-rows", "LIST", .indices, "Rows one and a half times as high as the full scale."),
        .option("weak-rows", "LIST", .indices, "Rows with a quarter of the charge."),
        .option("slope", "X", .number(), "Slope of the baseline per mm.", default: "0"),
        .option(
          "blow-up", "X", .number(0.1...10), "Size in the outgoing over that in the incoming scan.", default: "1"),
        .option("channels", "N", .choice(["1", "4"]), "Photomultipliers recorded.", default: "1"),
        .option("missing", "H|V", .choice(["H", "V"]), "Plane whose scanner does not publish."),
        .option("scan-time", "S", .number(0...60), "Time in the cycle of the incoming scan.", default: "20.06"),
        .option("rows", "N", .integer(1...4000), "Rows.", default: "36"),
        .option("samples", "N", .integer(8...100_000), "Samples of a profile.", default: "200"),
        .option(
          "broken", "KIND", .choice(BrokenFile.allCases.map { ValueKind.Choice($0.rawValue) }),
          "Break the file in this way."),
      ]
    ) { arguments in
      let session = try session(arguments)
      var scan = WireScanSimulation(optics: session.optics)
      scan.seed = session.seed
      let emittance = try pair(arguments, "emittance")
      let q = try pair(arguments, "q")
      scan.scanners = WireScanSimulation.ionScanners(horizontal: emittance.0, vertical: emittance.1)
      scan.rowCount = try arguments.int("rows")
      scan.sampleCount = try arguments.int("samples")
      scan.scanTime = try arguments.double("scan-time")
      scan.channelCount = try arguments.int("channels")
      if scan.rowCount >= 322 {
        scan.filledRows = WireScanSimulation.schemeRows(firstRow: 321, sets: 2, batches: 7)
      } else {
        scan.filledRows = WireScanSimulation.schemeRows(
          firstRow: max(scan.rowCount - 4, 0), sets: 1, batches: max(1, min(14, scan.rowCount / 18)))
      }
      for index in scan.scanners.indices {
        let isHorizontal = scan.scanners[index].plane == .horizontal
        scan.scanners[index].q = isHorizontal ? q.0 : q.1
        scan.scanners[index].noise = try arguments.double("noise")
        scan.scanners[index].noiseGrowth = try arguments.double("noise-growth")
        scan.scanners[index].amplitude = try arguments.double("amplitude")
        scan.scanners[index].saturation = try arguments.optionalDouble("saturation")
        scan.scanners[index].saturatedRows = Set(try arguments.optionalIndices("saturated-rows") ?? [])
        scan.scanners[index].weakRows = Set(try arguments.optionalIndices("weak-rows") ?? [])
        scan.scanners[index].slope = try arguments.double("slope")
        scan.scanners[index].blowUp = try arguments.double("blow-up")
        if try arguments.optionalString("missing") == scan.scanners[index].plane.rawValue {
          scan.scanners[index].isPublished = false
        }
      }
      let fault = try arguments.optionalString("broken").flatMap(BrokenFile.init(rawValue:))
      return try finish([try session.file(scan, broken: fault)], try arguments.string("output"))
    }
  }

  private static var simulateBeamCurrent: Command {
    Command(
      "fbct", "Make a bunch-intensity file.",
      examples: [Example("cavern beam simulate fbct -o STUDY --lifetime 120 --dc", "with a DC transformer beside it")],
      options: common + [
        .option("intensity", "N", .number(1...1e15), "Charges of a bunch at injection.", default: "1.6e10"),
        .option("lifetime", "S", .list(.number(1e-3...1e9)), "Lifetimes, one per batch in turn.", default: "200"),
        .option("noise", "N", .number(0...1e15), "R.m.s. noise in charges.", default: "1.2e8"),
        .option("droop", "X", .number(-1...1), "Level of empty slots per charge in the ring.", default: "0"),
        .option("loss", "S", .number(0...1e4), "Time of a sudden loss of 20 % of all bunches."),
        .flag("dc", "Add a DC transformer that sees 2 % more."),
        .option("stamp", "TIME", .text, "Moment of the cycle, UTC.", note: "2023-10-16 09:03:10.120000"),
        .option("first-slot", "N", .integer(0...10_000), "Slot of the first bunch, from 0.", default: "100"),
        .option(
          "injections", "S,...", .list(.number(0...1e4)), "Times of the injections, batch by batch in order of slots.",
          default: "0.8,4.4,8,11.6,15.2,18.8,22.4"),
      ]
    ) { arguments in
      let session = try session(arguments)
      var current = BeamCurrentSimulation()
      current.seed = session.seed
      current.intensity = try arguments.double("intensity")
      current.lifetimes = try arguments.doubles("lifetime")
      current.noise = try arguments.double("noise")
      current.droop = try arguments.double("droop")
      if let time = try arguments.optionalDouble("loss") { current.losses = [.init(time: time, fraction: 0.2)] }
      if arguments.flag("dc") { current.calibration = 1.02 }
      if let text = try arguments.optionalString("stamp") {
        guard let time = AcquisitionTime(parsing: text) else {
          throw arguments.fault(
            "usage.value", "'\(text)' is no time", about: "stamp", expected: "yyyy-MM-dd HH:mm:ss.ffffff")
        }
        current.stamp = time.nanoseconds
      }
      current.firstSlot = try arguments.int("first-slot")
      current.injections = try arguments.doubles("injections")
      return try finish([try session.file(current)], try arguments.string("output"))
    }
  }

  private static var simulateRipple: Command {
    Command(
      "dcct", "Make a quadrupole-current file.",
      examples: [Example("cavern beam simulate dcct -o STUDY --duration 30", "30 s at 10 kHz")],
      options: common + [
        .option("duration", "S", .number(0.1...600), "Length of the record.", default: "5"),
        .option("family", "QF|QD", .choice(["QF", "QD"]), "Family of quadrupoles.", default: "QF"),
        .option("noise", "A", .number(0...1e3), "R.m.s. noise in A.", default: "8e-4"),
        .option("drift", "X", .number(), "Drift in A/s.", default: "0"),
      ]
    ) { arguments in
      let session = try session(arguments)
      var current = QuadrupoleCurrentSimulation()
      current.seed = session.seed
      current.duration = try arguments.double("duration")
      current.noise = try arguments.double("noise")
      current.drift = try arguments.double("drift")
      return try finish(
        [try session.file(current, family: try arguments.string("family"))], try arguments.string("output"))
    }
  }

  private static var simulateTomoscope: Command {
    Command(
      "tomoscope", "Make a tomoscope file.",
      examples: [Example("cavern beam simulate tomoscope -o STUDY --frames 100", "100 frames")],
      options: common + [
        .option("frames", "N", .integer(1...100_000), "Frames.", default: "40"),
        .option("noise", "X", .number(0...1e6), "R.m.s. noise.", default: "6"),
        .option("split-at", "N", .integer(0...100_000), "Frame at which the bunches begin to split."),
      ]
    ) { arguments in
      let session = try session(arguments)
      var simulation = TomoscopeSimulation()
      simulation.seed = session.seed
      simulation.header.frameCount = try arguments.int("frames")
      simulation.noise = try arguments.double("noise")
      if let frame = try arguments.optionalInt("split-at") {
        simulation.split = .init(frames: frame...(frame + 12), distance: 110)
      }
      return try finish([session.file(simulation)], try arguments.string("output"))
    }
  }

  private static var simulateSession: Command {
    Command(
      "session",
      "Make a mixed session: wire scans, intensities of the same cycles, currents, tomoscopes, broken files.",
      examples: [Example("cavern beam simulate session -o STUDY --files 1000", "a thousand files")],
      options: common + [
        .option("files", "N", .integer(1...1_000_000), "Files in all.", default: "40"),
        .option(
          "broken-every", "N", .integer(0...1_000_000), "Every so many files is broken; 0 for none.", default: "20"),
        .option("rows", "N", .integer(8...4000), "Rows of the wire scans.", default: "36"),
        .option("samples", "N", .integer(8...100_000), "Samples of a profile.", default: "200"),
        .option("batches", "N", .integer(1...14), "Batches of four bunches.", default: "2"),
        .option("slots", "N", .integer(64...4000), "Slots of the intensity records.", default: "924"),
        .option("growth", "H,V", .list(.number()), "Growth of the emittances in um/s.", default: "0.006,0.0042"),
        .option("q", "H,V", .list(.number(0.2...1.66)), "Tail parameters.", default: "1.08,1"),
        .option("duration", "S", .number(0.1...600), "Length of the quadrupole currents.", default: "5"),
      ]
    ) { arguments in
      var session = try session(arguments)
      session.fileCount = try arguments.int("files")
      let every = try arguments.int("broken-every")
      session.brokenEvery = every > 0 ? every : nil
      session.rowCount = try arguments.int("rows")
      session.sampleCount = try arguments.int("samples")
      session.batches = try arguments.int("batches")
      // All injections lie before the first scan.
      session.injectionInterval = min(3.6, 7.2 / Double(max(session.batches - 1, 1)))
      session.slotCount = try arguments.int("slots")
      session.growth = try pair(arguments, "growth")
      session.q = try pair(arguments, "q")
      session.rippleDuration = try arguments.double("duration")
      let folder = try arguments.string("output")
      try OutputFolder.prepare("\(folder)/truth")
      var names: [String] = []
      let progress = Progress(total: session.fileCount, unit: "files", arguments)
      for number in 0..<session.fileCount where !Interrupts.isRequested {
        let file = try session.file(number)
        try write(file, folder)
        names.append(file.name)
        progress.advance()
      }
      progress.finish()
      try AtomicFile.write("\(folder)/truth/session.json", text: session.truth.text(.pretty) + "\n")
      return report(names, folder)
    }
  }
}
