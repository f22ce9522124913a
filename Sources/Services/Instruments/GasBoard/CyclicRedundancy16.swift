/// CRC-16/CCITT as the gas board computes it: polynomial 0x1021, start 0xFFFF, not reflected, no final exclusive or.
///
/// The check value over the text `123456789` is 0x29B1.
public enum CyclicRedundancy16 {
  /// The checksum over bytes.
  public static func checksum(_ bytes: some Sequence<UInt8>) -> UInt16 {
    var value: UInt16 = 0xFFFF
    for byte in bytes {
      value ^= UInt16(byte) << 8
      for _ in 0..<8 { value = value & 0x8000 != 0 ? (value << 1) ^ 0x1021 : value << 1 }
    }
    return value
  }

  /// The checksum as the board writes it: four upper-case hexadecimal digits.
  public static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = String(checksum(bytes), radix: 16, uppercase: true)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
