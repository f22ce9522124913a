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
      let folder = run.output
      return Report(
        status: summary.cancelled ? .interrupted : summary.exit, warnings: warnings,
        result: [
          "folder": .string(folder), "total": .integer(summary.total), "done": .integer(summary.count(.done)),
          "partial": .integer(summary.count(.partial)), "skipped": .integer(summary.count(.skipped)),
          "failed": .integer(summary.count(.failed)), "reused": .integer(summary.reused),
          "files": .array(session.entries.map(\.json)),
        ], text: WireScanText.session(session, width: width) + closing(folder, summary),
        csv: { WireScanText.sessionCSV(session) })
    }
  }

  private static func closing(_ folder: String, _ summary: BatchSummary) -> String {
    var text = "\n\(summary.delivered) of \(summary.total) files: \(summary.count(.done)) done"
    for state in [BatchState.partial, .skipped, .failed] where summary.count(state) > 0 {
      text += ", \(summary.count(state)) \(state.rawValue)"
    }
    if summary.reused > 0 { text += "; \(summary.reused) unchanged since the last run" }
    text += summary.cancelled ? "; stopped, run again to go on\n" : "\nreport: \(folder)/report.html\n"
    return text
  }
}

/// One run over files: what to analyse, how, and where results go.
@MainActor
struct WireScanBatchRun {
  let output: String
  private let arguments: ParsedArguments
  private let options: WireScanOptions
  private let roots: [String]
  private let drawsFigures: Bool

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    var options = try WireScanArguments.options(arguments)
    options.threads = 1
    self.options = options
    roots = try arguments.strings("path")
    output = try arguments.string("output")
    drawsFigures = arguments.flag("figures")
  }

  /// Analyses all files and writes the result folder.
  func run() throws(CavernError) -> (WireScanSession, BatchSummary) {
    let files = try InputFiles.find(roots, withExtension: "parquet")
    try OutputFolder.prepare(output)
    let table = try OpticsTable.builtIn()
    let work = WireScanWork(options: options, table: table, folder: output, drawsFigures: drawsFigures)
    let threads = try arguments.optionalInt("threads")
    let runner = BatchRunner(
      threads: threads, force: arguments.flag("force"),
      cancellation: CancellationToken(orWhen: { Interrupts.isRequested }))
    let folder = output
    let resumption = BatchRunner.Resumption<InputFiles.File>(
      path: "\(output)/manifest.jsonl", settings: SHA256.hexDigest(of: Array(work.settings.text().utf8)),
      hash: { (file) throws(CavernError) in try SHA256.hexDigest(ofFile: file.path) },
      isWhole: { entry in
        guard entry.state == .done || entry.state == .partial else { return true }
        return FileManager.default.fileExists(atPath: "\(folder)/\(WireScanWork.tableName(entry.key))")
      })
    let progress = Progress(total: files.count, unit: "files", arguments)
    var entries: [WireScanSession.Entry] = []
    let summary = try runner.run(
      files.map { BatchItem(key: $0.name, input: $0) }, resumption: resumption, progress: { _ in progress.advance() },
      sink: { (outcome: BatchOutcome<Void>) throws(CavernError) in
        if var entry = WireScanSession.Entry(json: outcome.record) {
          entry.state = outcome.state.rawValue
          entries.append(entry)
        } else {
          let cause = outcome.cause.map { [$0.message] } ?? []
          entries.append(
            WireScanSession.Entry(
              file: outcome.key, sha256: nil, state: outcome.state.rawValue, causes: cause, scans: []))
        }
      },
      work: { (file) throws(CavernError) in try work.analyse(file) })
    progress.finish()
    let session = WireScanSession(entries: entries)
    if !summary.cancelled { try write(session, settings: work.settings, files) }
    return (session, summary)
  }

  private func write(_ session: WireScanSession, settings: JSONValue, _ files: [InputFiles.File]) throws(CavernError) {
    let provenance = Provenance(
      version: Version.text, commandLine: arguments.provenanceWords, settings: settings,
      inputs: session.entries.compactMap { entry in
        // Paths as they were given, so that a stored result can find its files again.
        let path = files.first { $0.name == entry.file }?.path ?? entry.file
        return entry.sha256.map { Provenance.Input(path: path, sha256: $0) }
      })
    func write(_ name: String, _ text: String) throws(CavernError) {
      try AtomicFile.write("\(output)/\(name)", text: text + "\n")
    }
    try write(
      "result.json",
      JSONValue.object(
        JSONObject([("schema", "cavern.beam.ws.batch/1"), ("result", session.json)])
      ).text(.pretty))
    try AtomicFile.write("\(output)/summaries.parquet", try session.table().parquetBytes())
    let figures = WireScanFigures.SessionKind.allCases.compactMap { WireScanFigures.session(session, kind: $0) }
    try OutputFolder.prepare("\(output)/figures")
    for (figure, pictures) in zip(figures, try GnuplotRenderer().render(figures, as: [.svg, .png()])) {
      for (format, bytes) in zip(["svg", "png"], pictures) {
        try AtomicFile.write("\(output)/figures/\(figure.name).\(format)", bytes)
      }
    }
    if arguments.flag("legacy") { try write("full_WS_data.json", session.legacyJSON.text(.pretty)) }
    try write("provenance.json", provenance.json.text(.pretty))
    let page = WireScanReports.session(session, title: "Wire-scan session", provenance: provenance)
    try AtomicFile.write("\(output)/report.html", text: page.html())
  }
}

/// The work on one file of a batch; runs on any thread.
struct WireScanWork: Sendable {
  let options: WireScanOptions
  let table: OpticsTable
  let folder: String
  let drawsFigures: Bool

  /// What shapes the results.
  var settings: JSONValue {
    ["version": .string(Version.text), "options": options.json, "figures": .bool(drawsFigures)]
  }

  /// Where the profiles of a file go, relative to the result folder.
  static func tableName(_ file: String) -> String { "profiles/\(stem(file)).parquet" }

  private static func stem(_ file: String) -> String {
    file.hasSuffix(".parquet") ? String(file.dropLast(".parquet".count)) : file
  }

  /// Analyses a file and writes its table and figures.
  func analyse(_ file: InputFiles.File) throws(CavernError) -> BatchResult<Void> {
    let digest = try SHA256.hexDigest(ofFile: file.path)
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
      let place = "\(folder)/figures/\(Self.stem(file.name))"
      if !figures.isEmpty { try OutputFolder.prepare(place) }
      let pictures = try GnuplotRenderer(processes: 1).render(figures, as: [.svg])
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
