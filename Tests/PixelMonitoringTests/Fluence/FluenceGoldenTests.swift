import Errors
import Foundation
import Histograms
import Tables
import TestSupport
import Testing

@testable import PixelMonitoring

@Suite("Fluence against reference values")
struct FluenceGoldenTests {
  static let path = TestResources.path("pixel-radiation/usrbin_6x60x60_ascii")

  static func table(_ name: String) throws -> Table {
    try Table(csvFile: TestResources.path("pixel-radiation/expected/\(name)"))
  }

  @Test("values and errors of bins are those of the reference, from Parquet, ROOT and the text itself")
  func lookup() throws {
    let (field, warnings) = try FlukaReader.read(path: Self.path)
    #expect(warnings.isEmpty)
    try withTemporaryFolder { folder in
      try field.table().writeParquet(to: folder.appending(path: "fluence.parquet").path)
      try ROOTFile.write(try field.rootObjects(), to: folder.appending(path: "field.root").path)
      let stored = try FluenceField.read(folder.path).field
      #expect(stored == field)
      let rooted = try FluenceField.read(folder.appending(path: "field.root").path).field
      let reference = try Self.table("fluence/lookup.csv")
      for row in 0..<reference.rowCount {
        func number(_ name: String) throws -> Double { try #require(reference[name]?.double(at: row)) }
        let (r, z) = (try number("r_cm"), try number("z_cm"))
        for field in [field, rooted] {
          for particle in FluenceParticle.allCases {
            let found = try field.value(of: particle, r: r, z: z)
            // The table has five digits.
            #expect(abs(found.value / (try number(particle.rawValue)) - 1) < 5e-5)
            if particle == .allpart {
              let error = try #require(found.uncertainty)
              #expect(abs(error / found.value - (try number("allpart_rel_error"))) < 1e-6)
            }
          }
        }
      }
    }
  }

  @Test("means of modules and groups are those of the reference: exact ones and the earlier program's")
  func modules() throws {
    let field = try FlukaReader.read(path: Self.path).field
    let facts = try PixelFacts.builtIn()
    let averages = try ModuleFluence(field)
    let modules = try Self.table("fluence/modules.csv")
    for row in 0..<modules.rowCount {
      let name = try #require(modules["module"]?.string(at: row))
      let entry = try averages.entry(try #require(facts.modules.first { $0.name == name }))
      let exact = try #require(modules["exact_mean_per_fb_n_eq_cm2"]?.double(at: row))
      let stepped = try #require(modules["stepped_sum_per_fb_n_eq_cm2"]?.double(at: row))
      #expect(abs(entry.mean.value / exact - 1) < 1e-6)
      #expect(abs(entry.compatible / stepped - 1) < 1e-6)
    }
    let groups = try Self.table("fluence/readout_groups.csv")
    #expect(groups.rowCount == 128)
    for row in 0..<groups.rowCount {
      let name = try #require(groups["readout_group"]?.string(at: row))
      let members = facts.modules(of: try #require(ReadoutGroupName(name)))
      let entry = try averages.entry(named: name, over: members)
      #expect(entry.modules == groups["n_modules"]?.int(at: row))
      let exact = try #require(groups["exact_mean_per_fb_n_eq_cm2"]?.double(at: row))
      let sum = try #require(groups["compat_sum_per_fb_n_eq_cm2"]?.double(at: row))
      #expect(abs(entry.mean.value / exact - 1) < 1e-6)
      #expect(abs(entry.compatible / sum - 1) < 1e-6)
      #expect(abs(entry.phi - (groups["phi_circular_rad"]?.double(at: row) ?? .nan)) < 1e-6)
    }
  }

  @Test("defect 2: the fluence of a group is a mean over its modules, not their sum")
  func defect2Mean() throws {
    let field = try FlukaReader.read(path: Self.path).field
    let facts = try PixelFacts.builtIn()
    let averages = try ModuleFluence(field)
    let members = facts.modules(of: .barrel(.minusInner, sector: 1, layer: 4))
    let each = try members.map { try averages.entry($0).mean.value }
    let mean = try averages.entry(named: "g", over: members).mean.value
    #expect(abs(mean - each.reduce(0, +) / Double(each.count)) < 1e-9 * mean)
  }

  @Test("defect 3: a field that is flat has the same mean over every module")
  func defect3ExactOverlap() throws {
    let grid = FluenceGrid(r: .init(lower: 0, upper: 20, count: 23), z: .init(lower: -60, upper: 60, count: 77))
    let flat = FluenceField.Component(
      values: [Double](repeating: 2, count: grid.count), uncertainties: [Double](repeating: 0.2, count: grid.count))
    let field = try FluenceField(grid: grid, scored: [.allpart: flat])
    let facts = try PixelFacts.builtIn()
    let averages = try ModuleFluence(field, conversion: FluenceConversion(crossSectionMillibarn: 1))
    let flatSensors = try ModuleFluence(
      field, conversion: FluenceConversion(crossSectionMillibarn: 1), method: .flatSensor)
    for module in facts.modules {
      let entry = try averages.entry(module)
      #expect(abs(entry.mean.value / 2e12 - 1) < 1e-12)
      #expect(abs(try flatSensors.entry(module).mean.value / 2e12 - 1) < 1e-12)
      // Independent bins: the error of a mean is smaller than that of a bin.
      #expect((entry.mean.uncertainty ?? 0) < 0.2e12)
      if module.group.subsystem == .barrel { #expect(abs(entry.compatible / entry.mean.value - 65 / 64.8) < 1e-9) }
    }
  }

  @Test("sums combine independent errors in quadrature")
  func sums() throws {
    let grid = FluenceGrid(r: .init(lower: 0, upper: 1, count: 1), z: .init(lower: 0, upper: 1, count: 1))
    func one(_ value: Double, _ error: Double) -> FluenceField.Component {
      FluenceField.Component(values: [value], uncertainties: [error])
    }
    let field = try FluenceField(
      grid: grid, scored: [.prot: one(1, 0.2), .aprot: one(2, 0.3), .pions: one(3, 0.6), .neut: one(1, 1)])
    #expect(try field.component(.charged).values == [6])
    #expect(abs((try field.component(.charged).uncertainties?[0] ?? 0) - 0.7) < 1e-12)
    #expect(caught { try field.component(.neutral) }?.code == "fluence.noParticle")
  }
}
