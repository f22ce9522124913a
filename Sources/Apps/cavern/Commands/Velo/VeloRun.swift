import Arguments
import Errors
import Figures
import Foundation
import JSON
import Results
import Tables
import VeloCalibration

/// One run over a dataset, as far as its stage.
@MainActor
struct VeloRun {
  let arguments: ParsedArguments
  let stage: VeloStage
  let dataset: VeloDataset
  let output: String

  /// What one scan gave.
  struct ScanOutcome {
    var scan: ScanSettings
    var inputs: ScanInputs
    var counts: ScanCounts
    var fingerprint: String
    var isReused: Bool
    /// One for each group.
    var calibrations: [ScanCalibration]
    /// What each says as JSON; made once, because it sorts all pixels several times.
    var documents: [JSONValue]
  }

  init(_ arguments: ParsedArguments, _ stage: VeloStage) throws(CavernError) {
    self.arguments = arguments
    self.stage = stage
    dataset = try VeloDataset(path: try arguments.string("dataset"))
    guard let output = try arguments.optionalString("output") ?? dataset.output else {
      throw CavernError(
        "velo.noOutput", "neither the command line nor the dataset names a result folder", exit: .usage,
        hint: "add --output DIR")
    }
    self.output = output
  }

  private var checkpoint: String { output + ".checkpoint" }

  func run() throws(CavernError) -> Arguments.Report {
    if ResultFolder.isResult(output), !isForced, arguments.flag("keep") {
      let place = output
      return Report(result: ["folder": .string(place), "kept": true], text: "kept: \(place)\n")
    }
    return try outcome(replacesResult: false).report
  }

  private var isForced: Bool { arguments.flag("force") || arguments.flag("resume") }

  /// Calibrates and writes; `replacesResult` when the result that is there is this run's own.
  func outcome(replacesResult: Bool) throws(CavernError) -> Outcome {
    let isForced = isForced || replacesResult
    if ResultFolder.isResult(output), !isForced {
      throw CavernError(
        "results.exists", "there is a result already", exit: .cannotCreate, file: output,
        hint: "replace it with --force, leave it with --keep, or name another folder")
    }
    let scans = try VeloArguments.scans(arguments, dataset)
    let share = try arguments.double("max-problems")
    var outcomes: [ScanOutcome] = []
    let isLegacy = try arguments.string("layout") == "legacy"
    try ResultFolder.write(to: output, force: isForced) { (folder) throws(CavernError) in
      for scan in scans {
        let outcome = try calibrate(scan)
        try write(outcome, to: &folder)
        if isLegacy { try writeLegacy(outcome, to: &folder) }
        outcomes.append(outcome)
      }
      try finish(outcomes, &folder)
    }
    if isLegacy, stage.rawValue >= VeloStage.gain.rawValue { try collect(outcomes) }
    try? FileManager.default.removeItem(atPath: checkpoint)
    let hasProblems = outcomes.contains { $0.counts.hasProblems(share: share) }
    return Outcome(outcomes, report(outcomes, hasProblems))
  }

  // MARK: - Work

