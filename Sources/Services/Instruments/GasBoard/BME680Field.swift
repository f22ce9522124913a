import Errors

/// One measurement as it stands in the field registers of a BME680, before compensation.
public struct BME680Field: Sendable, Equatable {
  /// Which formula the gas sensor follows: register 0xF0.
  public enum Variant: Int, Sendable {
    /// BME680.
    case low = 0
    /// BME688.
    case high = 1
  }

  /// Temperature, 20 bits.
  public var temperature: Int
  /// Pressure, 20 bits.
  public var pressure: Int
  /// Humidity, 16 bits.
  public var humidity: Int
  /// Gas resistance, 10 bits.
  public var gas: Int
  /// Range of the gas resistance, 0 to 15.
  public var gasRange: Int
  /// Whether the measurement is new.
  public var isNew: Bool
  /// Whether the gas measurement took place.
  public var isGasValid: Bool
  /// Whether the heater had reached its temperature.
  public var isHeaterStable: Bool
  /// Which formula the gas sensor follows.
  public var variant: Variant

  /// How many bytes from register 0x1D hold a measurement.
  public static let byteCount = 17

  /// A measurement from the 17 bytes at register 0x1D.
  ///
  /// - Throws: `gas.registers` (exit 65) when the count is not 17.
  public init(registers: [UInt8], variant: Variant) throws(CavernError) {
    guard registers.count == Self.byteCount else {
      throw CavernError(
        "gas.registers", "\(registers.count) bytes of a measurement", exit: .badData,
        expected: "\(Self.byteCount) bytes from register 0x1D")
    }
    func word(_ place: Int) -> Int { Int(registers[place]) << 8 | Int(registers[place + 1]) }
    pressure = word(2) << 4 | Int(registers[4]) >> 4
    temperature = word(5) << 4 | Int(registers[7]) >> 4
    humidity = word(8)
    let gasPlace = variant == .low ? 13 : 15
    gas = word(gasPlace) >> 6
    gasRange = Int(registers[gasPlace + 1] & 15)
    isGasValid = registers[gasPlace + 1] & 0x20 != 0
    isHeaterStable = registers[gasPlace + 1] & 0x10 != 0
    isNew = registers[0] & 0x80 != 0
    self.variant = variant
  }
}
