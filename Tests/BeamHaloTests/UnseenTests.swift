import BeamHalo
import Conditions
import Errors
import Foundation
import TestSupport
import Testing

private let rule = String(repeating: "-", count: 75)

private func samples(_ mark: Int) -> String { "7 1 3 2 \(mark)" + String(repeating: " 4", count: 17) }

private func header(_ event: Int, run: Int = 380_115, bare: Bool = false) -> String {
  "--- START Event: \(event), BX: 100, Orbit: \(5000 + event), Run: \(run)" + (bare ? "" : ", ---")
}

private func decode(_ lines: [String]) -> HaloTextPart {
  HaloFileReader.decode(Array((lines.joined(separator: "\n") + "\n").utf8))
}

/// Runs a program without a shell, and says whether it succeeded.
private func succeeds(_ program: String, _ words: [String]) throws -> Bool {
  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = words
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus == 0
}

private func analysis(_ texts: [HaloSide: [UInt8]], _ options: HaloAnalysis.Options = .init()) throws -> HaloAnalysis {
  try withTemporaryFolder { folder in
    for (side, text) in texts { try Data(text).write(to: folder.appending(path: "uHTR\(side.board).txt")) }
    return HaloAnalysis(
      try HaloCapture(reading: HaloPieces(folder.path)), detector: try HaloDetector(), options: options)
  }
}

@Suite("Text in unusual forms")
struct UnusualTextTests {
  @Test("two rules without a header between them do not give the hits that follow to the event before")
  func goneHeader() {
    let part = decode([
      rule, header(1, bare: true), rule, samples(150), "5", rule, rule, samples(151), "6", rule, header(3, bare: true),
      rule, samples(152), "7",
    ])
    #expect(part.hits.event == [1, 3])
    #expect(part.diagnostics.map(\.kind) == [.recordWithoutHeader])
    #expect(part.diagnostics.first?.line == 8)
  }

