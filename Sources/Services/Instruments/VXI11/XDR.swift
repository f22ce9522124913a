/// Writes external data representation (RFC 4506): big-endian, in units of four bytes.
struct XDRWriter {
  /// What was written.
  private(set) var bytes: [UInt8] = []

  mutating func unsigned(_ value: UInt32) {
    for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  mutating func integer(_ value: Int32) { unsigned(UInt32(bitPattern: value)) }

  /// Opaque bytes of variable length: their number, the bytes, zeros up to a multiple of four.
  mutating func opaque(_ value: some Collection<UInt8>) {
    unsigned(UInt32(truncatingIfNeeded: value.count))
    bytes.append(contentsOf: value)
    bytes.append(contentsOf: repeatElement(0, count: -value.count & 3))
  }
}

/// Reads external data representation; `nil` where the bytes end.
struct XDRReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func unsigned() -> UInt32? {
    guard rest.count >= 4 else { return nil }
    defer { rest = rest.dropFirst(4) }
    return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func integer() -> Int32? { unsigned().map { Int32(bitPattern: $0) } }

  /// Opaque bytes; their length is held against the bytes that are there before anything is taken.
  mutating func opaque() -> ArraySlice<UInt8>? {
    guard let length = unsigned().map(Int.init), rest.count >= length else { return nil }
    let value = rest.prefix(length)
    rest = rest.dropFirst(min(rest.count, length + (-length & 3)))
    return value
  }
}
