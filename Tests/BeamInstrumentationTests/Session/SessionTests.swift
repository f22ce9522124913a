import Errors
import Foundation
import JSON
import Tables
import TestSupport
import Testing

@testable import BeamInstrumentation

@Suite("A mixed folder is analysed file by file")
struct SessionTests {
  static func entry(_ file: SessionSimulation.File) throws -> Session.Entry {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: file.name).path(percentEncoded: false)
      try Data(file.bytes).write(to: URL(filePath: path))
      return try Session.Entry.analyse(path: path, name: file.name, sha256: nil, settings: try SessionSettings()).entry
    }
  }

  static func simulation() throws -> SessionSimulation {
    var session = SessionSimulation(optics: try OpticsTable.builtIn().set(named: "sps-q26-pb-ions"))
    session.rippleDuration = 1
    session.frameCount = 6
    return session
  }

  @Test("every kind of file is recognised by its content, and its record is read back without loss")
  func kinds() throws {
    var session = try Self.simulation()
    session.brokenEvery = nil
    let expected = [
      "wireScan", "beamCurrent", "wireScan", "beamCurrent", "wireScan", "beamCurrent", "wireScan", "wireScan",
      "quadrupoleCurrent", "tomoscope",
    ]
    for number in 0..<10 {
      var file = try session.file(number)
      // The name says nothing.
      if !file.name.hasSuffix(".dat") { file.name = "\(number).parquet" }
      let entry = try Self.entry(file)
      #expect(entry.state == "done", "\(entry.line)")
      #expect(entry.parts.map(\.device) == [expected[number]])
      let read = try #require(Session.Entry(json: try JSONValue(parsing: entry.json.text())))
      #expect(read.json == entry.json)
    }
  }

  @Test("every kind of broken file ends as it should, with a cause", arguments: BrokenFile.allCases)
  func broken(kind: BrokenFile) throws {
    let session = try Self.simulation()
    let entry = try Self.entry(try session.file(session.wireScan(0), broken: kind))
    let skipped: Set<BrokenFile> = [
      .notParquet, .empty, .truncated, .noRows, .nothingPublished, .noBunches,
    ]
    if skipped.contains(kind) {
      #expect(entry.state == "skipped" && entry.parts.isEmpty && entry.causes.count == 1, "\(entry.json.text())")
    } else if [.noGamma, .missingField, .unknownScanner].contains(kind) {
      #expect(entry.state == "partial" && entry.parts.count == 1 && !entry.causes.isEmpty, "\(entry.json.text())")
    } else if kind == .damagedPage {
      #expect(entry.state != "done" && !entry.causes.isEmpty, "\(entry.json.text())")
    } else {
      #expect(entry.state == "done" || entry.state == "partial", "\(entry.json.text())")
      #expect(!entry.parts.isEmpty)
    }
  }

  @Test("a device that did not publish beside one that did is a remark, not a part that is missing")
  func silentDevice() throws {
    try withTemporaryFolder { folder in
      let names = ["projPositionSet1", "projDataSet1", "projPositionSet2", "projDataSet2"]
      let lists = names.map { Column($0, matrices: [[[Double]]?.none]) }
      let scanner = try Column(
        "SPS.BWS.51637.H/Acquisition",
        members: [
          try Column("value", members: lists, missing: [true]), Column("exception", ["not fired" as String?]),
        ])
      let path = folder.appending(path: "both.parquet").path(percentEncoded: false)
      try Table(columns: try BeamCurrentSimulation().table().columns + [scanner]).writeParquet(to: path)
      let entry = try Session.Entry.analyse(path: path, name: "both", sha256: nil, settings: try SessionSettings())
        .entry
      #expect(entry.state == "done" && entry.parts.map(\.device) == ["beamCurrent"] && entry.causes.isEmpty)
      #expect(entry.remarks.contains { $0.contains("SPS.BWS.51637.H") && $0.contains("not fired") })
    }
  }

  @Test("growth along the cycle is found within its error")
  func growth() throws {
    let simulation = try Self.simulation()
    var entries: [Session.Entry] = []
    for cycle in 0..<8 { entries.append(try Self.entry(try simulation.file(simulation.wireScan(cycle)))) }
    let session = Session(entries: entries.reversed())
    #expect(session.entries.map(\.file) == entries.map(\.file))
    #expect(session.growth.count == 4)
    for growth in session.growth {
      let truth = growth.plane == .horizontal ? simulation.growth.horizontal : simulation.growth.vertical
      // A Gaussian sees the core of a beam with tails: the horizontal rate comes out smaller by the same factor.
      guard growth.plane == .vertical else { continue }
      let error = (growth.rate.statistical ?? 0) * 1e-3
      #expect(abs(growth.line.slope - truth) < 4 * error)
      #expect(growth.count == 8 && error < 0.003)
    }
    #expect(session.inOut.count == 2)
    for device in session.inOut { #expect(abs(device.mean.value - 1) < 4 * (device.mean.statistical ?? 0)) }
  }
}
