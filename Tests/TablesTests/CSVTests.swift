import Errors
import Files
import Foundation
import TestSupport
import Testing

@testable import Tables

private func parse(_ text: String, _ options: CSVOptions = CSVOptions()) throws -> Table {
  try Table(csv: Array(text.utf8), options: options)
}

private func fault(_ text: String, _ options: CSVOptions = CSVOptions()) -> CavernError? {
  do throws(CavernError) {
    _ = try Table(csv: Array(text.utf8), options: options)
    return nil
  } catch { return error }
}

@Test("types are the first that fit: whole numbers, numbers, truth values, text")
func inference() throws {
  let table = try parse("i,d,b,s,n\n1,1,true,x,\n-2,2.5,FALSE,1,\n,NA,,,\n")
  #expect(
    table.columns.map(\.type) == [
      .integer(bits: 64, signed: true), .floating(bits: 64), .bool, .string, .floating(bits: 64),
    ])
  #expect(table["i"]?.int(at: 1) == -2 && table["i"]?.isNull(at: 2) == true)
  #expect(table["d"]?.isNull(at: 2) == true && table["d"]?.double(at: 1) == 2.5)
  #expect(table["b"]?.bool(at: 1) == false && table["b"]?.isNull(at: 2) == true)
  #expect(try table["s"]?.strings() == ["x", "1", nil])
  #expect(table["n"]?.nullCount == 3)
}

@Test("quoted cells may hold delimiters, line ends and doubled marks; an empty one is an empty text")
func quoting() throws {
  let table = try parse("\u{feff}a,b\r\n\"x,y\",\"one\r\ntwo\"\r\n\"say \"\"hi\"\"\",\"\"\r\n\"\"\"\"\"\",z")
  #expect(try table["a"]?.strings() == ["x,y", "say \"hi\"", "\"\""])
  #expect(try table["b"]?.strings() == ["one\r\ntwo", "", "z"])
}

@Test(
  "delimiter, line end, comments and header are found out",
  arguments: [
    "x,y,z\n1,2.5,a\n3,4,b\n", "x;y;z\r\n1;2.5;a\r\n3;4;b", "x\ty\tz\r1\t2.5\ta\r3\t4\tb\r",
    "# made by hand, twice; really\n  x   y\t z \n 1 2.5 a\n\n3   4    b  \n# end", "# x y z\n1 2.5 a\n3 4 b\n",
    "#x,y,z\n1,2.5,a\n3,4,b\n", "x,y,z\n1,2.5,a,\n3,4,b,\n", "x,y,z,\n1,2.5,a,\n3,4,b,\n",
    " x , y , z \n1, 2.5 ,a\n3,4,b\n",
    "x,y,z\n\"1\",\"2.5\",\"a\"\n\"3\",\"4\",\"b\"\n",
  ])
func sniffing(_ text: String) throws {
  let table = try parse(text)
  #expect(table.columnNames == ["x", "y", "z"])
  #expect(table["x"]?.int(at: 1) == 3)
  #expect(try table["y"]?.doubles() == [2.5, 4])
  #expect(try table["z"]?.strings() == ["a", "b"])
}

@Test("without a header the columns are numbered; given names and types are kept")
func header() throws {
  #expect(try parse("1,2\n3,4").columnNames == ["column1", "column2"])
  #expect(try parse("a,b\nc,d", CSVOptions(header: .absent)).rowCount == 2)
  #expect(try parse("1,2\n3,4", CSVOptions(header: .present)).columnNames == ["1", "2"])
  #expect(try parse("1,2", CSVOptions(header: .names(["u", "v"])))["v"]?.int(at: 0) == 2)
  #expect(try parse("id\n007", CSVOptions(kinds: ["id": .string]))["id"]?.string(at: 0) == "007")
  #expect(try parse(",y\n0,5")["column1"]?.int(at: 0) == 0)
  #expect(try parse("y\n1\n2").rowCount == 2)
  #expect(try parse("a,b").rowCount == 0)
}

@Test("a fault is placed by line and column")
func faults() {
  func check(_ error: CavernError?, _ code: String, _ line: Int?, _ column: Int?) {
    #expect(error?.code == code && error?.line == line && error?.column == column && error?.exit == .badData)
  }
  check(fault("a,b\n1,2\n\"µ\nx\",4,5\n"), "csv.rowLength", 4, 6)
  check(fault("a,b\n1,2\n3\n"), "csv.rowLength", 3, 1)
  check(fault("a,b\n1,\"2\n3,4\n"), "csv.unterminatedQuote", 2, 3)
  check(fault("a,b\n1,\"2\"x\n"), "csv.strayQuote", 2, 6)
  check(fault("a,b,a\n1,2,3\n"), "csv.duplicateColumn", 1, 5)
  check(fault("a,b\r\n1,x\r\n", CSVOptions(kinds: ["b": .double])), "csv.badValue", 2, 3)
  check(fault("1,2", CSVOptions(header: .names(["u"]))), "csv.rowLength", 1, 3)
  #expect(fault("")?.code == "csv.empty" && fault("# only\n\n")?.code == "csv.empty")
  #expect(fault("a\0b")?.code == "csv.encoding")
  #expect(
    caught { try Table(csv: [0x61, 0x0a, 0xb5, 0x6d, 0x0a]) }?.code == "csv.encoding")
}

