import Conditions
import Errors
import Foundation
import SQLite
import Synchronization
import TestSupport
import Testing

/// The databases that the same tests run on.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
  case embedded = "SQLite itself"
  case driver = "SQLite through ODBC"
  case server = "PostgreSQL through ODBC"

  var testDescription: String { rawValue }

  static var installed: [Backend] { PostgresServer.isInstalled ? allCases : [.embedded] }

  /// Runs `body` with a writable database without tables.
  func with<Value>(_ body: (ConditionsDatabase) throws -> Value) throws -> Value {
    var options = ConditionsDatabase.Options()
    options.isWritable = true
    switch self {
    case .embedded:
      return try withTemporaryFolder {
        try body(try ConditionsDatabase(.file($0.appending(path: "c.sqlite").path), options: options))
      }
    case .driver:
      return try withTemporaryFolder {
        try body(
          try ConditionsDatabase(
            DatabaseSource("Driver={SQLite3};Database=\($0.appending(path: "c.sqlite").path)"), options: options))
      }
    case .server:
      let server = try PostgresServer.shared()
      let name = "test_\(UUID().uuidString.prefix(8).lowercased())"
      let admin = try ConditionsDatabase(DatabaseSource(server.connection()), options: options)
      try admin.execute("CREATE DATABASE \(name)")
      return try body(try ConditionsDatabase(DatabaseSource(server.connection(name)), options: options))
    }
  }
}

@Suite struct DatabaseTests {
  @Test("values come back as they were bound, also NULL, quotes and microseconds", arguments: Backend.installed)
  func values(_ backend: Backend) throws {
    try backend.with { database in
      try database.execute(
        "CREATE TABLE t (id INTEGER, name VARCHAR(256), at TIMESTAMP, x DOUBLE PRECISION)")
      let nasty = "'; DROP TABLE t; -- ü %_"
      let time = try #require(ConditionsTime("2022-10-30 01:30:00.123456"))
      try database.execute(
        "INSERT INTO t (id, name, at, x) VALUES (?, ?, ?, ?), (?, ?, ?, ?)",
        [
          .integer(4_102_592), .text(nasty), .time(time), .number(209.6165), .integer(-7), .null, .null, .null,
        ])
      let all = try database.rows(
        SQLQuery("SELECT id, name, at, x FROM t ORDER BY id", columns: [.integer, .name, .time, .number]))
      #expect(all.count == 2)
      #expect(all.integers(0) == [-7, 4_102_592])
      #expect(all.texts(1) == [nil, nasty])
      #expect(all.times(2) == [nil, time])
      #expect(all.numbers(3)[0].isNaN && all.numbers(3)[1] == 209.6165)
      let one = try database.rows(
        SQLQuery(
          "SELECT id FROM t WHERE at >= ? AND at <= ? AND name = ?",
          [.time(time), .time(ConditionsTime(microseconds: time.microseconds)), .text(nasty)], columns: [.integer]))
      #expect(one.integers(0) == [4_102_592])
      let before = try database.rows(
        SQLQuery(
          "SELECT id FROM t WHERE at < ?", [.time(time)], columns: [.integer]))
      #expect(before.count == 0)
    }
  }

  @Test("thousands of rows come in order and whole", arguments: Backend.installed)
  func manyRows(_ backend: Backend) throws {
    try backend.with { database in
      try database.execute("CREATE TABLE n (i INTEGER, x DOUBLE PRECISION)")
      try database.transaction { (execute) throws(CavernError) in
        for block in 0..<50 {
          var values: [SQLValue] = []
          for row in 0..<40 { values += [SQLValue.integer(Int64(block * 40 + row)), SQLValue.number(Double(row) / 4)] }
          try execute(
            "INSERT INTO n (i, x) VALUES " + repeatElement("(?, ?)", count: 40).joined(separator: ", "), values)
        }
      }
      let rows = try database.rows(SQLQuery("SELECT i, x FROM n ORDER BY i", columns: [.integer, .number]))
      #expect(rows.integers(0) == (0..<2000).map { Int64($0) })
      #expect(rows.numbers(1)[41] == 0.25)
    }
  }

