import Arguments
import Errors
import Foundation
import JSON
import Results
import Tables
import VeloCalibration

extension Command {
  /// `cavern velo detector`: many ASICs, one table.
  static var veloDetector: Command {
    Command(
      "detector", "Calibrate many ASICs, and put their results into one table and a map of the detector.",
      discussion: """
        Each dataset becomes a result folder of its own, <output>/<module>_<asic>, as 'velo run' writes it. It appears when \
        it is whole: a run that was stopped goes on where it was, and a second run takes over what has not changed. \
        detector.csv, detector.parquet and detector.json hold a row for each ASIC and scan; the map shows 52 modules with \
        12 ASICs. An ASIC that fails does not stop the others; the exit status is then 2.
        """,
      examples: [Example("cavern velo detector SIMULATED/*/dataset.toml --output DETECTOR", "a module")],
      arguments: [Argument("datasets", .file(["toml", "json"]), "Dataset files.", count: .repeating(atLeast: 1))],
      options: [
        .option("output", short: "o", "DIR", .folder, "Folder of the results.", default: "detector"),
        .flag("again", "Do every ASIC again, changed or not."),
        .option(
          "max-problems", "SHARE", .number(0...1), "Largest share of files that may be rejected.", default: "0.05"),
        .flag("figures", "Draw the map.", isInvertible: true, isOn: true), CommonOptions.csv,
      ] + VeloArguments.reading + VeloArguments.fitting
    ) { arguments in try VeloDetectorRun(arguments).run() }
  }
}

