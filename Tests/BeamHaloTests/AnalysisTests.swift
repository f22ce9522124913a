import BeamHalo
import Conditions
import Errors
import Foundation
import TestSupport
import Testing

/// A made-up capture in memory.
func syntheticAnalysis(
  _ change: (inout HaloSynthesisOptions) -> Void = { _ in }, method: HaloMethod = .classic
) throws -> (analysis: HaloAnalysis, source: HaloSynthesizer) {
  var options = HaloSynthesisOptions()
  options.sections = [12, 12]
  change(&options)
  let detector = try HaloDetector()
  let source = HaloSynthesizer(options, detector: detector)
  let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-synth-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  for side in HaloSide.allCases {
    try Data(source.text(side)).write(to: URL(filePath: "\(folder)/uHTR\(side.board).txt"))
  }
  var settings = HaloAnalysis.Options()
  settings.method = method
  let capture = try HaloCapture(reading: try HaloPieces(folder))
  return (HaloAnalysis(capture, detector: detector, options: settings), source)
}

@Suite("Names of files")
struct SideTests {
  @Test(
    "tell the side",
    arguments: [
      ("uHTR4.txt", HaloSide.plus), ("night_uHTR_4.txt", .plus), ("uHTR11_2.uhtr", .minus), ("uHTR_11.txt", .minus),
      ("BHM_PLUS_x.txt", .plus), ("MINUS.txt", .minus), ("halo_PF.txt", .plus), ("MN_1.txt", .minus),
      ("uHTR42.txt", nil), ("uHTR1.txt", nil), ("uHTR110.txt", nil), ("notes.txt", nil), ("uHTR4_uHTR11.txt", nil),
    ] as [(String, HaloSide?)])
  func sides(name: String, side: HaloSide?) { #expect(HaloSide(fileName: name) == side) }

  @Test("continuation files come in natural order")
  func order() {
    let names = ["uHTR4_10.txt", "uHTR4_9.txt", "uHTR4.txt", "uHTR4_1.txt", "uHTR4_02.txt"]
    #expect(
      names.sorted(by: NaturalOrder.precedes)
        == ["uHTR4.txt", "uHTR4_1.txt", "uHTR4_02.txt", "uHTR4_9.txt", "uHTR4_10.txt"])
  }

  private func withFiles(_ files: [(String, [UInt8])], _ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      for (name, bytes) in files { try Data(bytes).write(to: folder.appending(path: name)) }
      try body(folder.path)
    }
  }

  @Test("a folder without data, with empty files, or with names that tell no side is refused with its reason")
  func refused() throws {
    try withFiles([]) { folder in #expect(caught { try HaloPieces(folder) }?.code == "halo.noData") }
    try withFiles([("uHTR4.txt", [])]) { folder in #expect(caught { try HaloPieces(folder) }?.exit == .noInput) }
    try withFiles([("a.txt", [1])]) { folder in
      #expect(caught { try HaloPieces(folder) }?.code == "halo.unknownSide")
      let pieces = try HaloPieces(folder, unknownSide: .minus).pieces
      #expect(pieces.map(\.side) == [.minus])
    }
    #expect(caught { try HaloPieces("/nonexistent") }?.exit == .noInput)
  }

  @Test("of two forms of a piece the newer binary is read, otherwise the text; other pieces in their one form")
  func forms() throws {
    let files = [("uHTR4.txt", [UInt8(1)]), ("uHTR4.uhtr", [1]), ("uHTR4_1.uhtr", [1]), ("uHTR4_2.txt", [1])]
    try withFiles(files) { folder in
      func age(_ name: String, _ seconds: Double) throws {
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: "\(folder)/\(name)")
      }
      try age("uHTR4.txt", 1000)
      try age("uHTR4.uhtr", 2000)
      let first = try HaloPieces(folder).pieces.map(\.name)
      #expect(first == ["uHTR4.uhtr", "uHTR4_1.uhtr", "uHTR4_2.txt"])
      try age("uHTR4.txt", 3000)
      let second = try HaloPieces(folder).pieces.map(\.name)
      #expect(second == ["uHTR4.txt", "uHTR4_1.uhtr", "uHTR4_2.txt"])
    }
  }

  @Test("files whose events go back are read in the order of their first events, with a remark")
  func byEvent() throws {
    let detector = try HaloDetector()
    var options = HaloSynthesisOptions()
    options.sections = [2]
    let text = HaloSynthesizer(options, detector: detector).text(.plus)
    let cut = try #require(String(decoding: text, as: UTF8.self).range(of: "--- START Event: 40,")).lowerBound
    let whole = String(decoding: text, as: UTF8.self)
    try withFiles([("uHTR4.txt", Array(whole[cut...].utf8)), ("uHTR4_1.txt", Array(whole[..<cut].utf8))]) { folder in
      let pieces = try HaloPieces(folder)
      #expect(pieces.pieces.map(\.name) == ["uHTR4_1.txt", "uHTR4.txt"])
      #expect(pieces.warnings.contains { $0.code == "halo.fileOrder" })
    }
  }
}

