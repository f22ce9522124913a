import Conditions
import Errors
import Foundation
import SQLite
import TestSupport
import Testing

@testable import PixelMonitoring

/// Profiles from a conditions database, against those of the reference.
@Suite("Radiation profiles from conditions")
struct ProfileBuildTests {
  private struct Setting {
    var facts: PixelFacts
    var fills: [Fill]
    var groups: [ReadoutGroup]
    var members: [ProfileBuilder.Group]
    var conditions: PixelConditions
    var luminosity: DeliveredLuminosity
  }

  private func makeSetting(_ folder: URL, _ names: [String]) throws -> Setting {
    let path = folder.appending(path: "conditions.sqlite").path
    let database = try SQLiteDatabase(path, mode: .create)
    try database.execute(String(decoding: try TestResources.bytes("pixel/db/conditions.sql"), as: UTF8.self))
    let facts = try PixelFacts.builtIn()
    let list = try FillList(path: TestResources.path("pixel/expected/fills/fills_run3.csv"))
    let groups = try names.map { try facts.group(named: $0) }
    let field = try FlukaReader.read(path: FluenceGoldenTests.path).field
    let averages = try ModuleFluence(field, conversion: FluenceConversion(crossSectionMillibarn: 1))
    let members = try groups.map { group in
      ProfileBuilder.Group(
        group, try averages.entry(named: group.name.text, over: facts.modules(of: group.name)), facts)
    }
    let conditions = PixelConditions(
      try ConditionsDatabase(DatabaseSource(path)), tables: try ConditionsTables())
    return Setting(
      facts: facts, fills: list.fills.filter { $0.number <= 8024 }, groups: groups, members: members,
      conditions: conditions,
      luminosity: try DeliveredLuminosity(paths: [TestResources.path("pixel/brilcalc/replay.jsonl")]))
  }

  private func rows(
    _ setting: Setting, _ options: ProfileBuilder.Options, split: Int, isCompatible: Bool
  ) throws -> (texts: [[[UInt8]]], summary: ProfileBuildSummary) {
    let last = try #require(setting.fills.last)
    let reader = try ProfileSeriesReader(
      setting.conditions, facts: setting.facts, groups: setting.groups, until: last.end, options: options,
      isCompatible: isCompatible)
    var texts = [[[UInt8]]](repeating: [[], []], count: setting.groups.count)
    var summary = ProfileBuildSummary()
    for stretch in ProfileStretch.cut(setting.fills, into: split, facts: setting.facts, options: options) {
      let output = try stretch.output(
        reader, setting.members, setting.luminosity, options: options, badFills: [], isCompatible: isCompatible)
      for group in texts.indices { for file in 0..<2 { texts[group][file] += output.texts[group][file] } }
      summary.add(output.summary)
    }
    return (texts, summary)
  }

  private func profile(_ text: [UInt8]) throws -> RadiationProfile {
    try RadiationProfile(text: Array((RadiationProfile.header + "\n").utf8) + text)
  }

  @Test("both forms are those of the reference, for any number of stretches")
  func golden() throws {
    let names = ["BPix_BmI_SEC1_LYR1", "BPix_BpO_SEC4_LYR4"]
    try withTemporaryFolder { folder in
      let setting = try makeSetting(folder, names)
      let (texts, summary) = try rows(setting, .compatible, split: 1, isCompatible: true)
      for (group, name) in names.enumerated() {
        let compatible = try profile(texts[group][0])
        let expected = try RadiationProfile(
          path: ProfileTests.path("expected/profiles/profile_\(name)_full.txt"))
        #expect(compatible.rows.count == expected.rows.count)
        for (found, wanted) in zip(compatible.rows, expected.rows) {
          #expect(found.fill == wanted.fill && found.timestamp == wanted.timestamp && found.duration == wanted.duration)
          #expect(abs(found.temperature - wanted.temperature) < 0.0101)
          #expect(abs(found.fluenceRate - wanted.fluenceRate) <= 2e-6 * wanted.fluenceRate + 1)
          #expect(abs(found.current - wanted.current) < 0.0101)
        }
        let physics = try profile(texts[group][1])
        let reference = try RadiationProfile(
          path: ProfileTests.path("expected/profiles/profile_\(name)_physics.tsv"))
        for (found, wanted) in zip(physics.rows, reference.rows) {
          #expect(found.timestamp == wanted.timestamp)
          #expect(abs(found.temperature - wanted.temperature) < 2e-5, "\(found.timestamp)")
          #expect(abs(found.fluenceRate - wanted.fluenceRate) <= 1e-6 * wanted.fluenceRate)
          #expect(abs(found.current - wanted.current) < 1e-5)
        }
      }
      #expect(summary.lostSeconds == 1707)
      let (pieces, _) = try rows(setting, .compatible, split: 4, isCompatible: true)
      #expect(pieces == texts)
    }
  }

