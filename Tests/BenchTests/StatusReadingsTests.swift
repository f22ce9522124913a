import Foundation
import Instruments
import JSON
import TestSupport
import Testing
import TimeSeries

@testable import Bench

@Suite("What services of a bench leave for each other")
struct StatusReadingsTests {
  @Test("values of gas and high voltage have the names that interlocks and sweeps use, and the time of their reading")
  func names() throws {
    let gas = try JSONValue(
      parsing: #"{"lastGood":1500000000,"last":{"temperature_K":295.5,"pressure_Pa":97921,"voc_ohm":null}}"#)
    #expect(
      StatusReadings.readings("gas", gas) == [
        BenchReading(name: "gas.temperature", value: 295.5, time: 1.5),
        BenchReading(name: "gas.pressure", value: 97921, time: 1.5),
      ])
    let supply = try JSONValue(
      parsing: #"{"state":"alarm","lastGood":2000000000,"last":{"mesh.vmon":-80,"mesh.trip":1}}"#)
    let readings = StatusReadings.readings("hv-main", supply)
    #expect(readings.map(\.name) == ["hv.mesh.vmon", "hv.mesh.trip"])
    #expect(readings[1].isTrip && !readings[0].isTrip)
    // Nothing was measured yet.
    #expect(StatusReadings.readings("gas", ["last": ["pressure_Pa": 1]]).isEmpty)
  }

  @Test("what a service that has ended has left behind is no latest value")
  func age() throws {
    try withTemporaryFolder { folder in
      func leave(_ name: String, _ quantity: String, secondsAgo: Double, written: Double = 0) throws {
        let time = Int((Date().timeIntervalSince1970 - secondsAgo) * 1e9)
        let file = folder.appending(path: "\(name).status.json")
        try Data("{\"state\":\"ok\",\"lastGood\":\(time),\"last\":{\"\(quantity)\":1}}".utf8).write(to: file)
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSinceNow: -written)], ofItemAtPath: file.path)
      }
      try leave("hv-main", "mesh.trip", secondsAgo: 3600)
      try leave("gas", "pressure_Pa", secondsAgo: 3600, written: 3000)
      #expect(StatusReadings.latest(folder.path).isEmpty)
      try leave("hv-main", "mesh.trip", secondsAgo: 1)
      #expect(StatusReadings(stateFolder: folder.path).latest().map(\.isTrip) == [true])
      // A service that lives and reads every ten minutes has a latest value all the time.
      try leave("gas", "pressure_Pa", secondsAgo: 500)
      #expect(StatusReadings.latest(folder.path).map(\.name) == ["gas.pressure", "hv.mesh.trip"])
    }
  }

  @Test("a reading of a channel is one line with one time, in the layout of existing dashboards")
  func point() {
    let sample = HVLogSample(
      time: 5, channel: HVChannel(board: 0, channel: 3), name: "drift", serial: "19198", current: nil, voltage: -80,
      voltageSet: -80, currentSet: 10, status: 1, isLowRange: false, quality: 0)
    let point = sample.point
    #expect(point.key == PointKey("HV", ["Board": "0", "Channel": "3"]) && point.time == 5)
    // A current that was not read is absent, never repeated.
    #expect(point.fields.map(\.name) == ["VMon", "VSet", "ISet", "Stat", "On", "IRange", "Quality"])
    #expect(point.fields[0].unit == "V" && point.fields[0].value == .number(-80))
  }
}
