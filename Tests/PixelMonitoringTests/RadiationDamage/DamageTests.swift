import Errors
import Foundation
import Tables
import TestSupport
import Testing

@testable import PixelMonitoring

@Suite("Radiation damage")
struct DamageTests {
  static func profile(_ name: String) throws -> RadiationProfile {
    try RadiationProfile(path: TestResources.path("pixel-radiation/\(name)"))
  }

  /// A profile of years of hourly steps with irradiation, cold and warm periods.
  static func long(_ count: Int) -> RadiationProfile {
    RadiationProfile(
      rows: (0..<count).map { step in
        let hour = step % 8760
        let isWarm = hour > 8000 && hour < 8300
        let isBeam = step % 24 < 14 && hour < 7000
        return .init(
          fill: isBeam ? 8000 + step / 24 : -999, timestamp: 1.6e9 + 3600 * Double(step + 1), duration: 3600,
          temperature: isWarm ? 290 : 255 + 3 * sin(Double(step) * 0.01), fluenceRate: isBeam ? 3e7 : 0, current: -999)
      })
  }

  @Test(
    "fluence, doping, depletion voltage and leakage current are those of the reference",
    arguments: [
      ("expected/profiles/profile_BPix_BmI_SEC1_LYR1_physics.tsv", "BPix_BmI_SEC1_LYR1"),
      ("expected/profiles/profile_BPix_BpO_SEC4_LYR4_physics.tsv", "BPix_BpO_SEC4_LYR4"),
      ("hamburg/profile_synthetic.txt", "profile_synthetic"),
    ])
  func golden(input: String, name: String) throws {
    let parameters = try DamageParameters.standard()
    let profile = try Self.profile(input)
    let expected = try Table(csvFile: TestResources.path("pixel-radiation/expected/hamburg/\(name).csv"))
    for summation in [DamagePrediction.Summation.exact, .grouped] {
      let found = DamagePrediction(profile, parameters: parameters, summation: summation)
      let zero = parameters.leakageFactor(to: 273.15)
      for line in 0..<expected.rowCount {
        let row = try #require(expected["row"]?.int(at: line))
        for (column, value) in [
          ("fluence_n_eq_cm2", found.fluence[row]), ("neff_cm3", found.effectiveDoping[row]),
          ("vdep_v", found.depletionVoltage[row]), ("ileak_20c_a_cm3", found.leakageAt20C[row]),
          ("ileak_0c_a_cm3", found.leakageAt20C[row] * zero),
        ] {
          let reference = try #require(expected[column]?.double(at: line))
          #expect(abs(value / reference - 1) < 1e-8, "\(column) in row \(row)")
        }
      }
    }
  }

  @Test("the grouped sum stays within 1e-5 of the exact one, over cold, warm and beam")
  func grouped() throws {
    let parameters = try DamageParameters.standard()
    let profile = Self.long(9000)
    let exact = DamagePrediction(profile, parameters: parameters, summation: .exact, includesDoping: false)
    let grouped = DamagePrediction(profile, parameters: parameters, includesDoping: false)
    let worst = zip(exact.leakageAt20C, grouped.leakageAt20C).map { abs($1 / $0 - 1) }.max() ?? 1
    #expect(worst < 1e-5, "\(worst)")
  }

  @Test("80,000 rows take a second or so, and few groups")
  func speed() throws {
    let parameters = try DamageParameters.standard()
    let profile = Self.long(80_000)
    let start = ContinuousClock.now
    let prediction = DamagePrediction(profile, parameters: parameters)
    // The exact sum takes half a minute; a loaded machine must not look like it.
    #expect(start.duration(to: .now) < .seconds(5))
    #expect(prediction.leakageAt20C.allSatisfy { $0 > 0 })
    var history = AgedLogarithm()
    for step in 0..<80_000 {
      history.add(weight: 1, at: Double(step))
      _ = history.sum(at: Double(step + 1))
    }
    #expect(history.groupCount < 200)
  }

