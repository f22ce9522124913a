import Errors

/// Reads a table from a file, whatever its format: told by its first bytes, then by its name.
///
/// Parquet (`PAR1`), Arrow IPC (`ARROW1` or the stream form) and, for anything else, delimited text.
///
/// - Parameters:
///   - path: the file.
///   - csv: how delimited text is taken apart.
/// - Throws: what the reader of the format throws.
public func readTable(path: String, csv: CSVOptions = CSVOptions()) throws(CavernError) -> Table {
  let check = try FileCheck(path)
  let name = path.lowercased()
  if check.head.starts(with: Array("PAR1".utf8)) || check.head.starts(with: Array("PARE".utf8)) {
    return try ParquetFile(path: path).read()
  }
  if check.head.starts(with: Array("ARROW1".utf8)) || check.head.starts(with: [0xff, 0xff, 0xff, 0xff]) {
    return try Table(arrowFile: path)
  }
  // A file that is called Parquet or Arrow but does not begin like one deserves that format's own message.
  if name.hasSuffix(".parquet") { return try ParquetFile(path: path).read() }
  if [".arrow", ".arrows", ".feather", ".ipc"].contains(where: { name.hasSuffix($0) }) {
    return try Table(arrowFile: path)
  }
  return try Table(csvFile: path, options: csv)
}
