import Errors

/// The coefficients that a BME680 carries in its registers.
///
/// Names are those of the data sheet (Bosch Sensortec BST-BME680-DS001, section 3.3, table "compensation parameters").
public struct BME680Calibration: Sendable, Equatable {
  /// Temperature.
  public var t1 = 0, t2 = 0, t3 = 0
  /// Pressure.
  public var p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0, p7 = 0, p8 = 0, p9 = 0, p10 = 0
  /// Humidity.
  public var h1 = 0, h2 = 0, h3 = 0, h4 = 0, h5 = 0, h6 = 0, h7 = 0
  /// Heater of the gas sensor.
  public var gh1 = 0, gh2 = 0, gh3 = 0
  /// Register 0x02, bits 5:4.
  public var heaterRange = 0
  /// Register 0x00, signed.
  public var heaterValue = 0
  /// Register 0x04, bits 7:4, signed.
  public var rangeSwitchingError = 0

  /// How many bytes hold the coefficients: 25 from register 0x89, then 16 from 0xE1.
  public static let byteCount = 41

  /// Coefficients from the two register blocks.
  ///
  /// - Parameters:
  ///   - registers: 25 bytes from 0x89 and 16 bytes from 0xE1, one after the other.
  ///   - heaterRange: register 0x02, bits 5:4.
  ///   - heaterValue: register 0x00, signed.
  ///   - rangeSwitchingError: register 0x04, bits 7:4, signed.
  /// - Throws: `gas.registers` (exit 65) when the count is not 41.
  public init(
    registers: [UInt8], heaterRange: Int = 0, heaterValue: Int = 0, rangeSwitchingError: Int = 0
  ) throws(CavernError) {
    guard registers.count == Self.byteCount else {
      throw CavernError(
        "gas.registers", "\(registers.count) bytes of calibration", exit: .badData,
        expected: "\(Self.byteCount) bytes: 25 from register 0x89, 16 from 0xE1")
    }
    func unsigned(_ place: Int) -> Int { Int(registers[place]) | Int(registers[place + 1]) << 8 }
    func signed(_ place: Int) -> Int { Int(Int16(truncatingIfNeeded: unsigned(place))) }
    func byte(_ place: Int) -> Int { Int(registers[place]) }
    func signedByte(_ place: Int) -> Int { Int(Int8(bitPattern: registers[place])) }
    (t1, t2, t3) = (unsigned(33), signed(1), signedByte(3))
    (p1, p2, p3, p4, p5) = (unsigned(5), signed(7), signedByte(9), signed(11), signed(13))
    (p6, p7, p8, p9, p10) = (signedByte(16), signedByte(15), signed(19), signed(21), byte(23))
    // Two coefficients of 12 bits share byte 26: its upper half belongs to H2, its lower half to H1.
    (h1, h2) = (byte(27) << 4 | byte(26) & 15, byte(25) << 4 | byte(26) >> 4)
    (h3, h4, h5, h6, h7) = (signedByte(28), signedByte(29), signedByte(30), byte(31), signedByte(32))
    (gh1, gh2, gh3) = (signedByte(37), signed(35), signedByte(38))
    self.heaterRange = heaterRange
    self.heaterValue = heaterValue
    self.rangeSwitchingError = rangeSwitchingError
  }
}
