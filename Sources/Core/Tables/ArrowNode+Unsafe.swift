import CArrow

/// A view on one array of a column: its buffers by kind, its rows, the nodes below it.
///
/// Bounds: `rows` lie inside the buffers because Arrow's full validation ran when the column was read (or because the
/// builder sized them). Every access here takes a row `0..<count` and turns it into `offset + row` once; callers check
/// the range. Sendable: pointers into immutable memory that `memory` keeps alive.
struct ArrowNode: @unchecked Sendable {
  /// How the buffers are laid out.
  enum Layout: Equatable {
    case null, bool
    case int8, int16, int32, int64, uint8, uint16, uint32, uint64
    case half, float, double
    case decimal(bytes: Int, scale: Int)
    case text32, text64, fixedText(bytes: Int)
    case list32, list64, fixedList(Int)
    case record, dictionary, unsupported
  }

  let memory: ArrowMemory
  let schema: UnsafePointer<ArrowSchema>
  let array: UnsafePointer<ArrowArray>
  let layout: Layout
  /// First row in the buffers.
  let offset: Int
  /// Rows.
  let count: Int
  /// One bit a row from `offset` on, set where a value is present; nil when none is missing.
  let validity: UnsafePointer<UInt8>?

  init(_ memory: ArrowMemory) {
    let rows = Int(memory.array.pointee.offset)
    self.init(
      memory: memory, schema: UnsafePointer(memory.schema), array: UnsafePointer(memory.array), offset: rows,
      count: Int(memory.array.pointee.length))
  }

  /// A view on `count` rows from row `offset` of the buffers.
  init(
    memory: ArrowMemory, schema: UnsafePointer<ArrowSchema>, array: UnsafePointer<ArrowArray>, offset: Int, count: Int
  ) {
    self.memory = memory
    self.schema = schema
    self.array = array
    self.offset = offset
    self.count = count
    layout = Self.layout(of: schema)
    let hasBits = layout != .null && array.pointee.n_buffers > 0 && array.pointee.null_count != 0
    validity = hasBits ? array.pointee.buffers?[0].map { $0.assumingMemoryBound(to: UInt8.self) } : nil
  }

  /// Whether the value in a row is there; `row` is in `0..<count`.
  func isValid(_ row: Int) -> Bool {
    guard layout != .null else { return false }
    guard let validity else { return true }
    let bit = offset + row
    return validity[bit >> 3] & (1 << UInt8(bit & 7)) != 0
  }

  /// Buffer `index` as values of a type; Arrow aligns buffers to their type.
  func buffer<Value>(_ index: Int, as type: Value.Type) -> UnsafePointer<Value>? {
    guard index < Int(array.pointee.n_buffers) else { return nil }
    return array.pointee.buffers?[index].map { $0.assumingMemoryBound(to: Value.self) }
  }

  /// Child `index` with all rows that this node's rows refer to: the same rows for a record, all for a list.
  func child(_ index: Int) -> ArrowNode? {
    guard index >= 0, index < Int(array.pointee.n_children), let schema = schema.pointee.children?[index],
      let array = array.pointee.children?[index]
    else { return nil }
    let start = Int(array.pointee.offset)
    let below = layout == .record ? (start + offset, count) : (start, Int(array.pointee.length))
    return ArrowNode(memory: memory, schema: schema, array: array, offset: below.0, count: below.1)
  }

  /// The stored values of a dictionary column.
  var dictionaryValues: ArrowNode? {
    guard let schema = schema.pointee.dictionary, let array = array.pointee.dictionary else { return nil }
    return ArrowNode(
      memory: memory, schema: schema, array: array, offset: Int(array.pointee.offset), count: Int(array.pointee.length))
  }

  /// The integers of a dictionary column, as a node of their own.
  var dictionaryIndex: Layout { Self.scalarLayout(format(of: schema)) }

  /// Some of the rows; `rows` lies in `0..<count`.
  func slice(_ rows: Range<Int>) -> ArrowNode {
    ArrowNode(memory: memory, schema: schema, array: array, offset: offset + rows.lowerBound, count: rows.count)
  }

  /// Rows of the element node that make up list `row`; empty for a missing list.
  func elements(_ row: Int) -> Range<Int> {
    guard isValid(row) else { return 0..<0 }
    let place = offset + row
    let range: (Int, Int)
    switch layout {
    case .list32:
      guard let offsets = buffer(1, as: Int32.self) else { return 0..<0 }
      range = (Int(offsets[place]), Int(offsets[place + 1]))
    case .list64:
      guard let offsets = buffer(1, as: Int64.self) else { return 0..<0 }
      range = (Int(offsets[place]), Int(offsets[place + 1]))
    case .fixedList(let size): range = (place * size, place * size + size)
    default: return 0..<0
    }
    // Validation proved this; the guard costs nothing and keeps a fault there from becoming a trap here.
    guard range.0 >= 0, range.1 >= range.0 else { return 0..<0 }
    return range.0..<range.1
  }

  /// Whether the node is a list.
  var isList: Bool {
    switch layout {
    case .list32, .list64, .fixedList: true
    default: false
    }
  }

  private static func layout(of schema: UnsafePointer<ArrowSchema>) -> Layout {
    schema.pointee.dictionary != nil ? .dictionary : scalarLayout(format(of: schema))
  }

  private static func scalarLayout(_ notation: String) -> Layout {
    switch notation {
    case "n": return .null
    case "b": return .bool
    case "c": return .int8
    case "C": return .uint8
    case "s": return .int16
    case "S": return .uint16
    case "i", "tdD", "tts", "ttm": return .int32
    case "I": return .uint32
    case "l", "tdm", "ttu", "ttn": return .int64
    case "L": return .uint64
    case "e": return .half
    case "f": return .float
    case "g": return .double
    case "u", "z": return .text32
    case "U", "Z": return .text64
    case "+s": return .record
    case "+l", "+m": return .list32
    case "+L": return .list64
    default: break
    }
    if notation.hasPrefix("ts") || notation.hasPrefix("tD") { return .int64 }
    let numbers = notation.drop { $0 != ":" }.dropFirst().split(separator: ",").compactMap { Int($0) }
    if notation.hasPrefix("w:"), let size = numbers.first { return .fixedText(bytes: size) }
    if notation.hasPrefix("+w:"), let size = numbers.first { return .fixedList(size) }
    if notation.hasPrefix("d:"), numbers.count >= 2 {
      return .decimal(bytes: (numbers.count > 2 ? numbers[2] : 128) / 8, scale: numbers[1])
    }
    return .unsupported
  }
}
