import BeamHalo
import Conditions
import Errors
import Foundation
import JSON
import Tables
import TestSupport
import Testing

@Suite("Known answers")
struct GoldenTests {
  @Test("records are exact, in file order, for any size of blocks and number of threads", arguments: GoldenCase.names)
  func records(name: String) throws {
    let golden = GoldenCase(name: name)
    let writer = HaloRecords(try HaloDetector())
    for (threads, bytes) in [(1, 4 << 20), (2, 3000), (3, 64), (1, 20_000)] {
      let capture = try golden.capture(threads: threads, blockBytes: bytes)
      for data in capture.sides {
        let text = HaloRecords.header + String(decoding: writer.lines(data.hits, 0..<data.hits.count), as: UTF8.self)
        let expected = try String(
          contentsOfFile: "\(golden.folder)/expected/records_uHTR\(data.side.board).csv", encoding: .utf8)
        #expect(text == expected, "uHTR\(data.side.board), \(threads) threads, blocks of \(bytes)")
      }
    }
  }

  @Test("counts of kept, untimed and lost hits are exact", arguments: GoldenCase.names)
  func counts(name: String) throws {
    let golden = GoldenCase(name: name)
    let tallies = try golden.capture().sides.flatMap(\.tallies).sorted { $0.file < $1.file }
    let rows = tallies.map {
      [
        $0.file, "\($0.bytes)", "\($0.kept)", "\($0.withoutTdc)", "\($0.withManyTdcs)", "\($0.lost)",
        "\($0.damagedPlaces)",
      ]
    }
    #expect(rows == Array(try golden.rows("decode_counts.csv").dropFirst()))
  }

  @Test("the cut flow is exact", arguments: GoldenCase.names)
  func cutFlow(name: String) throws {
    let golden = GoldenCase(name: name)
    let expected = try TestResources.json("halo/\(name)/expected/cutflow.json")
    let analysis = try golden.analysis()
    for (data, clean) in zip(analysis.capture.sides, analysis.clean) {
      let flow = clean.flow
      let numbers = [flow.decoded, flow.connected, flow.goodTdc, flow.withoutGlitchA, flow.withoutGlitchB]
      #expect(expected["\(data.side.board)"]?.objectValue?.members.compactMap(\.value.intValue) == numbers)
    }
  }

  @Test("classic cuts are exact", arguments: GoldenCase.names)
  func classic(name: String) throws {
    let golden = GoldenCase(name: name)
    let expected = try golden.rows("calibration.csv")
    #expect(try cells(try golden.analysis().calibrationTable(), expected[0]) == expected)
  }

