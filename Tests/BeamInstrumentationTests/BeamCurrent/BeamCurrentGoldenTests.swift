import Errors
import JSON
import TestSupport
import Testing

@testable import BeamInstrumentation

/// The bunch-intensity cases with known answers.
@Suite("Bunch intensities agree with the golden cases")
struct BeamCurrentGoldenTests {
  static let names = ["FBCT_2023.09.22.16.07.26.612797", "FBCT_2023.10.16.11.03.10.120000"]

  static func analysis(
    _ name: String, _ options: BeamCurrentOptions = BeamCurrentOptions()
  ) throws -> BeamCurrentAnalysis {
    let file = try BeamCurrentFile(
      path: TestResources.path("beam/fbct/\(name).parquet"), table: try DeviceTable.builtIn())
    #expect(file.faults.isEmpty && file.warnings.isEmpty)
    let record = try #require(file.records.first)
    return try BeamCurrentAnalysis(record, options: options, path: file.path)
  }

  static func expected(_ name: String) throws -> JSONValue {
    try #require(try TestResources.json("beam/fbct/\(name).expected.json")["expected"])
  }

  static func number(_ value: JSONValue?, _ place: SourceLocation = #_sourceLocation) throws -> Double {
    try #require(value?.doubleValue, sourceLocation: place)
  }

  static func isClose(_ value: Double, _ expected: Double, _ tolerance: Double) -> Bool {
    abs(value - expected) <= tolerance * abs(expected)
  }

  @Test("what the record is", arguments: names)
  func record(name: String) throws {
    let analysis = try Self.analysis(name)
    let expected = try Self.expected(name)
    #expect(analysis.record.device == "SPS.BCTW.31931")
    #expect(analysis.record.machine == "SPS")
    #expect(analysis.record.acquisitionTimeText == expected["acqTime"]?.stringValue)
    #expect(analysis.record.measurementCount == expected["measurements"]?.intValue)
    #expect(analysis.record.slotCount == expected["slots"]?.intValue)
    #expect(analysis.record.unit == expected["unit"]?.doubleValue)
    let times = (expected["cycleTime_s_first_last"]?.arrayValue ?? []).compactMap(\.doubleValue)
    #expect([analysis.record.times.first, analysis.record.times.last] == times)
  }

  @Test("filled slots, selected slots and the last measurement with beam", arguments: names)
  func slots(name: String) throws {
    let analysis = try Self.analysis(name)
    let expected = try Self.expected(name)
    #expect(analysis.selection.filled == expected["filledSlots"]?.arrayValue?.compactMap(\.intValue))
    #expect(analysis.selection.selected == expected["selectedSlots"]?.arrayValue?.compactMap(\.intValue))
    #expect(analysis.record.lastFilledMeasurement == expected["lastMeasurementWithBeam"]?.intValue)
    #expect(analysis.lastMeasurementWithBeam == expected["lastMeasurementWithBeam"]?.intValue)
  }

  @Test("intensities as recorded are the products of the table values", arguments: names)
  func intensities(name: String) throws {
    let analysis = try Self.analysis(name)
    let expected = try Self.expected(name)
    let table = analysis.tableJSON
    let slots = (table["slots"]?.arrayValue ?? []).compactMap(\.intValue)
    var compared = 0
    for bunch in expected["bunches"]?.arrayValue ?? [] {
      let column = try #require(slots.firstIndex(of: bunch["slot"]?.intValue ?? -1))
      for (row, value) in bunch["atRows"]?.objectValue?.members ?? [] {
        let found = try Self.number(table["intensity"]?[Int(row) ?? -1]?[column])
        #expect(Self.isClose(found, try Self.number(value), 1e-9))
        compared += 1
      }
      #expect(Self.isClose(analysis.bunches[column].maximum, try Self.number(bunch["maximum"]), 1e-9))
      #expect(Self.isClose(analysis.bunches[column].timeOfMaximum, try Self.number(bunch["timeOfMaximum_s"]), 1e-9))
    }
    #expect(compared == 28 * 8)
    for (row, counts) in expected["baselineCorrected"]?["emptySlotMedianCounts_atRows"]?.objectValue?.members ?? [] {
      let level = try Self.number(table["baseline"]?[Int(row) ?? -1])
      let expectedCounts = try Self.number(counts)
      #expect(abs(level - expectedCounts * 1e8) < 1)
    }
  }

  @Test("means and spreads over the bunches", arguments: names)
  func means(name: String) throws {
    let run = IntensityRun(try Self.analysis(name))
    let expected = try Self.expected(name)
    for (row, value) in expected["meanOverBunches_atRows"]?.objectValue?.members ?? [] {
      // The golden file prints 10 digits.
      #expect(Self.isClose(run.means[Int(row) ?? -1], try Self.number(value), 1e-9))
    }
    for (row, value) in expected["stdOverBunches_atRows"]?.objectValue?.members ?? [] {
      #expect(Self.isClose(run.spreads[Int(row) ?? -1], try Self.number(value), 1e-9))
    }
  }