/// A run over many datasets.
@MainActor
private struct VeloDetectorRun {
  let arguments: ParsedArguments
  let output: String

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    output = try arguments.string("output")
  }

  /// What became of one ASIC.
  private struct Outcome {
    var name: String
    var state: String
    var rows: [DetectorTable.Row] = []
    var warnings: [CavernWarning] = []
  }

  func run() throws(CavernError) -> Arguments.Report {
    let paths = try arguments.strings("datasets")
    var datasets: [VeloDataset] = []
    for path in paths {
      let dataset = try VeloDataset(path: path)
      if let other = datasets.first(where: { $0.module == dataset.module && $0.asic == dataset.asic }) {
        throw CavernError(
          "velo.duplicate", "'\(other.file)' is the same ASIC", exit: .configuration, file: path,
          hint: "put its scans into one dataset")
      }
      datasets.append(dataset)
    }
    try OutputFolder.prepare(output)
    var outcomes: [Outcome] = []
    let progress = Progress(total: datasets.count, unit: "ASICs", arguments)
    for dataset in datasets where !Interrupts.isRequested {
      outcomes.append(try calibrate(dataset))
      progress.advance()
    }
    progress.finish()
    let table = DetectorTable(outcomes.flatMap(\.rows))
    try write(table, outcomes)
    return try report(table, outcomes, stopped: outcomes.count < datasets.count)
  }

  private func calibrate(_ dataset: VeloDataset) throws(CavernError) -> Outcome {
    let name = "\(dataset.module)_\(dataset.asic)"
    var outcome = Outcome(name: name, state: "done")
    do throws(CavernError) {
      let scans = try VeloArguments.scans(arguments, dataset)
      let folder = "\(output)/\(name)"
      let options = try VeloArguments.options(arguments, dataset)
      // Everything that shapes the numbers of this ASIC.
      var marks = ["\(options.method) \(options.equation) \(options.baseline) \(options.alpha ?? -1)"]
      marks += ["\(options.noisyRate ?? -1) \(options.hasBackground) \(dataset.source) \(dataset.group)"]
      marks.append("\(arguments.provenanceWords)")
      var inputs: [ScanInputs] = []
      for scan in scans {
        inputs.append(try ScanInputs(scan, module: dataset.module, asic: dataset.asic))
        marks.append(try ScanFingerprint.of(scan, inputs: inputs[inputs.count - 1]))
      }
      let fingerprint = SHA256.hexDigest(of: Array(marks.joined(separator: "\n").utf8))
      if !arguments.flag("again"), let rows = earlier(folder, fingerprint, dataset) {
        outcome.rows = rows
        outcome.state = "reused"
        return outcome
      }
      var hasProblems = false
      var scanResults: [JSONValue] = []
      try ResultFolder.write(to: folder, force: true, isSynchronised: false) { (place) throws(CavernError) in
        for (scan, input) in zip(scans, inputs) {
          let counts = try ScanReduction.read(
            scan, inputs: input, threads: options.threads, isCancelled: { Interrupts.isRequested })
          var own = options
          own.group = try VeloArguments.groups(arguments, dataset)[0]
          let calibration = try ScanCalibration(
            counts, inputs: input, scan: scan, source: dataset.source, options: own)
          let share = try arguments.double("max-problems")
          hasProblems = hasProblems || counts.hasProblems(share: share)
          try add(calibration, counts, dataset, &place)
          scanResults.append(calibration.json)
          outcome.warnings += calibration.warnings
        }
        try place.addResult(
          schema: "cavern.velo.run/1",
          [
            "dataset": .string(dataset.name), "fingerprint": .string(fingerprint), "problems": .bool(hasProblems),
            "scans": .array(scanResults),
          ])
      }
      outcome.rows = scanResults.map { DetectorTable.Row(module: dataset.module, asic: dataset.asic, json: $0) }
      if hasProblems { outcome.state = "partial" }
    } catch {
      if error.exit == .interrupted { throw error }
      outcome.state = "failed"
      outcome.warnings.append(CavernWarning(error.code, error.message, file: error.file ?? dataset.file))
    }
    return outcome
  }

  private func add(
    _ calibration: ScanCalibration, _ counts: ScanCounts, _ dataset: VeloDataset, _ place: inout ResultFolder
  ) throws(CavernError) {
    let label = calibration.scan.label
    try place.add("\(label)/acquisitions.csv", bytes: try AcquisitionRecord.table(counts.records).csvBytes())
    try place.add("\(label)/live_time.csv", bytes: try counts.liveTimeTable().csvBytes())
    try place.add("\(label)/pixels.parquet", bytes: try calibration.pixelTable().parquetBytes())
    let document: JSONValue = [
      "schema": "cavern.velo.calibration/1", "dataset": .string(dataset.name), "module": .string(dataset.module),
      "asic": .string(dataset.asic), "version": .string(Version.text), "result": calibration.json,
    ]
    try place.add("\(label)/calibration.json", bytes: Array((document.text(.pretty) + "\n").utf8))
  }

  /// The rows of an earlier result with the same fingerprint.
  private func earlier(_ folder: String, _ fingerprint: String, _ dataset: VeloDataset) -> [DetectorTable.Row]? {
    guard let data = FileManager.default.contents(atPath: folder + "/result.json"),
      let result = (try? JSONValue(parsing: Array(data)))?["result"], result["fingerprint"]?.stringValue == fingerprint,
      let scans = result["scans"]?.arrayValue
    else { return nil }
    return scans.map { DetectorTable.Row(module: dataset.module, asic: dataset.asic, json: $0) }
  }

  private func write(_ table: DetectorTable, _ outcomes: [Outcome]) throws(CavernError) {
    let columns = try table.table()
    try AtomicFile.write("\(output)/detector.csv", try columns.csvBytes())
    try columns.writeParquet(to: "\(output)/detector.parquet")
    try AtomicFile.write("\(output)/detector.json", text: json(table, outcomes).text(.pretty) + "\n")
    guard arguments.flag("figures"), !table.rows.isEmpty else { return }
    _ = try VeloFigureFiles.write(table.figures(), to: "\(output)/figures")
  }

  private func json(_ table: DetectorTable, _ outcomes: [Outcome]) -> JSONValue {
    [
      "schema": "cavern.velo.detector/1",
      "asics": .array(outcomes.map { ["name": .string($0.name), "state": .string($0.state)] }), "rows": table.json,
    ]
  }

  private func report(
    _ table: DetectorTable, _ outcomes: [Outcome], stopped: Bool
  ) throws(CavernError) -> Arguments.Report {
    let csv = try table.table().csvBytes()
    func count(_ state: String) -> Int { outcomes.count { $0.state == state } }
    let words = ["done", "reused", "partial", "failed"].filter { count($0) > 0 }.map { "\(count($0)) \($0)" }
    let isWhole = count("failed") + count("partial") == 0
    let (place, result) = (output, json(table, outcomes))
    return Report(
      status: stopped ? .interrupted : isWhole ? .done : .partial, warnings: outcomes.flatMap(\.warnings),
      result: result,
      text: "\(outcomes.count) ASICs: \(words.joined(separator: ", "))\nresult: \(place)/detector.csv\n",
      csv: { String(decoding: csv, as: UTF8.self) })
  }
}
