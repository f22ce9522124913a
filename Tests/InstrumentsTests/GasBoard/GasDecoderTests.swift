import JSON
import TestSupport
import Testing

@testable import Instruments

@Suite("Replies of the gas board")
struct GasDecoderTests {
  @Test("the recorded lines decode to their outcomes and values")
  func golden() throws {
    for entry in try #require(try TestResources.json("bench/gas/lines.json").arrayValue) {
      let line = try #require(entry["line"]?.stringValue)
      let exchange = GasLineDecoder.decode(Array(line.utf8))
      #expect(exchange.outcome.rawValue == entry["expect"]?.stringValue)
      let reading = exchange.reading
      let values = [
        reading?.temperatureKelvin, reading?.pressurePascal, reading?.humidityPercent, reading?.resistanceOhm,
      ].compactMap { $0 }
      #expect(values == entry["values"]?.arrayValue?.compactMap(\.doubleValue) ?? [])
    }
  }

  @Test(
    "every fault has its outcome",
    arguments: [
      ("296.41;101325.00;34.20;53211\n", "ok"), ("296.41;101325.00;34.20;0\r\n", "ok_voc_invalid"),
      ("296.41;101325.00;34.20;0.00\r\n", "ok_voc_invalid"), ("296;101325;34;1\r\n", "ok"), ("", "timeout"),
      ("296.41;101325.00", "partial"), ("296.41;101325.00;34.20;53211\r", "partial"), ("\r\n", "malformed"),
      ("\n", "malformed"), ("296.41;101325.00;34.20\r\n", "malformed"), ("296.41;101325.00;34.20;1;2\r\n", "malformed"),
      ("nan;101325.00;34.20;53211\r\n", "malformed"), ("296.41;inf;34.20;53211\r\n", "malformed"),
      ("296.41;101325.00;34.20;ovf\r\n", "malformed"), (" 296.41;101325.00;34.20;53211\r\n", "malformed"),
      ("2.9641e2;101325.00;34.20;53211\r\n", "malformed"), ("296,41;101325.00;34.20;53211\r\n", "malformed"),
      ("296.;101325.00;34.20;53211\r\n", "malformed"), (".5;101325.00;34.20;53211\r\n", "malformed"),
      ("+296.41;101325.00;34.20;53211\r\n", "malformed"), ("--296.41;101325.00;34.20;53211\r\n", "malformed"),
      ("296.41;101325.00;34.20;53211\r\r\n", "malformed"), ("296.41;101325.00;34.20;\r\n", "malformed"),
      ("233.15;30000.00;0;1\r\n", "ok"), ("358.15;110000;100.00;1\r\n", "ok"),
      ("233.14;101325.00;34.20;53211\r\n", "out_of_range"), ("358.16;101325.00;34.20;53211\r\n", "out_of_range"),
      ("296.41;29999.99;34.20;53211\r\n", "out_of_range"), ("296.41;110000.01;34.20;53211\r\n", "out_of_range"),
      ("296.41;101325.00;-0.01;53211\r\n", "out_of_range"), ("296.41;101325.00;100.01;53211\r\n", "out_of_range"),
      ("-296.41;101325.00;34.20;53211\r\n", "out_of_range"), ("296.41;101325.00;34.20;-5\r\n", "out_of_range"),
      ("296.41;101325.00;34.20;53211\r\n296.41;101325.00;34.20;53211\r\n", "desync"),
      ("296.41;101325.00;34.20;53211\r\n29", "desync"), ("Failed to begin reading :(\n", "sensor_error"),
      ("Failed to begin reading\r\n", "malformed"), ("1296.41;101325.00;34.20;53211\r\n", "out_of_range"),
    ])
  func outcomes(text: String, outcome: String) {
    let exchange = GasLineDecoder.decode(Array(text.utf8))
    #expect(exchange.outcome.rawValue == outcome)
    #expect((exchange.reading != nil) == exchange.outcome.isUsable)
  }

  @Test("128 bytes without a line end are no reply, fewer are a part of one; bytes that are not ASCII are no number")
  func bytes() {
    #expect(GasLineDecoder.decode([UInt8](repeating: 0x31, count: 127)).outcome == .partial)
    #expect(GasLineDecoder.decode([UInt8](repeating: 0x31, count: 128)).outcome == .malformed)
    #expect(GasLineDecoder.decode([UInt8](repeating: 0x31, count: 200) + [0x0A]).outcome == .malformed)
    #expect(GasLineDecoder.decode(Array("296.41;101325.00;34.20;5\u{0663}\n".utf8)).outcome == .malformed)
    #expect(GasLineDecoder.decode([0xFF, 0x00, 0x0A]).outcome == .malformed)
  }

  @Test("a numbered reply counts with its checksum and number only")
  func numbered() {
    func reply(_ text: String) -> [UInt8] { Array("\(text)*\(CyclicRedundancy16.text(text.utf8))\r\n".utf8) }
    let good = reply("M;7;296.41;101325.00;34.20;53211;3")
    #expect(GasLineDecoder.decode(good, sequence: 7).outcome == .ok)
    #expect(GasLineDecoder.decode(good).sequence == 7)
    #expect(GasLineDecoder.decode(good, sequence: 8).outcome == .desynchronised)
    #expect(GasLineDecoder.decode(reply("M;7;296.41;101325.00;34.20;53211;1")).outcome == .okWithoutVOC)
    var bad = good
    bad[5] ^= 1
    #expect(GasLineDecoder.decode(bad).outcome == .malformed)
    #expect(GasLineDecoder.decode(reply("M;7;296.41;101325.00;34.20;53211")).outcome == .malformed)
    #expect(CyclicRedundancy16.checksum("123456789".utf8) == 0x29B1)
  }

  @Test("no bytes whatever give a value that was not sent")
  func fuzz() {
    var state: UInt64 = 5
    let alphabet = Array("0123456789.;-\r\nMnaif*".utf8)
    for _ in 0..<20000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      var bytes = Array("296.41;101325.00;34.20;53211\r\n".utf8)
      bytes[Int(state >> 33) % bytes.count] = alphabet[Int(state >> 40) % alphabet.count]
      let exchange = GasLineDecoder.decode(bytes)
      guard let reading = exchange.reading else { continue }
      #expect(reading.isInRange)
    }
  }
}
