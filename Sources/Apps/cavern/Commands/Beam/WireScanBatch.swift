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
  /// `cavern beam ws batch`: folders of wire scans.
  static var beamWireScanBatch: Command {
    Command(
      "batch", "Analyse folders of wire-scan files.",
      discussion: """
        Walks folders for *.parquet, analyses the wire scans in them and writes a result folder with tables, figures \
        and a report. Files are worked on in parallel; the bytes do not depend on the number of threads. A second run \
        skips files that have not changed, a run that was stopped goes on where it was. Ends with 2 when files were \
        skipped.
        """,
      examples: [
        Example("cavern beam ws batch SESSION -o RESULT", "analyse a folder"),
        Example("cavern beam ws batch A.parquet B.parquet -o RESULT --no-figures", "two files, no pictures per scan"),
      ],
      arguments: [Argument("path", .path, "Files and folders to analyse.", count: .repeating(atLeast: 1))],
      options: WireScanArguments.selection + WireScanArguments.analysis + [
        .option("output", short: "o", "DIR", .folder, "Result folder.", default: "wire-scans"),
        .flag("figures", "Draw every scan.", isInvertible: true, isOn: true),
        .flag("legacy", "Also write full_WS_data.json as the earlier package did."),
        .flag("force", "Analyse again what has not changed."), CommonOptions.csv, CommonOptions.threads,
      ]
    ) { arguments in
      let run = try WireScanBatchRun(arguments)
      let (session, summary) = try run.run()
      let width = arguments.surroundings.width
      var warnings: [CavernWarning] = []
      for entry in session.entries where !entry.causes.isEmpty {
        warnings.append(
          CavernWarning("ws.\(entry.state)", entry.causes.joined(separator: "; "), file: entry.file))
      }
      let (folder, closing) = (run.folder.path, run.folder.closing(summary))
      return Report(
        status: summary.cancelled ? .interrupted : summary.exit, warnings: warnings,
        result: [
          "folder": .string(folder), "total": .integer(summary.total), "done": .integer(summary.count(.done)),
          "partial": .integer(summary.count(.partial)), "skipped": .integer(summary.count(.skipped)),
          "failed": .integer(summary.count(.failed)), "reused": .integer(summary.reused),
          "files": .array(session.entries.map(\.json)),
        ], text: WireScanText.session(session, width: width) + closing,
        csv: { WireScanText.sessionCSV(session) })
    }
  }
}

/// One run over files: what to analyse, how, and where results go.
@MainActor
struct WireScanBatchRun {
  let folder: BatchFolder
  private let arguments: ParsedArguments
  private let options: WireScanOptions

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    folder = try BatchFolder(arguments)
    var options = try WireScanArguments.options(arguments)
    options.threads = 1
    self.options = options
  }

  /// Analyses all files and writes the result folder.
  func run() throws(CavernError) -> (WireScanSession, BatchSummary) {
    let files = BatchFolder.byTime(
      try InputFiles.find(try arguments.strings("path"), withExtension: "parquet", outside: folder.path))
    let work = WireScanWork(
      options: options, table: try OpticsTable.builtIn(), folder: folder.path, drawsFigures: arguments.flag("figures"))
    let progress = Progress(total: files.count, unit: "files", arguments)
    var entries: [WireScanSession.Entry] = []
    let summary = try folder.analyse(
      files, settings: work.settings,
      products: { entry in
        entry.state == .done || entry.state == .partial ? [WireScanWork.tableName(entry.key)] : []
      },
      each: { (outcome) throws(CavernError) in
        if var entry = WireScanSession.Entry(json: outcome.record) {
          entry.state = outcome.state.rawValue
          entries.append(entry)
        } else {
          let cause = outcome.cause.map { [$0.message] } ?? []
          entries.append(
            WireScanSession.Entry(
              file: outcome.key, sha256: nil, state: outcome.state.rawValue, causes: cause, scans: []))
        }
        progress.advance()
      },
      work: { (file, digest) throws(CavernError) in try work.analyse(file, digest: digest) })
    progress.finish()
    let session = WireScanSession(entries: entries)
    if !summary.cancelled { try write(session, settings: work.settings, files) }
    return (session, summary)
  }

  private func write(_ session: WireScanSession, settings: JSONValue, _ files: [InputFiles.File]) throws(CavernError) {
    // Paths as they were given, so that a stored result can find its files again.
    let paths = Dictionary(files.map { ($0.name, $0.path) }, uniquingKeysWith: { first, _ in first })
    let provenance = folder.provenance(
      settings: settings, inputs: session.entries.map { (paths[$0.file] ?? $0.file, $0.sha256) })
    try folder.write("result.json", ["schema": "cavern.beam.ws.batch/1", "result": session.json])
    try AtomicFile.write("\(folder.path)/summaries.parquet", try session.table().parquetBytes())
    try folder.draw(WireScanFigures.SessionKind.allCases.compactMap { WireScanFigures.session(session, kind: $0) })
    if arguments.flag("legacy") { try folder.write("full_WS_data.json", session.legacyJSON) }
    try folder.write("provenance.json", provenance.json)
    let page = WireScanReports.session(session, title: "Wire-scan session", provenance: provenance)
    try AtomicFile.write("\(folder.path)/report.html", pieces: page.htmlPieces())
  }
}

