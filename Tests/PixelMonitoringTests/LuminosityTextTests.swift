import Conditions
import Errors
import Foundation
import TestSupport
import Testing

@testable import PixelMonitoring

/// What brilcalc prints, whole, with remarks, and cut.
@Suite struct LuminosityTextTests {
  private static let heading =
    "#Data tag : 23v1 , Norm tag: None\n#run:fill,ls,time,beamstatus,E(GeV),delivered(/ub),recorded(/ub),avgpu,source\n"

  private static func rows(_ day: String, _ values: [String]) -> String {
    values.enumerated().map {
      "357280:8018,\($0.offset):\($0.offset),\(day) 15:20:\(10 + $0.offset),STABLE BEAMS,6800,\($0.element),0.0,30.0,HFET\n"
    }.joined()
  }

  private static func summary(_ total: String) -> String {
    "#Summary:\n#nfill,nrun,nls,ncms,totdelivered(/ub),totrecorded(/ub)\n#1,1,3,3,\(total),0.0\n"
  }

  private static func sections(_ text: String) throws(CavernError) -> LuminositySections {
    try LuminositySections(Array(text.utf8))
  }

  @Test("sections of several listings are taken, remarks between them are not")
  func several() throws {
    let first =
      Self.heading + Self.rows("07/20/22", ["1000.5", "2000.25", "65453850.326108657"])
      + Self.summary("65456851.076108657")
    let second = Self.heading + Self.rows("10/30/22", ["5", "6", "7"]) + Self.summary("18")
    for text in [
      first + second, (first + second).replacing("\n", with: "\r\n"),
      "DeprecationWarning: x\n" + first + "**** warning: late\n#Check JSON:\n#(run,ls) in json but not in results: []\n"
        + second,
      first.replacing("#Summary", with: "WARNING no data for 1\n#Summary") + second,
    ] {
      let found = try Self.sections(text)
      #expect(found.times.count == 6)
      #expect(abs(found.delivered[2] - 65453850.326108657e-9) < 1e-18)
      #expect(found.times.first == ConditionsTime("2022-07-20 15:20:10")?.seconds)
      #expect(found.times.last == ConditionsTime("2022-10-30 15:20:12")?.seconds)
    }
  }

  @Test("a listing that was cut is refused, wherever the cut is")
  func cut() throws {
    let text = Self.heading + Self.rows("07/20/22", ["1000.5", "2000.25", "3000.125"]) + Self.summary("6000.875")
    #expect(try Self.sections(text).times.count == 3)
    for count in stride(from: 0, to: text.utf8.count - 6, by: 3) {
      let fault = caught { try Self.sections(String(decoding: text.utf8.prefix(count), as: UTF8.self)) }
      #expect(fault?.code.hasPrefix("brilcalc.") == true, "\(count)")
    }
    let missing = text.split(separator: "\n").filter { !$0.contains("1:1") }.joined(separator: "\n") + "\n"
    #expect(caught { try Self.sections(missing) }?.code == "brilcalc.sumDiffers")
    let none = text.components(separatedBy: "#Summary")[0]
    #expect(caught { try Self.sections(none) }?.code == "brilcalc.noSummary")
  }

  @Test("several threads give what one gives, also for a text longer than a part")
  func threads() throws {
    let values = (0..<30_000).map { "\(1000 + $0 % 977).5" }
    let total = values.reduce(0.0) { $0 + (Double($1) ?? 0) }
    let rows = values.enumerated().map {
      let second = $0.offset % 60
      let minute = $0.offset / 60 % 60
      let hour = $0.offset / 3600
      func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
      return
        "357280:8018,\($0.offset):1,07/20/22 \(two(hour)):\(two(minute)):\(two(second)),STABLE BEAMS,6800,\($0.element),0.0,30.0,HFET\n"
    }
    let text = Array((Self.heading + rows.joined() + Self.summary("\(total)")).utf8)
    let one = try LuminositySections(text, threads: 1)
    #expect(one.times.count == 30_000)
    #expect(try LuminositySections(text, threads: 5) == one)
  }

  @Test("units, and times in seconds, are those of the listing")
  func units() throws {
    let text = "#run:fill,ls,time,delivered(/pb)\n1:2,1:1,1658330400,0.5\n#Summary:\n#nfill,totdelivered(/pb)\n#1,0.5\n"
    let found = try Self.sections(text)
    #expect(found.times == [1_658_330_400] && abs(found.delivered[0] - 5e-4) < 1e-18)
  }

  @Test("by run, a remark among the rows is told, a summary of the recorded luminosity that differs is refused")
  func byRun() throws {
    let text = try PixelCase.text("brilcalc/fills_8010_8030_ub.csv")
    let lines = text.split(separator: "\n").map(String.init)
    let noisy = (lines.prefix(4) + ["**** warning: no data for run 1"] + lines.dropFirst(4)).joined(separator: "\n")
    let selection = FillSelection(first: 8010, last: 8030)
    let made = try BrilcalcLuminosity.table(try BrilcalcListing(parsing: noisy + "\n#Check JSON:\n"), selection)
    #expect(made.table == (try BrilcalcLuminosity.table(try BrilcalcListing(parsing: text), selection)).table)
    #expect(made.warnings.map(\.code) == ["brilcalc.remark"] && made.warnings[0].line == 5)
    let cut = String(text.dropLast(14))
    #expect(
      caught { try BrilcalcLuminosity.table(try BrilcalcListing(parsing: cut), selection) }?.code
        == "brilcalc.sumDiffers")
  }

  @Test("a fill asked for by itself of which the summary says zero has a luminosity of zero, and is told")
  func zero() throws {
    let text =
      "#run:fill,time,nls,ncms,delivered(/ub),recorded(/ub)\n#Summary:\n#nfill,nrun,nls,ncms,totdelivered(/ub),totrecorded(/ub)\n#0,0,0,0,0.0,0.0\n"
    let listing = try BrilcalcListing(parsing: text)
    let one = try BrilcalcLuminosity.table(listing, FillSelection(first: 8018, last: 8018))
    #expect(one.table.rows.map(\.delivered) == [0] && one.warnings.map(\.code) == ["lumi.zero"])
    #expect(try BrilcalcLuminosity.table(listing, FillSelection(first: 8018, last: 8019)).table.rows.isEmpty)
  }
}
