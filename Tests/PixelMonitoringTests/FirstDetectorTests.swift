import Conditions
import Testing

@testable import PixelMonitoring

/// Currents of fills until 2016, when other cables fed other groups.
@Suite struct FirstDetectorTests {
  let facts: PixelFacts

  init() throws { facts = try PixelFacts.builtIn() }

  @Test("the tables hold three layers of eight sectors and two disks, with the chips of each sector")
  func tables() throws {
    let groups = facts.firstDetector.groups
    #expect(groups.count { $0.name.subsystem == .barrel } == 96)
    #expect(groups.count { $0.name.subsystem == .endCap } == 32)
    for layer in 1...3 {
      for sector in 1...8 {
        let name = ReadoutGroupName.barrel(.plusOuter, sector: sector, layer: layer)
        let group = try #require(facts.firstDetector.group(name))
        #expect(group.chipCount == facts.chipsPhase0[layer - 1][sector - 1])
        #expect(facts.firstDetector.group(biasCable: group.biasCable)?.name == name)
      }
    }
    #expect(facts.firstDetector.group(.barrel(.plusOuter, sector: 1, layer: 4)) == nil)
    #expect(ReadoutGroupName("FPix_BmI_D1_ROG2") == .endCap(.minusInner, disk: 1, group: 2, ring: 0))
    #expect(ReadoutGroupName("FPix_BmI_D1_ROG2")?.text == "FPix_BmI_D1_ROG2")
  }

  @Test("layers 1 and 2 have a channel each, the two of layer 3 are added, and one that is missing is flagged")
  func barrel() throws {
    let text = """
      PixelBarrel_BmI_S2_LAY1/channel002   10.5   150.0   2016-07-19 20:25:00.000000
      PixelBarrel_BmI_S2_LAY1/channel003   20.25   150.0   2016-07-19 20:25:01.000000
      PixelBarrel_BmI_S2_LAY3/channel002   3.5   300.0   2016-07-19 20:25:02.000000
      PixelBarrel_BmI_S2_LAY3/channel003   4.25   300.0   2016-07-19 20:25:03.000000
      PixelBarrel_BmI_S5_LAY3/channel003   7   300.0   2016-07-19 20:25:03.000000
      PixelBarrel_BmI_S2_LAY1/channel001   4.5   2.0   2016-07-19 20:25:04.000000
      PixelBarrel_BmI_S2_LAY14/channel002   99   300.0   2016-07-19 20:25:05.000000

      """
    let read = try CurrentFile.parse(text, path: "x", biasThreshold: 10)
    let made = ProcessedCurrents.make(5200, .barrel, read.readings, facts: facts)
    let leakage = Dictionary(uniqueKeysWithValues: made.currents.leakage.map { ($0.name.text, $0.current) })
    #expect(
      leakage == [
        "BPix_BmI_SEC2_LYR1": 10.5, "BPix_BmI_SEC2_LYR2": 20.25, "BPix_BmI_SEC2_LYR3": 7.75, "BPix_BmI_SEC5_LYR3": 7,
      ])
    #expect(
      made.currents.leakage.filter { $0.reading.flags.contains(.missing) }.map(\.name.text) == ["BPix_BmI_SEC5_LYR3"])
    #expect(made.currents.analogue.map(\.name) == ["PixelBarrel_BmI_S2_LAY1"])
    // A cable of the detector after 2017 is none of this one.
    #expect(made.warnings.map(\.code) == ["pixel.unknownCable"])
    let table = CurrentTable.csv(made.currents, facts: facts)
    #expect(table.contains("\n5200,BPix_BmI_SEC2_LYR3,leakage,7.75,uA,") && table.contains(",192,300.0,"))
  }

  @Test("end-cap groups have no rings, and a half disk is the sum of its four")
  func endCap() throws {
    let lines = (1...4).flatMap { group in
      [2, 3].map {
        "PixelEndCap_BpO_D2_ROG\(group)/channel00\($0)   \(group).5   300.0   2016-07-19 20:25:0\($0).000000"
      }
    }
    let read = try CurrentFile.parse(lines.joined(separator: "\n"), path: "x", biasThreshold: 10)
    let made = ProcessedCurrents.make(5200, .endCap, read.readings, facts: facts).currents
    #expect(made.leakage.map(\.name.text) == (1...4).map { "FPix_BpO_D2_ROG\($0)" })
    #expect(made.leakage.map(\.current) == [3, 5, 7, 9])
    #expect(
      CurrentTable.csv(made, facts: facts).contains("\n5200,FPix_BpO_D2,leakage,24.0,uA,,\(24.0 / 540),,540,,,ok,"))
    let leakage = FillLeakage(
      fill: 5200, currents: Dictionary(uniqueKeysWithValues: made.leakage.map { ($0.name, $0.current) }),
      temperatures: [:], facts: facts)
    let rows = LeakageTable.averages(leakage, layers: [0, 1, 2], references: [], keepsAll: false, facts: facts)
    let mean = try #require(rows.first { $0.side == .both && $0.normalisation == .roc })
    #expect(mean.layer == 0 && mean.groups == 4 && abs(mean.average - 6.0 / 135) < 1e-15)
  }
}
