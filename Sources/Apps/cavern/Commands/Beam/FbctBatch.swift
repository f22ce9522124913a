import Arguments
import Batch
import BeamInstrumentation
import Errors
import Figures
import Foundation
import JSON
import Results
import Tables

extension Command {
  /// `cavern beam fbct batch`: folders of bunch intensities.
  static var beamFbctBatch: Command {
    Command(
      "batch", "Analyse folders of bunch-intensity files.",
      discussion: """
        Walks folders for *.parquet; files without bunch intensities are passed over. Writes a result folder with \
        tables, figures, the mean over the files and a report. Files are worked on in parallel; the bytes do not \
        depend on the number of threads. A second run skips files that have not changed, a run that was stopped goes \
        on where it was. Ends with 2 when files were skipped.
        """,
      examples: [
        Example("cavern beam fbct batch SESSION -o RESULT", "analyse a folder"),
        Example("cavern beam fbct batch SESSION --bunches 0-3 --legacy -o RESULT", "first batches, older exports too"),
      ],
      arguments: [Argument("path", .path, "Files and folders to analyse.", count: .repeating(atLeast: 1))],
      options: FbctArguments.selection + FbctArguments.analysis + FbctArguments.unit + [
        .option("output", short: "o", "DIR", .folder, "Result folder.", default: "bunch-intensities"),
        .option("run", "N", .integer(0...1_000_000), "The file with beam that stands for the session.", default: "0"),
        .flag("corrected", "Subtract the baseline in runs and their mean."),
        .flag("figures", "Draw every file.", isInvertible: true, isOn: true),
        .flag("legacy", "Also write full_FBCT_data.json as the earlier package did."),
        .flag("force", "Analyse again what has not changed."), CommonOptions.csv, CommonOptions.threads,
      ]
    ) { arguments in
      let run = try FbctBatchRun(arguments)
      let (session, summary) = try run.run()
      let width = arguments.surroundings.width
      let warnings =
        session.entries.filter { !$0.causes.isEmpty }.map { entry in
          CavernWarning("fbct.\(entry.state)", entry.causes.joined(separator: "; "), file: entry.file)
        } + run.remarks(session)
      var result = JSONObject([
        ("folder", .string(run.folder.path)), ("total", .integer(summary.total)),
        ("otherFiles", .integer(run.otherCount)), ("reused", .integer(summary.reused)),
      ])
      for state in BatchState.allCases { result[state.rawValue] = .integer(summary.count(state)) }
      for (name, value) in session.json.objectValue?.members ?? [] { result[name] = value }
      let object = JSONValue.object(result)
      let others = run.otherCount > 0 ? ["\(run.otherCount) without bunch intensities passed over"] : []
      let closing = run.folder.closing(summary, remarks: others)
      return Report(
        status: summary.cancelled ? .interrupted : summary.exit, warnings: warnings, result: object,
        text: FbctText.session(session, width: width) + closing,
        csv: { FbctText.sessionCSV(session) })
    }
  }
}

/// One run over files: what to analyse, how, and where results go.
@MainActor
struct FbctBatchRun {
  let folder: BatchFolder
  /// Files that hold something else.
  let otherCount: Int
  private let arguments: ParsedArguments
  private let files: [InputFiles.File]
  private let work: FbctWork
  private let representative: Int

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    folder = try BatchFolder(arguments)
    representative = try arguments.int("run")
    let table = try FbctArguments.table(arguments)
    work = FbctWork(
      options: try FbctArguments.options(arguments), device: try arguments.optionalString("device"),
      acquisition: try arguments.optionalInt("acquisition"), table: table, folder: folder.path,
      drawsFigures: arguments.flag("figures"), subtractsBaseline: arguments.flag("corrected"),
      given: FbctResult.settings(arguments))
    let found = try InputFiles.find(
      try arguments.strings("path"), withExtension: "parquet", outside: folder.path)
    // A file that cannot be opened is kept: it is reported with its cause.
    let wanted = found.filter { file in
      guard let schema = try? ParquetFile(path: file.path).schema else { return true }
      return BeamCurrentFile.holdsBunchIntensities(schema, table: table)
    }
    otherCount = found.count - wanted.count
    files = BatchFolder.byTime(wanted)
    guard !files.isEmpty else {
      throw CavernError(
        "fbct.noRecord", "none of the \(found.count) files holds bunch intensities", exit: .noInput,
        expected: "a column whose value has 'bunchIntensity', such as SPS.BCTW.31931/Acquisition")
    }
  }

  /// Analyses all files and writes the result folder.
  func run() throws(CavernError) -> (BeamCurrentSession, BatchSummary) {
    let progress = Progress(total: files.count, unit: "files", arguments)
    var session = BeamCurrentSession()
    var representatives = 0
    let place = folder.path
    let summary = try folder.analyse(
      files, settings: work.settings,
      products: { entry in entry.state == .done || entry.state == .partial ? [FbctWork.runName(entry.key)] : [] },
      each: { (outcome) throws(CavernError) in
        progress.advance()
        if var entry = BeamCurrentSession.Entry(json: outcome.record) {
          entry.state = outcome.state.rawValue
          session.entries.append(entry)
        } else {
          session.entries.append(
            BeamCurrentSession.Entry(
              file: outcome.key, sha256: nil, state: outcome.state.rawValue,
              causes: outcome.cause.map { [$0.message] } ?? [], records: []))
        }
        guard outcome.state == .done || outcome.state == .partial else { return }
        // Runs come from the disk, whether they were made now or by an earlier call.
        for run in try FbctWork.runs(of: outcome.key, in: place) where !run.slots.isEmpty {
          if representatives == representative { session.representative = run }
          representatives += 1
          if run.unitName == session.representative?.unitName ?? run.unitName { session.average.add(run) }
        }
      },
      work: { [work] (file, digest) throws(CavernError) in try work.analyse(file, digest: digest) })
    progress.finish()
    if !summary.cancelled { try write(session) }
    return (session, summary)
  }

  /// What the user should know about the whole.
  func remarks(_ session: BeamCurrentSession) -> [CavernWarning] {
    var remarks: [CavernWarning] = []
    if session.average.resampledCount > 0 {
      remarks.append(
        CavernWarning(
          "fbct.resampled",
          "\(session.average.resampledCount) files have another time base than the first; they were resampled"))
    }
    if session.representative == nil, session.average.fileCount > 0 {
      remarks.append(
        CavernWarning("fbct.noSuchRun", "there is no run \(representative): \(session.average.fileCount) have beam"))
    }
    return remarks
  }

  private func write(_ session: BeamCurrentSession) throws(CavernError) {
    let provenance = folder.provenance(
      settings: work.settings, inputs: session.entries.map { ($0.file, $0.sha256) })
    try folder.write("result.json", ["schema": "cavern.beam.fbct.batch/1", "result": session.json])
    try AtomicFile.write("\(folder.path)/summaries.parquet", try session.table().parquetBytes())
    let figures = FbctText.sessionFigures(session)
    try folder.draw(figures)
    if arguments.flag("legacy") { try FbctLegacy.write(session, folder: folder.path) }
    try folder.write("provenance.json", provenance.json)
    try AtomicFile.write(
      "\(folder.path)/report.html", pieces: FbctText.page(session, figures, remarks(session), provenance).htmlPieces())
  }
}
