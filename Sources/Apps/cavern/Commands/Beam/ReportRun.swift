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
  let folder: BatchFolder
  let work: SessionWork
  private let roots: [String]

  init(_ arguments: ParsedArguments) throws(CavernError) {
    folder = try BatchFolder(arguments)
    roots = try arguments.strings("path")
    work = SessionWork(
      settings: try SessionArguments.settings(arguments), folder: folder.path, drawsFigures: arguments.flag("figures"))
  }

  /// The files that may be acquisitions, and the names of the others; hidden files and the result itself are left out.
  func find() throws(CavernError) -> (files: [InputFiles.File], passedOver: [String]) {
    let found = try InputFiles.find(roots, called: "file", outside: folder.path) { _ in true }
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
    var entries: [Session.Entry] = []
    entries.reserveCapacity(files.count)
    let summary = try folder.analyse(
      files, settings: work.settingsJSON, cancellation: cancellation,
      products: { entry in entry.record["tables"]?.arrayValue?.compactMap(\.stringValue) ?? [] },
      each: { (outcome) throws(CavernError) in
        let entry =
          Session.Entry(json: outcome.record)
          ?? Session.Entry(
            file: outcome.key, state: outcome.state.rawValue, causes: outcome.cause.map { [$0.message] } ?? [])
        entries.append(entry)
        each(entry)
      },
      work: { [work] (file, digest) throws(CavernError) in try work.analyse(file, digest: digest) })
    return (entries, summary)
  }

  /// Joins, and writes everything that concerns the session as a whole; each file appears whole or not at all.
  func write(_ entries: [Session.Entry], passedOver: [String]) throws(CavernError) -> Session {
    var session = Session(entries: entries)
    let tables = Dictionary(
      entries.map { ($0.file, $0.tables.filter { $0.hasPrefix("intensities/") }) },
      uniquingKeysWith: { first, _ in first })
    let place = folder.path
    try session.joinIntensities(work.settings) { (reference) throws(CavernError) in
      let names = tables[reference.file] ?? []
      guard names.indices.contains(reference.index) else {
        throw CavernError(
          "join.badCurve", "the intensities of the file are not there", exit: .badData, file: reference.file,
          hint: "run again with --force")
      }
      return try IntensityCurve(path: "\(place)/\(names[reference.index])")
    }
    let provenance = folder.provenance(
      settings: work.settingsJSON, inputs: session.entries.map { ($0.file, $0.sha256) })
    try AtomicFile.write(
      "\(place)/result.json", pieces: session.document(schema: "cavern.beam.report/1").pieces)
    for device in SessionDevice.all {
      for (name, table) in try device.tables(session) {
        try AtomicFile.write("\(place)/\(name).parquet", try table.parquetBytes())
      }
    }
    if !session.join.pairs.isEmpty {
      try AtomicFile.write("\(place)/brightness.parquet", try session.join.table().parquetBytes())
    }
    let page = SessionReport.page(
      session, title: "Machine-study session", passedOver: passedOver, provenance: provenance)
    try folder.draw(page.figures)
    try folder.write("provenance.json", provenance.json)
    try AtomicFile.write("\(place)/report.html", pieces: page.htmlPieces())
    return session
  }
}

/// The work on one file of a session; runs on any thread.
struct SessionWork: Sendable {
  let settings: SessionSettings
  let folder: String
  let drawsFigures: Bool
  /// Stay ready from file to file.
  let gnuplots = GnuplotPool()

  /// What shapes the results.
  var settingsJSON: JSONValue {
    ["version": .string(Version.text), "options": settings.json, "figures": .bool(drawsFigures)]
  }

  /// Analyses a file and writes its tables and figures.
  func analyse(_ file: InputFiles.File, digest: String) throws(CavernError) -> BatchResult<Void> {
    var outcome = try Session.Entry.analyse(
      path: file.path, name: file.name, sha256: digest, settings: settings)
    for analysis in outcome.analyses {
      for (kind, suffix, table) in analysis.tables {
        let name = "\(kind)/\(file.stem)\(suffix).parquet"
        try write(name, try table.parquetBytes())
        outcome.entry.tables.append(name)
      }
      guard drawsFigures else { continue }
      let figures = analysis.figures()
      let pictures = try GnuplotRenderer(processes: 1, pool: gnuplots).render(figures, as: [.svg])
      for (figure, picture) in zip(figures, pictures) {
        try write("figures/\(file.stem)/\(figure.name).svg", picture.flatMap { $0 })
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
