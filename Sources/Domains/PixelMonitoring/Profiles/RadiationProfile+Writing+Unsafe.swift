import Glibc

extension RadiationProfile {
  /// The profile as text, heading first.
  ///
  /// - Parameter form: `compatible` is byte for byte what the earlier program wrote: whole numbers are cut, not rounded.
  public func text(_ form: Form) -> [UInt8] {
    var bytes = Array((heading + "\n").utf8)
    bytes.reserveCapacity(bytes.count + rows.count * 64)
    for row in rows { Self.append(row, form, to: &bytes) }
    return bytes
  }

  /// Appends one line.
  static func append(_ row: Row, _ form: Form, to bytes: inout [UInt8]) {
    // The longest line has six numbers of at most 330 characters each (a double printed with `%f`).
    var buffer = [CChar](repeating: 0, count: 2048)
    let arguments: [any CVarArg]
    let format: String
    switch form {
    case .compatible:
      format = "%ld\t%ld\t%ld\t\t%4.2f\t\t%10ld\t\t%6.2f\n"
      arguments = [
        row.fill, whole(row.timestamp), whole(row.duration), row.temperature, whole(row.fluenceRate), row.current,
      ]
    case .physics:
      format = "%ld\t%.6f\t%.6f\t%.6f\t%.8e\t%.6f\n"
      arguments = [row.fill, row.timestamp, row.duration, row.temperature, row.fluenceRate, row.current]
    }
    let count = withVaList(arguments) { vsnprintf(&buffer, buffer.count, format, $0) }
    // vsnprintf writes at most the length it is given, the last byte being zero.
    for byte in buffer.prefix(max(0, min(Int(count), buffer.count - 1))) { bytes.append(UInt8(bitPattern: byte)) }
  }

  /// Cut towards zero, kept within what a whole number can hold.
  private static func whole(_ value: Double) -> Int { Int(exactly: value.rounded(.towardZero)) ?? 0 }
}
