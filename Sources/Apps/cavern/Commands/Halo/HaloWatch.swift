import Arguments
import BeamHalo
import Errors
import Foundation
import JSON

extension Command {
  /// `cavern halo watch`: a capture that is still growing.
  static var haloWatch: Command {
    Command(
      "watch", "Follow the growing files of a running capture: rates and alarms as they come.",
      discussion: """
        Looks at the files again and again, reads what has been added, and prints one line a round: hits, halo rate of \
        each side since the last round, and the answer of the shifter's page. A record that is still being written counts \
        once it is whole. Ctrl-C ends with status 130; --once looks once and ends. With --json each line is one object.
        """,
      examples: [
        Example("cavern halo watch CAPTURE", "during a shift"),
        Example("cavern halo watch CAPTURE --once", "what is there now"),
      ],
      arguments: [HaloArguments.folder],
      options: [
        .flag("once", "Look once and end."),
        .option("interval", "TIME", .duration, "How often to look.", default: "5s"),
        .option("rounds", "N", .integer(1...1_000_000_000), "End after so many rounds."),
        .option(
          "threshold", "NAME=VALUE,...", .assignments,
          "Limits: \(HaloThresholds.names.joined(separator: ", ")).", isRepeatable: true),
      ] + HaloArguments.reading + HaloArguments.analysis + HaloArguments.conditions
    ) { arguments in
      let interval = try arguments.duration("interval")
      let limit = arguments.flag("once") ? 1 : try arguments.optionalInt("rounds") ?? .max
      var last: HaloWatchRound?
      var sizes: [String: Int] = [:]
      var round = 0
      while true {
        round += 1
        let now = HaloWatchRound.sizes(try arguments.string("capture"))
        if now != sizes || last == nil {
          sizes = now
          do throws(CavernError) {
            let fresh = try HaloWatchRound(arguments, before: last)
            last = fresh
            if !arguments.flag("quiet"), limit > 1 { StandardStreams.writeError(Array(fresh.line.utf8)) }
          } catch {
            // A capture that has not begun, or whose first record is not whole, is waited for.
            guard limit > 1, ["halo.noData", "halo.noHits", "input.missing"].contains(error.code) else { throw error }
          }
        }
        if round >= limit || Interrupts.isRequested { break }
        try? await Task.sleep(for: interval)
        if Interrupts.isRequested { break }
      }
      guard let end = last else {
        throw CavernError("halo.noData", "no hit has come", exit: .noInput, file: try arguments.string("capture"))
      }
      return Report(
        status: end.alarm ? .failed : .done, warnings: end.warnings, result: end.json, text: end.line)
    }
  }
}

/// One look at a capture.
struct HaloWatchRound: Sendable {
  let hits: Int
  let newHits: Int
  let rates: [(side: HaloSide, perSecond: Double)]
  let work: HaloReportWork
  private let lastOrbits: [HaloSide: UInt64]
  private let signal: [HaloSide: Int]

  @MainActor
  init(_ arguments: ParsedArguments, before: HaloWatchRound?) throws(CavernError) {
    let capture = try HaloArguments.capture(arguments)
    work = try HaloReportWork(arguments, capture)
    hits = capture.count
    newHits = hits - (before?.hits ?? 0)
    var lastOrbits: [HaloSide: UInt64] = [:]
    var signal: [HaloSide: Int] = [:]
    var rates: [(HaloSide, Double)] = []
    for row in work.analysis.runRows() {
      lastOrbits[row.side] = max(lastOrbits[row.side] ?? 0, row.lastOrbit)
      signal[row.side, default: 0] += row.regions.signal
    }
    for side in HaloSide.allCases {
      guard let end = lastOrbits[side] else { continue }
      let first = work.analysis.runRows().filter { $0.side == side }.map(\.firstOrbit).min() ?? end
      let start = before?.lastOrbits[side] ?? first
      let seconds = Double(end >= start ? end - start : 0) * HaloTime.orbitMilliseconds / 1000
      let count = (signal[side] ?? 0) - (before?.signal[side] ?? 0)
      rates.append((side, seconds > 0 ? Double(count) / seconds : .nan))
    }
    self.lastOrbits = lastOrbits
    self.signal = signal
    self.rates = rates
  }

  /// Sizes of the files by name, to see growth without reading.
  static func sizes(_ path: String) -> [String: Int] {
    var sizes: [String: Int] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      sizes[name] = (try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)"))?[.size] as? Int
    }
    return sizes
  }

  var alarm: Bool { work.health.state == .alarm }
  var warnings: [CavernWarning] { work.warnings }

  var json: JSONValue {
    [
      "hits": .integer(hits), "new_hits": .integer(newHits),
      "halo_per_s": .array(rates.map { ["uhtr": .integer($0.side.board), "value": .number($0.perSecond)] }),
      "state": work.json,
    ]
  }

  var line: String {
    let list = rates.map { "\($0.side.label) \(NumberText.significant($0.perSecond, 3))/s" }.joined(separator: ", ")
    let troubles = work.health.checks.filter { $0.state >= .warning }.map { check in
      "\(check.side?.label ?? "") \(check.name): \(check.text)\(work.since(check.since))"
    }
    return "\(hits) hits (+\(newHits)); halo \(list); monitor \(work.health.monitor.rawValue), background "
      + work.health.background.rawValue + (troubles.isEmpty ? "" : "; " + troubles.joined(separator: " | ")) + "\n"
  }
}
