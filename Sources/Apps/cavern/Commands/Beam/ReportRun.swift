import Arguments
import Batch
import BeamInstrumentation
import Errors
import Figures
import Foundation
import JSON
import Results
import Tables

/// One run over the files of a session: what to analyse, how, and where results go.
@MainActor
struct SessionRun {
  let output: String
  let work: SessionWork
  private let arguments: ParsedArguments
  private let roots: [String]
  private let threads: Int?
  private let force: Bool

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    output = try arguments.string("output")
    roots = try arguments.strings("path")
    threads = try arguments.optionalInt("threads")
    force = arguments.flag("force")
    work = SessionWork(
      settings: try SessionArguments.settings(arguments), folder: output, drawsFigures: arguments.flag("figures"))
  }

  /// The files that may be acquisitions, and the names of the others; hidden files and the result itself are left out.
  func find() throws(CavernError) -> (files: [InputFiles.File], passedOver: [String]) {
    let own = URL(filePath: output).standardizedFileURL.path(percentEncoded: false)
    let found = try InputFiles.find(roots, called: "file") { path in
      let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") && $0 != "." && $0 != ".." }
      let place = URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
      return !isHidden && !place.hasPrefix(own.hasSuffix("/") ? own : own + "/")
    }
    var files: [InputFiles.File] = []
    var passedOver: [String] = []
    for file in found {
      if FileProbe.isCandidate(file.path) { files.append(file) } else { passedOver.append(file.name) }
    }
    return (files, passedOver)
  }

  /// Analyses files; those that an earlier run did and that have not changed are taken over.
  ///
  /// - Parameter each: called after each file with its entry.
  func analyse(
    _ files: [InputFiles.File], cancellation: CancellationToken, each: (Session.Entry) -> Void
  ) throws(CavernError) -> (entries: [Session.Entry], summary: BatchSummary) {
    try OutputFolder.prepare(output)
    let folder = output
    let resumption = BatchRunner.Resumption<InputFiles.File>(
      path: "\(output)/manifest.jsonl", settings: SHA256.hexDigest(of: Array(work.settingsJSON.text().utf8)),
      hash: { (file) throws(CavernError) in try SHA256.hexDigest(ofFile: file.path) },
      isWhole: { entry in
        let tables = entry.record["tables"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return tables.allSatisfy { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
      })
    var entries: [Session.Entry] = []
    entries.reserveCapacity(files.count)
    let summary = try BatchRunner(threads: threads, force: force, cancellation: cancellation).run(
      files.map { BatchItem(key: $0.name, input: $0) }, resumption: resumption,
      sink: { (outcome: BatchOutcome<Void>) throws(CavernError) in
        let entry =
          Session.Entry(json: outcome.record)
          ?? Session.Entry(
            file: outcome.key, state: outcome.state.rawValue, causes: outcome.cause.map { [$0.message] } ?? [])
        entries.append(entry)
        each(entry)
      },
      work: { [work] (file) throws(CavernError) in try work.analyse(file) })
    return (entries, summary)
  }

  /// Joins, and writes everything that concerns the session as a whole; each file appears whole or not at all.
  func write(_ entries: [Session.Entry], passedOver: [String]) throws(CavernError) -> Session {
    var session = Session(entries: entries)
    let tables = Dictionary(
      entries.map { ($0.file, $0.tables.filter { $0.hasPrefix("intensities/") }) },
      uniquingKeysWith: { first, _ in first })
    let folder = output
    try session.joinIntensities(work.settings) { (reference) throws(CavernError) in
      let names = tables[reference.file] ?? []
      guard names.indices.contains(reference.index) else {
        throw CavernError(
          "join.badCurve", "the intensities of the file are not there", exit: .badData, file: reference.file,
          hint: "run again with --force")
      }
      return try IntensityCurve(path: "\(folder)/\(names[reference.index])")
    }
    let provenance = Provenance(
      version: Version.text, commandLine: arguments.provenanceWords, settings: work.settingsJSON,
      inputs: session.entries.compactMap { entry in
        entry.sha256.map { Provenance.Input(path: entry.file, sha256: $0) }
      })
    let document: JSONValue = ["schema": "cavern.beam.report/1", "result": session.json]
    try AtomicFile.write("\(output)/result.json", text: document.text(.pretty) + "\n")
    for device in SessionDevice.all {
      for (name, table) in try device.tables(session) {
        try AtomicFile.write("\(output)/\(name).parquet", try table.parquetBytes())
      }
    }
    if !session.join.pairs.isEmpty {
      try AtomicFile.write("\(output)/brightness.parquet", try session.join.table().parquetBytes())
    }
    let page = SessionReport.page(
      session, title: "Machine-study session", passedOver: passedOver, provenance: provenance)
    let figures = page.figures
    try OutputFolder.prepare("\(output)/figures")
    for (figure, pictures) in zip(figures, try GnuplotRenderer().render(figures, as: [.svg, .png()])) {
      for (format, bytes) in zip(["svg", "png"], pictures) {
        try AtomicFile.write("\(output)/figures/\(figure.name).\(format)", bytes)
      }
    }
    try AtomicFile.write("\(output)/provenance.json", text: provenance.json.text(.pretty) + "\n")
    try AtomicFile.write("\(output)/report.html", text: page.html())
    return session
  }
}

/// The work on one file of a session; runs on any thread.
struct SessionWork: Sendable {
  let settings: SessionSettings
  let folder: String
  let drawsFigures: Bool

  /// What shapes the results.
  var settingsJSON: JSONValue {
    ["version": .string(Version.text), "options": settings.json, "figures": .bool(drawsFigures)]
  }

  /// The name of a file without the ending that says nothing.
  static func stem(_ file: String) -> String {
    file.hasSuffix(".parquet") ? String(file.dropLast(".parquet".count)) : file
  }

  /// Analyses a file and writes its tables and figures.
  func analyse(_ file: InputFiles.File) throws(CavernError) -> BatchResult<Void> {
    var outcome = try Session.Entry.analyse(
      path: file.path, name: file.name, sha256: try SHA256.hexDigest(ofFile: file.path), settings: settings)
    let stem = Self.stem(file.name)
    for analysis in outcome.analyses {
      for (kind, suffix, table) in analysis.tables {
        let name = "\(kind)/\(stem)\(suffix).parquet"
        try write(name, try table.parquetBytes())
        outcome.entry.tables.append(name)
      }
      guard drawsFigures else { continue }
      let figures = analysis.figures()
      let pictures = try GnuplotRenderer(processes: 1).render(figures, as: [.svg])
      for (figure, picture) in zip(figures, pictures) {
        try write("figures/\(stem)/\(figure.name).svg", picture.flatMap { $0 })
      }
    }
    let state = BatchState(rawValue: outcome.entry.state) ?? .failed
    return BatchResult((), state: state, record: outcome.entry.json, cause: outcome.fault)
  }

  private func write(_ name: String, _ bytes: [UInt8]) throws(CavernError) {
    let path = "\(folder)/\(name)"
    try OutputFolder.prepare(OutputFolder.parent(of: path))
    try AtomicFile.write(path, bytes, isSynchronised: false)
  }
}
