import TestSupport
import Testing

@testable import BeamInstrumentation

@Suite("Filling schemes")
struct FillingSchemeTests {
  @Test("the default is 56 bunches over 318 rows")
  func nominal() {
    let offsets = FillingScheme().offsets
    #expect(offsets.count == 56)
    #expect(offsets.last == 318)
    #expect(offsets.prefix(6) == [0, 4, 8, 12, 18, 22])
    #expect(offsets[27] == 120)
    #expect(offsets[28] == 198)
  }

  @Test("a full machine matches its first row, given or found, in ascending order")
  func whole() throws {
    let scheme = FillingScheme()
    let rows = scheme.offsets.map { 321 - $0 }
    for given in [321, nil] {
      let found = try #require(scheme.match(rows: rows, firstRow: given))
      #expect(found.firstRow == 321)
      #expect(found.bunches.compactMap(\.row) == rows.sorted())
      #expect(found.displaced.isEmpty)
      #expect(found.unexpectedRows.isEmpty)
      #expect(found.bunches.first?.batch == 13)
      #expect(found.bunches.last?.batch == 0)
      #expect(found.bunches.last?.bunch == 0)
    }
  }

  @Test("a row serves one bunch, whatever rows are filled")
  func exhaustive() throws {
    let scheme = try FillingScheme(
      sets: 1, batchesPerSet: 2, bunchesPerBatch: 2, bunchSpacing: 2, batchSpacing: 2, setSpacing: 5)
    for mask in 0..<1024 {
      let rows = (0..<10).filter { mask >> $0 & 1 == 1 }
      let found = try #require(scheme.match(rows: rows, firstRow: 8))
      let taken = found.bunches.compactMap(\.row)
      #expect(Set(taken).count == taken.count)
      #expect(Set(taken).isSubset(of: rows))
      #expect(Set(taken).union(found.unexpectedRows) == Set(rows))
      #expect(found.bunches.count == 4)
      for bunch in found.bunches {
        if rows.contains(bunch.expectedRow) { #expect(bunch.row == bunch.expectedRow) }
        if let row = bunch.row { #expect(abs(row - bunch.expectedRow) <= 1) }
      }
    }
  }

  @Test("a displaced bunch is taken from the row above before the one below, and reported")
  func displaced() throws {
    let scheme = try FillingScheme(sets: 1, batchesPerSet: 1, bunchesPerBatch: 2)
    let found = try #require(scheme.match(rows: [9, 11, 6], firstRow: 10))
    #expect(found.bunches.map(\.row) == [6, 11])
    #expect(found.displaced.map(\.row) == [11])
    #expect(found.unexpectedRows == [9])
  }

  @Test("schemes with nothing in them are refused")
  func refused() {
    #expect(caught { try FillingScheme(sets: 0, batchesPerSet: 1, bunchesPerBatch: 1) } != nil)
    #expect(FillingScheme().match(rows: []) == nil)
  }
}
