import Errors
import Tables

/// What became of one acquisition.
public enum AcquisitionStatus: String, Sendable, CaseIterable {
  /// Counted.
  case good
  /// Left out by the condition of the dataset; not read.
  case condition
  /// There is no file.
  case missing
  /// The file is not a matrix of 256 × 256 counts.
  case corrupt
  /// No pixel has a hit.
  case empty
  /// The last column shows the read-out fault.
  case bad
}

/// One line of the ledger.
public struct AcquisitionRecord: Sendable, Equatable {
  /// Threshold code.
  public var threshold: Int
  /// Number of the acquisition.
  public var acquisition: Int
  /// What became of it.
  public var status: AcquisitionStatus
  /// Why it is corrupt, or a remark; empty for none.
  public var reason = ""
  /// Sum of all counts, masked pixels included; `nil` when it was not read.
  public var totalHits: Int?
  /// Mean count of the unmasked rows of column 255; `nil` when it was not read or the column is masked.
  public var meanLastColumn: Double?

  /// The ledger as a table: `thr,acq,status,reason,total_hits,mean_last_column`.
  public static func table(_ records: [AcquisitionRecord]) throws(CavernError) -> Table {
    try Table(columns: [
      Column("thr", records.map(\.threshold)), Column("acq", records.map(\.acquisition)),
      Column("status", records.map(\.status.rawValue)),
      Column("reason", records.map { $0.reason.isEmpty ? nil : $0.reason }),
      Column("total_hits", records.map(\.totalHits)), Column("mean_last_column", records.map(\.meanLastColumn)),
    ])
  }
}
