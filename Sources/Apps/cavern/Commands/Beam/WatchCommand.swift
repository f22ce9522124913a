import Arguments
import Batch
import BeamInstrumentation
import Errors
import Foundation
import JSON

extension Command {
  /// `cavern beam watch`: files as they arrive.
  static var beamWatch: Command {
    Command(
      "watch", "Analyse the files of a session as they arrive, and keep its page up to date.",
      discussion: """
        Looks into a folder again and again. A file counts once its size has stood still; one that does not open yet may \
        still be growing and is tried again until it has not changed for --patience. Result and page are renewed after \
        each round with news, whole or not at all. Ctrl-C ends with a last report and status 130; --once analyses what \
        is there and ends. The results are those of 'cavern beam report' on the same files.
        """,
      examples: [
        Example("cavern beam watch INCOMING -o SHIFT", "during a shift"),
        Example("cavern beam watch INCOMING -o SHIFT --once", "what is there now, for a scheduler"),
      ],
      arguments: [Argument("path", .path, "Folder to watch.")],
      options: SessionArguments.analysis + SessionArguments.output + [
        .flag("once", "Analyse what is there and end."),
        .option("interval", "TIME", .duration, "How often to look.", default: "1s"),
        .option("settle", "TIME", .duration, "How long a file must stand still before it counts.", default: "2s"),
        .option(
          "patience", "TIME", .duration,
          "How long a file that does not open must stand still before it is called damaged.",
          default: "60s"),
      ]
    ) { arguments in
      let run = try SessionRun(arguments)
      var arriving = ArrivingFiles(
        settling: try arguments.duration("settle"), patience: try arguments.duration("patience"))
      let interval = try arguments.duration("interval")
      let isOnce = arguments.flag("once")
      let start = ContinuousClock.now
      var entries: [String: Session.Entry] = [:]
      // Files that did not open so far: tried again, and called damaged in the last report at the latest.
      var pending: [String: Session.Entry] = [:]
      var summary = BatchSummary()
      var isFirst = true
      var passedOver: [String] = []
      while true {
        let files = try WatchRound.files(run, &passedOver, mayBeEmpty: !isOnce)
        let now = ContinuousClock.now - start
        let ready = arriving.observe(WatchRound.listing(files), at: now, isFirst: isFirst)
        let chosen = Set(ready)
        var hasNews = isFirst
        if !ready.isEmpty {
          let token = CancellationToken(orWhen: { Interrupts.isRequested })
          let (found, _) = try run.analyse(files.filter { chosen.contains($0.name) }, cancellation: token) { _ in }
          for entry in found {
            let isDamaged = entry.parts.isEmpty
            // A file that cannot be read at all may be one that is still being written.
            if isDamaged, !isOnce, !arriving.isGivenUp(entry.file, at: now) {
              pending[entry.file] = entry
              continue
            }
            arriving.settle(entry.file)
            pending[entry.file] = nil
            entries[entry.file] = entry
            hasNews = true
            if !arguments.flag("quiet") { StandardStreams.writeError(Array((entry.line + "\n").utf8)) }
          }
        }
        let present = Set(files.map(\.name))
        for name in pending.keys where !present.contains(name) { pending[name] = nil }
        for name in entries.keys where !present.contains(name) {
          entries[name] = nil
          hasNews = true
        }
        if hasNews, !entries.isEmpty {
          _ = try run.write(entries.values.sorted { $0.file < $1.file }, passedOver: passedOver)
        }
        isFirst = false
        if isOnce || Interrupts.isRequested { break }
        try? await Task.sleep(for: interval)
        if Interrupts.isRequested { break }
      }
      let all = entries.merging(pending) { known, _ in known }.values.sorted { $0.file < $1.file }
      summary.total = all.count
      for entry in all { summary.counts[BatchState(rawValue: entry.state) ?? .failed, default: 0] += 1 }
      let session = all.isEmpty ? Session(entries: []) : try run.write(all, passedOver: passedOver)
      return SessionText.report(session, summary, folder: run.folder)
    }
  }
}

/// One look into the watched folder.
@MainActor
enum WatchRound {
  /// The files that may be acquisitions.
  static func files(
    _ run: SessionRun, _ passedOver: inout [String], mayBeEmpty: Bool
  ) throws(CavernError) -> [InputFiles.File] {
    do {
      let found = try run.find()
      passedOver = found.passedOver
      return found.files
    } catch {
      guard mayBeEmpty, error.code == "input.none" else { throw error }
      return []
    }
  }

  /// Sizes and times of change; files that vanish meanwhile are left out.
  static func listing(_ files: [InputFiles.File]) -> [ArrivingFiles.Listing] {
    files.compactMap { file in
      guard let facts = try? FileManager.default.attributesOfItem(atPath: file.path),
        let size = facts[.size] as? Int, let changed = facts[.modificationDate] as? Date
      else { return nil }
      return ArrivingFiles.Listing(
        name: file.name, size: size, changed: Int(changed.timeIntervalSince1970 * 1e6))
    }
  }
}
