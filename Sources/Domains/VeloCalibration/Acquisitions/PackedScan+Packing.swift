import Errors
import Files
import Foundation
import Tables

extension PackedScan {
  /// What packing or unpacking went through.
  public struct Summary: Sendable, Equatable {
    /// Acquisitions written.
    public var acquisitions = 0
    /// Those of them whose file is no matrix of counts.
    public var faulty = 0
    /// Acquisitions the scan asks for and that have no file.
    public var missing = 0
  }

  /// Packs the acquisitions of a scan, whatever their form; the condition of the dataset is not applied.
  ///
  /// - Parameters:
  ///   - scan: which acquisitions.
  ///   - path: the file to write; it appears whole or not at all.
  ///   - advance: called after each threshold.
  ///   - isCancelled: looked at between thresholds; when true, nothing is left and `velo.cancelled` is thrown.
  /// - Throws: as `ScanReduction.read`, and what writing throws.
  public static func pack(
    _ scan: ScanSettings, to path: String, advance: () -> Void = {}, isCancelled: @Sendable () -> Bool = { false }
  ) throws(CavernError) -> Summary {
    var summary = Summary()
    let reader = FrameReader(scan)
    try AtomicFile.write(path) { (place) throws(CavernError) in
      var stream: ParquetStream?
      func append(_ threshold: Int, _ rows: [Row]) throws(CavernError) {
        let table = try table(threshold, rows)
        if let stream { try stream.append(table) } else { stream = try ParquetStream(path: place, first: table) }
        summary.acquisitions += rows.count
        summary.faulty += rows.count { $0.fault != nil }
        advance()
      }
      try reader.thresholds { (threshold, rows) throws(CavernError) in
        if isCancelled() { throw CavernError("velo.cancelled", "stopped before all was packed", exit: .interrupted) }
        if !rows.isEmpty { try append(threshold, rows.sorted { $0.acquisition < $1.acquisition }) }
      }
      guard let stream else {
        throw CavernError(
          "velo.noFiles", "there is no acquisition of scan '\(scan.label)'", exit: .noInput, file: scan.folder)
      }
      try stream.close()
    }
    summary.missing = scan.thresholds.count * scan.acquisitions - summary.acquisitions
    return summary
  }

  /// Writes the acquisitions of a packed scan as files again; faulty ones, whose text is not kept, are left out.
  ///
  /// - Parameters:
  ///   - path: the packed scan.
  ///   - prefix: what file names begin with, up to `_THR_`.
  ///   - folder: where to; it must exist.
  /// - Throws: `velo.packed` and what reading and writing throws.
  public static func unpack(_ path: String, prefix: String, to folder: String) throws(CavernError) -> Summary {
    let file = try ParquetFile(path: path)
    var summary = Summary()
    for (group, threshold) in try groups(file, path) {
      try rows(file, group: group, path) { (row) throws(CavernError) in
        guard row.fault == nil else {
          summary.faulty += 1
          return
        }
        let name = "\(folder)/\(prefix)_THR_\(threshold)_\(row.acquisition).csv"
        try AtomicFile.write(name, FrameText.bytes(row.counts, large: row.large), isSynchronised: false)
        summary.acquisitions += 1
      }
    }
    return summary
  }
}

/// The text of an acquisition file.
enum FrameText {
  /// 256 lines of 256 counts; a count of 255 is looked up among the large ones.
  static func bytes(_ counts: [UInt8], large: [(pixel: Int, count: UInt32)]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(2 * PixelMatrix.count)
    let others = Dictionary(large.map { ($0.pixel, $0.count) }, uniquingKeysWith: { $1 })
    for (pixel, count) in counts.enumerated() {
      if count < 10 {
        text.append(48 + count)
      } else {
        text.append(contentsOf: String(count == 255 ? others[pixel] ?? 255 : UInt32(count)).utf8)
      }
      text.append(pixel % PixelMatrix.side == PixelMatrix.side - 1 ? 10 : 44)
    }
    return text
  }
}
