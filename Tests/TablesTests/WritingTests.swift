import Errors
import Files
import Foundation
import TestSupport
import Testing

@testable import Tables

/// Two acquisitions as the control system saves them, the second not published.
func simulated() throws -> Table {
  let code = Column("code", [5, 1])
  let selection = try Column(
    "pmtSelection",
    members: [
      try Column("JAPC_ENUM", members: [code, Column("string", ["ALL", "PM1"])])
    ])
  let value = try Column(
    "value",
    members: [
      Column("acqTime", ["2024-10-14 19:07:33.512400", nil]),
      Column("projDataSet1", matrices: [[[1.5, 2.5], [], [.nan, 4]], nil], unit: "a.u."),
      Column("bunchSelection", lists: [[Int32(3), 7], nil]), selection,
    ], missing: [false, true])
  let header = try Column(
    "header", members: [Column("cycleStamp", [1_729_000_000_123_456_789, 2]), Column("isFirstUpdate", [true, nil])])
  let device = try Column(
    acquisition, members: [value, header, Column("exception", [nil, "timeout"])], metadata: ["class": "BWS"])
  return try Table(
    columns: [device, Column("slot", [UInt8(1), nil], unit: "25 ns")], metadata: ["session": "MD"])
}

func expectEqual(_ left: Table, _ right: Table) {
  #expect(left.columnNames == right.columnNames)
  for (one, other) in zip(left.columns, right.columns) {
    #expect(one.metadata == other.metadata)
    #expect(one.count == other.count)
    for row in 0..<one.count { #expect("\(one.value(at: row))" == "\(other.value(at: row))") }
  }
}

@Test(
  "a nested table survives Parquet in every packing",
  arguments: ParquetCompression.allCases, [1, 2])
func roundTrip(_ compression: ParquetCompression, _ version: Int) throws {
  try withTemporaryFolder { folder in
    let path = folder.appending(path: "a.parquet").path
    let table = try simulated()
    try AtomicFile.write(path, try table.parquetBytes(compression: compression, pageVersion: version))
    let file = try ParquetFile(path: path)
    #expect(file.createdBy.hasPrefix("cavern"))
    let back = try file.read()
    expectEqual(table, back)
    #expect(back.metadata == ["session": "MD"])
    #expect(back["slot"]?.unit == "25 ns")
    #expect(back["slot"]?.type == .integer(bits: 8, signed: false))
    #expect(back[acquisition]?.member(["value", "projDataSet1"])?.unit == "a.u.")
    #expect(back[acquisition]?.member(["value", "projDataSet1"])?.listRows(at: 0)?.offsets == [0, 2, 2, 4])
    #expect(back[acquisition]?.isNull(at: 1) == false)
    #expect(back[acquisition]?.member("value")?.isNull(at: 1) == true)
    #expect(back[acquisition]?.member(["value", "pmtSelection", "JAPC_ENUM", "code"])?.int(at: 1) == nil)
  }
}

@Test("a nested table survives Arrow IPC")
func roundTripArrow() throws {
  try withTemporaryFolder { folder in
    let path = folder.appending(path: "a.arrow").path
    let table = try simulated()
    try table.writeArrow(to: path)
    let back = try readTable(path: path)
    expectEqual(table, back)
    #expect(back.metadata == ["session": "MD"])
  }
}

@Test("equal tables give equal bytes")
func deterministic() throws {
  #expect(try simulated().parquetBytes() == simulated().parquetBytes())
  #expect(try simulated().arrowBytes() == simulated().arrowBytes())
}

@Test("a member of a missing record is missing in a file of its own; slices keep their rows")
func memberAsColumn() throws {
  try withTemporaryFolder { folder in
    let path = folder.appending(path: "a.parquet").path
    let file = try ParquetFile(path: TestResources.path("tables/groups.parquet")).read()
    let device = try #require(file[acquisition])
    let data = try #require(device.member(["value", "projDataSet1"]))
    let selector = try #require(device.member(["header", "selector"])).renamed("who")
    let table = try Table(columns: [data, selector, device].map { $0.rows(2..<6) })
    try table.writeParquet(to: path)
    let back = try ParquetFile(path: path).read()
    expectEqual(table, back)
    #expect(back["projDataSet1"]?.isNull(at: 2) == true)
    #expect(back["who"]?.string(at: 1) == "SPS.USER.LHCION2")
  }
}

@Test("every constructor gives back what went in")
func constructors() throws {
  #expect(try Column("a", [1.5, nil, -2]).doubles()[0] == 1.5)
  #expect(Column("a", [1.5, nil, -2]).isNull(at: 1) && Column("a", [1.5, nil, -2]).nullCount == 1)
  #expect(Column("a", [1, 2]).type == .integer(bits: 64, signed: true))
  #expect(Column("a", [Int8(-1)]).type == .integer(bits: 8, signed: true))
  #expect(Column("a", [UInt16.max]).int(at: 0) == 65535)
  #expect(Column("a", [Float(0.5)]).type == .floating(bits: 32))
  #expect(try Column("a", ["x", nil, "", "µ"]).strings() == ["x", nil, "", "µ"])
  #expect(Column("a", [true, nil, false]).value(at: 1) == .null)
  #expect(Column("a", [Double]()).count == 0)
  #expect(Column("a", lists: [[1, 2], nil, []]).doubles(at: 1) == nil)
  #expect(Column("a", lists: [[1, 2], nil, []]).doubles(at: 2) == [])
  #expect(try Column("a", elements: Column("e", ["x", "y"]), lengths: [2, nil, 0]).strings(at: 0) == ["x", "y"])
  let times = Column("t", timestamps: [5, nil], resolution: .nanosecond)
  #expect(times.type == .timestamp(.nanosecond, zone: "UTC") && times.int(at: 0) == 5 && times.isNull(at: 1))
  #expect(caught { try Column("a", elements: Column("e", [1]), lengths: [2]) } != nil)
  #expect(caught { try Column("a", members: [Column("e", [1]), Column("f", [1, 2])]) } != nil)
  #expect(caught { try Table(columns: [Column("e", [1]), Column("f", [1, 2])]) } != nil)
  #expect(caught { try Table(columns: [Column("e", [1]), Column("e", [1])]) } != nil)
}

@Test("a table without columns or rows is written and read")
func emptyTables() throws {
  try withTemporaryFolder { folder in
    let path = folder.appending(path: "a.parquet").path
    try Table(columns: [Column("a", [Double]())]).writeParquet(to: path)
    #expect(try ParquetFile(path: path).read().rowCount == 0)
    #expect(try ParquetFile(path: path).read()["a"]?.count == 0)
    try Table(columns: []).writeParquet(to: path)
    #expect(try ParquetFile(path: path).read().columns.isEmpty)
  }
}

@Test("a file that cannot be created leaves nothing behind")
func cannotCreate() throws {
  try withTemporaryFolder { folder in
    let error = caught {
      try simulated().writeParquet(to: folder.appending(path: "no/such/a.parquet").path)
    }
    #expect(error?.code == "file.cannotCreate" && error?.exit == .cannotCreate)
    #expect(caught { try simulated().writeParquet(to: folder.path) } != nil)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left.isEmpty)
  }
}
