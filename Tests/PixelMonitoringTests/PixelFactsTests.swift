import Errors
import Foundation
import TestSupport
import Testing

@testable import PixelMonitoring

@Suite struct PixelFactsTests {
  let facts: PixelFacts

  init() throws { facts = try PixelFacts.builtIn() }

  @Test func tablesHoldEveryModuleAndGroup() {
    #expect(facts.groups.count { $0.name.subsystem == .barrel } == 128)
    #expect(facts.groups.count { $0.name.subsystem == .endCap } == 96)
    #expect(facts.modules.count { $0.group.subsystem == .barrel } == 1184)
    #expect(facts.modules.count { $0.group.subsystem == .endCap } == 672)
    #expect(Set(facts.modules.map(\.name)).count == facts.modules.count)
    #expect(facts.loops.count == 24)
    #expect(facts.sensorPlaces.count == 67)
    #expect(facts.sensorPlaces.count { $0.key != $0.value } == 39)
    #expect(facts.knownBadFills.count == 132)
  }

  @Test func groupsAgreeWithTheirModules() {
    for group in facts.groups {
      let modules = facts.modules(of: group.name)
      #expect(modules.count == group.moduleCount, "\(group.name.text)")
      #expect(group.chipCount == modules.count * facts.constants.chipsPerModule)
      let radius = modules.map(\.radiusCentimetres).reduce(0, +) / Double(modules.count)
      let z = modules.map(\.zCentimetres).reduce(0, +) / Double(modules.count)
      let sine = modules.map { sin($0.azimuth) }.reduce(0, +)
      let cosine = modules.map { cos($0.azimuth) }.reduce(0, +)
      #expect(abs(radius - group.radiusCentimetres) < 1e-4)
      #expect(abs(z - group.zCentimetres) < 1e-3)
      #expect(abs(remainder(atan2(sine, cosine) - group.azimuth, 2 * .pi)) < 1e-4)
    }
  }

  @Test func chipsOfASectorAreThoseOfItsGroup() {
    for group in facts.groups {
      guard case .barrel(_, let sector, let layer) = group.name else { continue }
      #expect(facts.chipsPhase1[layer - 1][sector - 1] == group.chipCount)
    }
    for half in HalfCylinder.allCases {
      for disk in 1...3 {
        let chips = facts.groups.filter {
          if case .endCap(half, disk, _, _) = $0.name { return true }
          return false
        }
        #expect(chips.map(\.chipCount).reduce(0, +) == facts.constants.chipsPerHalfDisk)
      }
    }
  }

  @Test func cablesFollowTheChannelTable() {
    for group in facts.groups {
      let channel = group.biasCable.suffix(1)
      #expect(group.voltageCable == "\(group.supply)/HV\(channel == "2" ? 1 : 2)")
      switch group.name {
      case .barrel(_, _, let layer): #expect(channel == (layer == 1 || layer == 3 ? "2" : "3"))
      case .endCap(_, _, _, let ring): #expect(channel == (ring == 2 ? "2" : "3"))
      }
    }
  }

  @Test func everyBarrelGroupHasTheLoopOfItsSector() throws {
    for group in facts.groups(of: .barrel) {
      guard case .barrel(let half, let sector, let layer) = group.name else { continue }
      let loop = try #require(group.coolingLoop.flatMap(facts.loop))
      #expect(loop.layer == layer && loop.isInner == half.isInner && loop.sectors.contains(sector))
    }
  }

  @Test func sensorsOfALoopTranslateToIt() throws {
    for loop in facts.loops {
      #expect(loop.storedLabels.count == loop.expectedSensors)
      for label in loop.storedLabels {
        let place = try #require(facts.sensorPlaces[label])
        let parts = place.split(separator: "_")
        // 4R_L1D2MN sits on loop L1D2N.
        #expect(String(parts[1].prefix(4)) + String(parts[1].suffix(1)) == loop.name)
        #expect(!facts.brokenSensors.contains(label))
      }
    }
  }

  @Test func namesReadBackAndOthersAreRefused() throws {
    for group in facts.groups { #expect(ReadoutGroupName(group.name.text) == group.name) }
    for text in ["BPix_BmI_SEC9_LYR1", "BPix_BxI_SEC1_LYR1", "FPix_BmI_D1_ROG5", "BPix_BmI_SEC1_LYR1_", ""] {
      #expect(ReadoutGroupName(text) == nil)
    }
    let error = caught { try facts.group(named: "BPix_BmI_SEC1_LYR9") }
    #expect(error?.code == "pixel.unknownGroup")
    #expect(error?.nearest.first?.hasPrefix("BPix_BmI_SEC1_LYR") == true)
  }

  @Test func fill9319AndLaterFillsHaveAnEra() throws {
    let run3 = try facts.era(named: "run3")
    #expect(run3.holds(9319) && run3.holds(12_000) && run3.holds(7920) && !run3.holds(7494))
    #expect(try facts.era(of: 9319).name == "2023")
    #expect(try facts.era(named: "run1_and_run2").holds(3200))
    #expect(caught { try facts.era(of: 7700) }?.message.contains("7700") == true)
    #expect(caught { try facts.era(named: "rum3") }?.nearest.contains("run3") == true)
  }

  @Test func betweenTheDetectorsThereIsNoPhase() throws {
    #expect(try facts.phase(ofFill: 5575) == .phase0)
    #expect(try facts.phase(ofFill: 5698) == .phase1)
    #expect(caught { try facts.phase(ofFill: 5600) }?.message.contains("5600") == true)
    #expect(caught { try facts.phase(ofFill: 900) }?.code == "pixel.noPhase")
    #expect(try facts.phase(onDay: "2016-12-05") == .phase0)
    #expect(try facts.phase(onDay: "2022-07-01") == .phase1)
    #expect(caught { try facts.phase(onDay: "2017-01-01") }?.message.contains("2017-01-01") == true)
  }
}
