import CArrow

/// The owner of one column's memory: releases schema and array once, when nobody refers to them any more.
///
/// Sendable although it holds pointers: the two structs are filled before the object is shared and never written
/// afterwards, the buffers below them are immutable by the rules of the Arrow C data interface, and the release
/// callbacks run exactly once, in `deinit`, when no other reference exists.
final class ArrowMemory: @unchecked Sendable {
  /// Type of the column; owned.
  let schema: UnsafeMutablePointer<ArrowSchema>
  /// Buffers of the column; owned.
  let array: UnsafeMutablePointer<ArrowArray>

  /// Takes over what `fill` puts into the two empty structs.
  init<Failure: Error>(
    _ fill: (UnsafeMutablePointer<ArrowSchema>, UnsafeMutablePointer<ArrowArray>) throws(Failure) -> Void
  ) throws(Failure) {
    schema = .allocate(capacity: 1)
    schema.initialize(to: ArrowSchema())
    array = .allocate(capacity: 1)
    array.initialize(to: ArrowArray())
    // On a throw deinit runs, since all members are set.
    try fill(schema, array)
  }

  deinit {
    array.pointee.release?(array)
    schema.pointee.release?(schema)
    array.deallocate()
    schema.deallocate()
  }
}

/// A schema without data, released at the end of its life.
final class ArrowSchemaOwner {
  let schema: UnsafeMutablePointer<ArrowSchema>

  init() {
    schema = .allocate(capacity: 1)
    schema.initialize(to: ArrowSchema())
  }

  deinit {
    schema.pointee.release?(schema)
    schema.deallocate()
  }
}

/// The pairs of a metadata block in the binary form of the C data interface.
///
/// An Int32 count, then each key and value as an Int32 length and bytes. The library wrote the block, so its lengths hold.
func metadataPairs(_ block: UnsafePointer<CChar>?) -> [String: String] {
  guard let block else { return [:] }
  let bytes = UnsafeRawPointer(block)
  var position = 0
  func number() -> Int {
    defer { position += 4 }
    return Int(bytes.loadUnaligned(fromByteOffset: position, as: Int32.self))
  }
  func text() -> String {
    let size = max(number(), 0)
    defer { position += size }
    return String(decoding: UnsafeRawBufferPointer(start: bytes + position, count: size), as: UTF8.self)
  }
  var pairs: [String: String] = [:]
  for _ in 0..<max(number(), 0) {
    let key = text()
    pairs[key] = text()
  }
  return pairs
}

/// The binary form of metadata, keys in ascending order so that equal metadata gives equal bytes; nil when empty.
func metadataBlock(_ pairs: [String: String]) -> [CChar]? {
  guard !pairs.isEmpty else { return nil }
  var bytes: [UInt8] = []
  func append(_ number: Int) { withUnsafeBytes(of: Int32(clamping: number)) { bytes.append(contentsOf: $0) } }
  append(pairs.count)
  for (key, value) in pairs.sorted(by: { $0.key < $1.key }) {
    for text in [key, value] {
      append(text.utf8.count)
      bytes.append(contentsOf: text.utf8)
    }
  }
  return bytes.map { CChar(bitPattern: $0) }
}

extension Field {
  /// Reads the type tree out of a schema.
  init(_ schema: UnsafePointer<ArrowSchema>) {
    self.init(
      schema.pointee.name.map { String(cString: $0) } ?? "", columnType(of: schema),
      isNullable: schema.pointee.flags & Int64(ARROW_FLAG_NULLABLE) != 0,
      metadata: metadataPairs(schema.pointee.metadata).filter { !$0.key.hasPrefix("PARQUET:") })
  }
}

/// Children of a schema; the interface promises `n_children` valid pointers.
func children(of schema: UnsafePointer<ArrowSchema>) -> [UnsafePointer<ArrowSchema>] {
  (0..<Int(schema.pointee.n_children)).compactMap { index in
    schema.pointee.children?[index].map { UnsafePointer($0) }
  }
}

/// The format string of a schema in Arrow's notation.
func format(of schema: UnsafePointer<ArrowSchema>) -> String {
  schema.pointee.format.map { String(cString: $0) } ?? ""
}

private func columnType(of schema: UnsafePointer<ArrowSchema>) -> ColumnType {
  if let dictionary = schema.pointee.dictionary { return .dictionary(columnType(of: dictionary)) }
  let notation = format(of: schema)
  let below = children(of: schema)
  switch notation {
  case "+s": return .record(below.map { Field($0) })
  case "+l", "+L", "+m":
    guard let element = below.first else { return .unsupported(notation) }
    return .list(Field(element))
  default:
    if notation.hasPrefix("+w:"), let element = below.first { return .list(Field(element)) }
    return scalarType(notation)
  }
}

/// The type of a format string without children.
func scalarType(_ notation: String) -> ColumnType {
  switch notation {
  case "n": return .null
  case "b": return .bool
  case "c": return .integer(bits: 8, signed: true)
  case "C": return .integer(bits: 8, signed: false)
  case "s": return .integer(bits: 16, signed: true)
  case "S": return .integer(bits: 16, signed: false)
  case "i": return .integer(bits: 32, signed: true)
  case "I": return .integer(bits: 32, signed: false)
  case "l": return .integer(bits: 64, signed: true)
  case "L": return .integer(bits: 64, signed: false)
  case "e": return .floating(bits: 16)
  case "f": return .floating(bits: 32)
  case "g": return .floating(bits: 64)
  case "u", "U": return .string
  case "z", "Z": return .binary
  case "tdD": return .date
  case "tdm": return .dateMilliseconds
  default: return parametricType(notation)
  }
}

private func parametricType(_ notation: String) -> ColumnType {
  let units: [Character: ColumnType.TimeUnit] = [
    "s": .second, "m": .millisecond, "u": .microsecond, "n": .nanosecond,
  ]
  let letters = Array(notation)
  if letters.count >= 3, letters[0] == "t", let unit = units[letters[2]] {
    switch letters[1] {
    case "t" where letters.count == 3: return .time(unit)
    case "D" where letters.count == 3: return .duration(unit)
    case "s" where letters.count >= 4 && letters[3] == ":":
      return .timestamp(unit, zone: letters.count == 4 ? nil : String(letters[4...]))
    default: return .unsupported(notation)
    }
  }
  if notation.hasPrefix("w:") { return .binary }
  if notation.hasPrefix("d:") {
    let numbers = notation.dropFirst(2).split(separator: ",").compactMap { Int($0) }
    if numbers.count >= 2 { return .decimal(precision: numbers[0], scale: numbers[1]) }
  }
  return .unsupported(notation)
}
