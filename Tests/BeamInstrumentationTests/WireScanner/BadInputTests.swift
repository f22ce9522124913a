import Errors
import Foundation
import TestSupport
import Testing

@testable import BeamInstrumentation

/// What can be wrong with a wire-scan file; the files and the script that made them stand in `beam/ws-cases`.
@Suite("Bad wire-scan files give what is whole and an account of what is not")
struct BadInputTests {
  static func read(
    _ name: String, _ change: (inout WireScanOptions) -> Void = { _ in }
  ) throws -> WireScanAnalysis {
    var options = WireScanOptions()
    let table = try OpticsTable.builtIn()
    options.optics = .set(try table.set(named: "sps-q26-pb-ions"))
    change(&options)
    let path = TestResources.path("beam/ws-cases/\(name).parquet")
    return try WireScanAnalysis(
      try WireScanFile(path: path, request: .init(options)), options: options, table: table)
  }

  static func failure(_ name: String) -> CavernError? {
    do {
      _ = try read(name)
      return nil
    } catch {
      return error as? CavernError
    }
  }

  /// Device, scan and row of the profiles with a fit, `H in 2`.
  static func fitted(_ analysis: WireScanAnalysis) -> [String] {
    analysis.profiles.filter { $0.gaussian != nil }.map { "\($0.plane.rawValue) \($0.scan.rawValue) \($0.row)" }
  }

  static func flags(_ analysis: WireScanAnalysis, _ scan: ScanDirection, _ row: Int) -> [ProfileFlag.Kind] {
    analysis.profiles.first { $0.scan == scan && $0.row == row }?.flags.map(\.kind) ?? []
  }

