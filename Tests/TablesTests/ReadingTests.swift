import Errors
import Foundation
import JSON
import TestSupport
import Testing

@testable import Tables

/// Compares a cell with the JSON that pyarrow's values were written as; nil when equal, else what differs.
func difference(_ cell: CellValue, _ json: JSONValue, _ place: String) -> String? {
  switch (cell, json) {
  case (.null, .null): return nil
  case (.bool(let left), .bool(let right)) where left == right: return nil
  case (.integer(let left), .integer(let right)) where left == right: return nil
  case (.double(let left), _) where json.doubleValue == left: return nil
  case (.string(let left), .string(let right)) where left == right: return nil
  case (.list(let left), .array(let right)):
    guard left.count == right.count else { return "\(place): \(left.count) elements instead of \(right.count)" }
    for (index, (one, other)) in zip(left, right).enumerated() {
      if let found = difference(one, other, "\(place)[\(index)]") { return found }
    }
    return nil
  case (.record(let left), .object(let right)):
    guard Set(left.map(\.name)) == Set(right.names) else { return "\(place): members \(left.map(\.name))" }
    for member in left {
      if let found = difference(member.value, right[member.name] ?? .null, "\(place).\(member.name)") { return found }
    }
    return nil
  default: return "\(place): \(cell) instead of \(json)"
  }
}

let golden: [String: JSONValue] = {
  let members = (try? TestResources.json("tables/expected.json"))?.objectValue?.members ?? []
  return Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
}()

@Test("every variant of pyarrow's files gives pyarrow's values", arguments: golden.keys.sorted())
func readsVariant(_ name: String) throws {
  let table = try readTable(path: TestResources.path("tables/\(name)"))
  let expected = try #require(golden[name])
  #expect(table.rowCount == expected["rows"]?.intValue)
  let columns = try #require(expected["columns"]?.objectValue)
  #expect(Set(table.columnNames) == Set(columns.names))
  for column in table.columns {
    let values = try #require(columns[column.name]?.arrayValue)
    #expect(column.count == values.count)
    for (row, value) in values.enumerated() {
      #expect(difference(column.value(at: row), value, "\(name) \(column.name)[\(row)]") == nil)
    }
  }
}

@Test("there are golden files") func goldenFilesExist() { #expect(golden.count > 20) }

let acquisition = "SPS.BWS.51637.H/Acquisition"

@Test("a name with dots and a slash is one name, and a path reaches a field below it")
func projection() throws {
  let file = try ParquetFile(path: TestResources.path("tables/child-item.parquet"))
  #expect(file.schema.map(\.name) == [acquisition, "__index_level_0__"])
  let table = try file.read([[acquisition, "value", "delays"], [acquisition, "header", "selector"]])
  #expect(
    table.columns.map(\.type.description) == [
      "struct<value: struct<delays: list<float>>, header: struct<selector: string>>"
    ])
  let column = try #require(table[acquisition])
  #expect(column.member(["value", "delays"])?.doubles(at: 0) == [4015.5, 5515.25])
  #expect(column.member(["header", "selector"])?.string(at: 0) == "SPS.USER.LHCION2")
  #expect(column.member(["value", "projDataSet1"]) == nil)
}

@Test("a missing name gives the nearest ones")
func missingNames() throws {
  let file = try ParquetFile(path: TestResources.path("tables/child-item.parquet"))
  var error = caught { try file.read([["SPS.BWS.51638.H/Acquisition"]]) }
  #expect(error?.code == "table.missingColumn")
  #expect(error?.nearest == [acquisition])
  error = caught { try file.read([[acquisition, "value", "projDataSet2"]]) }
  #expect(error?.code == "table.missingField")
  #expect(error?.nearest.first == "projDataSet1")
  let table = try file.read()
  #expect(caught { try table.column("x") } != nil)
  #expect(caught { try #require(table[acquisition]).required("valu") } != nil)
}

