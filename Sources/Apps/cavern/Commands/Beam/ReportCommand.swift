import Arguments
import Batch
import BeamInstrumentation
import Errors
import JSON

extension Command {
  /// `cavern beam report`: a session with all its devices.
  static var beamReport: Command {
    Command(
      "report", "Analyse a machine-study session: all devices, one interactive page.",
      discussion: """
        Walks folders, recognises every file by its content, analyses wire scans, bunch intensities, quadrupole currents \
        and tomoscope files, joins scans with intensities of the same cycle, and writes a result folder with one page \
        that needs no network. Files are worked on in parallel; the bytes do not depend on the number of threads. A \
        second run skips files that have not changed, a run that was stopped goes on where it was. Ends with 2 when \
        files were skipped or incomplete.
        """,
      examples: [
        Example("cavern beam report SESSION -o RESULT", "analyse a folder"),
        Example("cavern beam report SESSION -o RESULT --no-figures --threads 2", "no pictures per file, two threads"),
      ],
      arguments: [Argument("path", .path, "Files and folders to analyse.", count: .repeating(atLeast: 1))],
      options: SessionArguments.analysis + SessionArguments.output + [CommonOptions.csv]
    ) { arguments in
      let run = try SessionRun(arguments)
      let (files, passedOver) = try run.find()
      let progress = Progress(total: files.count, unit: "files", arguments)
      let (entries, summary) = try run.analyse(
        files, cancellation: CancellationToken(orWhen: { Interrupts.isRequested })
      ) {
        _ in progress.advance()
      }
      progress.finish()
      var session = Session(entries: entries)
      if !summary.cancelled { session = try run.write(entries, passedOver: passedOver) }
      return SessionText.report(session, summary, folder: run.folder)
    }
  }
}

/// Sessions as text for people and scripts.
enum SessionText {
  /// What a command that analysed a session says.
  @MainActor
  static func report(
    _ session: Session, _ summary: BatchSummary, folder: BatchFolder
  ) -> Report {
    var warnings = session.entries.filter { !$0.causes.isEmpty }.map { entry in
      CavernWarning("session.\(entry.state)", entry.causes.joined(separator: "; "), file: entry.file)
    }
    warnings += session.join.warnings.filter { $0.code != "join.noIntensity" }
    var result = JSONObject([
      ("folder", .string(folder.path)), ("total", .integer(summary.total)), ("reused", .integer(summary.reused)),
    ])
    for state in BatchState.allCases { result[state.rawValue] = .integer(summary.count(state)) }
    let counts = result
    return Report(
      status: summary.cancelled ? .interrupted : summary.exit, warnings: warnings,
      result: {
        var object = counts
        for (name, value) in session.json.objectValue?.members ?? [] { object[name] = value }
        return .object(object)
      }(), text: text(session) + folder.closing(summary),
      csv: { (try? session.wireScans.table().csvBytes()).map { String(decoding: $0, as: UTF8.self) } ?? "" })
  }

  /// One line a file, then growth rates.
  static func text(_ session: Session) -> String {
    var text = session.entries.filter { $0.causes.isEmpty || !$0.parts.isEmpty }.map(\.lineOfResults)
      .joined(separator: "\n")
    if !text.isEmpty { text += "\n" }
    for growth in session.growth {
      text += "\(growth.device) \(growth.scan.rawValue): growth \(growth.rate.text()) nm/s over \(growth.count) scans\n"
    }
    return text
  }
}
