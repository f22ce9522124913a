import Conditions
import Errors
import Foundation
import TestSupport
import Testing

@testable import PixelMonitoring

/// What bad input does to the values.
@Suite struct ConditionsFaultTests {
  let facts: PixelFacts

  init() throws { facts = try PixelFacts.builtIn() }

  @Test("NULL and NaN currents are no readings")
  func nullCurrents() throws {
    let sql = """
      INSERT INTO fwcaenchannel SELECT dpid, '2022-07-19 20:31:07.900000', NULL, 12.0 FROM fwcaenchannel
      WHERE change_date < '2022-07-19 20:32' GROUP BY dpid
      """
    try PixelCase.withConditions(sql) { conditions in
      let found = try PixelCase.currents(conditions, Array(try PixelCase.fills().prefix(1))).currents
      #expect(found[8016]?.text == (try PixelCase.text("expected/currents_from_database/8016_Barrel.txt")))
    }
  }

  @Test("copies of rows change nothing; other values of the same moment are flagged")
  func duplicates() throws {
    try PixelCase.withConditions("INSERT INTO fwcaenchannel SELECT * FROM fwcaenchannel") { conditions in
      let found = try PixelCase.currents(conditions, try PixelCase.fills()).currents
      for (fill, currents) in found {
        #expect(currents.text == (try PixelCase.text("expected/currents_from_database/\(fill)_Barrel.txt")))
        #expect(!currents.readings.contains { $0.flags.contains(.duplicate) })
      }
    }
    let sql = """
      INSERT INTO fwcaenchannel SELECT dpid, change_date, actual_imon + 1, actual_vmon FROM fwcaenchannel
      WHERE actual_imon IS NOT NULL
      """
    try PixelCase.withConditions(sql) { conditions in
      let found = try PixelCase.currents(conditions, Array(try PixelCase.fills().prefix(1))).currents
      #expect(found[8016]?.readings.allSatisfy { $0.flags.contains(.duplicate) } == true)
    }
  }

  @Test("a fill in a gap of the data has no currents, and the gap is one line")
  func gap() throws {
    try PixelCase.withConditions("DELETE FROM fwcaenchannel WHERE change_date LIKE '2022-07-21%'") { conditions in
      let found = try PixelCase.currents(conditions, try PixelCase.fills())
      #expect(found.currents[8020]?.readings.isEmpty == true)
      let gaps = found.warnings.filter { $0.code == "pixel.gap" }
      #expect(gaps.count == 3)
      #expect(gaps.contains { $0.message.contains("fwcaenchannel") && $0.message.contains("fill 8020") })
    }
  }

  @Test("negative, high and switched-off currents are kept and flagged")
  func flags() throws {
    let lines = [
      "PixelBarrel_BmI_S1_LAY14/channel002   -1.5   299.9   2022-07-19 20:25:00.000000",
      "PixelBarrel_BmI_S2_LAY14/channel002   10001   299.9   2022-07-19 20:25:00.000000",
      "PixelBarrel_BmI_S3_LAY14/channel002   0.1   0.3   2022-07-19 20:25:00.000000",
      "PixelBarrel_BmI_S4_LAY14/channel002   0.1   None   2022-07-19 20:25:00.000000",
    ]
    let read = try CurrentFile.parse(lines.joined(separator: "\n"), path: "x", biasThreshold: 10)
    #expect(read.readings.map(\.flags) == [[.negative], [.high], [.hvOff], [.hvUnknown]])
  }

  @Test("a current that is exactly the same in five fills is told")
  func constant() throws {
    var constant = ConstantCurrents()
    let text = "PixelBarrel_BmI_S1_LAY14/channel002   184.2   299.9   2022-07-19 20:25:00.000000\n"
    for fill in 1...5 {
      let read = try CurrentFile.parse(text, path: "x", biasThreshold: 10)
      constant.take(ProcessedCurrents.make(fill, .barrel, read.readings, facts: facts).currents)
    }
    #expect(constant.warnings.map(\.code) == ["pixel.constantCurrent"])
    #expect(constant.warnings[0].message.contains("BPix_BmI_SEC1_LYR1"))
  }