@Test("lists of lists come as one block with row boundaries; missing ones are nil, empty or NaN")
func listRows() throws {
  let table = try ParquetFile(path: TestResources.path("tables/pages-v2.parquet")).read()
  let data = try #require(table[acquisition]?.member(["value", "projDataSet1"]))
  let first = try #require(data.listRows(at: 0))
  #expect(first.count == 3 && first.commonLength == 12 && first.offsets == [0, 12, 24, 36])
  let ragged = try #require(data.listRows(at: 3))
  #expect(ragged.offsets == [0, 3, 3, 3, 4])
  #expect(ragged.values[0] == 1.5 && ragged.values[1].isNaN && ragged.values[2] == 2.5 && ragged.values[3] == 0.1)
  #expect(ragged[1].isEmpty && Array(ragged[3]) == [0.1] && ragged[4].isEmpty && ragged[-1].isEmpty)
  #expect(data.doubles(at: 3)?.count == 4)
  #expect(data.listRows(at: 1) == nil && data.listRows(at: 2) == nil && data.listRows(at: 4) == nil)
  #expect(data.listRows(at: 6) == ListRows(values: [], offsets: [0]))
  #expect(data.isNull(at: 1) && data.isNull(at: 4) && !data.isNull(at: 3))
}

@Test("rows that do not exist give nil and wrong kinds give nil or an error, never a trap")
func outOfRange() throws {
  let table = try ParquetFile(path: TestResources.path("tables/types.parquet")).read()
  for column in table.columns {
    for row in [-1, column.count, Int.max, Int.min] {
      #expect(column.isNull(at: row))
      #expect(column.value(at: row) == .null)
      #expect(column.double(at: row) == nil && column.int(at: row) == nil && column.bool(at: row) == nil)
      #expect(column.string(at: row) == nil && column.doubles(at: row) == nil && column.listRows(at: row) == nil)
      #expect(column.bytes(at: row) == nil && column.strings(at: row) == nil && column.elements(at: row) == nil)
    }
    #expect(column.member("x") == nil)
    #expect(column.rows(-5..<100).count == column.count)
    #expect(column.rows(4..<4).value(at: 0) == .null)
  }
  #expect(table["text"]?.double(at: 0) == nil)
  #expect(caught { try table["text"]?.doubles() } != nil)
  #expect(caught { try table["double"]?.strings() } != nil)
}

@Test("any numeric type serves as double, whole number and truth value")
func numericTypes() throws {
  let table = try ParquetFile(path: TestResources.path("tables/types.parquet")).read()
  for column in table.columns where column.type.isNumeric {
    let values = try column.doubles()
    for row in 0..<column.count {
      #expect(column.double(at: row) == (values[row].isNaN ? nil : values[row]))
    }
  }
  #expect(table["uint64"]?.int(at: 1) == nil && table["uint64"]?.double(at: 1) == 0x1p63)
  #expect(
    table["int8"]?.bool(at: 4) == true && table["int8"]?.bool(at: 2) == false && table["int8"]?.bool(at: 5) == nil)
  #expect(table["bool"]?.int(at: 0) == 1 && table["float"]?.int(at: 3) == nil && table["double"]?.int(at: 5) == 1)
  #expect(table["decimal"]?.double(at: 0) == 123.456)
  #expect(table["time_us"]?.type == .timestamp(.microsecond, zone: "UTC"))
  #expect(table["local"]?.type == .timestamp(.microsecond, zone: nil))
  #expect(table.metadata == ["session": "MD 7003", "note": "ü"])
  #expect(try table["dictionary"]?.strings() == ["H", "V", nil, "H", "H", "V"])
}

@Test("an old INT96 time stamp is a count of nanoseconds")
func int96() throws {
  let table = try ParquetFile(path: TestResources.path("tables/int96.parquet")).read()
  #expect(table["stamp"]?.type == .timestamp(.nanosecond, zone: nil))
  #expect(table["stamp"]?.int(at: 0) == 1_700_000_000_123_456_789)
}