/// The work on one file of a batch; runs on any thread.
struct WireScanWork: Sendable {
  let options: WireScanOptions
  let table: OpticsTable
  let folder: String
  let drawsFigures: Bool
  /// Stay ready from file to file.
  let gnuplots = GnuplotPool()

  /// What shapes the results.
  var settings: JSONValue {
    ["version": .string(Version.text), "options": options.json, "figures": .bool(drawsFigures)]
  }

  /// Where the profiles of a file go, relative to the result folder.
  static func tableName(_ file: String) -> String {
    "profiles/\(InputFiles.File(path: file, name: file).stem).parquet"
  }

  /// Analyses a file and writes its table and figures.
  func analyse(_ file: InputFiles.File, digest: String) throws(CavernError) -> BatchResult<Void> {
    let analysis: WireScanAnalysis
    do {
      let scanners = try WireScanFile(path: file.path, request: WireScanFile.Request(options))
      analysis = try WireScanAnalysis(scanners, options: options, table: table)
    } catch {
      guard error.exit == .badData else { throw error }
      let entry = WireScanSession.Entry(
        file: file.name, sha256: digest, state: "skipped", causes: [error.message], scans: [])
      return BatchResult((), state: .skipped, record: entry.json, cause: error)
    }
    let name = "\(folder)/\(Self.tableName(file.name))"
    try OutputFolder.prepare(OutputFolder.parent(of: name))
    try AtomicFile.write(name, try WireScanAnalysis.profileTable([analysis]).parquetBytes(), isSynchronised: false)
    if drawsFigures {
      let figures = analysis.scans.compactMap { WireScanFigures.scan(analysis, $0) }
      let place = "\(folder)/figures/\(file.stem)"
      if !figures.isEmpty { try OutputFolder.prepare(place) }
      let pictures = try GnuplotRenderer(processes: 1, pool: gnuplots).render(figures, as: [.svg])
      for (figure, picture) in zip(figures, pictures) {
        try AtomicFile.write("\(place)/\(figure.name).svg", picture.flatMap { $0 }, isSynchronised: false)
      }
    }
    let state: BatchState = analysis.isPartial ? .partial : .done
    let entry = WireScanSession.Entry(
      file: file.name, sha256: digest, state: state.rawValue, causes: analysis.faults.map(\.message),
      scans: analysis.sessionScans)
    return BatchResult((), state: state, record: entry.json, cause: analysis.faults.first)
  }
}