@Suite("The orbit clock")
struct OrbitTests {
  @Test("adds 2^32 at each turn of the counter")
  func turns() {
    var orbits: [UInt64] = [4_294_967_290, 4_294_967_295, 0, 5, 4_294_967_290, 3]
    #expect(OrbitClock.unwrap(&orbits) == [])
    let turn: UInt64 = 1 << 32
    #expect(orbits == [4_294_967_290, 4_294_967_295, turn, turn + 5, turn + 4_294_967_290, 2 * turn + 3])
  }

  @Test("a drop that is no turn is a restart, and nothing is added")
  func restart() {
    var orbits: [UInt64] = [1_000_000, 2_000_000, 10, 20]
    #expect(OrbitClock.unwrap(&orbits) == [2])
    #expect(orbits == [1_000_000, 2_000_000, 10, 20])
  }

  @Test("a side that began after the turn is raised to the other")
  func sides() throws {
    #expect(OrbitClock.turnsBetween([1: 100], [1: (1 << 32) + 200]) == 1)
    #expect(OrbitClock.turnsBetween([1: (1 << 32) + 100], [1: 200]) == -1)
    #expect(OrbitClock.turnsBetween([1: 100], [1: 200]) == nil)
    #expect(OrbitClock.turnsBetween([1: 100], [2: (1 << 32) + 200]) == nil)
    let (analysis, _) = try syntheticAnalysis { $0.firstOrbit = 4_294_000_000 }
    for data in analysis.capture.sides {
      #expect(data.jumps.isEmpty)
      #expect(data.hits.orbit.allSatisfy { $0 >= 4_294_000_000 })
      #expect(zip(data.hits.orbit, data.hits.orbit.dropFirst()).allSatisfy { $0 <= $1 })
    }
  }

  @Test("one orbit is the circumference over the speed of light")
  func period() { #expect(abs(HaloTime.orbitMilliseconds - 0.088924852) < 1e-9) }

  @Test(
    "the rule of the reference run",
    arguments: [
      ([[1, 2], [2]], 2, true), ([[1], [3]], 1, false), ([[5], []], 5, false), ([[1, 3], [3]], 3, true),
      ([[1, 2], [5]], 2, true), ([[1, 3], [4]], 1, false),
    ] as [([[UInt32]], UInt32, Bool)])
  func reference(runs: [[UInt32]], wanted: UInt32, isReliable: Bool) throws {
    var parts: [(String, [UInt8])] = []
    for (side, list) in zip(HaloSide.allCases, runs) where !list.isEmpty {
      var text = ""
      for run in list {
        text +=
          "--- START Event: \(run), BX: 1, Orbit: \(1000 * run), Run: \(run)\n\n3 0 \(String(repeating: "4 ", count: 20))\n6\n"
      }
      parts.append(("uHTR\(side.board).txt", Array(text.utf8)))
    }
    try withTemporaryFolder { folder in
      for (name, bytes) in parts { try Data(bytes).write(to: folder.appending(path: name)) }
      let capture = try HaloCapture(reading: try HaloPieces(folder.path))
      let (timeline, warnings) = try #require(HaloTimeline.reference(capture, runs: []))
      #expect(timeline.referenceRun == wanted)
      #expect(timeline.isReliable == isReliable)
      #expect(warnings.contains { $0.code == "halo.noReferenceRun" } == !isReliable)
    }
  }
}

@Suite("Bins of time")
struct BinTests {
  private func section(_ start: Double, _ number: Int, _ delivered: Double = 1) -> Lumisection {
    Lumisection(
      run: 1, fill: 2, number: number, startMilliseconds: start, beamStatus: "STABLE BEAMS", energy: 6800,
      delivered: delivered, recorded: delivered, pileUp: 1, isTrusted: true)
  }