  @Test("the sensor inverts its type once, where the depletion voltage is lowest")
  func typeInversion() throws {
    let parameters = try DamageParameters.standard()
    let prediction = DamagePrediction(Self.long(17_520), parameters: parameters)
    let inversion = try #require(prediction.typeInversion)
    #expect(prediction.effectiveDoping[inversion - 1] < 0)
    #expect(prediction.effectiveDoping[inversion] >= 0)
    let lowest = try #require(
      prediction.depletionVoltage.indices.min { prediction.depletionVoltage[$0] < prediction.depletionVoltage[$1] })
    #expect(abs(lowest - inversion) <= 1)
  }

  @Test("steps may be cut in pieces without a change, and tiny k t keep their accuracy")
  func splitting() throws {
    let parameters = try DamageParameters.standard()
    func profile(_ pieces: Int, temperature: Double) -> RadiationProfile {
      RadiationProfile(
        rows: (0..<10 * pieces).map {
          .init(
            fill: 1, timestamp: 86_400 * Double($0 + 1) / Double(pieces), duration: 86_400 / Double(pieces),
            temperature: temperature, fluenceRate: 1e8, current: -999)
        })
    }
    for temperature in [200.0, 253, 300] {
      let whole = DamagePrediction(profile(1, temperature: temperature), parameters: parameters)
      let cut = DamagePrediction(profile(50, temperature: temperature), parameters: parameters)
      let (a, b) = (try #require(whole.effectiveDoping.last), try #require(cut.effectiveDoping.last))
      #expect(abs(a / b - 1) < 1e-9, "\(temperature)")
    }
  }

  @Test("temperatures are not cut to whole kelvin, fluxes not multiplied with a fixed number")
  func noHabits() throws {
    let parameters = try DamageParameters.standard()
    let cold = RadiationProfile(rows: [
      .init(fill: 1, timestamp: 1e6, duration: 1e6, temperature: 260.0, fluenceRate: 1e8, current: -999)
    ])
    var warmer = cold
    warmer.rows[0].temperature = 260.9
    let (a, b) = (DamagePrediction(cold, parameters: parameters), DamagePrediction(warmer, parameters: parameters))
    #expect(a.leakageAt20C[0] > b.leakageAt20C[0])
    #expect(a.fluence[0] == 1e14)
  }

  @Test("a current scales with temperature by 11.8 % a kelvin at 253 K and 10.1 % at 273 K")
  func scaling() throws {
    let scaling = LeakageScaling(try PixelFacts.builtIn())
    #expect(abs(scaling.slope(at: 253) - 0.118) < 6e-4)
    #expect(abs(scaling.slope(at: 273) - 0.101) < 6e-4)
    let there = scaling.factor(from: 255, to: 273.15)
    #expect(abs(there * scaling.factor(from: 273.15, to: 255) - 1) < 1e-14)
  }

  @Test("the scale of the fluence is found again from currents that were made with it")
  func fitScale() throws {
    let parameters = try DamageParameters.standard()
    let scaling = parameters.scaling
    var profile = Self.long(2000)
    let truth = DamagePrediction(profile, parameters: parameters, scale: 0.83)
    let volume = 0.9
    for row in profile.rows.indices where profile.rows[row].fill > 0 && row % 7 == 0 {
      let factor = scaling.factor(from: 273.15, to: profile.rows[row].temperature)
      profile.rows[row].current = truth.leakageAt20C[row] * 1e6 * parameters.leakageFactor(to: 273.15) * factor * volume
    }
    let prediction = DamagePrediction(profile, parameters: parameters)
    let comparison = LeakageComparison(
      profile, prediction, parameters: parameters, volume: volume, reference: 273.15,
      resolution: .init(threshold: 0.01))
    let scale = try #require(comparison.fittedScale())
    #expect(abs(scale.value - 0.83) < 1e-6)
    // One kelvin at 255 K.
    #expect(abs(scale.temperature / scale.value - 0.116) < 0.005)
    #expect(comparison.points.allSatisfy { profile.rows[$0.row].fill > 0 })
  }

  @Test("steps without bias take no part in the comparison")
  func biasOff() throws {
    let parameters = try DamageParameters.standard()
    var profile = Self.long(48)
    for row in profile.rows.indices { profile.rows[row].current = row % 2 == 0 ? 0.02 : 50 }
    let comparison = LeakageComparison(
      profile, DamagePrediction(profile, parameters: parameters), parameters: parameters, volume: 1, reference: 273.15)
    #expect(comparison.points.allSatisfy { $0.row % 2 == 1 && profile.rows[$0.row].fill > 0 })
    #expect(!comparison.points.isEmpty)
  }

  @Test("uncertainties from toys do not depend on threads, grow with their causes and vanish without them")
  func toys() throws {
    let parameters = try DamageParameters.standard()
    let profile = Self.long(600)
    let options = DamageToys.Options(count: 16, seed: 4)
    let one = DamageToys(profile, parameters: parameters, options: options, threads: 1)
    let two = DamageToys(profile, parameters: parameters, options: options, threads: 2)
    #expect(one.leakage == two.leakage && one.depletionVoltage == two.depletionVoltage)
    let last = profile.rows.count - 1
    let value = DamagePrediction(profile, parameters: parameters).leakageAt20C[last]
    #expect(one.leakage[last] > 0.03 * value && one.leakage[last] < 0.5 * value)
    let none = DamageToys(
      profile, parameters: parameters,
      options: .init(count: 4, seed: 4, fluence: 0, temperature: 0, annealing: false))
    #expect(none.leakage[last] < 1e-6 * value)
    let more = DamageToys(
      profile, parameters: parameters, options: .init(count: 16, seed: 4, fluence: 0.5), threads: 2)
    #expect(more.leakage[last] > 2 * one.leakage[last])
  }

  @Test("a scenario is appended in steps of a day that add up to its periods and luminosity")
  func scenario() throws {
    let profile = Self.long(24)
    let table = try Table(
      csv: Array(
        """
        from,to,temperature_K,luminosity_fb
        2020-10-01,2021-03-01,275.15,0
        2021-03-01,2021-03-08,293.15,0
        2021-06-01,2021-12-01 12:00:00,263.15,40

        """.utf8), options: CSVOptions(kinds: ["from": .string, "to": .string]))
    let scenario = try DamageScenario(table)
    let longer = profile.projected(scenario, fluencePerFemtobarn: 4e12)
    #expect(ProfileContinuity(longer).seams.isEmpty)
    #expect(abs((longer.totalFluence - profile.totalFluence) / 1.6e14 - 1) < 1e-9)
    #expect(longer.rows.last?.timestamp == scenario.periods.last?.to.seconds)
    // Between the periods the temperature of the one before holds.
    #expect(longer.rows.contains { $0.temperature == 293.15 && $0.timestamp > 1_621_000_000 })
    let bad = try Table(
      csv: Array("from,to,temperature_K,luminosity_fb\n2021-02-01,2021-01-01,260,0\n".utf8),
      options: CSVOptions(kinds: ["from": .string, "to": .string]))
    #expect(caught { try DamageScenario(bad) }?.code == "scenario.badValue")
  }

  @Test("a luminosity that is no number is refused, an empty one is none, periods that are past are told")
  func scenarioText() throws {
    func scenario(_ rows: String) throws -> DamageScenario {
      try DamageScenario(
        try Table(
          csv: Array("from,to,temperature_K,luminosity_fb\n\(rows)\n".utf8),
          options: CSVOptions(kinds: ["from": .string, "to": .string, "luminosity_fb": .string])))
    }
    #expect(caught { try scenario("2021-02-01,2021-03-01,260,4O") }?.code == "scenario.badValue")
    #expect(try scenario("2021-02-01,2021-03-01,260,").periods[0].luminosity == 0)
    let profile = Self.long(24)
    let end = profile.rows.last?.timestamp ?? 0
    #expect(try scenario("2030-02-01,2030-03-01,260,1").warnings(behind: profile).isEmpty)
    let past = try scenario("2001-02-01,2001-03-01,260,1").warnings(behind: profile)
    #expect(past.map(\.code) == ["scenario.before"])
    #expect(
      profile.projected(try scenario("2001-02-01,2001-03-01,260,1"), fluencePerFemtobarn: 1).rows.last?.timestamp == end
    )
  }

  @Test("missing temperatures are those of the step before, and are counted")
  func missing() throws {
    var profile = Self.long(10)
    profile.rows[0].temperature = -999
    profile.rows[5].temperature = -999
    let mended = try #require(profile.mended())
    #expect(mended.temperatures == 2)
    #expect(mended.profile.rows[0].temperature == profile.rows[1].temperature)
    #expect(mended.profile.rows[5].temperature == profile.rows[4].temperature)
    for index in profile.rows.indices { profile.rows[index].temperature = -999 }
    #expect(profile.mended() == nil)
  }
}