  @Test("a transaction that fails leaves nothing", arguments: Backend.installed)
  func rollback(_ backend: Backend) throws {
    try backend.with { database in
      try database.execute("CREATE TABLE n (i INTEGER NOT NULL)")
      let error = caught {
        try database.transaction { (execute) throws(CavernError) in
          try execute("INSERT INTO n (i) VALUES (?)", [.integer(1)])
          try execute("INSERT INTO n (i) VALUES (?)", [.null])
        }
      }
      #expect(error != nil)
      let rows = try database.rows(SQLQuery("SELECT COUNT(*) FROM n", columns: [.integer]))
      #expect(rows.integers(0) == [0])
    }
  }

  @Test("a missing table and a wrong column are told apart", arguments: Backend.installed)
  func missing(_ backend: Backend) throws {
    try backend.with { database in
      try database.execute("CREATE TABLE n (i INTEGER)")
      let table = caught { try database.rows(SQLQuery("SELECT i FROM nowhere", columns: [.integer])) }
      #expect(table?.code == "database.noTable")
      let column = caught { try database.rows(SQLQuery("SELECT j FROM n", columns: [.integer])) }
      #expect(column?.code == "database.statement")
      #expect(column?.exit == .badData)
    }
  }

  @Test("a text that is no time is told with its column")
  func badTime() throws {
    try Backend.embedded.with { database in
      try database.execute("CREATE TABLE n (at TIMESTAMP); INSERT INTO n VALUES ('yesterday')")
      let error = caught { try database.rows(SQLQuery("SELECT at FROM n", columns: [.time])) }
      #expect(error?.code == "database.badTime")
      #expect(error?.message.contains("yesterday") == true)
    }
  }

  @Test("what is no database is refused with the reason")
  func notADatabase() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "x").path
      #expect(caught { try ConditionsDatabase(.file(path)) }?.code == "database.missing")
      #expect(caught { try ConditionsDatabase(.file(folder.path)) }?.code == "database.folder")
      try Data().write(to: URL(filePath: path))
      #expect(caught { try ConditionsDatabase(.file(path)) }?.code == "database.empty")
      try Data("this is no database, but it is long enough to be looked at".utf8).write(to: URL(filePath: path))
      let error = caught { try ConditionsDatabase(.file(path)) }
      #expect(error?.code == "database.notADatabase")
      #expect(error?.exit == .badData)
    }
  }

  @Test("a query of the library that takes too long is stopped")
  func embeddedLimit() throws {
    try Backend.embedded.with { database in
      var options = ConditionsDatabase.Options()
      options.queryLimit = .milliseconds(100)
      let limited = try ConditionsDatabase(database.source, options: options)
      let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT SUM(x) FROM c"
      #expect(caught { try limited.rows(SQLQuery(endless, columns: [.number])) }?.code == "database.timeout")
      options.queryLimit = .seconds(60)
      options.isCancelled = { true }
      let stopped = try ConditionsDatabase(database.source, options: options)
      let error = caught { try stopped.rows(SQLQuery(endless, columns: [.number])) }
      #expect(error?.code == "database.cancelled")
      #expect(error?.exit == .interrupted)
    }
  }

  @Test("names of sources hold no user and no password")
  func names() {
    #expect(DatabaseSource("conditions.sqlite") == .file("conditions.sqlite"))
    #expect(DatabaseSource("a=b.sqlite") == .file("a=b.sqlite"))
    #expect(DatabaseSource("DSN=cms;UID=reader;PWD=geheim").name == "DSN=cms")
    let long = DatabaseSource("driver={Oracle 19 ODBC driver};Dbq=db;Uid=me;Pwd={a;b}")
    #expect(long.name == "driver=Oracle 19 ODBC driver;Dbq=db")
    guard case .odbc(let text) = DatabaseSource("DSN=cms").withPassword("a}b;c") else {
      Issue.record("not ODBC")
      return
    }
    #expect(text == "DSN=cms;PWD={a}}b;c}")
  }
}

@Suite(.enabled(if: PostgresServer.isInstalled), .serialized)
struct DatabaseFaultTests {
  private let long = SQLQuery(
    "SELECT i, i * 0.5 FROM generate_series(1, 60000) AS g(i) ORDER BY i", columns: [.integer, .number])

  private func options(limit: Duration = .seconds(20)) -> ConditionsDatabase.Options {
    var options = ConditionsDatabase.Options()
    options.pause = .milliseconds(10)
    options.queryLimit = limit
    options.loginLimit = .seconds(5)
    return options
  }

