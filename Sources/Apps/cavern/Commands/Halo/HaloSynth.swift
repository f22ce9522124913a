import Arguments
import BeamHalo
import Conditions
import Errors
import Files
import Foundation
import JSON

extension Command {
  /// `cavern halo synth`: made-up captures.
  static var haloSynth: Command {
    Command(
      "synth", "Make up a capture of both ends, with run information and luminosity.",
      discussion: """
        Writes uHTR4.txt and uHTR11.txt, oms/runs.json, brilcalc_normtag.csv and brilcalc_online.csv to a new folder. The \
        same seed and options give the same bytes.
        """,
      examples: [
        Example("cavern halo synth -o DEMO --seed 7", "a small capture"),
        Example("cavern halo synth -o WRAP --first-orbit 4294000000 --dead PN03 --damage 0.001", "with trouble in it"),
      ],
      options: [
        .option("output", short: "o", "DIR", .folder, "New folder."),
        .option("seed", "N", .integer(0...(.max)), "Seed of the random numbers.", default: "1"),
        .option("sections", "N,...", .list(.integer(1...100_000)), "Lumisections of each run.", default: "20,30"),
        .option("rate", "HZ", .number(0...1e5), "Hits a second on each side.", default: "3"),
        .option("first-run", "RUN", .integer(1...4_000_000_000), "First run.", default: "380115"),
        .option("first-orbit", "ORBIT", .integer(0...4_294_967_295), "First orbit.", default: "181000000"),
        .option("dead", "NAME,...", .list(.text), "Channels that see nothing."),
        .option("noisy", "NAME,...", .list(.text), "Channels with much activation."),
        .option("drift", "COUNTS", .number(-10...10), "Counts by which halo hits are late.", default: "0"),
        .option("damage", "SHARE", .number(0...0.5), "Share of lines that are damaged.", default: "0"),
        .option("sides", "SIDE,...", .list(.choice(["plus", "minus"])), "Ends to make up.", default: "plus,minus"),
      ]
    ) { arguments in
      guard let folder = try arguments.optionalString("output") else {
        throw CavernError("usage.missingOption", "--output is missing", exit: .usage, hint: "name a new folder with -o")
      }
      if let content = try? FileManager.default.contentsOfDirectory(atPath: folder), !content.isEmpty {
        throw CavernError(
          "results.exists", "the folder is not empty", exit: .cannotCreate, file: folder, hint: "name another folder")
      }
      let detector = try HaloDetector()
      var options = HaloSynthesisOptions()
      options.seed = UInt64(try arguments.int("seed"))
      options.sections = try arguments.ints("sections")
      options.hitsPerSecond = try arguments.double("rate")
      options.firstRun = UInt32(clamping: try arguments.int("first-run"))
      options.firstOrbit = UInt64(try arguments.int("first-orbit"))
      options.dead = Set(try arguments.strings("dead"))
      options.noisy = Set(try arguments.strings("noisy"))
      for name in options.dead.union(options.noisy) { _ = try detector.channel(named: name) }
      options.drift = try arguments.double("drift")
      options.damage = try arguments.double("damage")
      let source = HaloSynthesizer(options, detector: detector)
      try OutputFolder.prepare(folder + "/oms")
      var files: [String] = []
      for word in try arguments.strings("sides") {
        let side: HaloSide = word == "plus" ? .plus : .minus
        try AtomicFile.write("\(folder)/uHTR\(side.board).txt", source.text(side))
        files.append("uHTR\(side.board).txt")
      }
      try AtomicFile.write(folder + "/oms/runs.json", text: runs(source.runs()).text(.pretty) + "\n")
      try AtomicFile.write(folder + "/brilcalc_normtag.csv", text: source.listing(withNormTag: true))
      try AtomicFile.write(folder + "/brilcalc_online.csv", text: source.listing(withNormTag: false))
      files += ["oms/runs.json", "brilcalc_normtag.csv", "brilcalc_online.csv"]
      let names = files
      return Report(
        result: ["folder": .string(folder), "files": .array(names.map { .string($0) })],
        text: names.map { "\(folder)/\($0)\n" }.joined())
    }
  }

  private static func runs(_ records: [RunRecord]) -> JSONValue {
    [
      "data": .array(
        records.map { record in
          [
            "id": .string("\(record.run)"), "type": "runs",
            "attributes": [
              "run_number": .integer(record.run), "fill_number": .optional(record.fill),
              "start_time": .optional(record.startMilliseconds.map(UTCTime.iso)),
              "end_time": .optional(record.endMilliseconds.map(UTCTime.iso)), "energy": .optional(record.energy),
              "stable_beam": record.isStable.map { .bool($0) } ?? .null,
            ],
          ]
        }),
      "meta": ["totalResourceCount": .integer(records.count)],
    ]
  }
}
