import Files
import Foundation
import TestSupport
import Testing

@testable import Tables

@Suite("Parquet files written piece by piece")
struct ParquetStreamTests {
  @Test("pieces become row groups that can be read one by one, bytes included")
  func pieces() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/stream.parquet"
      func piece(_ start: Int) throws -> Table {
        try Table(columns: [
          Column("n", (start..<start + 3).map { Int32($0) }), Column("b", bytes: [[1, 2, UInt8(start)], nil, []]),
        ])
      }
      let stream = try ParquetStream(path: path, first: try piece(0))
      try stream.append(try piece(3))
      try stream.close()
      let file = try ParquetFile(path: path)
      #expect(file.rowGroupCount == 2 && file.rowCount == 6)
      let second = try file.read(rowGroup: 1)
      #expect(try second.column("n").doubles() == [3, 4, 5])
      #expect(try second.column("b").bytes(at: 0) == [1, 2, 3])
      #expect(try second.column("b").bytes(at: 1) == nil)
      #expect(try second.column("b").bytes(at: 2) == [])
      #expect(caught { _ = try file.read(rowGroup: 2) }?.code == "parquet.damagedColumn")
      #expect(caught { try stream.append(try piece(6)) }?.code == "parquet.closed")
      #expect(
        caught { _ = try ParquetStream(path: folder.path + "/no/where.parquet", first: try piece(0)) }?.code
          == "file.cannotWrite")
    }
  }
}