  @Test("a hole between lumisections is filled in steps of 23.5 s, and the last one is 262144 orbits long")
  func holes() throws {
    let bins = HaloBin.lumisections([section(0, 1), section(23_000, 2), section(100_000, 5)])
    #expect(bins.map(\.start) == [0, 23_000, 46_500, 70_000, 93_500, 100_000])
    #expect(bins.map(\.kind) == [.lumisection, .lumisection, .filler, .filler, .filler, .lumisection])
    #expect(zip(bins, bins.dropFirst()).allSatisfy { $0.end == $1.start })
    #expect(abs((bins.last?.width ?? 0) - 262_144 * HaloTime.orbitMilliseconds) < 1e-3)
    #expect(bins[2].delivered == 0 && bins[2].status == "OTHER")
  }

  @Test("no hit is lost: before, inside, in holes and after, with one hit and with none")
  func complete() {
    let bins = HaloBin.lumisections([section(50_000, 1), section(73_000, 2), section(150_000, 5)])
    let times = [-3.0, 10, 49_999, 50_000, 72_999, 73_000, 120_000, 150_001, 173_311, 173_312, 400_000]
    let series = HaloRates.series("SR", .plus, times, bins: bins, width: 23_500)
    #expect(series.total == times.count)
    #expect(series.outside == 5)
    #expect(series.outsideBins.allSatisfy { $0.width > 0 })
    #expect(HaloRates.series("SR", .plus, [], bins: bins, width: 23_500).total == 0)
    let single = HaloRates.series("SR", .plus, [7], bins: [], width: 23_500)
    #expect(single.counts == [1])
    #expect(single.bins[0].start == 7)
  }

  @Test("a luminosity of zero everywhere gives no map and no division")
  func dark() {
    let bins = HaloBin.lumisections((0..<5).map { section(Double($0) * 23_300, $0, 0) })
    let series = HaloRates.series("CP", .plus, [1, 30_000], bins: bins, width: 23_500)
    #expect(HaloLuminosityMap(series) == nil)
    #expect(HaloLuminosityMap.displayUnit(luminosity: 0, rate: 5).name == "µb⁻¹")
    #expect(HaloLuminosityMap.displayUnit(luminosity: 469_385, rate: 24).name == "nb⁻¹")
  }

  @Test("a burst is a spike, usual fluctuation is not")
  func spikes() {
    var counts = (0..<40).map { 10 + $0 % 3 }
    counts[20] = 60
    let bins = HaloBin.fixed(from: 0, through: 40 * 1000 - 1, width: 1000)
    let series = HaloRateSeries(region: "SR", side: .plus, bins: bins, counts: counts)
    #expect(HaloSpike.find(series).map(\.bin) == [20])
  }

  @Test("intervals of few counts are Garwood's")
  func intervals() {
    #expect(abs(PoissonInterval.central(0).upper - 1.8410) < 1e-3)
    #expect(abs(PoissonInterval.central(3).lower - 1.3673) < 1e-3)
    #expect(abs(PoissonInterval.central(3).upper - 5.9182) < 1e-3)
    #expect(PoissonInterval.central(100).lower == 90)
    #expect(abs(PoissonInterval.upperTail(10, mean: 3) - 0.001102) < 1e-5)
  }
}

@Suite("Conditions on hits")
struct ExpressionTests {
  @Test(
    "count the same hits as the regions they spell out",
    arguments: [
      ("29 <= tdc <= 33 and 81 <= adc <= 139", HaloRegion.collisions),
      ("(tdc >= 29 & tdc <= 33) & ~(peak_ampl < 81 | peak_ampl > 139)", .collisions),
    ])
  func regions(text: String, region: HaloRegion) throws {
    let (analysis, _) = try syntheticAnalysis()
    let counts = try analysis.count(try HaloExpression(parsing: text))
    #expect(counts.byChannel == analysis.regionCounts().map { $0.counts[region] })
  }

