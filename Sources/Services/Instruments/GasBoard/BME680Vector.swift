import Errors
import JSON

/// The registers of one measurement with everything that its compensation needs, as a JSON file gives them.
public struct BME680Vector: Sendable, Equatable {
  /// The coefficients.
  public var calibration: BME680Calibration
  /// The measurement.
  public var field: BME680Field

  /// Coefficients and a measurement.
  public init(calibration: BME680Calibration, field: BME680Field) {
    self.calibration = calibration
    self.field = field
  }

  /// Registers from JSON.
  ///
  /// - Parameter json: an object with `calibration_registers_hex` (41 bytes) and `field_hex` (17 bytes), and where they differ
  ///   from 0 `variant`, and `res_heat_range`, `res_heat_val`, `range_sw_err` by themselves or inside `calibration`.
  /// - Throws: `gas.registers` (exit 65) for what is missing or malformed.
  public init(_ json: JSONValue) throws(CavernError) {
    let coefficients = json["calibration"]
    func number(_ name: String) throws(CavernError) -> Int {
      guard let value = json[name] ?? coefficients?[name] else { return 0 }
      guard let number = value.intValue else {
        throw CavernError("gas.registers", "'\(name)' is not a whole number", exit: .badData)
      }
      return number
    }
    guard let variant = BME680Field.Variant(rawValue: try number("variant")) else {
      throw CavernError("gas.registers", "unknown variant", exit: .badData, expected: "0 (BME680) or 1 (BME688)")
    }
    let (range, value, error) = (try number("res_heat_range"), try number("res_heat_val"), try number("range_sw_err"))
    guard (0...3).contains(range), (-128...127).contains(value), (-8...7).contains(error) else {
      throw CavernError(
        "gas.registers", "a coefficient does not fit its register", exit: .badData,
        expected: "res_heat_range from 0 to 3, res_heat_val from -128 to 127, range_sw_err from -8 to 7")
    }
    calibration = try BME680Calibration(
      registers: try Self.bytes(json, "calibration_registers_hex"), heaterRange: range, heaterValue: value,
      rangeSwitchingError: error)
    field = try BME680Field(registers: try Self.bytes(json, "field_hex"), variant: variant)
  }

  private static func bytes(_ json: JSONValue, _ name: String) throws(CavernError) -> [UInt8] {
    guard let text = json[name]?.stringValue, let bytes = HexadecimalText.bytes(text) else {
      throw CavernError(
        "gas.registers", "'\(name)' is missing or not hexadecimal", exit: .badData,
        expected: "an object with calibration_registers_hex and field_hex")
    }
    return bytes
  }

  /// The compensated measurement, judged as a reply of the board would be.
  public var exchange: GasExchange {
    guard field.isNew else { return GasExchange(failed: .sensorError, "the registers hold no new measurement") }
    let result = BME680FloatResult(field, calibration)
    let isGasValid = field.isGasValid && field.isHeaterStable
    return GasExchange(
      GasReading(
        temperatureKelvin: result.celsius + 273.15, pressurePascal: result.pascal, humidityPercent: result.percent,
        resistanceOhm: isGasValid ? result.ohm : nil))
  }

  /// Both forms of the compensation beside each other, under the names of their units.
  public var json: JSONValue {
    let whole = BME680IntegerResult(field, calibration)
    let result = BME680FloatResult(field, calibration)
    return [
      "integer": [
        "t_fine": .integer(whole.fineTemperature), "temperature_centi_c": .integer(whole.centiCelsius),
        "pressure_pa": .optional(whole.pascal), "humidity_milli_rh": .integer(whole.milliPercent),
        "gas_ohm": .optional(whole.ohm),
        "heater_res_320c": .number(
          BME680Heater.target(celsius: 320, ambientCelsius: 25, calibration)),
      ],
      "float": [
        "temperature_c": .number(result.celsius), "pressure_pa": .number(result.pascal),
        "humidity_rh": .number(result.percent), "gas_ohm": .optional(result.ohm),
      ],
    ]
  }
}
