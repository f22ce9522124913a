/// Turns the bytes that a request to the gas board brought into an outcome.
///
/// Version 0 of the protocol answers `temp;press;hum;voc` and CR LF with four plain decimal numbers; version 1 adds
/// `M;seq;temp;press;hum;ohm;status*crc`.
public enum GasLineDecoder {
  /// How many bytes are read at the most while waiting for a line end.
  public static let longestReply = 128

  /// Judges everything that came between a request and the end of its reply.
  ///
  /// - Parameters:
  ///   - bytes: what came, line end included.
  ///   - sequence: the number that a reply of version 1 must carry; `nil` takes any.
  public static func decode(_ bytes: [UInt8], sequence: Int? = nil) -> GasExchange {
    guard !bytes.isEmpty else { return GasExchange(failed: .timeout, "no byte came before the time limit") }
    guard let end = bytes.prefix(longestReply).firstIndex(of: 0x0A) else {
      return bytes.count >= longestReply
        ? GasExchange(failed: .malformed, "\(longestReply) bytes without a line end")
        : GasExchange(failed: .partial, "the line does not end before the time limit")
    }
    guard end == bytes.count - 1 else {
      return GasExchange(failed: .desynchronised, "more than one line for one request")
    }
    let line = bytes[..<end]
    return decode(line: line.last == 0x0D ? line.dropLast() : line, sequence: sequence)
  }

  /// Judges one line without its line end.
  static func decode(line: ArraySlice<UInt8>, sequence: Int?) -> GasExchange {
    if line.starts(with: "M;".utf8) { return decodeNumbered(line, sequence: sequence) }
    switch String(decoding: line, as: UTF8.self) {
    case "Failed to begin reading :(", "Failed to complete reading :(":
      return GasExchange(failed: .sensorError, "the board could not measure")
    case "Could not find a valid BME680 sensor, check wiring!":
      return GasExchange(failed: .sensorMissing, "the board finds no sensor")
    case "": return GasExchange(failed: .malformed, "an empty line")
    default: break
    }
    let fields = line.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    guard fields.count == 4 else {
      return GasExchange(failed: .malformed, "\(fields.count) fields where 4 belong")
    }
    guard let values = numbers(fields) else {
      return GasExchange(failed: .malformed, "a field is not a plain decimal number")
    }
    return GasExchange(
      GasReading(
        temperatureKelvin: values[0], pressurePascal: values[1], humidityPercent: values[2],
        resistanceOhm: values[3] == 0 ? nil : values[3]))
  }

  /// `M;seq;temp;press;hum;ohm;status*crc`: status bit 0 says that the gas measurement holds, bit 1 that the heater was
  /// stable; the checksum covers the bytes before the star.
  private static func decodeNumbered(_ line: ArraySlice<UInt8>, sequence: Int?) -> GasExchange {
    guard let star = line.lastIndex(of: UInt8(ascii: "*")) else {
      return GasExchange(failed: .malformed, "no checksum")
    }
    guard String(decoding: line[(star + 1)...], as: UTF8.self) == CyclicRedundancy16.text(line[..<star]) else {
      return GasExchange(failed: .malformed, "the checksum does not fit")
    }
    let fields = line[..<star].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    guard fields.count == 7, let number = wholeNumber(fields[1]), let status = wholeNumber(fields[6]),
      let values = numbers(fields[2..<6])
    else { return GasExchange(failed: .malformed, "not the form M;seq;T;P;RH;ohm;status") }
    guard sequence == nil || number == sequence else {
      return GasExchange(failed: .desynchronised, "the reply to request \(number) in place of \(sequence ?? 0)")
    }
    let isGasValid = status & 3 == 3 && values[3] != 0
    return GasExchange(
      GasReading(
        temperatureKelvin: values[0], pressurePascal: values[1], humidityPercent: values[2],
        resistanceOhm: isGasValid ? values[3] : nil), sequence: number)
  }

  /// All fields as numbers; `nil` when one is not `-?digits[.digits]`.
  private static func numbers(_ fields: some Collection<ArraySlice<UInt8>>) -> [Double]? {
    var values: [Double] = []
    for field in fields {
      let digits = field.first == UInt8(ascii: "-") ? field.dropFirst() : field
      let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isDigit) }),
        let value = Double(String(decoding: field, as: UTF8.self))
      else { return nil }
      values.append(value)
    }
    return values
  }

  private static func wholeNumber(_ field: ArraySlice<UInt8>) -> Int? {
    field.allSatisfy(isDigit) ? Int(String(decoding: field, as: UTF8.self)) : nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
