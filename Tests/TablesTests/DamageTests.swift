import Errors
import Foundation
import TestSupport
import Testing

@testable import Tables

/// Number of values below a cell.
func weight(_ cell: CellValue) -> Int {
  switch cell {
  case .list(let cells): cells.reduce(1) { $0 + weight($1) }
  case .record(let members): members.reduce(1) { $0 + weight($1.value) }
  default: 1
  }
}

/// Reads everything a file holds and touches every value; the number of values seen, or the error.
func consume(_ path: String) -> Result<Int, CavernError> {
  do throws(CavernError) {
    let file = try ParquetFile(path: path)
    let (table, damaged) = try file.readWhatIsWhole()
    if let first = damaged.first { return .failure(first) }
    var seen = 0
    for column in table.columns {
      for row in 0..<column.count {
        seen += weight(column.value(at: row))
        for member in column.member("value").map({ value in value.memberNames.compactMap { value.member($0) } }) ?? [] {
          seen += (member.listRows(at: row)?.values.count ?? 0) + (member.doubles(at: row)?.count ?? 0)
        }
      }
    }
    return .success(seen)
  } catch { return .failure(error) }
}

private func fault(_ bytes: [UInt8], name: String = "a.parquet") throws -> CavernError? {
  try withTemporaryFolder { folder in
    let path = folder.appending(path: name).path
    try Data(bytes).write(to: URL(filePath: path))
    if case .failure(let error) = consume(path) { return error }
    return nil
  }
}

@Test("what is not a Parquet file is named for what it is")
func notParquet() throws {
  let whole = try TestResources.bytes("tables/codec-snappy.parquet")
  #expect(try fault([])?.code == "parquet.empty")
  #expect(try fault(Array("hello, world".utf8))?.code == "parquet.notParquet")
  #expect(try fault(Array("PAR".utf8))?.code == "parquet.notParquet")
  #expect(try fault(Array("PAR1".utf8))?.code == "parquet.truncated")
  #expect(try fault(Array("PAR1PAR1".utf8))?.code == "parquet.truncated")
  let cut = try #require(try fault(Array(whole.dropLast(100))))
  #expect(cut.code == "parquet.truncated" && cut.exit == .badData && cut.offset == whole.count - 100)
  #expect(cut.message.contains("\(whole.count - 100) bytes") && cut.expected != nil)
  var false4 = whole
  false4.replaceSubrange(whole.count - 8..<whole.count - 4, with: [0xff, 0xff, 0xff, 0x7f])
  let footer = try #require(try fault(false4))
  #expect(footer.code == "parquet.damagedFooter" && footer.offset == whole.count - 8)
  #expect(try fault(Array(whole.dropLast(4)) + Array("PARE".utf8))?.code == "parquet.encrypted")
}

@Test("a missing file, a folder and a file without permission are told apart")
func fileFaults() throws {
  try withTemporaryFolder { folder in
    let good = folder.appending(path: "WS_2024.10.14.parquet").path
    try Data([1]).write(to: URL(filePath: good))
    let missing = caught {
      try ParquetFile(path: folder.appending(path: "WS_2024.10.15.parquet").path)
    }
    #expect(missing?.code == "file.missing" && missing?.exit == .noInput)
    #expect(missing?.nearest == [good])
    let directory = caught { try ParquetFile(path: folder.path) }
    #expect(directory?.code == "file.isDirectory" && directory?.exit == .noInput)
    chmod(good, 0)
    if getuid() != 0 {
      let locked = caught { try ParquetFile(path: good) }
      #expect(locked?.code == "file.notReadable" && locked?.exit == .noInput)
    }
    #expect(caught { try ParquetFile(path: "") } != nil)
    #expect(caught { try readTable(path: folder.appending(path: "nothing.csv").path) } != nil)
  }
}

@Test("a damaged column is named and does not spoil the others")
func damagedColumn() throws {
  try withTemporaryFolder { folder in
    let path = folder.appending(path: "a.parquet").path
    let horizontal = (0..<2000).map { Double($0).squareRoot() }
    let table = try Table(columns: [
      Column("H", horizontal), Column("V", horizontal.map { -$0 }), Column("slot", Array(0..<2000)),
    ])
    var bytes = try table.parquetBytes(compression: .snappy)
    // Column V lies in the middle third; its checksum must catch a single bit.
    let middle = bytes.count / 2
    bytes[middle] ^= 0x10
    try Data(bytes).write(to: URL(filePath: path))
    let file = try ParquetFile(path: path)
    let (whole, damaged) = try file.readWhatIsWhole()
    #expect(whole.columnNames == ["H", "slot"])
    #expect(try whole["H"]?.doubles() == horizontal)
    #expect(damaged.map(\.code) == ["parquet.damagedColumn"])
    #expect(damaged.first?.message.contains("'V'") == true && damaged.first?.file == path)
    #expect(damaged.first?.offset.map { $0 > 0 && $0 < middle } == true)
    #expect(try file.column(["slot"]).int(at: 1999) == 1999)
    let error = caught { try file.read() }
    #expect(error?.code == "parquet.damagedColumn")
  }
}