  @Test("nothing is lost without the earlier program's rules, and the sums agree with span and luminosity")
  func complete() throws {
    try withTemporaryFolder { folder in
      var setting = try makeSetting(folder, ["BPix_BmI_SEC1_LYR1"])
      setting.luminosity = DeliveredLuminosity(
        sections: setting.fills.flatMap { fill in
          stride(from: fill.start.seconds, to: fill.end.seconds, by: 23).map { (time: $0, delivered: 3e-4) }
        })
      let (texts, summary) = try rows(setting, ProfileBuilder.Options(), split: 3, isCompatible: false)
      let whole = try profile(texts[0][0])
      #expect(ProfileContinuity(whole).seams.isEmpty)
      var checked = summary
      let span = setting.fills[5].end.seconds - setting.fills[0].start.seconds
      checked.check(span: span, fluences: setting.members.map(\.fluence))
      #expect(checked.durationDifference == 0)
      #expect(checked.fluenceDifference < 1e-9)
      #expect(checked.isWhole)
      #expect(whole.rows.count == 91)
      let (_, one) = try rows(setting, ProfileBuilder.Options(), split: 1, isCompatible: false)
      #expect(one.sensors.closed == summary.sensors.closed)
      #expect(one.currentGaps == summary.currentGaps)
      #expect(checked.text(groups: 1, span: span, folder: "o").contains("\ncontinuity: temperatures with"))
      let sources = String(decoding: texts[0][1], as: UTF8.self).split(separator: "\n")
      #expect(sources.count == 91)
      #expect(sources.allSatisfy { $0.split(separator: "\t", omittingEmptySubsequences: false).count == 11 })
    }
  }

  @Test("stretches that are whole are kept for a run that goes on, and thrown away when anything else changed")
  func parts() throws {
    try withTemporaryFolder { folder in
      let parts = ProfileParts(folder: folder.path, groups: ["a", "b"])
      #expect(try parts.prepare(digest: "1", isResuming: false).isEmpty)
      var summary = ProfileBuildSummary(groups: 2)
      summary.durations = [1.5, 2]
      summary.skipped = [.init(fill: nil, nextFill: 7, start: 1, end: 3)]
      summary.sensors = SeriesContinuity([], from: 0, to: 5000)
      summary.currentGaps = [.init(from: 1, to: 4000)]
      let output = ProfileStretch.Output(
        texts: [[Array("a0".utf8), Array("a1x".utf8)], [[], Array("b1".utf8)]], summary: summary)
      try parts.write(output, at: 0)
      try parts.write(output, at: 1)
      let stored = try parts.summary(1)
      #expect(stored.durations == [1.5, 2])
      #expect(stored.skipped == summary.skipped)
      #expect(stored.sensors.closed == [.init(from: 0, to: 5000)] && stored.currentGaps == summary.currentGaps)
      #expect(try parts.text(group: 0, stretches: 2) == [Array("a0a0".utf8), Array("a1xa1x".utf8)])
      #expect(try parts.text(group: 1, stretches: 2) == [[], Array("b1b1".utf8)])
      #expect(try parts.prepare(digest: "1", isResuming: true) == [0, 1])
      #expect(try parts.prepare(digest: "2", isResuming: true).isEmpty)
    }
  }

  @Test("silence of all series for more than an hour is a gap, however the period is cut")
  func silence() {
    var series = [ReadingSeries](repeating: ReadingSeries(), count: 3)
    // 3600 s apart is no gap.
    var times: [Double] = [200_000, 203_600, 207_201]
    for number in 0..<60 { times.append(Double(number * 2400 + number * 4759 % 7200)) }
    times.sort()
    for (number, time) in times.enumerated() { series[number % 3].append(time, 1) }
    let cases: [(Double, Double)] = [(0, 210_000), (20_000, 60_000), (150_000, 220_000), (-9000, -5000)]
    for (begin, end) in cases {
      let from = times.last { $0 <= begin } ?? begin
      let points = [from] + times.filter { $0 >= begin && $0 <= end } + [end]
      let pairs: [(Double, Double)] = Array(zip(points, points.dropFirst()))
      let expected = pairs.filter { $0.1 - $0.0 > 3600 }.map { SeriesContinuity.Gap(from: $0.0, to: $0.1) }
      for count in [1, 2, 7, 40] {
        var whole = SeriesContinuity()
        for part in 0..<count {
          let length = (end - begin) / Double(count)
          whole.add(
            SeriesContinuity(series, from: begin + Double(part) * length, to: begin + Double(part + 1) * length))
        }
        #expect(whole.closed == expected, "\(begin) \(count)")
      }
    }
  }
}
