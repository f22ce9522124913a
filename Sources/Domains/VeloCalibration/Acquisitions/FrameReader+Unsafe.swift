import Errors
import Tables

/// Reads the acquisitions of a scan as rows of a packed scan, threshold by threshold.
struct FrameReader {
  let scan: ScanSettings
  private let bytes = FileBytes()
  private let frame = Frame()

  init(_ scan: ScanSettings) { self.scan = scan }

  /// Gives `body` the rows of each threshold; for archives all thresholds are gathered first.
  func thresholds(_ body: (Int, [PackedScan.Row]) throws(CavernError) -> Void) throws(CavernError) {
    let source = try AcquisitionSource(scan)
    switch source.store {
    case .files(let files):
      for threshold in scan.thresholds {
        var rows: [PackedScan.Row] = []
        for acquisition in scan.acquisitionNumbers {
          guard let path = files[scan.fileName(threshold: threshold, acquisition: acquisition)] else { continue }
          var fault: String?
          if path.hasSuffix(".csv") {
            fault = bytes.read(path: path)
          } else {
            do throws(CavernError) { try MatrixFile.load(path, bytes) } catch { fault = error.message }
          }
          rows.append(row(acquisition, fault))
        }
        try body(threshold, rows)
      }
    case .archives(let paths):
      let plan = FramePlan(scan, isMasked: Array(repeating: false, count: PixelMatrix.count))
      var all = [[PackedScan.Row]](repeating: [], count: scan.thresholds.count)
      for path in paths {
        let stream = try ArchiveStream(path: path, isTar: true)
        while let name = try stream.next() {
          guard let (k, acquisition) = plan.address(name) else { continue }
          guard !all[k].contains(where: { $0.acquisition == acquisition }) else {
            throw AcquisitionSource.isTwice(name, stream.path)
          }
          all[k].append(row(acquisition, stream.read(into: bytes)))
        }
      }
      for (k, rows) in all.enumerated() { try body(scan.thresholds[k], rows) }
    case .packed(let path):
      let file = try ParquetFile(path: path)
      for (group, threshold) in try PackedScan.groups(file, path) where scan.thresholds.contains(threshold) {
        var rows: [PackedScan.Row] = []
        try PackedScan.rows(file, group: group, path) { (row) throws(CavernError) in
          if scan.acquisitionNumbers.contains(row.acquisition) { rows.append(row) }
        }
        try body(threshold, rows)
      }
    }
  }

  private func row(_ acquisition: Int, _ fault: String?) -> PackedScan.Row {
    if let fault { return PackedScan.Row(acquisition: acquisition, fault: fault, counts: [], large: []) }
    if let fault = frame.parse(bytes.bytes, skipsFirstRow: scan.skipsFirstRow) {
      return PackedScan.Row(acquisition: acquisition, fault: fault.text, counts: [], large: [])
    }
    return frame.packed(acquisition)
  }
}

extension Frame.Fault {
  /// The fault with its place, as the ledger says it.
  var text: String { "line \(line)\(field > 0 ? ", field \(field)" : ""): \(reason)" }
}

extension Frame {
  /// The counts as bytes, with those above 254 listed.
  func packed(_ acquisition: Int) -> PackedScan.Row {
    var small = [UInt8](repeating: 0, count: PixelMatrix.count)
    var listed = large
    // `counts` holds 65,536 numbers, as `small` does.
    for pixel in 0..<PixelMatrix.count {
      let count = counts[pixel]
      if count < 255 {
        small[pixel] = UInt8(truncatingIfNeeded: count)
      } else {
        small[pixel] = 255
        listed.append((pixel, UInt32(count)))
      }
    }
    for (pixel, _) in large { small[pixel] = 255 }
    return PackedScan.Row(
      acquisition: acquisition, fault: nil, counts: small, large: listed.sorted { $0.pixel < $1.pixel })
  }

  /// Takes the counts of a packed row, which holds 65,536 bytes.
  func unpack(_ row: PackedScan.Row) {
    clearLarge()
    row.counts.withUnsafeBufferPointer { bytes in
      for pixel in 0..<min(bytes.count, PixelMatrix.count) { counts[pixel] = UInt16(bytes[pixel]) }
    }
    for (pixel, count) in row.large {
      if count <= 0xFFFF {
        counts[pixel] = UInt16(count)
      } else {
        counts[pixel] = 0
        addLarge(pixel, count)
      }
    }
  }
}
