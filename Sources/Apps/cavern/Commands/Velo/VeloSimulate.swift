import Arguments
import Errors
import Fitting
import Foundation
import JSON
import Results
import Tables
import VeloCalibration

extension Command {
  /// `cavern velo simulate`: ASICs with a known truth.
  static var veloSimulate: Command {
    Command(
      "simulate", "Make threshold scans with a known truth, in the layout of real ones.",
      discussion: """
        One folder for each ASIC: dataset.toml, the acquisitions of each scan (files, or one packed scan), mask, baseline \
        and noise width, and truth_<label>.parquet with the true parameters of every pixel. The same options give the \
        same bytes, for any number of threads. Defects (missing, corrupt, empty, bad acquisitions; masked, dead, noisy \
        pixels) are scattered by the seed.
        """,
      examples: [
        Example("cavern velo simulate --output SIMULATED --acquisitions 5 --step 4", "a small warm scan"),
        Example("cavern velo simulate --output DETECTOR --asics 12 --form packed --scans warm,cold", "a module"),
      ],
      options: [
        .option("output", short: "o", "DIR", .folder, "Folder to make.", default: "simulated"),
        .flag("force", "Replace an earlier simulation."),
        .option("asics", "N", .integer(1...624), "How many ASICs, counted through the modules.", default: "1"),
        .option("scans", "LABELS", .list(.choice(["warm", "cold"])), "Which scans.", default: "warm"),
        .option(
          "form", "FORM", .choice(["files", "packed"]), "Acquisition files, or one packed scan a label.",
          default: "files"),
        .option("from", "DAC", .integer(0...16_383), "Lowest threshold.", default: "1480"),
        .option("to", "DAC", .integer(0...16_383), "Highest threshold.", default: "1600"),
        .option("step", "DAC", .integer(1...1000), "Distance of thresholds.", default: "1"),
        .option("acquisitions", "N", .integer(1...10_000), "Acquisitions at each threshold.", default: "100"),
        .option("shutter", "TIME", .text, "Open time of each.", default: "2s621ms"),
        .option("amplitude", "HZ", .number(0...1e6), "Amplitude A under the source.", note: "8 warm, 9.5 cold"),
        .option("source-width", "PIXELS", .number(1...1e6), "Width of the illumination.", note: "220"),
        .option("masked", "N", .integer(0...65_536), "Masked pixels.", default: "6"),
        .option("dead", "N", .integer(0...65_536), "Dead pixels.", default: "4"),
        .option("noisy", "N", .integer(0...65_536), "Pixels with a constant rate on top.", default: "5"),
        .option("noisy-hz", "HZ", .number(0...1e5), "That rate.", default: "3"),
        .option("missing", "N", .integer(0...1_000_000), "Acquisitions without a file.", default: "0"),
        .option("corrupt", "N", .integer(0...1_000_000), "Acquisitions whose file ends early.", default: "0"),
        .option("empty", "N", .integer(0...1_000_000), "Acquisitions without hits.", default: "0"),
        .option("bad", "N", .integer(0...1_000_000), "Acquisitions with the read-out fault.", default: "0"),
        .option(
          "second-line", "FRACTION", .number(0...0.9), "Share of a second line at 1.10 times the energy.", default: "0"),
        .flag("equalisation", "Also write the matrices of an equalisation for 'velo noise'."),
        .option("seed", "N", .integer(0...(.max)), "Seed of everything that scatters.", default: "1"),
        CommonOptions.threads,
      ]
    ) { arguments in try VeloSimulation(arguments).run() }
  }
}

