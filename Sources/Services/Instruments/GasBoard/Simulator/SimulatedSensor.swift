/// A BME680 that does not exist: slow walks of temperature, pressure, humidity and gas resistance, turned into registers and
/// back by the sensor's own formulas.
///
/// The same seed gives the same course.
struct SimulatedSensor {
  /// Calibration registers in the usual range.
  static let calibrationRegisters: [UInt8] = [
    0x00, 0x65, 0x67, 0x03, 0x00, 0x0F, 0x8E, 0x7B, 0xD7, 0x58, 0x00, 0x89, 0x1B, 0x82, 0xFF, 0x2A, 0x1E, 0x00, 0x00,
    0x4D, 0xFB, 0x2E, 0xF6, 0x1E, 0x00, 0x3F, 0x02, 0x31, 0x00, 0x2D, 0x14, 0x78, 0x9C, 0xE1, 0x65, 0x48, 0xEA, 0xDE,
    0x12, 0x00, 0x00,
  ]

  private var state: UInt64
  private var walk = [0.0, 0.0, 0.0]
  /// How strongly solvent vapour is present, 0 to 1; the resistance falls with it.
  var exposure = 0.0

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  /// The next number of the xorshift sequence (Marsaglia 2003), -1 to 1.
  private mutating func noise() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(state >> 11) / 4_503_599_627_370_496 - 1
  }

  /// The registers of a measurement.
  ///
  /// - Parameter seconds: time since the start, for the course of the day.
  mutating func measure(seconds: Double, _ calibration: BME680Calibration) -> BME680Field {
    for place in walk.indices { walk[place] = 0.98 * walk[place] + 0.02 * noise() }
    let day = seconds / 86400 * 2 * Double.pi
    let celsius = 22.5 + 1.5 * Self.wave(day) + walk[0]
    let pascal = 97_800 + 150 * Self.wave(day / 3 + 1) + 40 * walk[1]
    let percent = 34 - 3 * Self.wave(day) + walk[2]
    var field = BME680Field(gas: 536, gasRange: 8)
    field.temperature = Self.solve(0..<1 << 20) { raw in
      field.temperature = raw
      return BME680FloatResult(field, calibration).celsius < celsius
    }
    // A larger register stands for a lower pressure.
    field.pressure = Self.solve(0..<1 << 20) { raw in
      field.pressure = raw
      return BME680FloatResult(field, calibration).pascal > pascal
    }
    field.humidity = Self.solve(0..<1 << 16) { raw in
      field.humidity = raw
      return BME680FloatResult(field, calibration).percent < percent
    }
    field.gas = 400 + Int(300 * exposure + 20 * noise())
    return field
  }

  /// The sine by its series after reduction, the same bits on every machine.
  private static func wave(_ angle: Double) -> Double {
    let turns = angle / (2 * Double.pi)
    let x = (turns - turns.rounded()) * 2 * Double.pi
    let square = x * x
    return x * (1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72 * (1 - square / 110)))))
  }

  /// The first number for which `isBelow` no longer holds, by halving.
  private static func solve(_ range: Range<Int>, _ isBelow: (Int) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound - 1)
    while low < high {
      let middle = (low + high) / 2
      if isBelow(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension BME680Field {
  /// A measurement of nothing yet.
  fileprivate init(gas: Int, gasRange: Int) {
    (temperature, pressure, humidity) = (0, 0, 0)
    (self.gas, self.gasRange) = (gas, gasRange)
    (isNew, isGasValid, isHeaterStable, variant) = (true, true, true, .low)
  }

  /// The 17 field registers that hold this measurement.
  var registers: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.byteCount)
    bytes[0] = isNew ? 0x80 : 0
    for (place, value) in [(2, pressure), (5, temperature)] {
      bytes[place] = UInt8(truncatingIfNeeded: value >> 12)
      bytes[place + 1] = UInt8(truncatingIfNeeded: value >> 4)
      bytes[place + 2] = UInt8(truncatingIfNeeded: value << 4)
    }
    bytes[8] = UInt8(truncatingIfNeeded: humidity >> 8)
    bytes[9] = UInt8(truncatingIfNeeded: humidity)
    let place = variant == .low ? 13 : 15
    bytes[place] = UInt8(truncatingIfNeeded: gas >> 2)
    bytes[place + 1] =
      UInt8(truncatingIfNeeded: (gas & 3) << 6 | gasRange) | (isGasValid ? 0x20 : 0) | (isHeaterStable ? 0x10 : 0)
    return bytes
  }
}
