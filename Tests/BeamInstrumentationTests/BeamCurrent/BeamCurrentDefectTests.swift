import Errors
import Figures
import Foundation
import JSON
import Tables
import TestSupport
import Testing

@testable import BeamInstrumentation

/// Faults of earlier programs that must not come back, by their numbers.
@Suite("Faults of earlier bunch-intensity programs stay away")
struct BeamCurrentDefectTests {
  static func analysis(
    _ simulation: BeamCurrentSimulation, _ options: BeamCurrentOptions = BeamCurrentOptions()
  ) throws -> BeamCurrentAnalysis {
    try BeamCurrentAnalysis(simulation.record(), options: options, path: "simulated.parquet")
  }

  @Test("D22: the overview ends with the last measurement when beam stays to the end", arguments: [0, 1, 2, 9])
  func defectD22(without: Int) throws {
    var simulation = BeamCurrentSimulation()
    // The dump falls behind the last measurements but `without`.
    simulation.measurementCount = 40
    simulation.dump = simulation.times[39 - without] + 0.1
    let analysis = try Self.analysis(simulation)
    #expect(analysis.lastMeasurementWithBeam == 39 - without)
    let figure = BeamCurrentFigures.overview(analysis)
    try figure.check()
    guard case .image(let map)? = figure.panels.first?.series.first?.shape else {
      Issue.record("the overview has no map")
      return
    }
    #expect(map.yEdges.count == min(39 - without + 2, 39) + 2)
    #expect(figure.panels[0].y.range == (try #require(map.yEdges.first))...(try #require(map.yEdges.last)))
  }

  @Test("D23: the last measurement with beam is an index, also when beam comes late or leaves early")
  func defectD23() throws {
    var simulation = BeamCurrentSimulation()
    simulation.injections = [20.0, 24.2]
    simulation.dump = 40
    let analysis = try Self.analysis(simulation)
    let last = try #require(simulation.times.lastIndex { $0 < 40 })
    #expect(analysis.record.lastFilledMeasurement == last)
    #expect(analysis.lastMeasurementWithBeam == last)
    // Counting filled measurements would give another one.
    #expect(analysis.record.filling.map { $0.count { $0 } / 8 } != last)
    let truth = simulation.truth(0, of: simulation.bunches[0], at: simulation.times[last - 1])
    let final = try #require(analysis.bunches.first?.final)
    #expect(abs(final.value - truth) < 4 * final.error)
  }

  @Test("D24: slots are selected in charges, whatever the gain of the transformer", arguments: [6, 7, 8, 9])
  func defectD24(exponent: Int) throws {
    var simulation = BeamCurrentSimulation()
    simulation.unitExponent = exponent
    let analysis = try Self.analysis(simulation)
    #expect(analysis.selection.threshold == 4e9)
    #expect(analysis.selection.selected == simulation.bunches.map(\.slot))
    // A limit in counts means another intensity for every gain: on request only.
    var options = BeamCurrentOptions()
    options.threshold = .counts(40)
    let counted = try Self.analysis(simulation, options)
    #expect(counted.selection.threshold == 40 * analysis.record.unit)
    if exponent == 9 { #expect(counted.selection.selected.isEmpty) }
  }

  @Test("D24: times and levels of selection and transmission are settings")
  func defectD24Settings() throws {
    var simulation = BeamCurrentSimulation()
    simulation.injections = [0.8, 30.2]
    var options = BeamCurrentOptions()
    #expect(try Self.analysis(simulation, options).bunches.count == 8)
    options.selectionEnd = 30
    let early = try Self.analysis(simulation, options)
    #expect(early.bunches.count == 4)
    var view = TransmissionView.Options()
    view.end = 20
    #expect(TransmissionView(early, options: view).curves.allSatisfy { ($0.times.last ?? 99) < 20 - 0.8 })
    view.level = 0.97
    #expect(TransmissionView(early, options: view).curves.allSatisfy { $0.normalised.allSatisfy { $0 > 0.97 } })
    options.end = 12
    let short = try Self.analysis(simulation, options)
    #expect(short.lastMeasurementWithBeam == simulation.times.lastIndex { $0 <= 12 })
  }

  @Test("D25: no beam, no record and nothing published are three different answers")
  func defectD25() throws {
    try withTemporaryFolder { folder in
      let table = try DeviceTable.builtIn()
      func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }

      var empty = BeamCurrentSimulation()
      empty.injections = []
      try empty.table().writeParquet(to: path("empty.parquet"))
      let file = try BeamCurrentFile(path: path("empty.parquet"), table: table)
      let record = try #require(file.records.first)
      let analysis = try BeamCurrentAnalysis(record, options: BeamCurrentOptions(), path: file.path)
      #expect(analysis.isEmpty)
      #expect(analysis.warnings.map(\.code) == ["fbct.noBunches"])
      #expect(analysis.tableJSON["slots"] == [])
      #expect(analysis.tableJSON["intensity"]?.arrayValue?.count == 100)
      #expect(analysis.tableJSON["baseline"]?.arrayValue?.count == 100)
      #expect(analysis.total.injected == nil && analysis.injections.isEmpty && analysis.batches.isEmpty)
      try BeamCurrentFigures.overview(analysis).check()

      let other = try Table(columns: [Column("SPS.BWS.51637.H/Acquisition", [1.0])])
      try other.writeParquet(to: path("other.parquet"))
      #expect(caught { try BeamCurrentFile(path: path("other.parquet"), table: table) } != nil)
      #expect(
        caught { try BeamCurrentFile(path: path("other.parquet"), table: table) }?.code
          == "fbct.noRecord")

      let silent = try Table(columns: [try BeamCurrentBadInputTests.silent()])
      try silent.writeParquet(to: path("silent.parquet"))
      #expect(
        caught { try BeamCurrentFile(path: path("silent.parquet"), table: table) }?.code
          == "fbct.nothingPublished")
    }
  }
}

