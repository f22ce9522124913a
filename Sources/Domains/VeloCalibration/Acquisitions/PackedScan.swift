import Errors
import Tables

/// A scan packed into one compressed Parquet file: the ledger's frames as sparse counts.
///
/// One row for each acquisition that was a whole matrix: `thr`, `acq`, and the lists `pixel` (row·256 + column, growing) and
/// `count` of its pixels with hits.
enum PackedScan {
  /// Reads a packed scan.
  ///
  /// - Throws: `table.…`, `parquet.…`, and `velo.packed` (exit 65) for pixels out of range.
  static func read(
    _ path: String, _ plan: FramePlan, _ worker: FrameWorker, _ shared: SharedArrays
  ) throws(CavernError) {
    throw CavernError(
      "velo.packed", "this is no folder and no archive", exit: .badData, file: path,
      expected: "a folder with acquisitions, or an archive of them")
  }
}
