import Errors

/// A named, typed sequence of values with a unit and remarks; a value type over shared, immutable Arrow memory.
///
/// Rows count from 0. A row that does not exist and a value that is missing both give nil; nothing here traps.
///
///     let scanner = table["SPS.BWS.51637.H/Acquisition"]?.member("value")
///     let profiles = scanner?.member("projDataSet1")?.listRows(at: 0)
public struct Column: Sendable {
  /// The name; it may contain dots and slashes.
  public var name: String
  /// The type, with the fields below it.
  public let type: ColumnType
  /// Remarks; the key `unit` holds the unit.
  public var metadata: [String: String]
  /// The values.
  let node: ArrowNode
  /// The records around a member, outermost first: where one is missing, so is the member.
  let records: [ArrowNode]

  init(_ memory: ArrowMemory) {
    let field = Field(memory.schema)
    self.init(field: field, node: ArrowNode(memory), records: [])
  }

  init(field: Field, node: ArrowNode, records: [ArrowNode]) {
    name = field.name
    type = field.type
    metadata = field.metadata
    self.node = node
    self.records = records
  }

  /// Number of rows.
  public var count: Int { node.count }

  /// The unit of the values, for example `mm`; kept in the remarks under `unit`.
  public var unit: String? {
    get { metadata["unit"] }
    set { metadata["unit"] = newValue }
  }

  /// Name, type and remarks together.
  public var field: Field { Field(name, type, isNullable: true, metadata: metadata) }

  /// Number of rows whose value is missing.
  public var nullCount: Int { (0..<count).count { isNull(at: $0) } }

  /// Whether the value in a row is missing; true for a row that does not exist.
  public func isNull(at row: Int) -> Bool { !hasValue(row) }

  /// Whether the row exists and holds a value.
  func hasValue(_ row: Int) -> Bool {
    guard row >= 0, row < node.count, node.isValid(row) else { return false }
    return records.allSatisfy { $0.isValid(row) }
  }

  /// Whether any record around this member is missing somewhere.
  var hasMissingRecords: Bool { records.contains { $0.validity != nil || $0.layout == .null } }

  /// The member of a record column, missing wherever the record is; nil when there is none of this name.
  public func member(_ name: String) -> Column? {
    guard case .record(let members) = type, let index = members.firstIndex(where: { $0.name == name }),
      let child = node.child(index)
    else { return nil }
    return Column(field: members[index], node: child, records: records + [node])
  }

  /// The names of the members of a record column, in the order of the file; empty for other columns.
  public var memberNames: [String] {
    guard case .record(let members) = type else { return [] }
    return members.map(\.name)
  }

  /// The member reached through several records; nil when one of the names does not exist.
  public func member(_ path: ColumnPath) -> Column? {
    var column = self
    for name in path {
      guard let next = column.member(name) else { return nil }
      column = next
    }
    return column
  }

  /// The member of a record column.
  ///
  /// - Throws: `table.missingField` with the nearest names.
  public func required(_ name: String) throws(CavernError) -> Column {
    if let found = member(name) { return found }
    throw CavernError(
      "table.missingField", "\(self.name): field '\(name)' is missing", exit: .badData,
      nearest: nearestNames(to: name, in: memberNames))
  }

  /// The elements of list `row` as a column; nil when the list is missing or the column holds none.
  public func elements(at row: Int) -> Column? {
    guard case .list(let element) = type, hasValue(row), let child = node.child(0) else { return nil }
    let range = node.elements(row)
    guard range.upperBound <= child.count else { return nil }
    return Column(field: element, node: child.slice(range), records: [])
  }

  /// Some of the rows, without copying; the range is cut to the rows there are.
  public func rows(_ range: Range<Int>) -> Column {
    let kept = range.clamped(to: 0..<count)
    return Column(field: field, node: node.slice(kept), records: records.map { $0.slice(kept) })
  }

  /// The same values under another name.
  public func renamed(_ name: String) -> Column {
    var copy = self
    copy.name = name
    return copy
  }
}
