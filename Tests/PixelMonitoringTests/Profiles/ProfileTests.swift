import Errors
import Foundation
import JSON
import TestSupport
import Testing

@testable import PixelMonitoring

@Suite("Radiation profiles")
struct ProfileTests {
  static func path(_ name: String) -> String { TestResources.path("pixel-radiation/\(name)") }

  /// Text of rows with their heading.
  static func text(_ rows: [String]) -> [UInt8] {
    Array(([RadiationProfile.header] + rows).joined(separator: "\n").utf8) + [10]
  }

  @Test("both forms are written byte for byte as they were read")
  func forms() throws {
    for name in ["profile_BPix_BmI_SEC1_LYR1_full.txt", "profile_BPix_BpO_SEC4_LYR4_physics.tsv"] {
      let bytes = try TestResources.bytes("pixel-radiation/expected/profiles/\(name)")
      let profile = try RadiationProfile(text: bytes)
      #expect(profile.form == (name.hasSuffix("tsv") ? .physics : .compatible))
      #expect(profile.rows.count == 89)
      #expect(profile.text(profile.form) == bytes)
    }
    let cut = RadiationProfile(rows: [
      .init(fill: 1, timestamp: 10.9, duration: 5.9, temperature: 260.126, fluenceRate: 12.99, current: -999)
    ])
    let line = String(decoding: cut.text(.compatible), as: UTF8.self).split(separator: "\n")[1]
    #expect(line == "1\t10\t5\t\t260.13\t\t        12\t\t-999.00")
  }

  @Test(
    "the merge cases of the reference come out byte for byte, with their report", arguments: ["gap", "overlap"])
  func mergeCases(name: String) throws {
    let (fragments, refused) = try ProfileMerge.read([Self.path("merge/case_\(name)")])
    #expect(refused.isEmpty)
    let merge = try ProfileMerge(fragments)
    #expect(
      merge.profile.text(.compatible) == (try TestResources.bytes("pixel-radiation/expected/merge_case_\(name).txt")))
    let expected = try TestResources.json("pixel-radiation/expected/merge_case_\(name).json")
    let continuity = ProfileContinuity(merge.profile)
    #expect(expected["order"]?.arrayValue?.compactMap(\.stringValue) == merge.order)
    #expect(try JSONValue(parsing: continuity.seamsJSON.text()) == expected["seams"])
    #expect(try JSONValue(parsing: continuity.totalsJSON.text()) == expected["totals"])
  }

  @Test("fragments of a profile give it back byte for byte, and shared steps agree")
  func fragments() throws {
    let merge = try ProfileMerge(try ProfileMerge.read([Self.path("expected/profiles/fragments")]).fragments)
    let whole = try TestResources.bytes("pixel-radiation/expected/profiles/merged_BPix_BmI_SEC1_LYR1.txt")
    #expect(merge.profile.text(merge.profile.form) == whole)
    #expect(merge.agreement.equal > 0)
    #expect(merge.agreement.different == 0)
  }

  @Test("defect 22: the order of names does not matter, gaps are not silent, junk is refused with its line")
  func defect22Merge() throws {
    let early = ["-999 1000 500 260 0 -999", "-999 1500 500 261 5 -999"]
    let late = ["-999 1500 500 262 5 -999", "-999 2600 500 263 0 -999"]
    try withTemporaryFolder { folder in
      func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: folder.appending(path: name)) }
      try write("z.txt", Self.text(early))
      try write("a.txt", Self.text(late))
      try write("README.md", Array("not a profile\n".utf8))
      try write("empty.txt", [])
      try write(".hidden", [])
      try write("columns.txt", Self.text(["-999 1000 500 260 0 -999", "-999 1500 500 261 5"]))
      try write("order.txt", Self.text(["1 1000 500 260 0 -999", "1 1000 500 261 5 1"]))
      try write("words.txt", Self.text(["1 1000 500 warm 0 -999"]))
      try write("heading.txt", Array((RadiationProfile.header + "\n").utf8))
      try write("rows.txt", Array("1 1000 500 260 0 -999\n".utf8))
      try write("blank.txt", Self.text(["1 1000 500 260 0 -999", "", "1 1500 500 260 0 -999"]))
      let (fragments, refused) = try ProfileMerge.read([folder.path])
      let merge = try ProfileMerge(fragments)
      #expect(merge.order == ["z.txt", "a.txt"])
      #expect(merge.profile.rows.map(\.temperature) == [260, 262, 263])
      #expect(merge.agreement.different == 1)
      #expect(merge.agreement.largest.first { $0.column == "temperature_K" }?.difference == 1)
      let seams = ProfileContinuity(merge.profile).seams
      #expect(seams == [.init(after: 1500, next: 2600, kind: .gap, seconds: 600)])
      let faults = Dictionary(uniqueKeysWithValues: refused.map { ($0.name, ($0.error.code, $0.error.line)) })
      #expect(faults.count == 8)
      #expect(faults["README.md"]?.0 == "profile.noHeading")
      #expect(faults["empty.txt"]?.0 == "profile.empty")
      #expect(faults["columns.txt"]?.0 == "profile.columns" && faults["columns.txt"]?.1 == 3)
      #expect(faults["order.txt"]?.0 == "profile.order" && faults["order.txt"]?.1 == 3)
      #expect(faults["words.txt"]?.0 == "profile.notANumber" && faults["words.txt"]?.1 == 2)
      #expect(faults["heading.txt"]?.0 == "profile.noRows")
      #expect(faults["rows.txt"]?.0 == "profile.noHeading")
      #expect(faults["blank.txt"]?.0 == "profile.columns" && faults["blank.txt"]?.1 == 3)
    }
  }

  @Test("a piece inside another replaces its middle; overlaps at the ends are reported and can be trimmed")
  func nested() throws {
    func profile(_ rows: [(Double, Double, Double)]) -> RadiationProfile {
      RadiationProfile(
        rows: rows.map {
          .init(fill: -999, timestamp: $0.0, duration: $0.1, temperature: $0.2, fluenceRate: 2, current: -999)
        })
    }
    let outer = profile([(100, 100, 1), (200, 100, 1), (300, 100, 1), (400, 100, 1)])
    let inner = profile([(250, 75, 2), (310, 60, 2)])
    let merge = try ProfileMerge([
      .init(name: "b", profile: inner), .init(name: "a", profile: outer),
    ])
    #expect(merge.order == ["a", "b"])
    #expect(merge.profile.rows.map(\.timestamp) == [100, 200, 250, 310, 400])
    let seams = ProfileContinuity(merge.profile).seams
    #expect(seams.map(\.kind) == [.overlap, .overlap])
    #expect(seams.map(\.seconds) == [25, 10])
    let trimmed = merge.profile.trimmingOverlaps()
    #expect(ProfileContinuity(trimmed).seams.isEmpty)
    #expect(trimmed.totalDuration == 400)
    #expect(trimmed.rows.map(\.fluenceRate) == merge.profile.rows.map(\.fluenceRate))
  }

  @Test("gaps are filled with steps of no fluence")
  func gaps() throws {
    let (fragments, _) = try ProfileMerge.read([Self.path("merge/case_gap")])
    let profile = try ProfileMerge(fragments).profile
    let filled = profile.fillingGaps(temperature: 275.15)
    #expect(ProfileContinuity(filled).seams.isEmpty)
    #expect(filled.rows.count == profile.rows.count + 1)
    #expect(filled.totalFluence == profile.totalFluence)
    #expect(filled.totalDuration == profile.totalDuration + 65566)
  }
}
