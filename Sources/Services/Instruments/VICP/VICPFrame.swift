/// The header of a VICP block (LeCroy, "VICP: Versatile Instrument Control Protocol"): eight bytes before the data.
struct VICPFrame: Equatable {
  /// Flags of the first byte.
  struct Operation: OptionSet {
    let rawValue: UInt8
    static let data = Operation(rawValue: 0x80)
    static let remote = Operation(rawValue: 0x40)
    static let lockout = Operation(rawValue: 0x20)
    static let clear = Operation(rawValue: 0x10)
    static let serviceRequest = Operation(rawValue: 0x08)
    static let serialPoll = Operation(rawValue: 0x04)
    static let end = Operation(rawValue: 0x01)
  }

  /// The port of VICP.
  static let port: UInt16 = 1861
  /// Bytes of the header.
  static let size = 8

  var operation: Operation
  /// 1 to 255; 0 from servers that do not number.
  var sequence: UInt8
  /// Bytes of data after the header.
  var length: Int

  init(_ operation: Operation, sequence: UInt8, length: Int) {
    (self.operation, self.sequence, self.length) = (operation, sequence, length)
  }

  /// Reads a header; `nil` when it is not one of version 1.
  init?(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count == Self.size, bytes[1] == 1 else { return nil }
    operation = Operation(rawValue: bytes[0])
    sequence = bytes[2]
    length = bytes[4...].reduce(0) { $0 << 8 | Int($1) }
  }

  /// The header as bytes.
  var bytes: [UInt8] {
    [operation.rawValue, 1, sequence, 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
  }

  /// The number after this one: 1 follows 255.
  static func next(_ sequence: UInt8) -> UInt8 { sequence == 255 ? 1 : sequence + 1 }
}
