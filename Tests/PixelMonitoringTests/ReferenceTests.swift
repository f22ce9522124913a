import Conditions
import Foundation
import TestSupport
import Testing

@testable import PixelMonitoring

@Suite struct ReferenceTests {
  let facts: PixelFacts

  init() throws { facts = try PixelFacts.builtIn() }

  @Test("currents of every channel are those of the reference, byte for byte")
  func currents() throws {
    let fills = try PixelCase.fills()
    try PixelCase.withConditions { conditions in
      for subsystem in Subsystem.allCases {
        let found = try PixelCase.currents(conditions, fills, subsystem)
        for fill in fills {
          let currents = try #require(found.currents[fill.number])
          // Fill 8019 ended before all channels had a reading.
          if fill.number != 8019 { #expect(currents.readings.count == (subsystem == .barrel ? 256 : 192)) }
          #expect(currents.text == (try PixelCase.text("expected/currents_from_database/\(currents.fileName)")))
        }
      }
    }
  }

  @Test("split currents are those of the reference, from the file as from the database")
  func processed() throws {
    for fill in try PixelCase.fills() {
      let path = TestResources.path("pixel/expected/currents_from_database/\(fill.number)_Barrel.txt")
      let read = try CurrentFile.read(path, biasThreshold: 10)
      let made = ProcessedCurrents.make(fill.number, .barrel, read.readings, facts: facts)
      #expect(read.warnings.isEmpty && made.warnings.isEmpty)
      for file in made.currents.files {
        #expect(file.text == (try PixelCase.text("expected/currents_processed/\(file.name)")))
      }
    }
  }

  @Test("end-cap currents make 96 groups and 12 half disks")
  func endCap() throws {
    let path = TestResources.path("pixel/expected/currents_from_database/8016_EndCap.txt")
    let read = try CurrentFile.read(path, biasThreshold: 10)
    let made = ProcessedCurrents.make(8016, .endCap, read.readings, facts: facts).currents
    #expect(made.leakage.count == 96 && made.analogue.count == 48 && made.digital.count == 48)
    let halves = made.halfDisks
    #expect(halves.count == 12 && halves.allSatisfy { $0.groups == 8 })
    let total = made.leakage.reduce(0) { $0 + $1.current }
    #expect(abs(halves.reduce(0) { $0 + $1.current } - total) < 1e-9 * total)
    // Channel 003 is ring 1.
    let reading = try #require(read.readings.first { $0.channel.cable == "PixelEndCap_BmI_D1_ROG1/channel003" })
    #expect(made.leakage.first { $0.name.text == "FPix_BmI_D1_ROG1_RNG1" }?.current == reading.current)
  }

  @Test("group temperatures are those of the reference")
  func temperatures() throws {
    let fills = try PixelCase.fills()
    try PixelCase.withConditions { conditions in
      let found = try PixelCase.temperatures(conditions, fills)
      for fill in fills {
        #expect(
          found.temperatures[fill.number]?.text
            == (try PixelCase.text("expected/temperatures_readout_group/BPix/\(fill.number).txt")))
      }
      #expect(conditions.database.queryCount < 10)
    }
  }

  @Test("readings of air, pipes and port cards are those of the reference")
  func readings() throws {
    let fills = try PixelCase.fills()
    try PixelCase.withConditions { conditions in
      let readings = SensorReadings(conditions)
      try readings.air(fills, delay: 1200, subsystem: nil) { fill, list in
        let text = list.map { $0.line + "\n" }.joined()
        #expect((try? PixelCase.text("expected/temperatures_air/\(fill.number).txt")) == text)
      }
      for subsystem in Subsystem.allCases {
        try readings.pipe(fills, delay: 1200, subsystem: subsystem) { fill, list in
          let text = list.map { $0.line + "\n" }.joined()
          let name = "\(fill.number)_\(subsystem.rawValue).txt"
          #expect((try? PixelCase.text("expected/temperatures_pipe/\(name)")) == text)
        }
      }
    }
  }

  @Test("daily means are those of the reference")
  func daily() throws {
    let path = TestResources.path("pixel/annealing/readings.csv")
    let read = try DailyTemperatures.read(
      csv: try PixelCase.text("annealing/readings.csv"), path: path, limits: -60...40)
    let expected = try PixelCase.text("expected/annealing_daily.csv").split(separator: "\n").dropFirst()
    let days = expected.compactMap { ConditionsTime($0.split(separator: ",")[1])?.dayNumber }
    let first = try #require(days.min())
    let last = try #require(days.max())
    var means: [DailyMean] = []
    for sensor in read.series.keys.sorted() {
      means += DailyTemperatures.means(sensor, read.series[sensor] ?? AsOfSeries(), days: first..<last + 1)
    }
    #expect(DailyTemperatures.csv(means) == (try PixelCase.text("expected/annealing_daily.csv")))
  }