  @Test("names of channels and sides, lists and chains are understood")
  func names() throws {
    let (analysis, _) = try syntheticAnalysis()
    func count(_ text: String) throws -> Int { try analysis.count(try HaloExpression(parsing: text)).total }
    let all = try count("bx >= 0")
    #expect(try count("side == '+Z'") + count("side == \"-Z\"") == all)
    #expect(try count("ch_name in ['PN01', 'PN02']") == count("ch in [30, 31] and side == '+Z'"))
    #expect(try count("ch_name not in ['PN01']") + count("ch_name == 'PN01'") == all)
    #expect(try count("not (0 <= tdc < 25 <= bx)") + count("0 <= tdc and tdc < 25 and 25 <= bx") == all)
    #expect(try count("tdc_2 != -1 and charge > 1e3 or run == 380115") > 0)
  }

  @Test("a filling scheme masks slots: filled, colliding, first of a train, abort gap")
  func filling() throws {
    let (plain, _) = try syntheticAnalysis()
    var options = plain.options
    let slots = Set(plain.capture.sides.flatMap { $0.hits.bunchSlot.map(Int.init) }).sorted()
    let (filled, partner) = (Array(slots.prefix(slots.count / 2)), Array(slots.prefix(slots.count / 4)))
    options.filling = try HaloFillingScheme(beam1: filled, beam2: partner)
    let analysis = HaloAnalysis(plain.capture, detector: plain.detector, options: options)
    func count(_ text: String) throws -> Int { try analysis.count(try HaloExpression(parsing: text)).total }
    func list(_ slots: [Int]) -> String { "[\(slots.map(String.init).joined(separator: ", "))]" }
    #expect(try count("filled == 1 and side == '+Z'") == count("bx in \(list(filled)) and side == '+Z'"))
    #expect(try count("filled == 1 and side == '-Z'") == count("bx in \(list(partner)) and side == '-Z'"))
    #expect(try count("colliding == 1") == count("bx in \(list(partner))"))
    #expect(try count("abort_gap == 1") == count("3445 <= bx <= 3563"))
    #expect(try count("train >= 0") == count("filled == 1"))
    let bunches = HaloBunches(
      analysis.capture.sides[0].hits, analysis.clean[0], map: analysis.map, side: analysis.capture.sides[0].side,
      filling: options.filling)
    let signal = analysis.regionCounts().reduce(0) { $0 + $1.counts.signal }
    #expect(bunches.colliding + bunches.nonColliding + bunches.empty + bunches.inAbortGap <= signal)
    #expect(bunches.colliding > 0)
  }

