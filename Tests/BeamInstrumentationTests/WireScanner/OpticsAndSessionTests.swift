import Errors
import JSON
import TestSupport
import Testing

@testable import BeamInstrumentation

@Suite("Twiss tables, stored sessions and options")
struct OpticsAndSessionTests {
  static let tfs = """
    @ NAME             %05s "TWISS"
    @ PARTICLE         %03s "ION"
    @ MASS             %le  193.7
    @ ENERGY           %le  1415.7
    @ ORIGIN           %16s "5.09.00 MAD-X Linux"
    * NAME               BETX      BETY      DX
    $ %s                 %le       %le       %le
      "BWSRC.51637"      81.5      28.1      -0.40
      "QF.1"             100       20        1
      "BWSRC.41677"      60.25     50.5      0.5
    """

  @Test("the dispersion of a MAD-X table is multiplied with beta unless told otherwise")
  func madX() throws {
    let found = try TwissTable.read(Self.tfs, name: "mine", matching: "bwsrc\\..*")
    let gamma = 1415.7 / 193.7
    #expect(found.set.scanners.map(\.equipment) == ["51637", "41677"])
    #expect(found.elementCount == 3)
    #expect(found.dispersionVariable == .pt)
    let dispersion = try #require(found.set["51637"]?.dispersionX)
    #expect(abs(dispersion / (-0.40 * Relativity.beta(gamma: gamma)) - 1) < 1e-12)
    let plain = try TwissTable.read(Self.tfs, name: "mine", matching: "bwsrc\\..*", dispersionVariable: .delta)
    #expect(plain.set["51637"]?.dispersionX == -0.40)
    #expect(plain.set["41677"]?.betaY == 50.5)
  }

  @Test("CSV with quotes and JSON in columns or rows give the same set")
  func otherForms() throws {
    let texts = [
      "name,betx,bety,dx\r\n\"BWSRC.51637\",81.5,28.1,-0.4\r\n\"QF.1\",100,20,1\r\n",
      "\u{FEFF}NAME;BETX;BETY;DX\r\nBWSRC.51637;81.5;28.1;-0.4\r\n",
      "name\tbetx\tbety\tdx\nBWSRC.51637\t81.5\t28.1\t-0.4\n",
      #"{"name": ["BWSRC.51637", "QF.1"], "betx": [81.5, 100], "bety": [28.1, 20], "dx": [-0.4, 1]}"#,
      #"[{"name": "BWSRC.51637", "betx": 81.5, "bety": 28.1, "dx": -0.4}, {"name": "QF.1", "betx": 100}]"#,
    ]
    for text in texts {
      let found = try TwissTable.read(text, name: "mine", matching: "bwsrc.*")
      #expect(found.set["51637"] == ScannerOptics(betaX: 81.5, betaY: 28.1, dispersionX: -0.4))
    }
  }

  @Test(
    "tables that cannot be used say why",
    arguments: [
      ("", "optics.badTwiss"), ("name,betx\nA,nine\n", "optics.badTwiss"), ("betx,bety\n1,2\n", "optics.badTwiss"),
      ("name,s\nBWSRC.1,2\n", "optics.badTwiss"), ("name,betx\nQF,1\n", "optics.noMatch"),
      ("* NAME BETX\n$ %s %le\nBWSRC.1\n", "optics.badTwiss"), ("{\"name\": ", "optics.badTwiss"),
      ("name,betx,bety\nBWSRC.1,-1,2\n", "optics.badTwiss"),
    ])
  func refused(text: String, code: String) {
    do throws(CavernError) {
      _ = try TwissTable.read(text, name: "mine", matching: "bwsrc.*")
      Issue.record("read")
    } catch {
      #expect(error.code == code)
    }
  }

  static func session() throws -> WireScanSession {
    let analysis = try BadInputTests.read("not-finite-and-empty")
    let other = try BadInputTests.read("two-rows")
    return WireScanSession(entries: [
      .init(file: "b.parquet", sha256: "00", state: "done", causes: [], scans: other.sessionScans),
      .init(file: "a.parquet", sha256: "11", state: "partial", causes: ["why"], scans: analysis.sessionScans),
      .init(file: "c.parquet", sha256: nil, state: "skipped", causes: ["no acquisitions"], scans: []),
    ])
  }

