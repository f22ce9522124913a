import BeamHalo
import Conditions
import Errors
import Figures
import Results
import Tables

/// The page of a report.
struct HaloReportPage {
  private let work: HaloReportWork

  init(_ work: HaloReportWork) { self.work = work }

  /// The page: the answer first, then what it rests on.
  func page(_ provenance: Provenance) throws(CavernError) -> Page {
    let analysis = work.analysis
    let sides = analysis.capture.sides.map(\.side)
    let groups = ["PN", "PF", "MN", "MF"].filter { sides.contains($0.hasPrefix("P") ? .plus : .minus) }
    var sections = [
      Page.Section("Is the monitor healthy, is background high?", answer()),
      Page.Section(
        "Channels", [.table(channelTable())] + sides.map { .figure(HaloFigures.channels(analysis, side: $0)) }),
      Page.Section(
        "Rates",
        [
          .figure(
            HaloFigures.rates(
              work.rates.filter { ["SR", "CP"].contains($0.region) }, timeline: work.timeline, bins: bins))
        ]
          + work.rates.filter { ["SR", "CP"].contains($0.region) }.compactMap {
            HaloFigures.luminosityMap($0).map { .figure($0) }
          }
          + spikes()),
      Page.Section(
        "Runs",
        [.table(work.trend.reportTable)] + HaloFigures.trends(work.trend).map { .figure($0) }),
      Page.Section("Bunch slots", sides.map { .figure(HaloFigures.occupancy(analysis, side: $0)) }),
      Page.Section(
        "Times",
        [.figure(HaloFigures.stability(analysis)), .figure(HaloFigures.violins(analysis))]
          + sides.map { .figure(HaloFigures.lego(analysis, side: $0)) }),
    ]
    sections.append(
      Page.Section(
        "Calibration",
        [
          .paragraph(
            "Windows in force by the \(analysis.options.method.rawValue) method; a hit is halo when its time lies in the window and its peak code is at or above the cut. The panels of times use codes above the cut."
          ), .table(analysis.calibration.reportTable),
        ] + groups.map { .figure(HaloFigures.adcPanels(analysis, group: $0)) }
          + groups.map { .figure(HaloFigures.tdcPanels(analysis, group: $0)) }))
    sections.append(
      Page.Section("Files, cuts and damage", [.table(cutFlow()), .table(files()), .table(diagnostics())]))
    return Page(
      title: "Beam halo: \(title)", facts: facts(), sections: sections, warnings: work.warnings, provenance: provenance)
  }

  private var bins: [HaloBin] { HaloBin.lumisections(work.sections) }

  private var title: String {
    let runs = work.analysis.runNumbers()
    guard let first = runs.first, let last = runs.last else { return "no runs" }
    return first == last ? "run \(first)" : "runs \(first) to \(last)"
  }

  private func facts() -> [Page.Fact] {
    let points = work.trend.points
    let fills = Set(points.compactMap(\.fill)).sorted().map(String.init)
    var facts = [
      Page.Fact("monitor", work.health.monitor.rawValue), Page.Fact("background", work.health.background.rawValue),
      Page.Fact("runs", work.analysis.runNumbers().map(String.init).joined(separator: ", ")),
      Page.Fact("fills", fills.isEmpty ? "unknown" : fills.joined(separator: ", ")),
      Page.Fact("hits", "\(work.analysis.capture.count)"),
    ]
    if work.timeline.isAbsolute, let start = points.compactMap(\.startMilliseconds).min(),
      let end = points.compactMap(\.endMilliseconds).max()
    {
      facts.append(Page.Fact("time", "\(UTCTime.text(start)) to \(UTCTime.text(end)) UTC"))
    } else {
      facts.append(Page.Fact("time", "start unknown, times since the reference orbit"))
    }
    return facts
  }

  /// The answer alone, for a page that is renewed while a capture goes on.
  func answerPage() -> Page {
    Page(
      title: "Beam halo: \(title)", facts: facts(),
      sections: [
        Page.Section("Is the monitor healthy, is background high?", answer()),
        Page.Section("Spikes", spikes()), Page.Section("Channels", [.table(channelTable())]),
      ], warnings: work.warnings)
  }