  @Test("headers mean the same whether single blanks part their pieces or not, good ones and bad ones")
  func headerForms() {
    let forms: [(line: String, isGood: Bool)] = [
      ("--- START Event: 5, BX: 7, Orbit: 9, Run: 11, ---", true), ("--- START a 5, b 7, c 9, d 11,", true),
      ("--- START Event: 5, BX: 7, Orbit: 9, Run: 11 ---", true),
      ("--- START Event: 5, BX: 7, Orbit: 9, Run: 11", true),
      ("--- START Event: 5, BX: 3564, Orbit: 0, Run: 4294967295, ---", true),
      ("--- START Event: 5, BX: 3565, Orbit: 9, Run: 11, ---", false),
      ("--- START Event: 4294967296, BX: 7, Orbit: 9, Run: 11, ---", false),
      ("--- START Event: 5, BX: 7, Orbit: 9, Run: 4294967296, ---", false),
      ("--- START Event: 5, BX: 7, Orbit: 18446744073709551616, Run: 11, ---", false),
      ("--- START Event: 5, BX: 7, Orbit: 18446744073709551615, Run: 11, ---", true),
      ("--- START Event: 5, BX: 7 Orbit: 9, Run: 11, ---", false),
      ("--- START Event: 5, BX: -7, Orbit: 9, Run: 11, ---", false),
      ("--- START Event: 5, BX: 7, Orbit: 9, Run: 11x, ---", false), ("--- START Event: 5, BX: 7, Orbit: 9,", false),
      ("--- START Event: 5, BX: 7, Orbit: 9, Run: 11, --\u{0}", false),
      ("--- START Ev\u{0}nt: 5, BX: 7, Orbit: 9, Run: 11, ---", false),
    ]
    for (line, isGood) in forms {
      let spread = line.replacingOccurrences(of: "START ", with: "START  ")
      let parts = [line, spread, line + "\r"].map { decode([rule, $0, "caption", samples(150), "5"]) }
      for part in parts {
        #expect(
          part.hits == parts[0].hits && part.diagnostics.map(\.kind) == parts[0].diagnostics.map(\.kind), "\(line)")
      }
      #expect(parts[0].hits.count == (isGood ? 1 : 0), "\(line)")
      #expect(parts[0].diagnostics.map(\.kind) == (isGood ? [] : [.badHeader]), "\(line)")
    }
  }

  @Test("the whole charge of a hit is the sum of its samples less 20 pedestals")
  func totalCharge() throws {
    let detector = try HaloDetector()
    let part = decode([rule, header(1), "caption", samples(151), "5"])
    // 3 2 151 4…: away from sample 2 stand only codes 4, 14.2 fC.
    let expected = 11 + 7.88 + 11300 + 17 * 14.2 - 20 * 14.2
    #expect(try abs(#require(part.hits.totalCharge(of: 0, detector.charge)) - expected) < 1e-9)
  }

  @Test("a pause of the board is flagged, and what lies outside its hits; a dump of the beam is not")
  func liveTime() throws {
    let small = try analysis([.plus: Array([rule, header(1), "", samples(150), "5", ""].joined(separator: "\n").utf8)])
    let (timeline, _) = try #require(HaloTimeline.reference(small.capture, runs: []))
    let bins = HaloBin.fixed(from: 0, through: 61 * 23500, width: 23500)
    /// Fifty hits in each of 60 bins, but for some; those flagged.
    func flagged(without gone: Range<Int>) -> [Int] {
      var hits = HaloHits()
      for hit in 0..<3000 where !gone.contains(hit / 50) { hits.orbit.append(5001 + UInt64(hit) * 5285) }
      let live = HaloLiveTime(hits, timeline: timeline).bins(bins)
      #expect(live.allSatisfy { $0.isDead == ($0.liveMilliseconds == 0) })
      return live.indices.filter { live[$0].isDead }
    }
    #expect(flagged(without: 0..<0) == [60, 61])
    #expect(flagged(without: 20..<23) == [20, 21, 22, 60, 61])
    #expect(flagged(without: 40..<59) == [60, 61])
  }

  @Test("a blank line after an older header loses nothing when other events have its run")
  func blankAfterHeader() {
    let part = decode([
      rule, header(1, bare: true), "", rule, samples(150), "5", rule, header(2, bare: true), rule, samples(151), "6",
    ])
    #expect(part.hits.event == [1, 2])
    #expect(part.diagnostics.isEmpty)
  }

  @Test("a line end in place of the last digit of a run loses the hits of that event, which are counted")
  func cutRun() {
    let part = decode([
      rule, header(1, bare: true), rule, samples(150), "5", rule, header(2, run: 38_011, bare: true), "", rule,
      samples(151), "6", samples(152), "7", rule, header(3, bare: true), rule, samples(153), "8",
    ])
    #expect(part.hits.event == [1, 3])
    #expect(part.hits.run == [380_115, 380_115])
    #expect(part.diagnostics.map { "\($0.kind.rawValue):\($0.line):\($0.hitsLost)" } == ["record-without-header:10:2"])
    #expect(part.tally.kept == 2 && part.tally.lost == 2)
  }

  @Test("text compressed by gzip reads as the same hits; one that was cut keeps what is whole, and says so")
  func gzip() throws {
    try withTemporaryFolder { folder in
      let text = try syntheticText { $0.hitsPerSecond = 20 }
      let path = folder.path + "/uHTR4.txt"
      try Data(text).write(to: URL(filePath: path))
      #expect(try succeeds("/usr/bin/gzip", [path]))
      let whole = HaloFileReader.decode(text)
      let part = try HaloFileReader(threads: 2, blockBytes: 4096).text(path + ".gz")
      #expect(part.hits == whole.hits)
      #expect(try HaloCapture(reading: HaloPieces(folder.path)).count == whole.hits.count)
      let bytes = try Data(contentsOf: URL(filePath: path + ".gz"))
      try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path + ".gz"))
      let cut = try HaloFileReader(threads: 1).text(path + ".gz")
      #expect(cut.hits.count > whole.hits.count / 10 && cut.hits.count < whole.hits.count)
      #expect(cut.hits.event[...] == whole.hits.event.prefix(cut.hits.count))
      #expect(cut.diagnostics.contains { $0.kind == .truncatedTail && $0.text.contains("compressed") })
    }
  }

  @Test("without samples, hits of text and of the binary form are the same but for them")
  func withoutSamples() throws {
    try withTemporaryFolder { folder in
      let text = try syntheticText()
      try Data(text).write(to: folder.appending(path: "uHTR4.txt"))
      let whole = HaloFileReader.decode(text).hits
      let path = folder.path + "/uHTR11.uhtr"
      try Data(HaloBinary.bytes(whole)).write(to: URL(filePath: path))
      var bare = whole
      bare.samples = []
      #expect(try HaloFileReader(keepsSamples: false).text(folder.path + "/uHTR4.txt").hits == bare)
      #expect(try HaloBinary.read(path, keepsSamples: false) == bare)
      #expect(try HaloBinary.read(path) == whole)
    }
  }
}

@Suite("Channels, times and runs")
struct ChannelTests {
  @Test("rates of channels add up to those of their side, bin by bin, in the same bins")
  func channelRates() throws {
    let analysis = try analysis([.plus: syntheticText { $0.hitsPerSecond = 10 }])
    let (timeline, _) = try #require(HaloTimeline.reference(analysis.capture, runs: []))
    for binning in [HaloBinning.lumisections, .seconds(7)] {
      let rates = HaloRates(
        HaloRegion.rateOrder, analysis.sides, map: analysis.map, timeline: timeline, sections: [], binning: binning,
        channels: analysis.detector.channels)
      for series in rates.series {
        let own = rates.channelSeries.filter { $0.region == series.region }
        #expect(own.count == 20)
        #expect(own.allSatisfy { $0.bins == series.bins })
        let sums = series.counts.indices.map { bin in own.reduce(0) { $0 + $1.counts[bin] } }
        #expect(sums == series.counts)
      }
    }
  }