@Test("numbers are rounded correctly and nothing else passes as one")
func numbers() {
  var dice = Dice(state: 3)
  for _ in 0..<20000 {
    let value = Double(bitPattern: .random(in: 0...UInt64.max, using: &dice))
    if value.isFinite { #expect(NumberText.double(Array(value.description.utf8)) == value) }
  }
  for (text, value) in [
    ("1", 1.0), ("-0.5", -0.5), ("+.5", 0.5), ("1.", 1), ("6.68E-9", 6.68e-9), ("9007199254740993", 9007199254740992),
    ("1e400", .infinity), ("1e-400", 0), ("inf", .infinity), ("-Infinity", -.infinity), ("0.1", 0.1),
    ("2.2250738585072011e-308", Double.leastNormalMagnitude.nextDown),
  ] { #expect(NumberText.double(Array(text.utf8)) == value) }
  #expect(NumberText.double(Array("nan".utf8))?.isNaN == true)
  for text in ["", "+", "-", ".", "1,5", "1 ", " 1", "0x10", "1e", "e5", "+-1", "++1", "1.2.3", "1_000", "١"] {
    #expect(NumberText.double(Array(text.utf8)) == nil, "\(text)")
  }
}

@Test("a long text of numbers takes commas, blanks, line ends and a comma at the end")
func numberLists() throws {
  #expect(try NumberText.doubles(Array(" 1.5,2 , 3\n4e1,\r\n".utf8)) == [1.5, 2, 3, 40])
  #expect(try NumberText.doubles([]) == [])
  let error = caught { try NumberText.doubles(Array("1,2,x3,4".utf8)) }
  #expect(error?.code == "text.badNumber" && error?.offset == 4)
  #expect(caught { try NumberText.doubles(Array("1,,2".utf8)) } != nil)
}

@Test("what is written as CSV is read back the same")
func roundTrip() throws {
  let table = try Table(columns: [
    Column("x, y", [0.1, nil, 1e-300, -5e22]), Column("n", [1, nil, Int.max, Int.min]),
    Column("text", ["a,b", nil, "", "# \"quoted\"\r\nline"]), Column("flag", [true, false, nil, true]),
  ])
  let text = String(decoding: try table.csvBytes(), as: UTF8.self)
  #expect(text.hasPrefix("\"x, y\",n,text,flag\n0.1,1,\"a,b\",true\n,,,false\n1e-300,\(Int.max),\"\",\n"))
  expectEqual(table, try parse(text))
  let single = try Table(columns: [Column("v", [1.5, nil, .nan, 2])])
  let back = try parse(String(decoding: try single.csvBytes(), as: UTF8.self))
  #expect(back.rowCount == 4 && back["v"]?.nullCount == 2)
  #expect(caught { try Table(columns: [Column("v", lists: [[1.0]])]).csvBytes() } != nil)
}

@Test("damaged text never traps")
func fuzz() throws {
  let seed = Array("a,\"b\"\"c\",d\n1,2.5,\"x\ny\"\r\n# note\n-3,,z\n".utf8)
  var dice = Dice(state: 5)
  for _ in 0..<20000 {
    var bytes = seed
    for _ in 0..<Int.random(in: 1...4, using: &dice) {
      bytes[Int.random(in: 0..<bytes.count, using: &dice)] =
        [10, 13, 34, 35, 44, 59, 9, 32, 0xff, .random(in: 0...255, using: &dice)].randomElement(using: &dice) ?? 0
    }
    if let table = try? Table(csv: Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &dice)))) {
      for column in table.columns { for row in 0..<column.count { _ = column.value(at: row) } }
    }
  }
}

@Test("a table is told by its content before its name")
func dispatch() throws {
  try withTemporaryFolder { folder in
    let table = try Table(columns: [Column("x", [1.5, 2])])
    let path = folder.appending(path: "misnamed.csv").path
    try AtomicFile.write(path, try table.parquetBytes())
    #expect(try readTable(path: path)["x"]?.doubles() == [1.5, 2])
    try AtomicFile.write(path, try table.arrowBytes())
    #expect(try readTable(path: path)["x"]?.doubles() == [1.5, 2])
    try table.writeCSV(to: path)
    #expect(try readTable(path: path)["x"]?.doubles() == [1.5, 2])
    let wrong = folder.appending(path: "text.parquet").path
    try table.writeCSV(to: wrong)
    let error = caught { try readTable(path: wrong) }
    #expect(error?.code == "parquet.notParquet" && error?.file == wrong)
  }
}