  private func answer() -> [Page.Block] {
    let rows = work.health.checks.map { check -> [ReportTable.Cell] in
      let limit = work.health.thresholds.values.first { $0.name == check.threshold }?.value
      return [
        .text(check.name), .text(check.side.map { "\($0.label)\u{A0}(beam\u{A0}\($0.beam))" } ?? "both"),
        .level(check.state.rawValue, check.state.level), .text(check.text + work.since(check.since)),
        .number(check.value, decimals: check.value == check.value.rounded() ? 0 : 4),
        limit.map { .number($0) } ?? .missing, .text(check.threshold),
      ]
    }
    return [
      .lights([monitorLight()] + HaloSide.allCases.map(backgroundLight)), .tiles(channelTiles()),
      .paragraph("Under each channel its halo hits, or what is wrong with it."),
      .table(
        ReportTable(
          columns: ["check", "side", "state", "answer", "value", "limit", "limit's name"].map {
            ReportTable.Column($0)
          },
          rows: rows)),
    ]
  }

  /// Is the monitor healthy, and if not, what is wrong with it.
  private func monitorLight() -> ReportLight {
    let state = work.health.monitor
    let troubles = work.health.checks.filter { HaloHealth.monitorChecks.contains($0.name) && $0.state >= .warning }
    let lines = troubles.map { "\($0.side?.label ?? ""): \($0.text)\(work.since($0.since))" }
    let answer =
      switch state {
      case .good: "healthy"
      case .unknown: "not known"
      case .warning: "worth a look"
      case .alarm: "needs somebody now"
      }
    return ReportLight("Beam halo monitor", state.level, answer, lines: lines.isEmpty ? ["no fault was found"] : lines)
  }

  /// Is the background of a beam high, how high and since when.
  private func backgroundLight(_ side: HaloSide) -> ReportLight {
    let own = work.health.checks.filter { HaloHealth.backgroundChecks.contains($0.name) && ($0.side ?? side) == side }
    let title = "Background of beam \(side.beam) (\(side.label))"
    guard let state = own.map(\.state).max(), let rate = own.first(where: { $0.name == "rate" }) else {
      return ReportLight(title, .unknown, "no data")
    }
    // What else the checks of this beam, and of both beams, have to say.
    func remarks(_ name: String) -> [String] {
      own.filter { $0.name == name && $0.state >= .warning }.map { $0.text + work.since($0.since) }
    }
    let spikes = remarks("spikes")
    let answer =
      switch rate.state {
      case .alarm: "high"
      case .unknown: "not known"
      case .warning: "was high"
      case .good: state == .good ? "not high" : spikes.isEmpty ? "beams differ" : "spikes"
      }
    let usual = rate.value.isFinite ? ["usual \(NumberText.significant(rate.value, 3)) halo hits a second"] : []
    let periods = work.health.periods.filter { $0.side == side }.suffix(2).map { period in
      "\(time(period.start)) to \(period.lasts ? "now" : time(period.end)): "
        + "\(NumberText.significant(Double(period.hits) / max(period.expected, 1e-9), 2)) times as many"
    }
    return ReportLight(title, state.level, answer, lines: usual + periods + spikes + remarks("beams"))
  }

  /// Which channels answered.
  private func channelTiles() -> ReportTiles {
    ReportTiles(
      ["PN", "PF", "MN", "MF"].map { group in
        let own = work.health.channels.filter { $0.channel.group == group }
        let end = "\(group.hasPrefix("P") ? "+Z" : "-Z") \(group.hasSuffix("N") ? "near" : "far")"
        guard !own.isEmpty else {
          return ReportTiles.Row(end, [ReportTiles.Tile("no data", .unknown, "no file of this side")])
        }
        return ReportTiles.Row(
          end,
          own.map { entry in
            let hits = entry.counts.signal + entry.counts.background
            let isSilent = hits == 0
            // Silence is a fault only where enough hits have come to tell.
            let level: ReportLevel =
              entry.faults.contains("dead")
              ? .alarm : !entry.faults.isEmpty ? .warning : isSilent ? .unknown : .good
            return ReportTiles.Tile(
              entry.channel.name, level,
              isSilent
                ? "no hit" : entry.faults.isEmpty ? "\(entry.counts.signal)" : entry.faults.joined(separator: ", "))
          })
      })
  }

