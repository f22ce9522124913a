/// A BME680 measurement compensated in floating point.
///
/// Source: the integer forms of BST-BME680-DS001, section 3.3, with true divisions in place of shifts; only the fine
/// temperature is cut to a whole number.
public struct BME680FloatResult: Sendable, Equatable {
  /// Temperature in degrees Celsius.
  public var celsius: Double
  /// Pressure in pascal; not finite when the calibration makes the formula divide by zero.
  public var pascal: Double
  /// Relative humidity in percent, 0 to 100.
  public var percent: Double
  /// Resistance of the gas sensor in ohm; `nil` when the formula divides by zero.
  public var ohm: Double?

  /// Compensates a measurement.
  public init(_ field: BME680Field, _ calibration: BME680Calibration) {
    let c = calibration
    let offset = Double(field.temperature) / 8 - Double(c.t1) * 2
    let square = (offset / 2) * (offset / 2) / 4096
    let fine = (offset * Double(c.t2) / 2048 + square * Double(c.t3) * 16 / 16384).rounded(.towardZero)
    let centi = (fine * 5 + 128) / 256
    celsius = centi / 100
    pascal = Self.pressure(Double(field.pressure), fine, c)
    percent = Self.humidity(Double(field.humidity), centi, c)
    ohm = Self.resistance(field, c)
  }

  private static func pressure(_ raw: Double, _ fine: Double, _ c: BME680Calibration) -> Double {
    let offset = fine / 2 - 64000
    let square = (offset / 4) * (offset / 4)
    let second = (square / 2048 * Double(c.p6) / 4 + offset * Double(c.p5) * 2) / 4 + Double(c.p4) * 65536
    let bend = square / 8192 * (Double(c.p3) * 32) / 8 + Double(c.p2) * offset / 2
    let scale = (32768 + bend / 262_144) * Double(c.p1) / 32768
    let value = (1_048_576 - raw - second / 4096) * 3125 / scale * 2
    let ninth = Double(c.p9) * ((value / 8) * (value / 8) / 8192) / 4096
    let eighth = value / 4 * Double(c.p8) / 8192
    let part = value / 256
    let tenth = part * part * part * Double(c.p10) / 131_072
    return value + (ninth + eighth + tenth + Double(c.p7) * 128) / 16
  }

  private static func humidity(_ raw: Double, _ centi: Double, _ c: BME680Calibration) -> Double {
    let first = raw - Double(c.h1) * 16 - centi * Double(c.h3) / 200
    let bend = centi * (centi * Double(c.h5) / 100) / 64 / 100
    let second = Double(c.h2) * (centi * Double(c.h4) / 100 + bend + 16384) / 1024
    let product = first * second
    let fourth = (Double(c.h6) * 128 + centi * Double(c.h7) / 100) / 16
    let fifth = (product / 16384) * (product / 16384) / 1024
    let value = (product + fourth * fifth / 2) / 1024 * 1000 / 4096 / 1000
    return min(max(value, 0), 100)
  }

  private static func resistance(_ field: BME680Field, _ c: BME680Calibration) -> Double? {
    guard field.variant == .low else { return BME680GasRange.highResistance(field) }
    let first = Double((1340 + 5 * c.rangeSwitchingError) * BME680GasRange.first[field.gasRange]) / 65536
    let second = Double(field.gas) * 32768 - 16_777_216 + first
    guard second != 0 else { return nil }
    return (Double(BME680GasRange.second[field.gasRange]) * first / 512 + second / 2) / second
  }
}