  private func calibrate(_ scan: ScanSettings) throws(CavernError) -> ScanOutcome {
    let inputs = try ScanInputs(scan, module: dataset.module, asic: dataset.asic)
    let threads = try VeloArguments.threads(arguments)
    let stored = stage == .flux ? nil : try arguments.optionalString("flux")
    var counts: ScanCounts
    var fingerprint = ""
    var isReused = false
    if let stored {
      counts = try StoredCounts.read("\(stored)/\(scan.label)")
      fingerprint = StoredCounts.fingerprint("\(stored)/\(scan.label)") ?? ""
      isReused = true
    } else {
      fingerprint = try ScanFingerprint.of(scan, inputs: inputs)
      let places = arguments.flag("resume") ? ["\(output)/\(scan.label)", "\(checkpoint)/\(scan.label)"] : []
      if let place = places.first(where: { StoredCounts.fingerprint($0) == fingerprint }) {
        counts = try StoredCounts.read(place)
        isReused = true
      } else {
        counts = try ScanReduction.read(
          scan, inputs: inputs, threads: threads, isCancelled: { Interrupts.isRequested })
        if arguments.flag("resume") { try remember(counts, scan, fingerprint) }
      }
    }
    if let rule = scan.empty { counts.emptyIsLive = rule == .live }
    var calibrations: [ScanCalibration] = []
    if stage != .flux {
      for group in try VeloArguments.groups(arguments, dataset) {
        var options = try VeloArguments.options(arguments, dataset)
        options.group = group
        var asic = AsicChoice()
        if stage == .fit || (stage == .gain && !arguments.flag("asic")) { asic.isWanted = false }
        if stage == .gain {
          asic.baseline = try arguments.optionalString("asic-baseline").flatMap(PixelFitOptions.Baseline.init)
        }
        calibrations.append(
          try ScanCalibration(
            counts, inputs: inputs, scan: scan, source: dataset.source, options: options, asic: asic))
      }
    }
    return ScanOutcome(
      scan: scan, inputs: inputs, counts: counts, fingerprint: fingerprint, isReused: isReused,
      calibrations: calibrations, documents: calibrations.map(\.json))
  }

  /// Keeps the sums of a scan beside the output until the run is over.
  private func remember(_ counts: ScanCounts, _ scan: ScanSettings, _ fingerprint: String) throws(CavernError) {
    try ResultFolder.write(to: "\(checkpoint)/\(scan.label)", force: true) { (folder) throws(CavernError) in
      try writeCounts(counts, fingerprint, "", to: &folder)
      try folder.addResult(schema: "cavern.velo.checkpoint/1", ["label": .string(scan.label)])
    }
  }

  // MARK: - Files

  private func writeCounts(
    _ counts: ScanCounts, _ fingerprint: String, _ prefix: String, to folder: inout ResultFolder
  ) throws(CavernError) {
    try folder.add("\(prefix)acquisitions.csv", bytes: try AcquisitionRecord.table(counts.records).csvBytes())
    try folder.add("\(prefix)hits.parquet") { (path) throws(CavernError) in
      try StoredCounts.writeHits(counts, to: path)
    }
    let document = StoredCounts.json(counts, fingerprint: fingerprint)
    try folder.add("\(prefix)counts.json", bytes: Array((document.text(.pretty) + "\n").utf8))
  }

  private func write(_ outcome: ScanOutcome, to folder: inout ResultFolder) throws(CavernError) {
    let label = outcome.scan.label
    let counts = outcome.counts
    try writeCounts(counts, outcome.fingerprint, "\(label)/", to: &folder)
    try folder.add("\(label)/live_time.csv", bytes: try counts.liveTimeTable().csvBytes())
    let isUnmasked = outcome.inputs.isMasked.map { !$0 }
    try folder.add("\(label)/asic_flux.csv", bytes: try counts.asicFluxTable(isUnmasked).csvBytes())
    if stage == .flux {
      try folder.add("\(label)/flux.parquet") { (path) throws(CavernError) in
        try StoredCounts.writeFlux(counts, isIncluded: isUnmasked, to: path)
      }
    }
    for (index, calibration) in outcome.calibrations.enumerated() {
      let place = index == 0 ? label : "\(label)/\(calibration.fits.options.group.rawValue)"
      try folder.add("\(place)/pixels.parquet", bytes: try calibration.pixelTable().parquetBytes())
      try folder.add(
        "\(place)/calibration.json", bytes: Array((document(outcome.documents[index]).text(.pretty) + "\n").utf8))
    }
  }

  private func document(_ result: JSONValue) -> JSONValue {
    [
      "schema": "cavern.velo.calibration/1", "dataset": .string(dataset.name), "module": .string(dataset.module),
      "asic": .string(dataset.asic), "version": .string(Version.text), "result": result,
    ]
  }