  @Test("a whole file lists the filled rows of both planes and scans and has no remarks")
  func whole() throws {
    let analysis = try Self.read("whole")
    #expect(
      Self.fitted(analysis) == ["H in 2", "H in 6", "H out 2", "H out 6", "V in 2", "V in 6", "V out 2", "V out 6"])
    #expect(analysis.profiles.count == 8)
    #expect(analysis.profiles.allSatisfy { $0.flags.isEmpty && $0.emittance != nil })
    #expect(!analysis.isPartial)
    #expect(analysis.warnings.isEmpty)
  }

  @Test("a file without rows says that there are no acquisitions")
  func noRows() {
    #expect(Self.failure("no-rows")?.code == "ws.noAcquisitions")
    #expect(Self.failure("no-rows")?.exit == .badData)
  }

  @Test("several rows are analysed each, with their number and their own gamma")
  func severalRows() throws {
    let analysis = try Self.read("two-rows")
    #expect(analysis.scans.map(\.acquisition) == [0, 0, 1, 1])
    #expect(analysis.scans.compactMap { $0.gamma?.gamma } == [7.3088, 7.3088, 7.5, 7.5])
    #expect(analysis.profiles.count { $0.acquisition == 1 } == 4)
  }

  @Test("a null plane is named with the exception's text, and the other goes on")
  func nullPlane() throws {
    let analysis = try Self.read("null-plane")
    #expect(Set(analysis.profiles.map(\.plane)) == [.horizontal])
    #expect(
      analysis.warnings.map(\.message) == [
        "SPS.BWS.41677.V: plane V not published in this cycle (device timed out)"
      ])
    #expect(!analysis.isPartial)
  }

  @Test("a plane that was null in all acquisitions, and saved without its fields, is not published")
  func nullPlaneWithoutFields() throws {
    let analysis = try Self.read("null-plane-untyped")
    #expect(Self.fitted(analysis) == ["H in 2", "H in 6", "H out 2", "H out 6"])
    #expect(!analysis.isPartial)
    #expect(analysis.warnings.map(\.code) == ["ws.notPublished"])
    #expect(analysis.warnings.first?.message.contains("device timed out") == true)
  }

  @Test("when all planes are null nothing was published")
  func nothingPublished() {
    let error = Self.failure("nothing-published")
    #expect(error?.code == "ws.nothingPublished")
    #expect(error?.hint?.contains("(no beam)") == true)
    #expect(error?.exit == .badData)
  }

  @Test("a missing, empty or undefined gamma gives sizes only", arguments: ["no-gamma", "gamma-nan", "gamma-empty"])
  func noGamma(name: String) throws {
    let analysis = try Self.read(name)
    #expect(analysis.profiles.count == 8)
    #expect(analysis.profiles.allSatisfy { $0.emittance == nil && $0.gaussian?.state == .converged })
    #expect(analysis.faults.map(\.code) == ["ws.noGamma"])
    let given = try Self.read(name) { $0.gamma = 7.3088 }
    #expect(given.profiles.allSatisfy { $0.emittance != nil })
    #expect(!given.isPartial)
  }

  @Test("a record without the time of the scan says so, not that gamma is missing")
  func noScanTime() throws {
    // Gamma is constant here, but a function of two points.
    #expect(try Self.read("no-scan-time").faults.map(\.code) == ["ws.noScanTime"])
  }

  @Test("a scan on the ramp and beyond the function is flagged")
  func ramp() throws {
    let analysis = try Self.read("gamma-ramp")
    #expect(Self.flags(analysis, .inward, 2).contains(.gammaTimeSensitive))
    #expect(Self.flags(analysis, .outward, 2).contains(.gammaExtrapolated))
  }

  @Test("a missing field names device and field, and the other plane goes on")
  func missingField() throws {
    let analysis = try Self.read("missing-field")
    #expect(Set(analysis.profiles.map(\.plane)) == [.horizontal])
    #expect(analysis.faults.map(\.message) == ["SPS.BWS.41677.V: field 'projDataSet1' is missing; plane V skipped"])
    #expect(analysis.faults.first?.text.contains("missing-field.parquet: SPS.BWS.41677.V: field") == true)
    #expect(analysis.isPartial)
  }

  @Test("a file with outgoing scans only is analysed")
  func outgoingOnly() throws {
    let analysis = try Self.read("outgoing-only")
    #expect(Self.fitted(analysis) == ["H out 2", "H out 6"])
    #expect(analysis.faults.map(\.code) == ["ws.missingScan"])
    let asked = try Self.read("outgoing-only") { $0.scans = [.outward] }
    #expect(!asked.isPartial)
  }

  @Test("different numbers of rows use the common ones; a row of another length is unusable")
  func lengths() throws {
    let analysis = try Self.read("lengths")
    #expect(Self.fitted(analysis) == ["H in 2", "H out 2"])
    #expect(analysis.warnings.map(\.code).sorted() == ["ws.rowCount", "ws.rowLength"])
    #expect(Self.flags(analysis, .outward, 6) == [.unusableRow, .lengthMismatch])
  }

  @Test("positions in any order are sorted, and the jumps flagged")
  func jumps() throws {
    let analysis = try Self.read("jumps")
    let whole = try Self.read("whole") { $0.planes = [.horizontal] }
    #expect(Self.flags(analysis, .inward, 2) == [.positionJumps])
    #expect(Self.flags(analysis, .outward, 2) == [])
    #expect(analysis.profiles.map { $0.gaussian?.sigma } == whole.profiles.map { $0.gaussian?.sigma })
  }

  @Test("samples that are not finite, lost rows and constant rows are flagged, and cost nothing else")
  func notFinite() throws {
    let analysis = try Self.read("not-finite-and-empty")
    #expect(Self.fitted(analysis) == ["H in 2", "H out 2", "H out 6"])
    #expect(Self.flags(analysis, .inward, 2) == [.nonFiniteSamples])
    #expect(Self.flags(analysis, .inward, 3) == [.nonFiniteSamples])
    #expect(Self.flags(analysis, .inward, 6) == [.unusableRow, .nonFiniteSamples])
    #expect(Self.flags(analysis, .outward, 0) == [.empty])
    #expect(Self.flags(analysis, .outward, 1) == [.empty])
    #expect(analysis.profiles.first { $0.row == 0 }?.state == .constantInput)
    #expect(analysis.summaries.map(\.excludedRows) == [[6], [0, 1]])
    #expect(analysis.summaries.map(\.count) == [1, 2])
  }

  @Test("no row above the threshold gives the largest area and the noise")
  func noBunches() throws {
    let error = try #require(Self.failure("no-bunches"))
    #expect(error.code == "ws.noBunches")
    #expect(error.message.contains("largest area"))
    #expect(error.message.contains("noise"))
    #expect(error.exit == .badData)
  }

  @Test("a scanner that the optics do not know gives sizes and a hint")
  func unknownScanner() throws {
    let analysis = try Self.read("unknown-scanner")
    #expect(analysis.profiles.allSatisfy { $0.emittance == nil && $0.gaussian != nil })
    #expect(analysis.faults.map(\.code) == ["ws.noOptics"])
    #expect(analysis.faults.first?.hint?.contains("optics import") == true)
  }

  @Test("a time stamp that cannot be read gives way to the cycle stamp")
  func unreadableTime() throws {
    let analysis = try Self.read("time-unreadable")
    #expect(analysis.scans.first?.time == AcquisitionTime(nanoseconds: 1_728_932_853_512_400_000))
    #expect(analysis.warnings.map(\.code) == ["ws.timeFromCycleStamp"])
  }

  @Test("bunch selections that are bit masks are decoded, the sign bit included")
  func bitMask() throws {
    #expect(try Self.read("bit-mask").profiles.map(\.slot) == [66, 70, 66, 70])
  }

  @Test("one axis in micrometres serves all rows of a booster ring")
  func micrometres() throws {
    let analysis = try Self.read("micrometres-one-axis")
    let whole = try Self.read("whole") { $0.planes = [.horizontal] }
    #expect(analysis.warnings.count { $0.code == "ws.micrometres" } == 2)
    for (found, expected) in zip(analysis.profiles, whole.profiles) {
      let sigma = try #require(found.gaussian?.sigma)
      #expect(abs(sigma / (try #require(expected.gaussian?.sigma)) - 1) < 1e-9)
    }
  }

  @Test("a spike that towers over the bunch is flagged and left out of its fit; a lower one is flagged and stays")
  func spikes() throws {
    let analysis = try Self.read("spikes")
    let whole = try Self.read("whole") { $0.planes = [.horizontal] }
    #expect(Self.flags(analysis, .inward, 2) == [.outlierSample])
    #expect(Self.flags(analysis, .inward, 6) == [.outlierSample])
    let sigma = try #require(analysis.profiles.first?.gaussian?.sigma)
    #expect(abs(sigma / (try #require(whole.profiles.first?.gaussian?.sigma)) - 1) < 0.002)
  }

  @Test("a damaged page names the column, and the other plane is reported")
  func damagedPage() throws {
    let analysis = try Self.read("damaged-page")
    #expect(Set(analysis.profiles.map(\.plane)) == [.horizontal])
    #expect(analysis.faults.count == 1)
    #expect(analysis.faults.first?.message.contains("SPS.BWS.41677.V") == true)
    #expect(analysis.faults.first?.message.contains("plane V skipped") == true)
  }

  @Test("an empty or truncated file and one of another kind say so with their size", arguments: [0, 4, 900, 15_000])
  func truncated(length: Int) throws {
    let bytes = try TestResources.bytes("beam/ws-cases/whole.parquet").prefix(length)
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "WS.parquet")
      try Data(bytes).write(to: path)
      let error = try #require(caught { try WireScanFile(path: path.path(percentEncoded: false)) })
      #expect(error.exit == .badData)
      #expect(error.message.contains("bytes"))
      #expect(error.file?.hasSuffix("WS.parquet") == true)
    }
  }
}
