import Conditions
import Errors
import Foundation
import TestSupport
import Testing

@testable import PixelMonitoring

/// Faults of the earlier program that must not come back, each by its number in the list of `Documentation/pixel-monitoring.md`.
@Suite struct EarlierProgramDefectTests {
  let facts: PixelFacts

  init() throws { facts = try PixelFacts.builtIn() }

  @Test("7: a group that is silent from the start ends the search at the look-back, as missing")
  func silentGroup() throws {
    let sql = """
      DELETE FROM tkplcreadsensor WHERE dpid IN (SELECT n.id FROM aliases a JOIN dp_name2id n
      ON n.dpname || '.' = a.dpe_name WHERE a.alias LIKE '%L1D1PN');
      DELETE FROM v_voltages WHERE cable = 'PixelBarrel_BmI_S1_LAY14/HV1'
      """
    let fills = Array(try PixelCase.fills().prefix(2))
    try PixelCase.withConditions(sql) { conditions in
      let found = try PixelCase.temperatures(conditions, fills)
      let groups = try #require(found.temperatures[8016]).groups
      let missing = groups.filter(\.isMissing)
      // L1D1N cools sectors 1 to 4 of the two inner half cylinders.
      #expect(missing.count == 8 && missing.allSatisfy { $0.quality == "missing" })
      #expect(found.temperatures[8016]?.text.contains("BPix_BmI_SEC1_LYR1 -999.0000\n") == true)
      #expect(groups.first { $0.group.text == "BPix_BmI_SEC1_LYR1" }?.bias == .unknown)
      #expect(found.warnings.contains { $0.code == "pixel.noTemperature" && $0.message.contains("8 groups") })
    }
  }

  @Test("8: two rows for one channel: equal ones are one, different ones are told and the later one counts")
  func twoRows() throws {
    let line = "PixelBarrel_BmI_S1_LAY14/channel002   184.2211   299.9   2022-07-19 20:25:00.000000\n"
    let other = "PixelBarrel_BmI_S1_LAY14/channel002   190.5   299.9   2022-07-19 20:26:00.000000\n"
    let equal = try CurrentFile.parse(line + line, path: "x", biasThreshold: 10)
    let one = ProcessedCurrents.make(8016, .barrel, equal.readings, facts: facts)
    #expect(one.currents.leakage.map(\.current) == [184.2211] && one.warnings.isEmpty)
    let different = try CurrentFile.parse(other + line, path: "x", biasThreshold: 10)
    let two = ProcessedCurrents.make(8016, .barrel, different.readings, facts: facts)
    #expect(two.currents.leakage.map(\.current) == [190.5])
    #expect(two.currents.leakage[0].reading.flags.contains(.duplicate))
    #expect(two.warnings.map(\.code) == ["pixel.duplicateChannel"])
  }

  @Test("9: a name that moved belongs to each channel in its own time")
  func movedName() throws {
    let alias = "CMS_TRACKER/PixelBarrel/PixelBarrel_BmI/PixelBarrel_BmI_S1/PixelBarrel_BmI_S1_LAY14/channel002"
    let sql = """
      INSERT INTO aliases VALUES ('\(alias)', 'spare.', '2022-07-21 00:00:00.000000', 2);
      INSERT INTO dp_name2id VALUES (999, 'spare');
      INSERT INTO fwcaenchannel VALUES (999, '2022-07-19 20:20:00.000000', 1.5, 300.0);
      INSERT INTO fwcaenchannel VALUES (999, '2022-07-21 20:20:00.000000', 2.5, 300.0)
      """
    try PixelCase.withConditions(sql) { conditions in
      let found = try PixelCase.currents(conditions, try PixelCase.fills()).currents
      func current(_ fill: Int) -> Double? {
        found[fill]?.readings.first { $0.channel.cable == "PixelBarrel_BmI_S1_LAY14/channel002" }?.current
      }
      let golden = try PixelCase.text("expected/currents_from_database/8016_Barrel.txt")
      #expect(golden.contains("PixelBarrel_BmI_S1_LAY14/channel002   \(current(8016) ?? 0)   "))
      #expect(current(8022) == 2.5)
      #expect(found[8023]?.missing == ["PixelBarrel_BmI_S1_LAY14/channel002"])
    }
  }