  @Test("a session read back from its JSON is the same")
  func roundTrip() throws {
    let session = try Self.session()
    let text = session.json.text(.pretty)
    let back = try WireScanSession(json: JSONValue(parsing: text))
    #expect(back == session)
    #expect(back.json.text(.pretty) == text)
    #expect(session.entries.map(\.file) == ["a.parquet", "b.parquet", "c.parquet"])
  }

  @Test("a stored scan whose lists differ in length is refused, not indexed")
  func damagedSession() throws {
    let session = try Self.session()
    let scan = try #require(session.scans.first?.scan)
    var object = try #require(scan.json.objectValue)
    object["counted"] = .array([])
    #expect(WireScanSession.Scan(json: .object(object)) == nil)
  }

  @Test("the earlier package's file has lists per plane, m rad, and null for what is missing")
  func legacy() throws {
    let json = try Self.session().legacyJSON
    #expect(json["N_emittances_X"]?.arrayValue?.count == 3)
    #expect(json["N_emittances_Y"]?.arrayValue?.count == 0)
    let first = try #require(json["N_emittances_X"]?[1]?[0]?.doubleValue)
    #expect(first > 1e-7 && first < 1e-5)
    #expect(json["UTC_timestamp_X"]?[0]?.stringValue == "2024-10-14 19:07:33.512400")
    #expect(abs((json["Ctime_X"]?[0]?.doubleValue ?? 0) - 12.06327) < 1e-12)
    #expect(!json.text().contains("NaN"))
  }

  @Test("options read back from their JSON are the same")
  func options() throws {
    var options = WireScanOptions()
    #expect(try WireScanOptions(json: options.json) == options)
    options.planes = [.vertical]
    options.scans = [.outward]
    options.device = "41677"
    options.photomultiplier = .number(3)
    options.rows = [2, 6]
    options.weights = .noise
    options.baseline = .linear
    options.fitsQGaussian = false
    options.optics = .set(try OpticsTable.builtIn().set(named: "sps-q26-pb-ions"))
    options.momentumSpread = 3.9e-4
    options.gamma = 7.3
    options.cycleOffset = 4015
    let text = options.json.text()
    #expect(try WireScanOptions(json: JSONValue(parsing: text)) == options)
    options.photomultiplier = .bestPerRow
    #expect(try WireScanOptions(json: options.json) == options)
    #expect(caught { try WireScanOptions(json: ["planes": []]) } != nil)
  }

  @Test("an explanation carries the numbers of the result it explains")
  func explanation() throws {
    let analysis = try BadInputTests.read("whole")
    let profile = try #require(analysis.profiles.first)
    let json = ProfileExplanation(profile, in: analysis, options: WireScanOptions()).json
    let steps = json["steps"]?.arrayValue ?? []
    #expect(
      steps.compactMap { $0["title"]?.stringValue } == [
        "Samples", "Baseline and selection", "Gaussian", "q-Gaussian", "Goodness with the noise model", "Energy",
        "Optics", "Normalised emittance from the Gaussian", "Flags",
      ])
    let values = steps[7]["values"]
    #expect(values?["emittance_um"]?.doubleValue == profile.emittance?.value)
    let parts = ["Beta", "Dispersion", "MomentumSpread", "PositionScale", "Gamma"].compactMap {
      values?["from\($0)_um"]?.doubleValue
    }
    let sum = parts.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(parts.count == 5)
    #expect(abs(sum / (try #require(profile.emittance?.systematic)) - 1) < 1e-12)
    #expect(json["profile"]?["signal"]?.arrayValue?.count == 80)
  }

  @Test("the mean of misaligned rows is no wider than the rows")
  func average() throws {
    let analysis = try BadInputTests.read("whole")
    let scan = try #require(analysis.scans.first)
    let mean = try AverageProfile(scan, in: analysis, rows: nil, options: WireScanOptions())
    let average = try #require(mean)
    let sigmas = analysis.profiles(of: scan).compactMap { $0.gaussian?.sigma }
    let size = sigmas.reduce(0, +) / Double(sigmas.count)
    #expect(abs(average.gaussian.sigma / size - 1) < 0.01)
    #expect(abs(average.gaussian.mean) < 0.02)
    #expect(average.rows == [2, 6])
  }
}
