import Errors
import JSON
import TestSupport
import Testing

@testable import BeamInstrumentation

@Suite("Wire scans find the intensities of their cycle")
struct IntensityJoinTests {
  static func simulation() throws -> SessionSimulation {
    SessionSimulation(optics: try OpticsTable.builtIn().set(named: "sps-q26-pb-ions"))
  }

  static func scans(_ simulation: WireScanSimulation) throws -> [WireScanSession.Scan] {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "WS.parquet").path(percentEncoded: false)
      try simulation.table().writeParquet(to: path)
      let analysis = try WireScanAnalysis(
        WireScanFile(path: path), options: WireScanOptions(), table: try OpticsTable.builtIn())
      return analysis.sessionScans
    }
  }

  static func curve(_ simulation: BeamCurrentSimulation) throws -> IntensityCurve {
    IntensityCurve(
      try BeamCurrentAnalysis(simulation.record(), options: BeamCurrentOptions(), path: "FBCT.parquet"))
  }

  static func reference(_ current: BeamCurrentSimulation, _ file: String = "FBCT") -> IntensityJoin.Reference {
    IntensityJoin.Reference(
      file: file, device: current.device, cycleStamp: current.stamp, time: AcquisitionTime(nanoseconds: current.stamp))
  }

  @Test("intensities at the time of the scan, emittances and brightness have unit pulls")
  func brightness() throws {
    let session = try Self.simulation()
    var pulls: [Double] = []
    for cycle in [0, 2, 4, 6, 10, 12] {
      let (scan, current) = (session.wireScan(cycle), session.beamCurrent(cycle))
      let join = try IntensityJoin(
        scans: try Self.scans(scan).map { ("WS", $0) }, references: [Self.reference(current)],
        curve: { (_) throws(CavernError) in
          IntensityCurve(try BeamCurrentAnalysis(current.record(), options: BeamCurrentOptions(), path: "F"))
        })
      #expect(join.pairs.count == 4)
      for pair in join.pairs {
        #expect(pair.match == .cycleStamp && pair.slotOffset == 0 && pair.bunches.count == 8)
        for bunch in pair.bunches {
          let number = try #require(current.bunches.firstIndex { $0.slot == bunch.slot })
          let truth = current.truth(number, of: current.bunches[number], at: pair.cycleTime)
          pulls.append((bunch.intensity.value - truth) / bunch.intensity.error)
          #expect(abs(bunch.brightness.value * bunch.emittance.value / bunch.intensity.value - 1) < 1e-12)
        }
      }
    }
    let mean = pulls.reduce(0, +) / Double(pulls.count)
    let width = (pulls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pulls.count)).squareRoot()
    // The four scans of a file share two pairs of measurements, so that half the pulls repeat others.
    #expect(abs(mean) < 0.3, "mean \(mean)")
    #expect(width > 0.75 && width < 1.25, "width \(width)")
  }

  @Test("without a common stamp the nearest record within the tolerance is taken, and that is said")
  func nearest() throws {
    let session = try Self.simulation()
    let scans = try Self.scans(session.wireScan(0)).map { ("WS", $0) }
    func join(_ seconds: [Double]) throws -> IntensityJoin {
      let references = seconds.enumerated().map { index, distance in
        var current = session.beamCurrent(0)
        current.stamp += Int(distance * 1e9)
        return Self.reference(current, "F\(index)")
      }
      let curve = try Self.curve(session.beamCurrent(0))
      return try IntensityJoin(scans: scans, references: references, curve: { (_) throws(CavernError) in curve })
    }
    let near = try join([-50, 12, 30])
    #expect(near.pairs.allSatisfy { $0.reference.file == "F1" && abs($0.match.seconds - 12) < 1e-6 })
    #expect(near.warnings.map(\.code) == ["join.byTime"])
    let none = try join([61, -75])
    #expect(none.pairs.isEmpty)
    #expect(none.unmatched.map(\.file) == ["WS"])
    #expect(try join([61, 0]).pairs.allSatisfy { $0.match == .cycleStamp })
  }

  @Test("slots that differ by a constant are found, and never when the plain ones fit")
  func slots() {
    #expect(IntensityJoin.offset(of: [2, 6, 10, 14], in: [2, 6, 10, 14, 20, 24]) == 0)
    #expect(IntensityJoin.offset(of: [2, 6, 10, 14, 20, 24], in: [103, 107, 111, 115, 121, 125]) == 101)
    #expect(IntensityJoin.offset(of: [2, 6], in: []) == 0)
  }

  @Test("a curve that was written is read back as it was")
  func roundTrip() throws {
    let curve = try Self.curve(try Self.simulation().beamCurrent(0))
    let read = try withTemporaryFolder { folder in
      let path = folder.appending(path: "curve.parquet").path(percentEncoded: false)
      try curve.table().writeParquet(to: path)
      return try IntensityCurve(path: path)
    }
    #expect(read == curve)
    #expect(curve.injectionTimes.count == 2)
    #expect(curve.charges(slot: 3, at: 20) == nil)
    #expect(curve.charges(slot: curve.slots[0], at: 1e4) == nil)
  }
}