  @Test("a choice of channels keeps their hits only, and the windows of all; names that are none are refused")
  func choice() throws {
    let analysis = try analysis([.plus: syntheticText { $0.hitsPerSecond = 10 }])
    let choice = try HaloChannelChoice(["PN03", "PF"], detector: analysis.detector)
    let chosen = analysis.keeping(channels: choice)
    for (before, after) in zip(analysis.regionCounts(), chosen.regionCounts()) {
      let isChosen = before.channel.name == "PN03" || before.channel.group == "PF"
      #expect(after.counts == (isChosen ? before.counts : HaloRegionCounts()))
    }
    #expect(chosen.calibration.entries.map(\.window) == analysis.calibration.entries.map(\.window))
    let fault = caught { _ = try HaloChannelChoice(["PN3"], detector: analysis.detector) }
    #expect(fault?.code == "halo.unknownChannel" && fault?.nearest.contains("PN03") == true)
  }

  @Test("regions and a condition select the hits of figures: the two together are both")
  func regions() throws {
    let analysis = try analysis([.plus: syntheticText { $0.hitsPerSecond = 10 }])
    let counts = analysis.regionCounts()
    let union = analysis.keeping(regions: [.signal, .collisions])
    let sum = counts.reduce(0) { $0 + $1.counts.signal + $1.counts.collisions }
    #expect(union.spectra.total.reduce(0, +) == sum)
    let late = analysis.keeping(regions: [.collisions], expression: try HaloExpression(parsing: "tdc == 31"))
    #expect(
      late.spectra.total.reduce(0, +)
        == (0..<40).reduce(0) { sum, channel in
          sum + (81...139).reduce(0) { $0 + analysis.spectra.count(channel, tdc: 31, code: $1) }
        })
    #expect(analysis.keeping(regions: []).spectra.total.allSatisfy { $0 == 0 })
  }

  @Test("the time of each channel in each run is known, and a run in which all are late stands out")
  func centroids() throws {
    let early = try syntheticText {
      $0.sections = [40]
      $0.hitsPerSecond = 12
    }
    let late = try syntheticText {
      $0.sections = [40]
      $0.hitsPerSecond = 12
      $0.firstRun = 380_116
      $0.firstOrbit = 400_000_000
      $0.drift = 2
    }
    let analysis = try analysis([.plus: early + late])
    let (timeline, _) = try #require(HaloTimeline.reference(analysis.capture, runs: []))
    let trend = HaloTrend(analysis, timeline: timeline, runs: [], sections: [])
    #expect(trend.points.map(\.row.run) == [380_115, 380_116])
    #expect(trend.points.allSatisfy { $0.channels.count == 20 && $0.poorChannels == 0 })
    for (first, second) in zip(trend.points[0].channels, trend.points[1].channels) {
      let shift = try #require(first.shift), other = try #require(second.shift)
      #expect(abs(other - shift - 2) < 0.5, "\(first.channel.name): \(shift), \(other)")
    }
    #expect(HaloFigures.trends(trend).map(\.name) == ["runs", "shares-4", "centroids-4"])
  }

  @Test("a side whose hits all lie outside the selection of stability gives an empty figure and an empty table")
  func noStableHits() throws {
    var lines: [String] = []
    for event in 1...30 { lines += [rule, header(event), "caption", samples(60 + event), "40"] }
    let analysis = try analysis([.minus: Array((lines.joined(separator: "\n") + "\n").utf8)])
    let rows = HaloStability.rows(analysis.spectra, analysis.calibration, side: .minus)
    #expect(rows.count == 21)
    #expect(rows.allSatisfy { $0.count == 0 && $0.mean == nil && $0.mode == nil && $0.deviation == nil })
    for figure in [HaloFigures.stability(analysis), HaloFigures.violins(analysis)] {
      #expect(!figure.panels.isEmpty && figure.panels.allSatisfy { $0.series.isEmpty })
    }
  }

  @Test("hits of days apart are in some bin, however narrow the bins are")
  func manyBins() {
    let bins = HaloBin.fixed(from: 0, through: 5e9, width: 10)
    #expect(bins.count == HaloBin.most)
    #expect(bins.last.map { $0.end > 5e9 } == true)
    let series = HaloRates.series("SR", .plus, [0, 5, 1e7 - 1, 5e9], bins: [], width: 10)
    #expect(series.total == 4 && series.counts.first == 2 && series.counts.last == 2)
  }
}
