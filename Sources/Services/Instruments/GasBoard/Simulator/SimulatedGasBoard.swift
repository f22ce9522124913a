/// The simulated board without its line: bytes in, bytes out with the time they take.
struct SimulatedGasBoard {
  /// What one byte of the host brings.
  struct Answer: Equatable {
    /// The bytes; empty for none.
    var bytes: [UInt8] = []
    /// How long the board is busy before they go out.
    var pause: Duration
  }

  /// The protocol version that the firmware speaks.
  let version: Int
  /// Whether the sensor is there.
  var hasSensor = true
  private(set) var sensor: SimulatedSensor
  private let calibration: BME680Calibration?
  private var command: [UInt8] = []
  /// Fault of the next reply.
  var fault: GasFault?

  init(version: Int, seed: UInt64) {
    self.version = version
    sensor = SimulatedSensor(seed: seed)
    calibration = try? BME680Calibration(registers: SimulatedSensor.calibrationRegisters)
  }

  /// Takes one byte: `R`, and in version 1 `V`, `C`, `M<seq>` and `D<seq>` with a line feed; others cost 100 ms.
  mutating func take(_ byte: UInt8, seconds: Double) -> Answer {
    let idle = Answer(pause: .milliseconds(100))
    if !command.isEmpty {
      if byte == 0x0A {
        let text = String(decoding: command, as: UTF8.self)
        command = []
        return numbered(text, seconds: seconds)
      }
      // A request that is no number is forgotten.
      guard (0x30...0x39).contains(byte), command.count < 12 else {
        command = []
        return idle
      }
      command.append(byte)
      return Answer(pause: .zero)
    }
    switch byte {
    case UInt8(ascii: "R"): return measured(plain(seconds: seconds))
    case UInt8(ascii: "V") where version >= 1: return Answer(bytes: line("CAVERN-GAS;1;simulator;61;0"), pause: .zero)
    case UInt8(ascii: "C") where version >= 1:
      return Answer(
        bytes: checked("C;\(HexadecimalText.text(SimulatedSensor.calibrationRegisters))"), pause: .zero)
    case UInt8(ascii: "M") where version >= 1, UInt8(ascii: "D") where version >= 1:
      command = [byte]
      return Answer(pause: .zero)
    default: return idle
    }
  }

  /// The message at power-on of a board that finds no sensor, after which version 0 says nothing.
  var greeting: [UInt8] { hasSensor ? [] : line("Could not find a valid BME680 sensor, check wiring!") }

  /// Sets how strongly solvent vapour is present, 0 to 1.
  mutating func expose(_ strength: Double) { sensor.exposure = min(max(strength, 0), 1) }

  private mutating func numbered(_ text: String, seconds: Double) -> Answer {
    let sequence = text.dropFirst()
    guard hasSensor else { return Answer(bytes: greeting, pause: .zero) }
    guard let values = values(seconds: seconds) else { return Answer(pause: .zero) }
    if text.hasPrefix("D") {
      return measured(checked("D;\(sequence);\(HexadecimalText.text(values.field.registers))"))
    }
    if fault == .sensorError {
      fault = nil
      return measured(line("Failed to complete reading :("))
    }
    let status = fault == .noGas ? 0 : 3
    let ohm = fault == .noGas ? "0" : values.texts[3]
    if fault == .noGas { fault = nil }
    return measured(
      checked("M;\(sequence);\(values.texts[0]);\(values.texts[1]);\(values.texts[2]);\(ohm);\(status)"))
  }

  private mutating func plain(seconds: Double) -> [UInt8] {
    // Version 0 is silent for ever, version 1 says on every request that the sensor is missing.
    guard hasSensor else { return version >= 1 ? greeting : [] }
    guard var texts = values(seconds: seconds)?.texts else { return [] }
    switch fault {
    case .notANumber:
      texts[2] = "nan"
      fault = nil
    case .noGas:
      texts[3] = "0"
      fault = nil
    case .sensorError:
      fault = nil
      return line("Failed to complete reading :(")
    default: break
    }
    return line(texts.joined(separator: ";"))
  }

  private mutating func values(seconds: Double) -> (field: BME680Field, texts: [String])? {
    guard let calibration else { return nil }
    let field = sensor.measure(seconds: seconds, calibration)
    let result = BME680IntegerResult(field, calibration)
    return (
      field,
      [
        Self.hundredths(result.centiCelsius + 27315), Self.hundredths((result.pascal ?? 0) * 100),
        Self.hundredths(result.milliPercent / 10), "\(Int(result.ohm ?? 0))",
      ]
    )
  }

  /// A reply bent by the fault that is due.
  private mutating func measured(_ bytes: [UInt8]) -> Answer {
    var answer = Answer(bytes: bytes, pause: .milliseconds(182))
    defer { if fault != nil, !bytes.isEmpty { fault = nil } }
    switch fault {
    case .drop(let count): answer.bytes.removeSubrange(3..<min(3 + count, max(3, bytes.count - 2)))
    case .duplicate, .merge: answer.bytes += bytes
    case .flip where bytes.count > 4: answer.bytes[4] ^= 0x40
    case .half: answer.bytes.removeLast(bytes.count / 2)
    case .slow(let time): answer.pause += time
    case .silent: answer.bytes = []
    default: break
    }
    return answer
  }

  private func line(_ text: String) -> [UInt8] { Array("\(text)\r\n".utf8) }

  private func checked(_ text: String) -> [UInt8] { line("\(text)*\(CyclicRedundancy16.text(text.utf8))") }

  /// A number of hundredths with its point: 29641 as `296.41`.
  private static func hundredths(_ value: Int) -> String {
    let rest = abs(value) % 100
    return "\(value < 0 ? "-" : "")\(abs(value) / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
