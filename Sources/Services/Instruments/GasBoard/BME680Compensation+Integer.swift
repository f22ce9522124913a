/// A BME680 measurement compensated in integers, as small controllers do it.
///
/// Source: BST-BME680-DS001, sections 3.3.1 to 3.3.4 and 3.4 (integer forms); divisions and shifts round down.
public struct BME680IntegerResult: Sendable, Equatable {
  /// Temperature on the fine scale that pressure and humidity are compensated with.
  public var fineTemperature: Int
  /// Temperature in hundredths of a degree Celsius.
  public var centiCelsius: Int
  /// Pressure in pascal; `nil` when the calibration makes the formula divide by zero.
  public var pascal: Int?
  /// Relative humidity in thousandths of a percent, 0 to 100,000.
  public var milliPercent: Int
  /// Resistance of the gas sensor in ohm; `nil` when the formula divides by zero.
  public var ohm: Double?

  /// Compensates a measurement.
  public init(_ field: BME680Field, _ calibration: BME680Calibration) {
    let c = calibration
    let offset = (field.temperature >> 3) - (c.t1 << 1)
    let linear = (offset * c.t2) >> 11
    let square = ((offset >> 1) * (offset >> 1)) >> 12
    fineTemperature = linear + (square * (c.t3 << 4)) >> 14
    centiCelsius = (fineTemperature * 5 + 128) >> 8
    pascal = Self.pressure(field.pressure, fineTemperature, c)
    milliPercent = Self.humidity(field.humidity, centiCelsius, c)
    ohm = Self.resistance(field, c)
  }

  private static func pressure(_ raw: Int, _ fine: Int, _ c: BME680Calibration) -> Int? {
    var first = (fine >> 1) - 64000
    let quarter = ((first >> 2) * (first >> 2)) >> 11
    var second = (quarter * c.p6) >> 2
    second += (first * c.p5) << 1
    second = (second >> 2) + (c.p4 << 16)
    let bend = ((((first >> 2) * (first >> 2)) >> 13) * (c.p3 << 5)) >> 3
    first = (bend + ((c.p2 * first) >> 1)) >> 18
    first = ((32768 + first) * c.p1) >> 15
    guard first != 0 else { return nil }
    let span = (1_048_576 - raw - (second >> 12)) * 3125
    // Above 2^31 the order of the two steps keeps a 32-bit implementation from overflowing.
    let value = span >= 1 << 31 ? floored(span, first) << 1 : floored(span << 1, first)
    first = (c.p9 * (((value >> 3) * (value >> 3)) >> 13)) >> 12
    second = ((value >> 2) * c.p8) >> 13
    let eighth = value >> 8
    let third = (eighth &* eighth &* eighth &* c.p10) >> 17
    return value + (first + second + third + (c.p7 << 7)) >> 4
  }

  private static func humidity(_ raw: Int, _ centi: Int, _ c: BME680Calibration) -> Int {
    let first = raw - c.h1 * 16 - (floored(centi * c.h3, 100) >> 1)
    let bend = floored((centi * floored(centi * c.h5, 100)) >> 6, 100)
    let second = (c.h2 * (floored(centi * c.h4, 100) + bend + 16384)) >> 10
    let product = first * second
    let fourth = ((c.h6 << 7) + floored(centi * c.h7, 100)) >> 4
    let fifth = ((product >> 14) * (product >> 14)) >> 10
    let sixth = (fourth * fifth) >> 1
    return min(max((((product + sixth) >> 10) * 1000) >> 12, 0), 100_000)
  }

  private static func resistance(_ field: BME680Field, _ c: BME680Calibration) -> Double? {
    guard field.variant == .low else { return BME680GasRange.highResistance(field) }
    let first = ((1340 + 5 * c.rangeSwitchingError) * BME680GasRange.first[field.gasRange]) >> 16
    let second = (field.gas << 15) - 16_777_216 + first
    let third = (BME680GasRange.second[field.gasRange] * first) >> 9
    guard second != 0 else { return nil }
    return Double(third + second >> 1) / Double(second)
  }

  /// Division that rounds down, as the shifts do.
  private static func floored(_ value: Int, _ divisor: Int) -> Int {
    let quotient = value / divisor
    return value % divisor != 0 && (value < 0) != (divisor < 0) ? quotient - 1 : quotient
  }
}

/// Constants of the gas sensor's sixteen ranges (BST-BME680-DS001, section 3.4.1, table "const_array").
enum BME680GasRange {
  /// `const_array1_int`.
  static let first = [
    2_147_483_647, 2_147_483_647, 2_147_483_647, 2_147_483_647, 2_147_483_647, 2_126_008_810, 2_147_483_647,
    2_130_303_777, 2_147_483_647, 2_147_483_647, 2_143_188_679, 2_136_746_228, 2_147_483_647, 2_126_008_810,
    2_147_483_647, 2_147_483_647,
  ]
  /// `const_array2_int`.
  static let second = [
    4_096_000_000, 2_048_000_000, 1_024_000_000, 512_000_000, 255_744_255, 127_110_228, 64_000_000, 32_258_064,
    16_016_016, 8_000_000, 4_000_000, 2_000_000, 1_000_000, 500_000, 250_000, 125_000,
  ]

  /// The BME688 needs no table (BST-BME688-DS000, section 3.4.1).
  static func highResistance(_ field: BME680Field) -> Double? {
    let divisor = 4096 + (field.gas - 512) * 3
    guard divisor != 0 else { return nil }
    return Double(10_000 * (262_144 >> field.gasRange)) / Double(divisor) * 100
  }
}