  private func channelTable() -> ReportTable {
    ReportTable(
      title: "Channels; dead, hot and noisy against the median of their side",
      columns: ["channel", "SR", "BR", "AR", "CP", "SR / median", "BR / median", "faults"].map {
        ReportTable.Column($0)
      },
      rows: work.health.channels.map { entry in
        [
          .text(entry.channel.name), .number(Double(entry.counts.signal), decimals: 0),
          .number(Double(entry.counts.background), decimals: 0), .number(Double(entry.counts.activation), decimals: 0),
          .number(Double(entry.counts.collisions), decimals: 0), .number(entry.signalRatio, decimals: 2),
          .number(entry.backgroundRatio, decimals: 2), .flags(entry.faults),
        ]
      })
  }

  private func spikes() -> [Page.Block] {
    guard !work.health.spikes.isEmpty else { return [.paragraph("No spike of halo hits.")] }
    return [
      .table(
        ReportTable(
          title: "Spikes of halo hits",
          columns: ["side", "time", "run", "LS", "fill", "hits", "expected", "chance", "slots with most hits"].map {
            ReportTable.Column($0)
          },
          rows: work.health.spikes.map { spike in
            [
              .text(spike.side.label), .text(time(spike.bin.start)), .text(spike.bin.run.map(String.init) ?? ""),
              .text(spike.bin.lumisection.map(String.init) ?? ""), .text(spike.bin.fill.map(String.init) ?? ""),
              .number(Double(spike.spike.count), decimals: 0), .number(spike.spike.expected, decimals: 1),
              .text(NumberText.significant(spike.spike.chance, 2)),
              .text(spike.slots.map { "\($0.slot) (\($0.hits))" }.joined(separator: ", ")),
            ]
          }))
    ]
  }

  private func time(_ milliseconds: Double) -> String {
    work.timeline.isAbsolute ? UTCTime.text(milliseconds) : NumberText.significant(milliseconds / 1000, 6) + " s"
  }

  private func cutFlow() -> ReportTable {
    let flows = zip(work.analysis.capture.sides, work.analysis.clean).map { ($0.side, $1.flow) }
    return ReportTable(
      title: "Cut flow",
      columns: [ReportTable.Column("hits left after")] + flows.map { ReportTable.Column($0.0.label) },
      rows: [
        ("decoding", \HaloCutFlow.decoded), ("addresses with nothing connected", \.connected),
        ("codes that are no times", \.goodTdc), ("glitch at time 25, code 188", \.withoutGlitchA),
        ("glitch at time 0, code 124", \.withoutGlitchB), ("addresses that are no channels", \.mapped),
      ].map { (name: String, path: KeyPath<HaloCutFlow, Int>) in
        [.text(name)] + flows.map { .number(Double($0.1[keyPath: path]), decimals: 0) }
      })
  }

  private func files() -> ReportTable {
    ReportTable(
      title: "Files",
      columns: ["file", "bytes", "hits", "without time", "three or more times", "lost", "damaged places"].map {
        ReportTable.Column($0)
      },
      rows: work.analysis.capture.sides.flatMap(\.tallies).map { tally in
        [.text(tally.file)]
          + [tally.bytes, tally.kept, tally.withoutTdc, tally.withManyTdcs, tally.lost, tally.damagedPlaces].map {
            .number(Double($0), decimals: 0)
          }
      })
  }

  private func diagnostics() -> ReportTable {
    ReportTable(
      title: "Damaged places (the first 200; all are in diagnostics.csv)",
      columns: ["file", "line", "kind", "hits lost", "text"].map { ReportTable.Column($0) },
      rows: work.analysis.capture.sides.flatMap(\.diagnostics).prefix(200).map { entry in
        [
          .text(entry.file), .number(Double(entry.entry.line), decimals: 0), .text(entry.entry.kind.rawValue),
          .number(Double(entry.entry.hitsLost), decimals: 0), .text(entry.entry.text),
        ]
      })
  }
}

extension HaloHealth.State {
  /// The level of cards and tiles.
  fileprivate var level: ReportLevel {
    switch self {
    case .good: .good
    case .unknown: .unknown
    case .warning: .warning
    case .alarm: .alarm
    }
  }
}