  @Test("filling schemes are read from JSON, masks and lines; what is no slot is refused")
  func schemes() throws {
    let lists = try HaloFillingScheme(parsing: Array(#"{"beam1": [0, 1, 2, 40, 41], "beam2": [1, 100]}"#.utf8))
    #expect(lists.bunchCount(.plus) == 5 && lists.bunchCount(.minus) == 2)
    #expect((0..<4).map { lists.trainPlace($0, .plus) } == [0, 1, 2, -1])
    #expect(lists.trainPlace(40, .plus) == 0 && lists.trainPlace(41, .plus) == 1)
    #expect(lists.isColliding(1) && !lists.isColliding(0))
    #expect(
      try HaloFillingScheme(parsing: Array("beam,slot # comment\n1,0\n1,1\n1,2\n1,40\n1,41\n2,1\n2,100\n".utf8))
        == lists)
    let mask = (0..<3564).map { [0, 1, 2, 40, 41].contains($0) ? "1" : "0" }.joined(separator: ",")
    let masks = try HaloFillingScheme(parsing: Array("{\"schemebeam1\": [\(mask)], \"beam2\": [1, 100]}".utf8))
    #expect(masks == lists)
    for text in ["", "{", "{\"beam1\": [1]}", "1,5\n1,x", "3564", "3,1", "{\"beam1\": [-1], \"beam2\": []}"] {
      #expect(caught { try HaloFillingScheme(parsing: Array(text.utf8)) }?.code == "halo.badFilling", "\(text)")
    }
  }

  @Test(
    "a wrong one is an error at its column, with the nearest names",
    arguments: [
      ("", 1), ("tdc", 4), ("tdc == ", 8), ("tcd == 5", 1), ("tdc = 5", 5), ("tdc == 5 and", 13), ("(tdc == 5", 10),
      ("tdc == 'x'", 5), ("side == 'plus'", 6), ("tdc in 5", 8), ("tdc in [5", 10), ("tdc == 5 5", 10),
      ("ch_name == 'PN1'", 9), ("tdc == 1.2.3", 8), ("'abc", 1), ("__import__('os')", 1), ("tdc == 5; rm", 9),
      ("tdc < @x", 7),
    ])
  func wrong(text: String, column: Int) {
    let error = caught { try HaloExpression(parsing: text) }
    #expect(error?.code == "halo.badExpression")
    #expect(error?.column == column, "\(text): \(String(describing: error))")
  }

  @Test("nesting without end is refused and does not overflow")
  func nested() {
    let deep = String(repeating: "(", count: 100_000)
    #expect(caught { try HaloExpression(parsing: deep + "tdc == 1") }?.code == "halo.badExpression")
    #expect(caught { try HaloExpression(parsing: String(repeating: "not ", count: 100_000) + "tdc == 1") } != nil)
  }
}

@Suite("Calibration")
struct CalibrationTests {
  @Test("the robust method finds the times that data were made with, also when all are late", arguments: [0.0, 3.0])
  func robust(drift: Double) throws {
    let (analysis, _) = try syntheticAnalysis(
      {
        $0.drift = drift; $0.hitsPerSecond = 12
      }, method: .robust)
    for entry in analysis.calibration.entries where entry.robust.status == .ok {
      #expect(abs(entry.robust.centroid - Double(entry.channel.defaults.tdcPeak) - drift) < 0.6)
      #expect(entry.hasMoved == (drift >= 1))
    }
    #expect(analysis.calibration.entries.count { $0.robust.status == .ok } > 35)
  }

  @Test("windows near the ends of the times hold no bin that does not exist")
  func ends() throws {
    let (analysis, _) = try syntheticAnalysis(
      {
        $0.drift = -6; $0.hitsPerSecond = 12
      }, method: .robust)
    let windows = analysis.calibration.entries.filter { $0.robust.status == .ok }.map(\.robust.window)
    #expect(windows.contains { $0.lowerBound == 0 } && windows.allSatisfy { $0.lowerBound >= 0 })
  }

  @Test("a channel without hits has status no-data, its defaults, and the side's median window")
  func empty() throws {
    let (analysis, _) = try syntheticAnalysis(
      {
        $0.dead = ["PN03"]; $0.hitsPerSecond = 12
      }, method: .robust)
    let entry = analysis.calibration.entries[2]
    #expect(entry.robust.status == .noData)
    #expect(entry.classic.isEmpty && entry.classic.cut == entry.channel.defaults)
    #expect(entry.source == .sideMedian)
  }

