import Arguments
import Errors
import JSON
import Results
import Tables
import VeloCalibration

extension Command {
  /// `cavern velo run`: the whole calibration.
  static var veloRun: Command {
    Command(
      "run", "Calibrate the scans of a dataset: flux, fits, targets, gains.",
      discussion: """
        Writes a result folder with one folder for each scan: acquisitions.csv (the ledger), live_time.csv, \
        asic_flux.csv, hits.parquet, pixels.parquet and calibration.json. Ends with 2 when a threshold has no live time \
        or more of the files than --max-problems allows are missing, corrupt or bad.
        """,
      examples: [
        Example("cavern velo run dataset.toml --output RESULT", "calibrate by Poisson likelihood"),
        Example("cavern velo run dataset.toml --output OLD --method legacy", "with the earlier program's method"),
      ],
      arguments: [VeloArguments.dataset],
      options: [
        .option("output", short: "o", "DIR", .folder, "Result folder.", note: "as the dataset says"),
        .flag("force", "Replace an earlier result."),
        .option(
          "max-problems", "SHARE", .number(0...1), "Largest share of files that may be rejected.", default: "0.05"),
      ] + VeloArguments.reading + VeloArguments.fitting
    ) { arguments in try VeloRun(arguments).run() }
  }
}

/// One run over a dataset.
@MainActor
private struct VeloRun {
  let arguments: ParsedArguments
  let dataset: VeloDataset
  let output: String

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    dataset = try VeloDataset(path: try arguments.string("dataset"))
    guard let output = try arguments.optionalString("output") ?? dataset.output else {
      throw CavernError(
        "velo.noOutput", "neither the command line nor the dataset names a result folder", exit: .usage,
        hint: "add --output DIR")
    }
    self.output = output
  }

  func run() throws(CavernError) -> Arguments.Report {
    let options = try VeloArguments.options(arguments, dataset)
    let scans = try VeloArguments.scans(arguments, dataset)
    let share = try arguments.double("max-problems")
    var calibrations: [ScanCalibration] = []
    var hasProblems = false
    var inputs = [try Provenance.Input(reading: dataset.file)]
    try ResultFolder.write(to: output, force: arguments.flag("force")) { (folder) throws(CavernError) in
      for scan in scans {
        let matrices = try ScanInputs(scan, module: dataset.module, asic: dataset.asic)
        for file in matrices.files { inputs.append(try Provenance.Input(reading: file)) }
        let counts = try ScanReduction.read(
          scan, inputs: matrices, threads: options.threads, isCancelled: { Interrupts.isRequested })
        let calibration = try ScanCalibration(
          counts, inputs: matrices, scan: scan, source: dataset.source, options: options)
        hasProblems = hasProblems || calibration.hasProblems(share: share)
        try write(calibration, to: &folder)
        calibrations.append(calibration)
      }
      let results = JSONValue.array(calibrations.map(\.json))
      try folder.addResult(schema: "cavern.velo.run/1", ["dataset": .string(dataset.name), "scans": results])
      try folder.addProvenance(
        Provenance(version: Version.text, commandLine: arguments.provenanceWords, inputs: inputs))
    }
    let warnings = calibrations.flatMap(\.warnings)
    let results = calibrations.map(\.json)
    let (name, place) = (dataset.name, output)
    let text = calibrations.map { describe($0) }.joined() + "result: \(output)\n"
    return Report(
      status: hasProblems ? .partial : .done, warnings: warnings,
      result: ["dataset": .string(name), "folder": .string(place), "scans": .array(results)], text: text)
  }

  private func write(_ calibration: ScanCalibration, to folder: inout ResultFolder) throws(CavernError) {
    let label = calibration.scan.label
    let counts = calibration.counts
    try folder.add("\(label)/acquisitions.csv", bytes: try AcquisitionRecord.table(counts.records).csvBytes())
    try folder.add("\(label)/live_time.csv", bytes: try counts.liveTimeTable().csvBytes())
    let isUnmasked = calibration.inputs.isMasked.map { !$0 }
    try folder.add("\(label)/asic_flux.csv", bytes: try counts.asicFluxTable(isUnmasked).csvBytes())
    try folder.add("\(label)/hits.parquet", bytes: try counts.hitsTable().parquetBytes())
    try folder.add("\(label)/pixels.parquet", bytes: try calibration.pixelTable().parquetBytes())
    let document: JSONValue = [
      "schema": "cavern.velo.calibration/1", "dataset": .string(dataset.name), "module": .string(dataset.module),
      "asic": .string(dataset.asic), "version": .string(Version.text), "result": calibration.json,
    ]
    try folder.add("\(label)/calibration.json", bytes: Array((document.text(.pretty) + "\n").utf8))
  }

  private func describe(_ calibration: ScanCalibration) -> String {
    let fits = calibration.fits
    let gain = PixelSummary(calibration.gains.gain, errors: calibration.gains.gainError)
    let target = PixelSummary(calibration.gains.target, errors: calibration.gains.targetError)
    let categories = PixelCategory.allCases.map { "\(fits.count($0)) \($0.name)" }.joined(separator: ", ")
    let statuses = AcquisitionStatus.allCases.map { "\(calibration.counts.count($0)) \($0.rawValue)" }
      .joined(separator: ", ")
    func measured(_ summary: PixelSummary, _ unit: String) -> String {
      summary.count == 0 ? "none" : MeasuredValue(summary.mean, statistical: summary.meanError).text(unit: unit)
    }
    return """
      \(calibration.scan.label)
        acquisitions: \(statuses)
        pixels: \(categories)
        target: \(measured(target, "DAC")) (n = \(target.count))
        K: \(measured(gain, "e-/DAC")), common scale error \
      \(MeasuredValue(100 * calibration.source.electronsError / calibration.source.electrons).text()) %

      """
  }
}