  @Test("a reading above 40 °C or below −60 °C is left out and counted by sensor")
  func wildReadings() throws {
    let sql = """
      INSERT INTO tkplcreadsensor SELECT n.id, '2022-07-19 20:31:07.900000', -80.0 FROM aliases a JOIN dp_name2id n
      ON n.dpname || '.' = a.dpe_name WHERE a.alias LIKE '%BmI_4I_L1D2MN'
      """
    try PixelCase.withConditions(sql) { conditions in
      let found = try PixelCase.temperatures(
        conditions, Array(try PixelCase.fills().prefix(1)), options: TemperatureOptions())
      #expect(
        found.temperatures[8016]?.text == (try PixelCase.text("expected/temperatures_readout_group/BPix/8016.txt")))
      let counted = found.warnings.filter { $0.code == "pixel.discarded" }.map(\.message)
      #expect(counted.contains { $0.contains("BmI_4I_L1D2MN: 1 readings") })
      #expect(counted.contains { $0.contains("6I_L4D3MF") && $0.contains("known to be broken") })
    }
  }

  @Test("a silent sensor makes a partial mean, flagged with n/m")
  func partial() throws {
    let sql = """
      DELETE FROM tkplcreadsensor WHERE dpid IN (SELECT n.id FROM aliases a JOIN dp_name2id n
      ON n.dpname || '.' = a.dpe_name WHERE a.alias LIKE '%BmI_4I_L1D2MN')
      """
    try PixelCase.withConditions(sql) { conditions in
      let found = try PixelCase.temperatures(conditions, Array(try PixelCase.fills().prefix(1)))
      let group = try #require(found.temperatures[8016]?.groups.first { $0.group.text == "BPix_BmI_SEC5_LYR1" })
      #expect(group.quality.hasPrefix("partial 2/3") && group.sensors == 2)
      #expect(found.warnings.contains { $0.code == "pixel.partialLoop" })
    }
  }

  @Test("a sensor label that is not known is left out with the nearest one")
  func unknownLabel() throws {
    let sql = """
      INSERT INTO aliases VALUES ('CMS_TRACKER/PLC/PixelBarrel_BmI_9I_L1D2MN', 'new.', '2021-01-01 00:00:00.000000', 1);
      INSERT INTO dp_name2id VALUES (77, 'new')
      """
    try PixelCase.withConditions(sql) { conditions in
      let found = try PixelCase.temperatures(conditions, Array(try PixelCase.fills().prefix(1)))
      let warning = try #require(found.warnings.first { $0.code == "pixel.unknownSensor" })
      #expect(warning.message.contains("9I_L1D2MN") && warning.message.contains("nearest"))
    }
  }

  @Test("without the view of voltages the bias comes from the supply channels")
  func noVoltageView() throws {
    let fills = Array(try PixelCase.fills().prefix(2))
    try PixelCase.withConditions("DROP TABLE v_voltages") { conditions in
      let found = try PixelCase.temperatures(conditions, fills)
      #expect(
        found.temperatures[8016]?.text == (try PixelCase.text("expected/temperatures_readout_group/BPix/8016.txt")))
    }
  }

  @Test("a bias of half a volt is on for the earlier program, and off at the usual threshold")
  func threshold() throws {
    let fills = Array(try PixelCase.fills().prefix(1))
    try PixelCase.withConditions("UPDATE v_voltages SET vmon = 0.5") { conditions in
      #expect(try PixelCase.temperatures(conditions, fills).temperatures[8016]?.groups[0].bias == .on)
      let usual = try PixelCase.temperatures(conditions, fills, options: TemperatureOptions()).temperatures[8016]
      #expect(usual?.groups[0].bias == .off && usual?.groups[0].selfHeatingKelvin == 0)
    }
  }

  @Test("unknown supplies and lines that are no readings are named with the nearest")
  func unknownCable() throws {
    let text = """
      PixelBarrel_BmI_S9_LAY14/channel002   184.2   299.9   2022-07-19 20:25:00.000000
      PixelBarrel_BmI_S1_LAY14/channel002   184.2   299.9   2022-07-19 20:25:00.000000
      PixelBarrel_BmI_S2_LAY14/channel002   x   299.9   2022-07-19 20:25:00.000000
      PixelBarrel_BmI_S3_LAY14/channel002   184.2   299.9
      """
    let read = try CurrentFile.parse(text, path: "f.txt", biasThreshold: 10)
    #expect(read.warnings.map(\.line) == [3, 4])
    let made = ProcessedCurrents.make(8016, .barrel, read.readings, facts: facts, file: "f.txt")
    #expect(made.currents.leakage.count == 1)
    #expect(made.warnings.map(\.code) == ["pixel.unknownCable"])
    #expect(made.warnings[0].message.contains("PixelBarrel_BmI_S9_LAY14"))
    #expect(made.warnings[0].message.contains("nearest"))
  }

  @Test("lines of a list of fills that are none are told with line and reason; CRLF and zones are taken")
  func dirtyFills() throws {
    let text =
      "\u{FEFF}fill_number,start_stable_beam,end_stable_beam\r\n"
      + "8016,2022-07-19T22:11:08+02:00,2022-07-20 08:42:51\r\n" + "8018,2022-07-20 15:30:40,\r\n"
      + "8019,2022-07-21 02:26:20,2022-07-21 02:12:33\r\n" + "text,2022-07-21 02:12:33,2022-07-21 02:26:20\r\n"
      + "8020,2022-07-21 02:41:00\r\n" + "8022,yesterday,2022-07-22 09:47:12\r\n" + "\r\n"
    let list = try FillList(csv: text, path: "fills.csv")
    #expect(list.fills.map(\.number) == [8016])
    #expect(list.fills[0].start.text == "2022-07-19 20:11:08.000000")
    #expect(list.warnings.compactMap(\.line) == [3, 4, 5, 6, 7])
    #expect(caught { try FillList(csv: "a,b\n1,2\n", path: "x") }?.code == "fills.noHeader")
    #expect(caught { try FillList(csv: "", path: "x") }?.code == "fills.empty")
  }

  @Test("bad fills are left out and listed; an empty selection is an error")
  func selection() throws {
    let list = FillList(try PixelCase.fills())
    let selected = try FillSelection(first: 8016, last: 8025, bad: [8025]).select(list)
    #expect(selected.fills.count == 6 && selected.bad == [8025])
    let none = caught { try FillSelection(first: 1, last: 2).select(list) }
    #expect(none?.code == "pixel.noFills" && none?.expected == "fills 8016 to 8025")
    let time = "2022-07-19 20:11:08.000000,2022-07-20 08:42:51.000000"
    let twice = try FillList(
      csv: "\(FillList.header)\n8016,\(time)\n8016,\(time.replacing("08:42", with: "08:43"))\n", path: "f")
    let left = caught { try FillSelection().select(twice) }
    #expect(left?.message == "no fill is left" && left?.line == 3 && left?.hint?.contains("other times") == true)
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "bad.txt").path
      try Data("  8016 # noisy\n\n# all\n8018\n".utf8).write(to: URL(filePath: path))
      #expect(try BadFills.read(path) == [8016, 8018])
      try Data("8016\nabc\n".utf8).write(to: URL(filePath: path))
      #expect(caught { try BadFills.read(path) }?.line == 2)
    }
  }

  @Test("phase-0 names of a channel are dropped and counted")
  func phase0Names() throws {
    try PixelCase.withConditions { conditions in
      let found = try PixelCase.currents(conditions, Array(try PixelCase.fills().prefix(1))).currents
      #expect((found[8016]?.droppedRows ?? 0) > 0)
      #expect(found[8016]?.readings.allSatisfy { ["LYR14", "LYR23"].contains($0.channel.token) } == true)
    }
    #expect(SupplyChannel(cable: "PixelBarrel_BmI_S3_LAY3/channel002")?.belongs(to: .phase0) == true)
  }

  @Test("a window around the measurement time gives mean, spread, count and times")
  func windowMean() throws {
    try PixelCase.withConditions { conditions in
      let found = try PixelCase.currents(conditions, Array(try PixelCase.fills().prefix(1))) {
        $0.averageSeconds = 2400
      }.currents
      let window = try #require(found[8016]?.readings.first?.window)
      #expect(window.count >= 1 && window.first <= window.last)
      #expect(found[8016]?.text == (try PixelCase.text("expected/currents_from_database/8016_Barrel.txt")))
    }
    let times = (0..<6).map { ConditionsTime(seconds: $0) }
    let values = [10.0, 10.1, 9.9, 10.05, 9.95, 500]
    let mean = try #require(WindowMean(Array(zip(times, values)).map { (time: $0.0, value: $0.1) }))
    #expect(abs(mean.mean - 10) < 1e-9 && mean.count == 5)
  }

  @Test("a step of 10 % in a series that grows is found at its fill, and a smooth series has none")
  func changePoints() {
    var x: [Double] = []
    var smooth: [Double] = []
    for index in 0..<300 {
      let number = Double(index)
      x.append(8000 + number)
      // A fixed scatter of 0.2 %.
      let scatter = 1 + 0.002 * sin(number * 12.9898)
      smooth.append((1 + number / 40) * scatter)
    }
    #expect(ChangePoints.find(x: x, values: smooth).isEmpty)
    var stepped = smooth
    for index in 120..<300 { stepped[index] *= 1.1 }
    let steps = ChangePoints.find(x: x, values: stepped)
    #expect(steps.map(\.index) == [120])
    #expect(abs((steps.first?.relativeChange ?? 0) - 0.1) < 0.02)
  }
}
