import Foundation
import JSON
import Tables
import TestSupport
import Testing

@testable import BeamInstrumentation

@Suite("Simulated wire scans are found as they were made")
struct WireScanSimulationTests {
  static func simulation() throws -> WireScanSimulation {
    WireScanSimulation(optics: try OpticsTable.builtIn().set(named: "sps-q26-pb-ions"))
  }

  static func analysis(_ simulation: WireScanSimulation, naming: ParquetListNaming = .item) throws -> WireScanAnalysis {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "WS.parquet").path(percentEncoded: false)
      let bytes = try simulation.table().parquetBytes(compression: .snappy, listNaming: naming)
      try Data(bytes).write(to: URL(filePath: path))
      return try WireScanAnalysis(
        WireScanFile(path: path), options: WireScanOptions(), table: try OpticsTable.builtIn())
    }
  }

  @Test("the same seed gives the same file, another one other noise")
  func reproducible() throws {
    var simulation = try Self.simulation()
    let first = try simulation.table().parquetBytes()
    #expect(try simulation.table().parquetBytes() == first)
    simulation.seed = 2
    #expect(try simulation.table().parquetBytes() != first)
  }

  @Test("both names below lists are read alike")
  func naming() throws {
    let simulation = try Self.simulation()
    let table = try simulation.table()
    let item = try table.parquetBytes(compression: .snappy, listNaming: .item)
    let element = try table.parquetBytes(compression: .snappy, listNaming: .element)
    #expect(item != element)
    #expect(String(decoding: item, as: UTF8.self).contains("item"))
    let (one, other) = (try Self.analysis(simulation, naming: .item), try Self.analysis(simulation, naming: .element))
    #expect(one.profiles.map(\.json) == other.profiles.map(\.json))
  }

  @Test("sizes and emittances have pulls of unit width", arguments: [UInt64(1), 5])
  func pulls(seed: UInt64) throws {
    var pulls: [Double] = []
    for number in 0..<6 {
      var simulation = try Self.simulation()
      simulation.seed = seed * 100 + UInt64(number)
      for index in simulation.scanners.indices { simulation.scanners[index].noiseGrowth = 0 }
      let analysis = try Self.analysis(simulation)
      for scanner in simulation.scanners where scanner.isPublished {
        for scan in ScanDirection.allCases {
          for truth in simulation.profiles(scanner, scan) {
            let found = try #require(
              analysis.profiles.first { $0.device == scanner.device && $0.scan == scan && $0.row == truth.row })
            let fit = try #require(found.gaussian)
            pulls.append((fit.sigma - truth.sigma) / fit.standardError(2))
          }
        }
      }
    }
    let mean = pulls.reduce(0, +) / Double(pulls.count)
    let width = (pulls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pulls.count)).squareRoot()
    #expect(pulls.count == 192)
    #expect(abs(mean) < 0.25, "mean \(mean)")
    #expect(abs(width - 1) < 0.18, "width \(width)")
  }

  @Test("it is the physics of the Python generator: its positions, sizes and noise are reproduced from its truth")
  func physicsOfTheTwin() throws {
    let name = "WS_2023.10.17.14.20.19.164739"
    let examples = TestResources.folder.deletingLastPathComponent().deletingLastPathComponent().appending(
      path: "Examples")
    let truth = try JSONValue(parsing: Array(try Data(contentsOf: examples.appending(path: "truth/\(name).json"))))
    let file = try ParquetFile(path: examples.appending(path: "\(name).parquet").path(percentEncoded: false))
    var simulation = try Self.simulation()
    simulation.scanTime = 6.06
    for plane in truth["planes"]?.arrayValue ?? [] {
      let device = try #require(plane["device"]?.stringValue)
      var scanner = WireScanSimulation.Scanner(device, emittance: try #require(plane["emittance_um"]?.doubleValue))
      scanner.mean = 0
      let value = try #require(try file.column(["\(device)/Acquisition"]).member("value"))
      for scan in ScanDirection.allCases {
        let sigma = try #require(plane["sigma_rms_mm_\(scan.rawValue)"]?.doubleValue)
        #expect(abs(simulation.sigma(scanner, scan) / sigma - 1) < 1e-12)
        let positions = try #require(value.member("projPositionSet\(scan.set)")?.listRows(at: 0))
        let signals = try #require(value.member("projDataSet\(scan.set)")?.listRows(at: 0))
        var sum = (squares: 0.0, values: 0.0, count: 0.0)
        for record in plane[scan.rawValue]?.arrayValue ?? [] {
          let row = try #require(record["row"]?.intValue)
          let profile = WireScanSimulation.Profile(
            row: row, amplitude: try #require(record["amplitude"]?.doubleValue),
            mean: try #require(record["mean_mm"]?.doubleValue),
            sigma: try #require(record["sigma_rms_mm"]?.doubleValue),
            q: try #require(record["q"]?.doubleValue))
          let expected = simulation.positions(row: row, scan)
          #expect(zip(expected, positions[row]).allSatisfy { abs($0 - $1) < 1e-9 })
          let offset = try #require(record["offset"]?.doubleValue)
          for (x, y) in zip(positions[row], signals[row]) {
            let signal = profile(x)
            let width = (scanner.noise * scanner.noise + scanner.noiseGrowth * scanner.noiseGrowth * signal)
              .squareRoot()
            let pull = (y - offset - signal) / width
            sum = (sum.squares + pull * pull, sum.values + pull, sum.count + 1)
          }
        }
        #expect(sum.count == 1600)
        #expect(abs(sum.values / sum.count) < 4 / sum.count.squareRoot())
        #expect(abs(sum.squares / sum.count - 1) < 4 * (2 / sum.count).squareRoot())
      }
    }
  }

  @Test("four photomultipliers, saturation and weak bunches are seen as such")
  func knobs() throws {
    var simulation = try Self.simulation()
    simulation.channelCount = 4
    simulation.scanners[2].saturation = 4095
    simulation.scanners[2].amplitude = 3000
    simulation.scanners[2].saturatedRows = [20]
    simulation.scanners[0].weakRows = [14]
    let analysis = try Self.analysis(simulation)
    #expect(analysis.scans.allSatisfy { $0.photomultiplier == 2 })
    func flags(_ plane: Plane, _ row: Int) -> [ProfileFlag.Kind] {
      analysis.profiles.first { $0.plane == plane && $0.row == row }?.flags.map(\.kind) ?? []
    }
    #expect(flags(.vertical, 20).contains(.saturated))
    #expect(flags(.horizontal, 14).contains(.weakBunch))
    #expect(!flags(.horizontal, 20).contains(.saturated))
  }
}
