import JSON
import TestSupport
import Testing

@testable import Instruments

@Suite("Compensation of the BME680")
struct BME680Tests {
  @Test("both forms give the published arithmetic's results to the last digit over all registers")
  func golden() throws {
    let vectors = try #require(try TestResources.json("bench/bme680/vectors.json")["vectors"]?.arrayValue)
    #expect(vectors.count == 20)
    for json in vectors {
      let vector = try BME680Vector(json)
      let (whole, result) = (
        BME680IntegerResult(vector.field, vector.calibration), BME680FloatResult(vector.field, vector.calibration)
      )
      let integer = try #require(json["integer_result"])
      #expect(whole.fineTemperature == integer["t_fine"]?.intValue)
      #expect(whole.centiCelsius == integer["temperature_centi_c"]?.intValue)
      #expect(whole.pascal == integer["pressure_pa"]?.intValue)
      #expect(whole.milliPercent == integer["humidity_milli_rh"]?.intValue)
      #expect(whole.ohm == integer["gas_ohm"]?.doubleValue)
      let float = try #require(json["float_result"])
      #expect(result.celsius == float["temperature_c"]?.doubleValue)
      #expect(abs(result.pascal - (float["pressure_pa"]?.doubleValue ?? .nan)) < 1e-9)
      #expect(result.percent == float["humidity_rh"]?.doubleValue)
      #expect(result.ohm.map { $0.rounded(.down) } == float["gas_ohm"]?.doubleValue)
      #expect(vector.field.temperature == json["raw"]?["temperature"]?.intValue)
      #expect(vector.field.gasRange == json["raw"]?["gas_range"]?.intValue)
      let target = BME680Heater.target(celsius: 320, ambientCelsius: 25, vector.calibration)
      #expect(abs(target - (integer["heater_res_320c"]?.doubleValue ?? .nan)) < 1e-9)
      for (name, value) in [
        ("t2", vector.calibration.t2), ("p7", vector.calibration.p7), ("h1", vector.calibration.h1),
        ("h7", vector.calibration.h7), ("gh2", vector.calibration.gh2),
      ] {
        #expect(value == json["calibration"]?[name]?.intValue)
      }
    }
  }

  @Test("registers without a new measurement are a sensor error, without a stable heater a reading without resistance")
  func status() throws {
    let json = try #require(try TestResources.json("bench/bme680/vectors.json")["vectors"]?[0])
    var vector = try BME680Vector(json)
    #expect(vector.exchange.outcome == .ok)
    vector.field.isHeaterStable = false
    #expect(vector.exchange.outcome == .okWithoutVOC && vector.exchange.reading?.resistanceOhm == nil)
    vector.field.isNew = false
    #expect(vector.exchange.outcome == .sensorError)
  }

  @Test("calibrations that no sensor has lead to an outcome and not to a stop")
  func hostile() throws {
    let field = try BME680Field(registers: [UInt8](repeating: 0xFF, count: 17), variant: .high)
    for byte: UInt8 in [0x00, 0x7F, 0x80, 0xFF] {
      let calibration = try BME680Calibration(
        registers: [UInt8](repeating: byte, count: 41), heaterRange: 3, heaterValue: -128, rangeSwitchingError: -8)
      let vector = BME680Vector(calibration: calibration, field: field)
      #expect(!vector.exchange.outcome.rawValue.isEmpty)
      _ = vector.json
    }
  }

  @Test("missing, short and foreign registers are refused with what is expected")
  func refused() throws {
    let good = try #require(try TestResources.json("bench/bme680/vectors.json")["vectors"]?[0]?.objectValue)
    for (name, value) in [
      ("calibration_registers_hex", JSONValue.string("00")), ("field_hex", "xx"), ("field_hex", "000"), ("variant", 2),
      ("range_sw_err", 8), ("res_heat_val", "a"),
    ] as [(String, JSONValue)] {
      var bad = good
      bad[name] = value
      #expect(caught { try BME680Vector(.object(bad)) }?.code == "gas.registers", "\(name)")
    }
    #expect(caught { try BME680Vector([]) }?.code == "gas.registers")
  }
}