/// One simulation.
@MainActor
private struct VeloSimulation {
  let arguments: ParsedArguments
  let shutter: Shutter
  let thresholds: [Int]
  let threads: Int

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    do throws(CavernError) {
      shutter = try Shutter(try arguments.string("shutter"))
    } catch {
      var usage = error
      usage.exit = .usage
      throw usage
    }
    let (from, to) = (try arguments.int("from"), try arguments.int("to"))
    guard from <= to else {
      throw arguments.fault("usage.value", "--from \(from) lies above --to \(to)", about: "from")
    }
    thresholds = Array(stride(from: from, through: to, by: try arguments.int("step")))
    threads = try VeloArguments.threads(arguments)
  }

  func run() throws(CavernError) -> Arguments.Report {
    let output = try arguments.string("output")
    let count = try arguments.int("asics")
    let labels = try arguments.strings("scans")
    var datasets: [String] = []
    let progress = Progress(total: count * labels.count, unit: "scans", arguments)
    defer { progress.finish() }
    try ResultFolder.write(to: output, force: arguments.flag("force"), isSynchronised: false) {
      (folder) throws(CavernError) in
      for index in 0..<count {
        let module = "Module\(index / DetectorTable.asicsPerModule)"
        let place = index % DetectorTable.asicsPerModule
        let asic = "VP\(place / 3)-\(place % 3)"
        let name = count == 1 ? "" : "\(module)_\(asic)/"
        var text = """
          # Simulated by 'cavern velo simulate'; what is true stands in truth_<label>.parquet.
          [dataset]
          name = "\(module)_\(asic)"
          module = "\(module)"
          asic = "\(asic)"

          """
        for label in labels {
          text += try scan(label, index, module: module, asic: asic, into: name, &folder)
          progress.advance()
        }
        try folder.add("\(name)dataset.toml", bytes: Array(text.utf8))
        datasets.append("\(output)/\(name)dataset.toml")
      }
      try folder.addResult(
        schema: "cavern.velo.simulate/1", ["datasets": .array(datasets.map { .string($0) })])
      try folder.addProvenance(Provenance(version: Version.text, commandLine: arguments.provenanceWords))
    }
    let list = datasets
    return Report(
      result: ["folder": .string(output), "datasets": .array(list.map { .string($0) })],
      text: list.joined(separator: "\n") + "\n")
  }

  /// Writes one scan and gives its part of the dataset file.
  private func scan(
    _ label: String, _ index: Int, module: String, asic: String, into name: String, _ folder: inout ResultFolder
  ) throws(CavernError) -> String {
    let isWarm = label == "warm"
    let seed = UInt64(try arguments.int("seed")) &* 1_000_003 &+ UInt64(2 * index) &+ (isWarm ? 0 : 1)
    let truth = AsicTruth(try model(isWarm), seed: seed)
    let stem = "\(module)_\(asic)"
    var settings = ScanSettings(shutter: shutter)
    settings.prefix = "\(stem)_ECS_data_ST_"
    settings.thresholds = thresholds
    settings.acquisitions = try arguments.int("acquisitions")
    var simulation = ScanSimulation(truth, settings, seed: seed &+ 0x1000_0000)
    for defect in ScanSimulation.Defect.allCases {
      simulation.scatter(defect, try arguments.int(defect.rawValue))
    }
    let place = "\(name)\(label)"
    let work = simulation
    try folder.add("\(place)/\(stem)_Matrix_Mask.csv") { (path) throws(CavernError) in
      try AtomicFile.write(path, AsicFiles.mask(truth), isSynchronised: false)
      let inside = AtomicFile.folder(of: path)
      if try arguments.string("form") == "packed" {
        let packed = "\(inside)/\(settings.prefix)\(shutter.text)\(PackedScan.ending)"
        try work.writePacked(to: packed, threads: threads, isCancelled: { Interrupts.isRequested })
      } else {
        try work.writeFiles(to: inside, threads: threads, isCancelled: { Interrupts.isRequested })
      }
    }
    try folder.add("\(place)/\(stem)_TrimBest_Noise_Predict.csv", bytes: AsicFiles.baseline(truth))
    try folder.add("\(place)/\(stem)_Trim0_Noise_Width.csv", bytes: AsicFiles.width(truth))
    try folder.add("\(name)truth_\(label).parquet", bytes: try truth.table().parquetBytes())
    if arguments.flag("equalisation") {
      for file in AsicFiles.equalisation(truth, seed: seed &+ 0x2000_0000) {
        try folder.add("\(name)equalisation_\(label)/\(stem)_\(file.name)", bytes: file.bytes)
      }
    }
    let cut = Double(ScanSimulation.badSum) / 256
    let start = isWarm ? "{ f = 0.0009, A = 8, s = 12, E0 = 1551 }" : "{ f = 0.00032, A = 14.5, s = 17, E0 = 1535 }"
    let above = isWarm ? "{ f = 0.0009, A = 8, s = 12, E0 = 125 }" : "{ f = 0.00032, A = 14.5, s = 17, E0 = 115 }"
    return """

      [[scan]]
      label = "\(label)"
      folder = "\(label)"
      shutter = "\(shutter.text)"
      acquisitions = \(settings.acquisitions)
      threshold = { from = \(thresholds.first ?? 0), to = \(thresholds.last ?? 0), step = \(try arguments.int("step")) }
      mask = "auto"
      baseline = "\(label)/\(stem)_TrimBest_Noise_Predict.csv"
      baseline_width = "\(label)/\(stem)_Trim0_Noise_Width.csv"
      bad_cut = \(cut)
      exclude = "False"
      p0 = \(start)
      p0_baseline = \(above)

      """
  }

  private func model(_ isWarm: Bool) throws(CavernError) -> AsicModel {
    var model = isWarm ? AsicModel() : .cold
    model.amplitude = try arguments.optionalDouble("amplitude") ?? model.amplitude
    model.sourceWidth = try arguments.optionalDouble("source-width") ?? model.sourceWidth
    model.masked = try arguments.int("masked")
    model.dead = try arguments.int("dead")
    model.noisy = (try arguments.int("noisy"), try arguments.double("noisy-hz"))
    let share = try arguments.double("second-line")
    if share > 0 { model.secondLine = EdgeSecondLine(fraction: share, energyRatio: 1.10) }
    return model
  }
}