/// Bad input, case by case.
@Suite("Bad bunch-intensity files are named for what they are")
struct BeamCurrentBadInputTests {
  /// A column whose value is missing, with the reason.
  static func silent() throws -> Column {
    let value = try Column(
      "value",
      members: [
        Column("bunchIntensity", matrices: [[[Double]]?.none]), Column("measStamp", lists: [[Double]?.none]),
      ], missing: [true])
    return try Column(
      "SPS.BCTW.31931/Acquisition", members: [value, Column("exception", ["no cycle" as String?])])
  }

  /// A file with one record of these fields.
  static func file(_ fields: [Column], _ body: (BeamCurrentFile) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "FBCT_2023.10.16.11.03.10.120000.parquet").path(percentEncoded: false)
      let column = try Column("SPS.BCTW.31931/Acquisition", members: [try Column("value", members: fields)])
      try Table(columns: [column]).writeParquet(to: path)
      try body(try BeamCurrentFile(path: path, table: try DeviceTable.builtIn()))
    }
  }

  static func fields(
    _ rows: [[Double]], times: [Double], filling: [[Double]]?, count: Int32? = nil, exponent: Int32? = 8
  ) -> [Column] {
    var fields = [Column("bunchIntensity", matrices: [rows]), Column("measStamp", lists: [times])]
    if let filling { fields.append(Column("fillingPattern", matrices: [filling])) }
    if let count { fields.append(Column("nbOfMeas", [count])) }
    if let exponent { fields.append(Column("bunchIntensity_unitExponent", [exponent])) }
    return fields
  }

  /// Ten slots, slot 4 with 100 counts.
  static func rows(_ count: Int, slots: Int = 10) -> [[Double]] {
    (0..<count).map { row -> [Double] in
      (0..<slots).map { slot -> Double in
        let noise = (slot * 7 + row * 3) % 5 - 2
        return Double(slot == 4 ? 100 - row : noise)
      }
    }
  }

  static func marks(_ count: Int, slots: Int = 10) -> [[Double]] {
    [[Double]](repeating: (0..<slots).map { $0 == 4 ? 1 : 0 }, count: count)
  }

  static let times = (0..<8).map { 600 * Double($0) }

  @Test("a file that is not Parquet, is empty or is cut off")
  func notParquet() throws {
    try withTemporaryFolder { folder in
      let table = try DeviceTable.builtIn()
      let whole = try TestResources.bytes("beam/fbct/FBCT_2023.10.16.11.03.10.120000.parquet")
      for (bytes, code) in [
        ([], "parquet.empty"), (Array("no parquet at all".utf8), "parquet.notParquet"),
        (Array(whole.prefix(60_000)), "parquet.truncated"),
      ] {
        let path = folder.appending(path: "file.parquet").path(percentEncoded: false)
        try Data(bytes).write(to: URL(filePath: path))
        #expect(caught { try BeamCurrentFile(path: path, table: table) }?.code == code)
      }
      #expect(caught { try BeamCurrentFile(path: "/nowhere.parquet", table: table) }?.code == "file.missing")
    }
  }

  @Test("any changed byte gives an error or a reading, never a stop")
  func fuzz() throws {
    try withTemporaryFolder { folder in
      let table = try DeviceTable.builtIn()
      let whole = try TestResources.bytes("beam/fbct/FBCT_2023.09.22.16.07.26.612797.parquet")
      let path = folder.appending(path: "file.parquet").path(percentEncoded: false)
      var read = 0
      for step in 0..<60 {
        var bytes = whole
        let place = step < 30 ? step * 4271 % whole.count : whole.count - 1 - (step - 30) * 97
        bytes[place] ^= 0x55
        try Data(bytes).write(to: URL(filePath: path))
        do {
          let file = try BeamCurrentFile(path: path, table: table)
          for record in file.records {
            _ = try BeamCurrentAnalysis(record, options: BeamCurrentOptions(), path: path).json.text()
            read += 1
          }
        } catch let error as CavernError {
          #expect(!error.message.isEmpty)
        }
      }
      #expect(read > 0)
    }
  }

  @Test("a missing field is named with the device")
  func missingField() throws {
    let error = caught {
      try Self.file([Column("bunchIntensity", matrices: [Self.rows(8)]), Column("measStamps", lists: [Self.times])]) {
        _ in
      }
    }
    #expect(error?.code == "fbct.missingField")
    #expect(error?.message.contains("SPS.BCTW.31931") == true && error?.message.contains("'measStamp'") == true)
    #expect(error?.nearest.first == "measStamps")
    // Without the field that tells the kind, the device's address still does.
    let unnamed = caught {
      try Self.file([Column("bunchIntensities", matrices: [Self.rows(8)]), Column("measStamp", lists: [Self.times])]) {
        _ in
      }
    }
    #expect(unnamed?.code == "fbct.missingField" && unnamed?.nearest.first == "bunchIntensities")
    #expect(unnamed?.message.contains("SPS.BCTW.31931: field 'bunchIntensity' is missing") == true)
  }

  @Test("rows of unequal length: the common slots, with a warning")
  func unequalRows() throws {
    var rows = Self.rows(8)
    rows[3] = Array(rows[3].prefix(7))
    try Self.file(Self.fields(rows, times: Self.times, filling: Self.marks(8))) { file in
      #expect(file.warnings.map(\.code).contains("fbct.rowLength"))
      let record = try #require(file.records.first)
      #expect(record.slotCount == 7 && record.measurementCount == 8)
      #expect(record.intensity(3, 4) == 97e8)
    }
  }

  @Test("an empty row is a measurement without values, not a number")
  func emptyRow() throws {
    var rows = Self.rows(8)
    rows[3] = []
    try Self.file(Self.fields(rows, times: Self.times, filling: Self.marks(8))) { file in
      let record = try #require(file.records.first)
      #expect(record.slotCount == 10 && record.intensity(3, 4).isNaN && record.intensity(4, 4) == 96e8)
      let analysis = try BeamCurrentAnalysis(record, options: BeamCurrentOptions(), path: file.path)
      #expect(analysis.bunches.map(\.slot) == [4])
      #expect(analysis.tableJSON["intensity"]?[3]?.text() == "[null]")
      #expect(
        analysis.tableJSON["baseline"]?[3] == .number(.nan) || analysis.tableJSON["baseline"]?[3]?.text() == "null")
    }
  }

  @Test("nbOfMeas: fewer cut padding away, more use what there is, with a warning", arguments: [Int32(5), 8, 11])
  func measurementCount(count: Int32) throws {
    try Self.file(Self.fields(Self.rows(8), times: Self.times, filling: Self.marks(8), count: count)) { file in
      #expect(file.records.first?.measurementCount == min(Int(count), 8))
      #expect(file.warnings.contains { $0.code == "fbct.measurementCount" } == (count > 8))
    }
  }

  @Test("without a filling pattern filled slots are those with a signal")
  func noPattern() throws {
    try Self.file(Self.fields(Self.rows(8), times: Self.times, filling: nil)) { file in
      #expect(file.warnings.map(\.code).contains("fbct.noPattern"))
      let record = try #require(file.records.first)
      let analysis = try BeamCurrentAnalysis(record, options: BeamCurrentOptions(), path: file.path)
      #expect(analysis.selection.selected == [4])
      #expect(analysis.baseline.isKnown && !analysis.baseline.emptySlots.contains(4))
    }
    var simulation = BeamCurrentSimulation()
    let with = try BeamCurrentAnalysis(simulation.record(), options: BeamCurrentOptions(), path: "")
    simulation.hasPattern = false
    let without = try BeamCurrentAnalysis(simulation.record(), options: BeamCurrentOptions(), path: "")
    #expect(without.selection.selected == with.selection.selected)
    #expect(without.lastMeasurementWithBeam == with.lastMeasurementWithBeam)
  }

  @Test("without a unit intensities are counts, and said to be")
  func noUnit() throws {
    try Self.file(Self.fields(Self.rows(8), times: Self.times, filling: Self.marks(8), exponent: nil)) { file in
      let record = try #require(file.records.first)
      #expect(record.unitName == "counts" && record.intensity(0, 4) == 100)
      #expect(file.warnings.map(\.code).contains("fbct.noUnit"))
    }
  }

  @Test("every slot filled: no baseline is made up")
  func noEmptySlots() throws {
    let filling = [[Double]](repeating: [Double](repeating: 1, count: 10), count: 8)
    try Self.file(Self.fields(Self.rows(8), times: Self.times, filling: filling)) { file in
      let record = try #require(file.records.first)
      let analysis = try BeamCurrentAnalysis(record, options: BeamCurrentOptions(), path: file.path)
      #expect(analysis.warnings.map(\.code) == ["fbct.noBaseline"])
      #expect(analysis.tableJSON["baseline"]?.text().hasPrefix("[null,null") == true)
      #expect(analysis.bunches.first?.initial?.value == 99e8)
    }
  }

  @Test("numbers of any physical type, and a pattern of truth values or numbers")
  func physicalTypes() throws {
    let rows = Self.rows(8)
    let fields = [
      Column("bunchIntensity", matrices: [rows.map { $0.map { Int32($0) } }]),
      Column("fillingPattern", matrices: [Self.marks(8).map { $0.map { UInt8($0) } }]),
      Column("measStamp", lists: [Self.times.map { Float($0) }]), Column("bunchIntensity_unitExponent", [8.0]),
    ]
    try Self.file(fields) { file in
      let record = try #require(file.records.first)
      #expect(record.intensity(2, 4) == 98e8 && record.filledSlots == [4] && record.unitExponent == 8)
    }
  }

  @Test("time stamps out of order are sorted, those that are no number left out")
  func timeOrder() throws {
    var times = Self.times
    times.swapAt(2, 5)
    times[7] = .nan
    try Self.file(Self.fields(Self.rows(8), times: times, filling: Self.marks(8))) { file in
      let record = try #require(file.records.first)
      #expect(record.measurementCount == 7 && record.times == record.times.sorted())
      #expect(record.intensity(2, 4) == 95e8)
      #expect(Set(file.warnings.map(\.code)).isSuperset(of: ["fbct.timeOrder", "fbct.noStamp"]))
    }
  }

  @Test("a bunch that does not exist is a usage error that says how many there are")
  func noSuchBunch() throws {
    var options = BeamCurrentOptions()
    options.bunches = [0, 28]
    let error = caught {
      _ = try BeamCurrentAnalysis(BeamCurrentSimulation().record(), options: options, path: "FBCT.parquet")
    }
    #expect(error?.code == "fbct.noSuchBunch" && error?.exit == .usage)
    #expect(error?.message == "there is no bunch 28: the file has 28 bunches, numbered 0 to 27")
  }

  @Test("a time stamp that cannot be read falls back to the cycle stamp, then to the file's name")
  func timeStamp() throws {
    var fields = Self.fields(Self.rows(8), times: Self.times, filling: Self.marks(8))
    fields.append(Column("acqTime", ["yesterday"]))
    try Self.file(fields) { file in
      #expect(file.warnings.map(\.code).contains("fbct.timeFromFileName"))
      #expect(file.records.first?.acquisitionTimeText == "yesterday")
      #expect(file.records.first?.time == AcquisitionTime(parsing: "2023-10-16 11:03:10.12"))
    }
  }
}