  @Test("robust windows agree to 1e-3", arguments: GoldenCase.names)
  func robust(name: String) throws {
    let golden = GoldenCase(name: name)
    guard FileManager.default.fileExists(atPath: golden.folder + "/expected/tdc_windows_robust.csv") else { return }
    let expected = try golden.rows("tdc_windows_robust.csv")
    let found = try cells(try golden.analysis(.robust).calibrationTable(), expected[0])
    #expect(found.count == expected.count)
    for (row, wanted) in zip(found, expected) {
      for (cell, other) in zip(row, wanted) { #expect(agree(cell, other, 1e-3), "\(row) \(wanted)") }
    }
  }

  @Test("hits by region and channel are exact", arguments: GoldenCase.names)
  func regions(name: String) throws {
    let golden = GoldenCase(name: name)
    let expected = try golden.rows("regions_by_channel.csv")
    #expect(try cells(try golden.analysis().regionTable(), expected[0]) == expected)
  }

  @Test(
    "occupancy, lego and panels are exact", arguments: GoldenCase.names,
    ["occupancy.csv", "lego.csv", "channel_histograms.csv"])
  func histograms(name: String, file: String) throws {
    let golden = GoldenCase(name: name)
    let analysis = try golden.analysis()
    let expected = try golden.rows(file)
    let table =
      switch file {
      case "occupancy.csv": try analysis.occupancyTable()
      case "lego.csv": try analysis.legoTable()
      default: try analysis.channelHistogramTable()
      }
    #expect(try cells(table, expected[0]) == expected)
  }

  @Test("the stability of times agrees to 1e-9", arguments: GoldenCase.names)
  func stability(name: String) throws {
    let golden = GoldenCase(name: name)
    let expected = try golden.rows("tdc_stability.csv")
    let found = try cells(try golden.analysis().stabilityTable(), expected[0])
    #expect(found.count == expected.count)
    for (row, wanted) in zip(found, expected) {
      for (cell, other) in zip(row, wanted) { #expect(agree(cell, other, 1e-9), "\(row) \(wanted)") }
    }
  }

  @Test("the run table is exact", arguments: GoldenCase.names)
  func runs(name: String) throws {
    let golden = GoldenCase(name: name)
    let expected = try golden.rows("run_summary.csv")
    let found = try cells(try golden.analysis().runTable(), expected[0])
    #expect(found.count == expected.count)
    for (row, wanted) in zip(found, expected) {
      for (cell, other) in zip(row, wanted) { #expect(agree(cell, other, 1e-9), "\(row) \(wanted)") }
    }
  }

  @Test("the reference run and orbit are exact", arguments: GoldenCase.names)
  func reference(name: String) throws {
    let golden = GoldenCase(name: name)
    let expected = try TestResources.json("halo/\(name)/expected/reference.json")
    let (timeline, _) = try #require(HaloTimeline.reference(try golden.capture(), runs: []))
    #expect(Int(timeline.referenceRun) == expected["reference_run"]?.intValue)
    #expect(Int(timeline.referenceOrbit) == expected["reference_orbit"]?.intValue)
    #expect(timeline.isReliable)
  }

  @Test("bins of 23.5 s agree with the earlier program's, and no hit is lost", arguments: GoldenCase.names)
  func fixedBins(name: String) throws {
    let golden = GoldenCase(name: name)
    let analysis = try golden.analysis()
    let runs = name == "two-runs" ? try RunRecord.parse(TestResources.bytes("halo/two-runs/oms/runs.json")) : []
    let (timeline, _) = try #require(HaloTimeline.reference(analysis.capture, runs: runs))
    let rates = HaloRates(
      HaloRegion.rateOrder, analysis.sides, map: analysis.map, timeline: timeline, sections: [])
    var compared = 0
    for row in try golden.rows("rates_seed_bins.csv").dropFirst() where row[2] == "fixed23.5s" {
      let series = try #require(rates.series.first { $0.region == row[0] && "\($0.side.board)" == row[1] })
      let start = try #require(Double(row[3]))
      let bin = try #require(series.bins.firstIndex { abs($0.start - start) < 1 })
      #expect("\(series.counts[bin])" == row[5], "\(row)")
      compared += 1
    }
    #expect(compared > 0)
    let totals = try TestResources.json("halo/\(name)/expected/reference.json")["rate_totals"]?.arrayValue ?? []
    for total in totals where total[2]?.stringValue == "fixed23.5s" {
      let series = rates.series.first {
        $0.region == total[0]?.stringValue && "\($0.side.board)" == total[1]?.stringValue
      }
      #expect(series?.total == total[3]?.intValue)
    }
  }

  private func twoRuns() throws -> (analysis: HaloAnalysis, timeline: HaloTimeline, sections: [Lumisection]) {
    let analysis = try GoldenCase(name: "two-runs").analysis()
    let runs = try RunRecord.parse(TestResources.bytes("halo/two-runs/oms/runs.json"))
    func listing(_ name: String) throws -> [BrilcalcListing.Row] {
      try BrilcalcListing(parsing: String(decoding: TestResources.bytes("halo/two-runs/\(name)"), as: UTF8.self)).rows
    }
    let sections = Lumisection.merging(
      trusted: try listing("brilcalc_normtag.csv"), online: try listing("brilcalc_online.csv"))
    let (timeline, _) = try #require(HaloTimeline.reference(analysis.capture, runs: runs))
    return (analysis, timeline, sections)
  }

  @Test("lumisections, their luminosity and status are exact")
  func lumisections() throws {
    let (_, timeline, sections) = try twoRuns()
    #expect(timeline.startMilliseconds == 1_714_558_252_000)
    let bins = HaloBin.lumisections(sections)
    let expected = try GoldenCase(name: "two-runs").rows("lumi_bins.csv").dropFirst()
    #expect(bins.count == expected.count)
    for (bin, row) in zip(bins, expected) {
      #expect(bin.start == Double(row[0]) && agree("\(bin.delivered ?? -1)", row[1], 1e-9) && bin.status == row[2])
    }
  }

  @Test("rates by lumisection are exact, the last one and the hits outside included")
  func byLumisection() throws {
    let (analysis, timeline, sections) = try twoRuns()
    let rates = HaloRates(
      HaloRegion.rateOrder, analysis.sides, map: analysis.map, timeline: timeline, sections: sections)
    let rows = try GoldenCase(name: "two-runs").rows("rates_per_lumisection.csv").dropFirst()
    var place = rows.startIndex
    for series in rates.series {
      for (bin, count) in zip(series.bins, series.counts) {
        let row = rows[place]
        #expect(row[0] == series.region && row[1] == "\(series.side.board)")
        #expect(Double(row[2]) == bin.start && agree(row[3], "\(bin.end)", 1e-12) && row[4] == "\(count)", "\(row)")
        place += 1
      }
      #expect(rows[place][2] == "outside" && rows[place][4] == "\(series.outside)")
      place += 1
    }
    #expect(place == rows.endIndex)
  }

  @Test("the map of rates against luminosity is exact, collisions rise with luminosity and halo does not")
  func luminosityMap() throws {
    let (analysis, timeline, sections) = try twoRuns()
    let rates = HaloRates(
      [.signal, .collisions], analysis.sides, map: analysis.map, timeline: timeline, sections: sections)
    let expected = try GoldenCase(name: "two-runs").rows("rate_vs_lumi.csv").dropFirst()
    for series in rates.series {
      let map = try #require(HaloLuminosityMap(series))
      let rows = expected.filter { $0[0] == series.region && $0[1] == "\(series.side.board)" }
      let wanted = Set(rows.map { row in row[2...5].compactMap(Double.init).map { ($0 * 1e6).rounded() } })
      let found = Set(
        map.cells.map { cell in
          [
            cell.luminosity.lowerBound, cell.luminosity.upperBound, cell.rate.lowerBound, cell.rate.upperBound,
          ].map { ($0 * 1e6).rounded() }
        })
      #expect(found == wanted)
      #expect(map.cells.reduce(0) { $0 + $1.count } == rows.reduce(0) { $0 + (Int($1[6]) ?? 0) })
      let line = try #require(map.line)
      // The luminosity of this capture hardly changes, so the line is known poorly.
      if series.region == "CP" { #expect(line.slope > 0) }
      if series.region == "SR" { #expect(abs(line.slope) < 4 * line.slopeError) }
    }
  }

  @Test("the binary form of a text file is exact, byte by byte, and reads back")
  func binary() throws {
    let golden = TestResources.path("halo/two-runs/binary/uHTR11.uhtr")
    let text = try HaloFileReader(threads: 1).text(TestResources.path("halo/two-runs/raw/uHTR11.txt"))
    #expect(try HaloBinary.bytes(text.hits) == TestResources.bytes("halo/two-runs/binary/uHTR11.uhtr"))
    #expect(try HaloBinary.read(golden) == text.hits)
  }
}
