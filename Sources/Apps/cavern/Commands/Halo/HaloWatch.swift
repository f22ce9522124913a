import Arguments
import BeamHalo
import Errors
import Files
import JSON

extension Command {
  /// `cavern halo watch`: a capture that is still growing.
  static var haloWatch: Command {
    Command(
      "watch", "Follow the growing files of a running capture: rates and alarms as they come.",
      discussion: """
        Looks at the files again and again, reads what has been added, and prints each round: hits, halo rate of each \
        side since the last round, and the answer of the shifter's page, which --page also keeps as a file for a browser; \
        below it, what is wrong. A record that is still being written counts once it is whole. Files may be renamed, and one that is \
        written anew is read again. Beyond --keep the oldest hits are dropped, so memory stays bounded. Ctrl-C ends with \
        status 130; --once looks once and ends.
        """,
      examples: [
        Example("cavern halo watch CAPTURE", "during a shift"),
        Example("cavern halo watch CAPTURE --page shift.html", "with a page that a browser shows and renews"),
        Example("cavern halo watch CAPTURE --once", "what is there now"),
      ],
      arguments: [HaloArguments.folder],
      options: [
        .flag("once", "Look once and end."),
        .option("interval", "TIME", .duration, "How often to look.", default: "5s"),
        .option(
          "keep", "N", .integer(1000...1_000_000_000), "Most hits that are looked at; the oldest go first.",
          default: "2000000"),
        .option("page", "FILE", .file(["html"]), "Also keep the shifter's page in this file."),
        .option("rounds", "N", .integer(1...1_000_000_000), "End after so many rounds."),
        .option(
          "threshold", "NAME=VALUE,...", .assignments,
          "Limits: \(HaloThresholds.names.joined(separator: ", ")).", isRepeatable: true),
      ] + HaloArguments.reading + HaloArguments.analysis + HaloArguments.conditions
    ) { arguments in
      let interval = try arguments.duration("interval")
      let limit = arguments.flag("once") ? 1 : try arguments.optionalInt("rounds") ?? .max
      let path = try arguments.string("capture")
      let page = try arguments.optionalString("page")
      var follower = HaloFollower(
        path, unknownSide: try HaloArguments.side(arguments),
        keep: try arguments.int("keep"), threads: try arguments.optionalInt("threads"))
      var last: HaloWatchRound?
      var round = 0
      while true {
        round += 1
        do throws(CavernError) {
          if try follower.look() || last == nil {
            let fresh = try HaloWatchRound(arguments, follower, before: last)
            last = fresh
            if let page { try fresh.writePage(page, every: interval) }
            if !arguments.flag("quiet"), limit > 1 {
              StandardStreams.writeError(Array(fresh.text(width: arguments.surroundings.width).utf8))
            }
          }
        } catch {
          // A capture that has not begun, whose first record is not whole, or whose file is just being moved is waited for.
          guard limit > 1, ["halo.noData", "halo.noHits", "input.missing", "file.missing"].contains(error.code) else {
            throw error
          }
        }
        if round >= limit || Interrupts.isRequested { break }
        try? await Task.sleep(for: interval)
        if Interrupts.isRequested { break }
      }
      guard let end = last else {
        throw CavernError("halo.noData", "no hit has come", exit: .noInput, file: path)
      }
      return Report(
        status: end.alarm ? .failed : .done, warnings: end.warnings, result: end.json,
        text: end.text(width: arguments.surroundings.width))
    }
  }
}

/// One look at a capture.
struct HaloWatchRound: Sendable {
  /// Hits so far, those that are no longer kept included.
  let hits: Int
  let newHits: Int
  let rates: [(side: HaloSide, perSecond: Double)]
  let work: HaloReportWork
  private let lastOrbits: [HaloSide: UInt64]
  private let bytesRead: Int

  @MainActor
  init(_ arguments: ParsedArguments, _ follower: HaloFollower, before: HaloWatchRound?) throws(CavernError) {
    work = try HaloReportWork(arguments, try follower.capture())
    bytesRead = follower.bytesRead
    hits = work.analysis.capture.count + follower.droppedHits
    newHits = hits - (before?.hits ?? 0)
    var lastOrbits: [HaloSide: UInt64] = [:]
    var rates: [(HaloSide, Double)] = []
    let rows = work.analysis.runRows()
    for side in HaloSide.allCases {
      let own = rows.filter { $0.side == side }
      guard let end = own.map(\.lastOrbit).max(), let first = own.map(\.firstOrbit).min() else { continue }
      lastOrbits[side] = end
      let start = before?.lastOrbits[side]
      let from = start ?? first
      let seconds = Double(end >= from ? end - from : 0) * HaloTime.orbitMilliseconds / 1000
      let count = work.analysis.signalHits(side, after: start)
      rates.append((side, seconds > 0 ? Double(count) / seconds : .nan))
    }
    self.lastOrbits = lastOrbits
    self.rates = rates
  }

  /// Writes the shifter's page, which looks for a new one by itself.
  func writePage(_ path: String, every interval: Duration) throws(CavernError) {
    var page = HaloReportPage(work).answerPage()
    page.refreshSeconds = max(1, Int(interval.components.seconds))
    try AtomicFile.write(path, text: page.html(), isSynchronised: false)
  }

  var alarm: Bool { work.health.state == .alarm }
  var warnings: [CavernWarning] { work.warnings }

  var json: JSONValue {
    [
      "hits": .integer(hits), "new_hits": .integer(newHits), "bytes_read": .integer(bytesRead),
      "halo_per_s": .array(rates.map { ["uhtr": .integer($0.side.board), "value": .number($0.perSecond)] }),
      "state": work.json,
    ]
  }

  /// One line, and below it one for each check that is not good.
  func text(width: Int) -> String {
    let list = rates.map { "\($0.side.label) \(NumberText.significant($0.perSecond, 3))/s" }.joined(separator: ", ")
    let troubles = work.health.checks.filter { $0.state >= .warning }.map { check in
      let side = check.side.map { $0.label + " " } ?? ""
      return TextWrap.wrap("\(side)\(check.name): \(check.text)\(work.since(check.since))", width: width, indent: 2)
    }
    let line =
      "\(hits) hits (+\(newHits)); halo \(list); monitor \(work.health.monitor.rawValue), background "
      + work.health.background.rawValue
    return TextWrap.wrap(line, width: width) + "\n" + troubles.map { $0 + "\n" }.joined()
  }
}