  @Test("9: a sensor whose name moved has the readings that each channel took while it had the name")
  func movedSensor() throws {
    let fills = Array(try PixelCase.fills().prefix(2))
    func kelvin(_ sql: String) throws -> GroupTemperature? {
      try PixelCase.withConditions(sql) { conditions in
        try PixelCase.temperatures(conditions, fills).temperatures[8018]?.groups.first {
          $0.group.text == "BPix_BmI_SEC3_LYR4"
        }
      }
    }
    // The spare channel gets the names within the window, and what it read before was of something else. These labels sit on
    // a loop of layer 4.
    let moved = try kelvin(
      """
      INSERT INTO dp_name2id VALUES (998, 'spare');
      INSERT INTO aliases SELECT alias, 'spare.', '2022-07-20 15:45:00.000000', 2 FROM aliases WHERE alias LIKE '%L2D1_N';
      INSERT INTO tkplcreadsensor VALUES (998, '2022-07-20 15:40:00.000000', 10.0)
      """)
    let plain = try kelvin("SELECT 1")
    let difference = try #require(moved).kelvin - (try #require(plain)).kelvin
    #expect(abs(difference) < 1 && moved?.sensors == plain?.sensors, "\(difference)")
  }

  @Test("10: fill 10000 comes after fill 9999, and the running sum follows")
  func numericOrder() {
    let table = LuminosityTable([(10_000, 2, 1), (9999, 1, 0.5)])
    #expect(table.rows.map(\.fill) == [9999, 10_000])
    #expect(table.rows.map(\.integratedDelivered) == [1, 3])
    #expect(FillList([fill(10_000), fill(9999)]).fills.map(\.number) == [9999, 10_000])
  }

  @Test("13: values are bound, so that a name with quotes is only a name")
  func boundValues() throws {
    try PixelCase.withConditions { conditions in
      let map = try ChannelMap(conditions, .sensors, until: try #require(ConditionsTime("2022-07-19")))
      #expect(map.ids(of: ["x'; DROP TABLE aliases; --"]).isEmpty)
      #expect(caught { try ConditionsTables(schema: "x; DROP TABLE aliases") }?.code == "pixel.badSchema")
      #expect(try ConditionsTables(schema: "cms_trk_dcs_pvss_cond").name(.aliases) == "cms_trk_dcs_pvss_cond.aliases")
    }
  }

  @Test("14: a reference temperature in °C is turned into kelvin")
  func referenceTemperature() throws {
    let leakage = try PixelCase.leakage(8016)
    let entry = try #require(leakage.groups.first)
    let value = entry.value(.none, reference: 0 + facts.constants.zeroCelsius, facts: facts).value
    let (t, r) = (entry.kelvin, 273.15)
    let expected = entry.current * (r / t) * (r / t) * exp(-1.21 / (2 * 8.6173324e-5) * (1 / r - 1 / t))
    #expect(abs(value - expected) < 1e-9 * expected)
  }

  @Test("15: legend, label, year and energy of a trend come from the data")
  func trendFromData() throws {
    let leakage = try PixelCase.leakage(8016)
    let rows = LeakageTable.averages(leakage, layers: [1, 2, 3, 4], references: [0], keepsAll: true, facts: facts)
      .filter { $0.side == .both && $0.normalisation == .roc && $0.reference == 0 }
    let trend = LeakageTrend(
      subsystem: .barrel, abscissa: .fluence, layers: rows.map { ($0.layer, [.init(x: 1, average: $0)]) })
    let figure = trend.figure(
      name: "x", heading: FigureHeading(period: "Fill 8016", luminosity: 0.535, energiesTeV: [13.6]))
    #expect(figure.panels[0].series.compactMap(\.name) == ["Layer 1", "Layer 2", "Layer 3", "Layer 4"])
    #expect(figure.panels[0].y.unit == "µA/ROC" && figure.panels[0].y.title.contains("at 0 °C (sensor)"))
    #expect(figure.rightLabel == "0.535 fb⁻¹ (13.6 TeV)")
  }

  @Test("16: the header of a difference holds the numbers of the fills")
  func differenceHeader() throws {
    let table = try AzimuthTable(
      from: try PixelCase.leakage(8016), to: try PixelCase.leakage(8023), layer: 1, side: .both, normalisation: .roc,
      reference: nil, keepsAll: true, facts: facts)
    #expect(
      table.csv(isCompatible: true).hasPrefix(
        "readout_group,phi_rad,delta_leakage_ua_per_roc,sensor_temperature_fill_8016_k,sensor_temperature_fill_8023_k\n"
      ))
  }

