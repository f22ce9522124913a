/// One value of any type, for printing, comparing and turning into JSON.
public indirect enum CellValue: Sendable, Equatable {
  /// Missing.
  case null
  /// True or false.
  case bool(Bool)
  /// A whole number; times give their count in the unit of the column's type.
  case integer(Int)
  /// A number; also whole numbers beyond 64 bits with sign, and decimals.
  case double(Double)
  /// Text.
  case string(String)
  /// Bytes that are not text in UTF-8.
  case bytes([UInt8])
  /// A list.
  case list([CellValue])
  /// A record: names and values in the order of the file.
  case record([Member])
  /// A value of a type that Tables does not read.
  case unreadable

  /// A member of a record.
  public struct Member: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The value.
    public var value: CellValue

    /// A member.
    public init(_ name: String, _ value: CellValue) {
      self.name = name
      self.value = value
    }
  }
}

extension Column {
  /// The value in a row, whatever its type; `.null` when missing or when the row does not exist.
  public func value(at row: Int) -> CellValue {
    guard hasValue(row) else { return .null }
    return Self.value(type, self, row)
  }

  private static func value(_ type: ColumnType, _ column: Column, _ row: Int) -> CellValue {
    switch type {
    case .null: return .null
    case .bool: return column.bool(at: row).map { .bool($0) } ?? .unreadable
    case .integer, .date, .dateMilliseconds, .time, .timestamp, .duration:
      if let number = column.int(at: row) { return .integer(number) }
      return column.double(at: row).map { .double($0) } ?? .unreadable
    case .floating, .decimal: return column.double(at: row).map { .double($0) } ?? .unreadable
    case .string, .binary:
      if let text = column.string(at: row) { return .string(text) }
      return column.bytes(at: row).map { .bytes($0) } ?? .unreadable
    case .dictionary(let values): return value(values, column, row)
    case .list:
      guard let elements = column.elements(at: row) else { return .unreadable }
      return .list((0..<elements.count).map { elements.value(at: $0) })
    case .record(let members):
      return .record(
        members.indices.map { index in
          let member = column.node.child(index).map {
            Column(field: members[index], node: $0, records: column.records + [column.node])
          }
          return CellValue.Member(members[index].name, member?.value(at: row) ?? .unreadable)
        })
    case .unsupported: return .unreadable
    }
  }
}