  @Test("a file fixes windows by name; wrong names, keys and values are refused")
  func files() throws {
    let detector = try HaloDetector()
    func table(_ text: String) throws -> HaloCutTable {
      try HaloCutTable(parsing: Array(text.utf8), detector: detector)
    }
    let good = try table(#"{"MN02": {"TDC Peak": 9, "ADC Cut": 151}, "PN01": {"TDC Peak": 1, "ADC Cut": 2}}"#)
    #expect(good.window("MN02") == HaloWindow(tdcPeak: 9, times: 8...10, adcCut: 151))
    #expect(good.missing.count == 38)
    #expect(caught { try table(#"{"PN11": {"TDC Peak": 9, "ADC Cut": 151}}"#) }?.nearest.isEmpty == false)
    #expect(caught { try table(#"{"PN01": {"TDC peak": 9, "ADC Cut": 151}}"#) }?.code == "calibration.badKey")
    #expect(caught { try table(#"{"PN01": {"TDC Peak": 50, "ADC Cut": 151}}"#) }?.code == "calibration.badValue")
    #expect(caught { try table(#"{"PN01": {"TDC Peak": "6", "ADC Cut": 151}}"#) }?.code == "calibration.badValue")
    #expect(caught { try table("[]") }?.code == "calibration.notJSON")
  }

  @Test("phases hop over the forbidden band in both directions")
  func phases() throws {
    #expect(try HaloPhases.moved(48, by: 3) == 65)
    #expect(try HaloPhases.moved(65, by: -3) == 48)
    #expect(try HaloPhases.moved(49, by: 0) == 49)
    #expect(try HaloPhases.moved(75, by: 2) == 77)
    #expect(caught { try HaloPhases.moved(55, by: 1) }?.code == "halo.badPhase")
    let detector = try HaloDetector()
    let moved = try HaloPhases(side: .plus).moving(peaks: Array(repeating: 8, count: 20), to: 6, detector: detector)
    #expect(moved.rows.allSatisfy { $0.new == $0.old + 2 })
    #expect(moved.setting[10] == 0 && moved.setting.count == 24)
  }

  @Test("channels, charges and phases of the built-in tables are consistent")
  func facts() throws {
    let detector = try HaloDetector()
    #expect(Set(detector.channels.map(\.name)).count == 40)
    for (near, far) in zip(detector.channels[0..<10], detector.channels[10..<20]) {
      let sum = (near.angleDegrees + far.angleDegrees).truncatingRemainder(dividingBy: 360)
      #expect(abs(sum - 180) < 0.011 || abs(sum + 180) < 0.011)
    }
    #expect(zip(detector.channels[0..<20], detector.channels[20..<40]).allSatisfy { $0.code == $1.code })
    #expect(detector.charge[255] == 384_000 && detector.charge[64] < detector.charge[63])
    #expect(detector.index(fibre: 26, channel: 0, side: .plus) == HaloDetector.unmapped)
    #expect(detector.index(fibre: 2, channel: 10, side: .plus) == HaloDetector.unmapped)
    #expect(detector.index(fibre: 5, channel: 2, side: .plus) == HaloDetector.unconnected)
    for side in HaloSide.allCases { #expect(try HaloPhases(side: side).values.count == 24) }
  }
}

@Suite("The shifter's answer")
struct HealthTests {
  private func health(
    _ change: (inout HaloSynthesisOptions) -> Void, _ thresholds: HaloThresholds = HaloThresholds()
  ) throws -> HaloHealth {
    let (analysis, source) = try syntheticAnalysis { options in
      options.hitsPerSecond = 12
      change(&options)
    }
    let (timeline, _) = try #require(HaloTimeline.reference(analysis.capture, runs: source.runs()))
    return HaloHealth(analysis, timeline: timeline, sections: [], thresholds: thresholds)
  }

  @Test("a good capture is good in every respect")
  func good() throws {
    let health = try health { _ in }
    #expect(health.state == .good, "\(health.checks.filter { $0.state != .good })")
    #expect(!health.channels.contains { !$0.faults.isEmpty })
  }

  @Test("dead, noisy and late channels are named")
  func bad() throws {
    let health = try health {
      $0.dead = ["PF04"]
      $0.noisy = ["MN07"]
    }
    #expect(health.channels.filter { !$0.faults.isEmpty }.map(\.channel.name) == ["PF04", "MN07"])
    #expect(health.monitor == .warning)
    let late = try self.health { $0.drift = 2 }
    #expect(late.checks.contains { $0.name == "drift" && $0.state == .alarm })
  }

  @Test("a rate above a limit given by name is an alarm with its beginning")
  func high() throws {
    var thresholds = HaloThresholds()
    try thresholds.set("high_rate", 0.5)
    let health = try health({ _ in }, thresholds)
    #expect(health.background == .alarm)
    #expect(health.checks.contains { $0.name == "rate" && $0.since != nil })
    #expect(caught { try thresholds.set("hihg", 1) }?.nearest.first == "high")
  }
}
