import CArrow
import Errors

/// A Parquet file written piece by piece, so that a table need never be in memory as a whole.
///
/// Every piece becomes one row group. The same pieces give the same bytes. The file is complete once `close` has returned; write
/// it where an unfinished one does no harm, as inside `ResultFolder.add`.
public final class ParquetStream {
  private let path: String
  private var handle: OpaquePointer?

  /// Opens a file for the columns of `first`, which is written as the first piece.
  ///
  /// - Parameter usesDictionaries: whether values that repeat are stored once; a waste of time for measured numbers.
  /// - Throws: `file.cannotWrite` (exit 74) and `parquet.notWritable`.
  public init(
    path: String, first: Table, compression: ParquetCompression = .zstd, usesDictionaries: Bool = true
  ) throws(CavernError) {
    self.path = path
    var fault = CArrowFault()
    var opened: OpaquePointer?
    let outcome = first.withViews { columns, count, metadata in
      carrow_parquet_stream_open(
        path, columns, count, metadata, compression.number, usesDictionaries, &opened, &fault)
    }
    guard outcome == CARROW_OK, let opened else { throw Self.error(outcome, fault, path) }
    handle = opened
    try append(first)
  }

  deinit {
    var fault = CArrowFault()
    if let handle { _ = carrow_parquet_stream_close(handle, &fault) }
  }

  /// Adds the rows of a table with the same columns.
  ///
  /// - Throws: as `init`; `parquet.closed` after `close`.
  public func append(_ table: Table) throws(CavernError) {
    guard let handle else { throw CavernError("parquet.closed", "the file is closed", exit: .internal, file: path) }
    guard table.rowCount > 0 else { return }
    var fault = CArrowFault()
    let outcome = table.withViews { columns, count, _ in
      carrow_parquet_stream_append(handle, columns, count, Int64(table.rowCount), &fault)
    }
    guard outcome == CARROW_OK else { throw Self.error(outcome, fault, path) }
  }

  /// Writes the footer.
  ///
  /// - Throws: as `init`.
  public func close() throws(CavernError) {
    guard let open = handle else { return }
    handle = nil
    var fault = CArrowFault()
    let outcome = carrow_parquet_stream_close(open, &fault)
    guard outcome == CARROW_OK else { throw Self.error(outcome, fault, path) }
  }

  private static func error(_ outcome: Int32, _ fault: CArrowFault, _ path: String) -> CavernError {
    if let missing = fault.missingLibrary { return missing }
    return outcome == CARROW_IO
      ? CavernError("file.cannotWrite", "the file cannot be written: \(fault.text)", exit: .inputOutput, file: path)
      : CavernError("parquet.notWritable", "the table cannot be encoded: \(fault.text)", exit: .internal, file: path)
  }
}