  @Test("a connection that is cut in the middle of an answer is made again, and the rows are whole")
  func cutOnce() throws {
    let server = try PostgresServer.shared()
    let proxy = try FaultProxy(to: server.port, harms: [.cut(afterBytes: 100_000), .cut(afterBytes: 300_000)])
    defer { proxy.stop() }
    let database = try ConditionsDatabase(DatabaseSource(server.connection(port: proxy.port)), options: options())
    let rows = try database.rows(long)
    #expect(rows.integers(0) == (1...60_000).map { Int64($0) })
    #expect(database.lostConnections == 2)
    #expect(proxy.connections == 3)
  }

  @Test("after the last attempt the error names the source and not the password")
  func cutForEver() throws {
    let server = try PostgresServer.shared()
    let proxy = try FaultProxy(to: server.port, harms: Array(repeating: .cut(afterBytes: 50_000), count: 20))
    defer { proxy.stop() }
    let database = try ConditionsDatabase(DatabaseSource(server.connection(port: proxy.port)), options: options())
    let error = try #require(caught { try database.rows(long) })
    #expect(error.code == "database.connectionLost")
    #expect(error.exit == .unavailable)
    #expect(error.message.contains("4 attempts"))
    #expect(error.file?.contains("Database=postgres") == true)
    #expect(!error.text.contains("secret-word") && !error.text.contains("UID"))
  }

  @Test("a query over its time limit is stopped, and the pool goes on")
  func timeLimit() throws {
    let server = try PostgresServer.shared()
    let database = try ConditionsDatabase(
      DatabaseSource(server.connection()), options: options(limit: .milliseconds(300)))
    let start = ContinuousClock.now
    let error = caught { try database.rows(SQLQuery("SELECT 1, pg_sleep(30)", columns: [.integer, .name])) }
    #expect(error?.code == "database.timeout")
    #expect(ContinuousClock.now - start < .seconds(10))
    #expect(try database.rows(SQLQuery("SELECT 1", columns: [.integer])).integers(0) == [1])
  }

  @Test("a server that falls silent does not hold the program")
  func stall() throws {
    let server = try PostgresServer.shared()
    let proxy = try FaultProxy(to: server.port, harms: [.stall(afterBytes: 50_000)])
    defer { proxy.stop() }
    let database = try ConditionsDatabase(
      DatabaseSource(server.connection(port: proxy.port)), options: options(limit: .milliseconds(400)))
    let start = ContinuousClock.now
    #expect(caught { try database.rows(long) }?.code == "database.timeout")
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test("Ctrl-C stops a query that runs")
  func cancel() throws {
    let server = try PostgresServer.shared()
    let start = ContinuousClock.now
    var options = options(limit: .seconds(60))
    options.isCancelled = { ContinuousClock.now - start > .milliseconds(500) }
    let database = try ConditionsDatabase(DatabaseSource(server.connection()), options: options)
    let error = caught { try database.rows(SQLQuery("SELECT 1, pg_sleep(30)", columns: [.integer, .name])) }
    #expect(error?.code == "database.cancelled")
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test("many threads share the connections that are allowed, no more")
  func pool() throws {
    let server = try PostgresServer.shared()
    let proxy = try FaultProxy(to: server.port)
    defer { proxy.stop() }
    let database = try ConditionsDatabase(DatabaseSource(server.connection(port: proxy.port)), options: options())
    let sums = Mutex<[Int64]>([])
    DispatchQueue.concurrentPerform(iterations: 12) { index in
      let query = SQLQuery("SELECT ? + 0, pg_sleep(0.01)", [.integer(Int64(index))], columns: [.integer, .name])
      let value = (try? database.rows(query))?.integers(0).first.flatMap { $0 }
      sums.withLock { $0.append(value ?? -1) }
    }
    #expect(sums.withLock { $0.sorted() } == (0..<12).map { Int64($0) })
    #expect(proxy.connections <= 2)
    #expect(database.queryCount == 12)
  }

  @Test("a login that fails says so")
  func login() throws {
    let server = try PostgresServer.shared()
    let unknown = caught {
      try ConditionsDatabase(DatabaseSource(server.connection("no_such_database")), options: options())
    }
    #expect(unknown?.code == "database.unreachable" || unknown?.code == "database.login")
    #expect(unknown?.exit == .unavailable)
    #expect(unknown?.text.contains("secret-word") == false)
    let driver = caught { try ConditionsDatabase(DatabaseSource("Driver={No such driver};Server=x")) }
    #expect(driver?.code == "database.noDriver")
    let gone = caught {
      try ConditionsDatabase(DatabaseSource(server.connection(port: 1)), options: options())
    }
    #expect(gone?.code == "database.unreachable")
  }
}