  private func writeLegacy(_ outcome: ScanOutcome, to folder: inout ResultFolder) throws(CavernError) {
    let groups = outcome.calibrations.isEmpty ? [dataset.group] : outcome.calibrations.map { $0.fits.options.group }
    for (index, group) in groups.enumerated() {
      let layout = LegacyLayout(outcome.scan, dataset: dataset.name, group: group)
      // Flux files are what the flux stage and the whole run write.
      if stage == .flux || stage == .run {
        for file in layout.flux(outcome.counts, isMasked: outcome.inputs.isMasked) {
          try folder.add(file.name, bytes: file.bytes())
        }
      }
      if index < outcome.calibrations.count {
        for file in layout.results(outcome.calibrations[index]) { try folder.add(file.name, bytes: file.bytes()) }
      }
    }
  }

  private func finish(_ outcomes: [ScanOutcome], _ folder: inout ResultFolder) throws(CavernError) {
    let calibrations = outcomes.flatMap(\.calibrations)
    try folder.addResult(schema: stage.schema, result(outcomes))
    var inputs = [try Provenance.Input(reading: dataset.file)]
    for file in outcomes.flatMap(\.inputs.files) { inputs.append(try Provenance.Input(reading: file)) }
    let provenance = Provenance(
      version: Version.text, commandLine: arguments.provenanceWords, inputs: inputs)
    try folder.addProvenance(provenance)
    guard stage == .run, arguments.flag("figures") else { return }
    var scans: [PixelPage.Scan] = []
    var figures: [Figure] = []
    for outcome in outcomes {
      guard let calibration = outcome.calibrations.first else { continue }
      let maps = try PixelMaps(calibration, dataset: dataset.name)
      scans.append(PixelPage.Scan(maps: maps, counts: outcome.counts))
      figures += try CalibrationFigures(maps, counts: outcome.counts).standard()
    }
    try folder.addFigures(figures, as: [.png()])
    let page = PixelPage(
      title: "VELO calibration: \(dataset.name)", facts: VeloText.facts(dataset), scans: scans,
      warnings: calibrations.flatMap(\.warnings), version: Version.text)
    try folder.add("report.html", bytes: try page.bytes())
  }

  private func collect(_ outcomes: [ScanOutcome]) throws(CavernError) {
    let parent = AtomicFile.folder(of: output)
    try ResultsCollection.update(
      "\(parent)/results_collection.csv",
      with: outcomes.flatMap(\.calibrations).map { CollectedResult($0, dataset: dataset.name) })
  }

  // MARK: - Words

  private func result(_ outcomes: [ScanOutcome]) -> JSONValue {
    [
      "dataset": .string(dataset.name), "module": .string(dataset.module), "asic": .string(dataset.asic),
      "scans": .array(
        outcomes.flatMap { outcome in
          outcome.calibrations.isEmpty
            ? [VeloText.ledger(outcome.counts, outcome.scan)] : outcome.documents
        }),
    ]
  }

  private func report(_ outcomes: [ScanOutcome], _ hasProblems: Bool) -> Arguments.Report {
    var warnings = outcomes.flatMap { outcome in
      outcome.calibrations.first?.warnings ?? (outcome.inputs.warnings + outcome.counts.allWarnings)
    }
    for outcome in outcomes where outcome.isReused && arguments.flag("resume") {
      warnings.append(CavernWarning("velo.resumed", "the sums of scan '\(outcome.scan.label)' were taken over"))
    }
    var object = result(outcomes).objectValue ?? JSONObject()
    object["folder"] = .string(output)
    let text = outcomes.map { outcome in
      outcome.calibrations.isEmpty
        ? VeloText.describe(outcome.counts, outcome.scan) : outcome.calibrations.map(VeloText.describe).joined()
    }
    let (json, all) = (object, text.joined() + "result: \(output)\n")
    return Report(
      status: hasProblems ? .partial : .done, warnings: warnings, result: .object(json), text: all)
  }
}