/// A small reproducible source of numbers (splitmix64).
struct Dice: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

@Test(
  "a flipped byte anywhere ends in an error or in readable values",
  arguments: [
    ("tables/tiny.parquet", 1), ("tables/codec-snappy.parquet", 17), ("tables/pages-v2-none.parquet", 17),
    ("tables/no-dictionary.parquet", 17), ("tables/types.parquet", 29),
  ])
func flippedBytes(_ name: String, _ step: Int) throws {
  let whole = try TestResources.bytes(name)
  try withTemporaryFolder { folder in
    let path = folder.appending(path: "a.parquet").path
    var dice = Dice(state: 7)
    var failed = 0
    var tried = 0
    for offset in stride(from: 0, to: whole.count, by: step) {
      for value in [0, 0xff, whole[offset] ^ 0x80, UInt8.random(in: 0...255, using: &dice)] {
        var bytes = whole
        bytes[offset] = value
        try Data(bytes).write(to: URL(filePath: path))
        tried += 1
        if case .failure(let error) = consume(path) {
          failed += 1
          #expect(!error.message.isEmpty && error.file == path)
        }
      }
    }
    #expect(failed > tried / 20)
  }
}

@Test("a file cut anywhere ends in an error")
func cutAnywhere() throws {
  let whole = try TestResources.bytes("tables/tiny.parquet")
  try withTemporaryFolder { folder in
    let path = folder.appending(path: "a.parquet").path
    for length in whole.indices {
      try Data(whole[..<length]).write(to: URL(filePath: path))
      guard case .failure(let error) = consume(path) else {
        Issue.record("a file cut to \(length) bytes was read")
        continue
      }
      #expect(error.exit == .badData && error.file == path)
    }
  }
}

@Test("in a file of our own no flipped data byte goes unnoticed")
func checksums() throws {
  let table = try simulated()
  let whole = try table.parquetBytes(compression: .none)
  // Footer length: four bytes before the last four.
  let footer = whole[(whole.count - 8)..<(whole.count - 4)].reversed().reduce(0) { $0 << 8 | Int($1) }
  let expected = table.columns.map { column in (0..<column.count).map { "\(column.value(at: $0))" } }
  try withTemporaryFolder { folder in
    let path = folder.appending(path: "a.parquet").path
    for offset in 4..<(whole.count - 8 - footer) {
      var bytes = whole
      bytes[offset] ^= 0x04
      try Data(bytes).write(to: URL(filePath: path))
      guard case .success = consume(path) else { continue }
      // Bytes that nothing depends on (statistics in page headers, indices) may change; values may not.
      let back = try ParquetFile(path: path).read()
      #expect(back.columns.map { column in (0..<column.count).map { "\(column.value(at: $0))" } } == expected)
    }
  }
}

@Test(
  "damaged Arrow files end in an error or in readable values",
  arguments: ["tables/types.arrow", "tables/nested.arrows", "tables/nested-lz4.arrow"])
func damagedArrow(_ name: String) throws {
  let whole = try TestResources.bytes(name)
  try withTemporaryFolder { folder in
    let path = folder.appending(path: "a.arrow").path
    var dice = Dice(state: 11)
    for offset in stride(from: 0, to: whole.count, by: 5) {
      var bytes = whole
      bytes[offset] = UInt8.random(in: 0...255, using: &dice)
      try Data(bytes).write(to: URL(filePath: path))
      if let table = try? Table(arrowFile: path) {
        for column in table.columns { for row in 0..<column.count { _ = column.value(at: row) } }
      }
      if offset % 4 == 0 {
        try Data(whole[..<offset]).write(to: URL(filePath: path))
        if let table = try? Table(arrowFile: path) {
          for column in table.columns { for row in 0..<column.count { _ = column.value(at: row) } }
        }
      }
    }
  }
}
