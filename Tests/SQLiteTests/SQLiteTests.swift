import Errors
import Foundation
import SQLite
import TestSupport
import Testing

@Suite("SQLite")
struct SQLiteTests {
  @Test("values come back as they were bound, NULL, empty text and empty bytes told apart")
  func values() throws {
    let database = try SQLiteDatabase(":memory:", mode: .create)
    try database.execute("CREATE TABLE t(i INTEGER, d REAL, s TEXT, b BLOB)")
    let insertion = try database.prepare("INSERT INTO t VALUES(?, ?, ?, ?)")
    try insertion.bind(1, Int64.min)
    try insertion.bind(2, 0.1)
    try insertion.bind(3, "µ\0x")
    try insertion.bind(4, [0, 255])
    try insertion.run()
    try insertion.bind(1, Int64(0))
    try insertion.bind(2, Double.nan)
    try insertion.bind(3, "")
    try insertion.bind(4, [UInt8]())
    try insertion.run()
    let rows = try database.prepare("SELECT i, d, s, b FROM t ORDER BY rowid")
    #expect(try rows.step())
    #expect(rows.int(0) == .min)
    #expect(rows.double(1) == 0.1)
    #expect(rows.text(2) == "µ\0x")
    #expect(rows.bytes(3) == [0, 255])
    #expect(try rows.step())
    #expect(rows.isNull(1) && rows.double(1).isNaN)
    #expect(rows.text(2) == "" && !rows.isNull(3) && rows.bytes(3).isEmpty)
    #expect(rows.isNull(4) && rows.text(-1) == nil)
    #expect(try !rows.step())
  }

  @Test("a transaction that throws leaves nothing behind")
  func rollback() throws {
    let database = try SQLiteDatabase(":memory:", mode: .create)
    try database.execute("CREATE TABLE t(i INTEGER UNIQUE)")
    let error = caught {
      try database.transaction { () throws(CavernError) in
        try database.execute("INSERT INTO t VALUES(1)")
        try database.execute("INSERT INTO t VALUES(1)")
      }
    }
    #expect(error?.code == "database.constraint")
    let count = try database.prepare("SELECT count(*) FROM t")
    #expect(try count.step() && count.int(0) == 0)
  }

  @Test("a missing file and a file of another kind are told apart, with the path")
  func failures() throws {
    let missing = caught { try SQLiteDatabase("/nowhere/x.db") }
    #expect(missing?.code == "database.cannotOpen" && missing?.file == "/nowhere/x.db")
    let foreign = caught {
      let database = try SQLiteDatabase(#filePath)
      _ = try database.prepare("SELECT 1 FROM sqlite_master").step()
    }
    #expect(foreign?.code == "database.notADatabase")
  }
}