  @Test("17: a half disk is the sum of its groups, each disk under its own name")
  func halfDisks() throws {
    let path = TestResources.path("pixel/expected/currents_from_database/8016_EndCap.txt")
    let read = try CurrentFile.read(path, biasThreshold: 10)
    let made = ProcessedCurrents.make(8016, .endCap, read.readings, facts: facts).currents
    let disk = made.leakage.filter { $0.name.text.hasPrefix("FPix_BpO_D3_") }
    #expect(disk.count == 8)
    let sum = try #require(made.halfDisks.first { $0.name == "FPix_BpO_D3" })
    #expect(abs(sum.current - disk.reduce(0) { $0 + $1.current }) < 1e-9)
  }

  @Test("18: a fill that comes twice with other times is left out, told, and a reason to end with a status")
  func duplicateFill() throws {
    let text = """
      fill_number,start_stable_beam,end_stable_beam
      8016,2022-07-19 20:11:08.000000,2022-07-20 08:42:51.000000
      8018,2022-07-20 15:30:40.000000,2022-07-20 22:05:02.000000
      8016,2022-07-19 20:11:08.000000,2022-07-20 08:42:51.000000
      8018,2022-07-20 15:30:41.000000,2022-07-20 22:05:02.000000

      """
    let list = try FillList(csv: text, path: "fills.csv")
    #expect(list.fills.map(\.number) == [8016])
    #expect(list.warnings.map(\.line) == [5])
    #expect(list.warnings[0].message.contains("line 3"))
  }

  @Test("20: fill 9319 and the fills after it have an era")
  func openEra() throws {
    #expect(try facts.era(of: 9319).name == "2023")
    #expect(try facts.era(named: "run3").holds(99_999))
  }

  @Test("23: daily means weight forwards, count what comes after midnight and carry over it")
  func dailyMeans() throws {
    let midnight = try #require(ConditionsTime("2022-07-02"))
    let series = AsOfSeries([
      (midnight.adding(seconds: -6 * 3600), -20), (midnight.adding(seconds: 6 * 3600), -10),
      (midnight.adding(seconds: 18 * 3600), 10),
    ])
    let days = DailyTemperatures.means("s", series, days: midnight.dayNumber - 1..<midnight.dayNumber + 2)
    let middle = (-20.0 * 6 - 10.0 * 12 + 10.0 * 6) / 24
    #expect(days.map(\.celsius) == [-20, middle, 10])
    #expect(days.map(\.readings) == [1, 2, 0])
    #expect(days.map(\.coveredFraction) == [0.25, 1, 1])
  }

  @Test("26: a message about an unknown name holds the name")
  func namesInMessages() {
    #expect(caught { try facts.group(named: "BPix_XX") }?.message.contains("BPix_XX") == true)
    #expect(caught { try facts.era(named: "run9") }?.message.contains("run9") == true)
    #expect(caught { try Subsystem(named: "Barel") }?.message.contains("Barel") == true)
    #expect(caught { try Subsystem(named: "Barel") }?.nearest == ["Barrel"])
  }

  private func fill(_ number: Int) -> Fill {
    Fill(number: number, start: ConditionsTime(seconds: 0), end: ConditionsTime(seconds: 100))
  }
}
