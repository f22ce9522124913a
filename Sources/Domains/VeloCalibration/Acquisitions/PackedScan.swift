import Errors
import Tables

/// A scan packed into one compressed Parquet file, a row group for each threshold.
///
/// One row for each acquisition that has a file: `thr`, `acq`, `fault` (why the file is no matrix of counts; null for one that
/// is), `counts` (65,536 bytes, row after row; 255 stands for a count listed in `large_pixel` and `large_count`; null with a
/// fault). A scan read from such a file gives the ledger and the sums that its files gave.
public enum PackedScan {
  /// Ending of the name of a packed scan; before it come prefix and shutter time.
  public static let ending = "_scan.parquet"

  static let columns = ["thr", "acq", "fault", "counts", "large_pixel", "large_count"]

  /// Numbers of the row groups by threshold code, found without reading counts.
  static func groups(_ file: ParquetFile, _ path: String) throws(CavernError) -> [(group: Int, threshold: Int)] {
    for name in columns where !file.schema.contains(where: { $0.name == name }) {
      throw CavernError(
        "velo.packed", "column '\(name)' is missing; this is no packed scan", exit: .badData, file: path,
        expected: columns.joined(separator: ", "))
    }
    var found: [(Int, Int)] = []
    for group in 0..<file.rowGroupCount {
      let column = try file.read([["thr"]], rowGroup: group).column("thr")
      guard let first = column.int(at: 0), (0..<column.count).allSatisfy({ column.int(at: $0) == first }) else {
        throw CavernError(
          "velo.packed", "row group \(group) does not belong to one threshold", exit: .badData, file: path)
      }
      found.append((group, first))
    }
    return found
  }

  /// One row of a packed scan.
  struct Row {
    var acquisition: Int
    var fault: String?
    var counts: [UInt8]
    var large: [(pixel: Int, count: UInt32)]
  }

  /// The rows of a row group, one after the other.
  static func rows(
    _ file: ParquetFile, group: Int, _ path: String, _ body: (Row) throws(CavernError) -> Void
  ) throws(CavernError) {
    let table = try file.read(columns.dropFirst().map { [$0] }, rowGroup: group)
    let (acq, fault) = (try table.column("acq"), try table.column("fault"))
    let (counts, pixels, amounts) = (
      try table.column("counts"), try table.column("large_pixel"), try table.column("large_count")
    )
    func damaged(_ row: Int) -> CavernError {
      CavernError("velo.packed", "row \(row) of row group \(group) is no acquisition", exit: .badData, file: path)
    }
    for row in 0..<table.rowCount {
      guard let acquisition = acq.int(at: row) else { throw damaged(row) }
      if let reason = fault.string(at: row) {
        try body(Row(acquisition: acquisition, fault: reason, counts: [], large: []))
        continue
      }
      let places = pixels.doubles(at: row) ?? []
      let values = amounts.doubles(at: row) ?? []
      guard let bytes = counts.bytes(at: row), bytes.count == PixelMatrix.count, places.count == values.count,
        places.allSatisfy({ $0 >= 0 && $0 < Double(PixelMatrix.count) }),
        values.allSatisfy({ $0 >= 255 && $0 <= 0x7FFF_FFFF })
      else { throw damaged(row) }
      try body(
        Row(
          acquisition: acquisition, fault: nil, counts: bytes,
          large: zip(places, values).map { (Int($0), UInt32($1)) }))
    }
  }

  /// A table of rows of one threshold.
  static func table(_ threshold: Int, _ rows: [Row]) throws(CavernError) -> Table {
    try Table(columns: [
      Column("thr", rows.map { _ in Int32(truncatingIfNeeded: threshold) }),
      Column("acq", rows.map { Int32(truncatingIfNeeded: $0.acquisition) }), Column("fault", rows.map(\.fault)),
      Column("counts", bytes: rows.map { $0.fault == nil ? $0.counts : nil }),
      Column("large_pixel", lists: rows.map { $0.fault == nil ? $0.large.map { Int32($0.pixel) } : nil }),
      Column("large_count", lists: rows.map { $0.fault == nil ? $0.large.map(\.count) : nil }),
    ])
  }
}