  @Test("layer averages agree with the reference to 1e-6")
  func averages() throws {
    var made: [String: LayerAverage] = [:]
    func key(_ fill: Int, _ layer: Int, _ side: String, _ form: String, _ reference: String) -> String {
      "\(fill) \(layer) \(side) \(form) \(reference)"
    }
    for fill in try PixelCase.fills() {
      let leakage = try PixelCase.leakage(fill.number)
      for row in LeakageTable.averages(
        leakage, layers: [1, 2, 3, 4], references: [0, -20, 20], keepsAll: true, facts: facts)
      {
        let reference = row.reference.map { "\(Int($0))" } ?? ""
        made[key(row.fill, row.layer, row.side.rawValue, row.normalisation.rawValue, reference)] = row
      }
    }
    let lines = try PixelCase.text("expected/leakage/average_per_layer.csv").split(separator: "\n").dropFirst()
    #expect(lines.count == made.count)
    for line in lines {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let row = try #require(made[key(Int(cells[0]) ?? 0, Int(cells[1]) ?? 0, cells[2], cells[3], cells[4])])
      let expected = try #require(Double(cells[5]))
      #expect(abs(row.average - expected) <= 1e-6 * abs(expected))
      #expect(row.groups == Int(cells[6]))
    }
    // The second mean is weighted with the chips whatever currents are divided by; groups of layer 2 have 64 or 128.
    let groups = try PixelCase.leakage(8016).groups.filter { $0.group.name.layerOrRing == 2 }
    let chips = groups.reduce(0.0) { $0 + Double($1.group.chipCount) }
    let perChip = groups.reduce(0.0) { $0 + $1.current } / chips
    let undivided = groups.reduce(0.0) { $0 + $1.current * Double($1.group.chipCount) } / chips
    for (form, mean) in [("roc", perChip), ("none", undivided)] {
      #expect(abs((made[key(8016, 2, "both", form, "")]?.weighted ?? 0) - mean) < 1e-9)
    }
  }

  @Test("azimuth tables agree with the reference")
  func azimuth() throws {
    func compare(_ table: AzimuthTable) throws {
      let expected = try PixelCase.text("expected/leakage/azimuth/\(table.fileName)").split(separator: "\n")
      let made = table.csv(isCompatible: true).split(separator: "\n")
      #expect(made.count == expected.count && made.first == expected.first)
      for (line, golden) in zip(made.dropFirst(), expected.dropFirst()) {
        let (cells, goldenCells) = (line.split(separator: ","), golden.split(separator: ","))
        #expect(cells[0] == goldenCells[0] && cells.count == goldenCells.count)
        for (cell, other) in zip(cells.dropFirst(), goldenCells.dropFirst()) {
          let (value, wanted) = (Double(cell) ?? .nan, Double(other) ?? .nan)
          #expect(abs(value - wanted) <= 1e-6 * max(abs(wanted), 1e-6))
        }
      }
    }
    let first = try PixelCase.leakage(8016)
    let second = try PixelCase.leakage(8023)
    try compare(
      AzimuthTable(first, layer: 1, side: .both, normalisation: .roc, reference: 0, keepsAll: true, facts: facts))
    try compare(
      AzimuthTable(second, layer: 2, side: .both, normalisation: .volume, reference: nil, keepsAll: true, facts: facts))
    try compare(
      AzimuthTable(
        from: first, to: second, layer: 1, side: .both, normalisation: .roc, reference: nil, keepsAll: true,
        facts: facts
      ))
  }

  @Test("the made-up modulation of 18 % is found")
  func modulation() throws {
    let leakage = try PixelCase.leakage(8016)
    for layer in 1...4 {
      let table = try AzimuthTable(
        leakage, layer: layer, side: .both, normalisation: .roc, reference: 0, keepsAll: true, facts: facts)
      let fit = try #require(table.fit)
      #expect(abs(fit.amplitude / fit.offset - 0.18) < 4 * fit.standardErrors[1] / fit.offset + 0.02)
      #expect(fit.degreesOfFreedom == table.rows.count - 3)
    }
  }
}