  @Test("lifetimes and initial intensities of the spelled-out method", arguments: names)
  func lifetimes(name: String) throws {
    let analysis = try Self.analysis(name)
    let json = try TestResources.json("beam/fbct/\(name).expected.json")
    let truth = try Self.number(json["truth"]?["lifetime_s"])
    let bunches = try #require(json["expected"]?["baselineCorrected"]?["bunches"]?.arrayValue)
    #expect(bunches.count == analysis.bunches.count)
    var pulls = 0.0
    for (found, expected) in zip(analysis.bunches, bunches) {
      let fit = try #require(found.lifetime)
      let lifetime = try #require(fit.lifetime)
      #expect(found.slot == expected["slot"]?.intValue)
      #expect(Self.isClose(lifetime, try Self.number(expected["lifetime_s"]), 5e-6))
      #expect(Self.isClose(fit.initialIntensity, try Self.number(expected["initialIntensity"]), 5e-6))
      #expect(fit.points == expected["points"]?.intValue)
      let initial = try Self.number(expected["truth_initialIntensity"])
      #expect(Self.isClose(fit.initialIntensity, initial, 0.01))
      #expect(Self.isClose(lifetime, truth, 0.05))
      let error = try #require(fit.lifetimeError)
      #expect(abs(lifetime - truth) < 4 * error)
      pulls += (lifetime - truth) * (lifetime - truth) / (error * error)
      #expect(found.losses.isEmpty)
    }
    // 28 pulls: their mean square is 1 within three standard deviations of χ²/28.
    #expect(abs(pulls / 28 - 1) < 0.8)
  }

  @Test("the transmission view", arguments: names)
  func transmission(name: String) throws {
    let view = TransmissionView(try Self.analysis(name))
    let expected = try #require(try Self.expected(name)["transmission_endTime_47.4s"]?.arrayValue)
    #expect(view.curves.count == expected.count)
    for (curve, wanted) in zip(view.curves, expected) {
      #expect(curve.slot == wanted["slot"]?.intValue)
      #expect(Self.isClose(curve.injectionTime, try Self.number(wanted["injection_s"]), 1e-9))
      let (last, expectedLast) = (try #require(curve.normalised.last), try Self.number(wanted["lastNormalised"]))
      #expect(Self.isClose(last, expectedLast, 1e-9))
      #expect(curve.times.count == wanted["points"]?.intValue)
    }
  }

  @Test("injections come from the data: seven batches of four, half a sample around the truth", arguments: names)
  func injections(name: String) throws {
    let analysis = try Self.analysis(name)
    #expect(analysis.batches.map(\.bunches) == (0..<7).map { batch in (0..<4).map { 4 * batch + $0 } })
    #expect(analysis.injections.count == 7)
    let truth = try TestResources.json("beam/fbct/\(name).expected.json")["truth"]?["bunches"]?.arrayValue ?? []
    for (bunch, truth) in zip(analysis.bunches, truth) {
      let time = try Self.number(truth["t_injection_ms"]) / 1000
      let injection = try #require(bunch.injection)
      #expect(abs(injection.time - time) <= 0.3 + 0.01)
      #expect(analysis.record.times[injection.measurement] == time)
    }
  }

  @Test("averages over the folder, first batch")
  func directory() throws {
    let expected = try TestResources.json("beam/fbct/directory.expected.json")
    var options = BeamCurrentOptions()
    options.bunches = [0, 1, 2, 3]
    var average = IntensityRunAverage()
    for file in expected["files"]?.arrayValue?.compactMap(\.stringValue) ?? [] {
      let name = String(file.dropLast(8))
      let run = IntensityRun(try Self.analysis(name, options))
      #expect(run.name == name)
      for (row, value) in expected["perFileMean_atRows"]?[name]?.objectValue?.members ?? [] {
        #expect(Self.isClose(run.means[Int(row) ?? -1], try Self.number(value), 1e-9))
      }
      for (row, value) in expected["perFileStd_atRows"]?[name]?.objectValue?.members ?? [] {
        #expect(Self.isClose(run.spreads[Int(row) ?? -1], try Self.number(value), 1e-9))
      }
      average.add(run)
    }
    #expect(average.fileCount == 2 && average.resampledCount == 0)
    for (row, value) in expected["meanOverFilesAndBunches_atRows"]?.objectValue?.members ?? [] {
      #expect(Self.isClose(average.means[Int(row) ?? -1], try Self.number(value), 1e-9))
    }
  }
}
