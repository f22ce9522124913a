import Errors
import Tables

/// Reads frames, judges them and adds the good ones: one worker for each thread.
final class FrameWorker {
  private let plan: FramePlan
  private let bytes = FileBytes()
  private let frame = Frame()

  init(_ plan: FramePlan) { self.plan = plan }

  /// Reads all acquisitions of one threshold from loose files.
  func readThreshold(_ k: Int, files: [String: String], _ shared: SharedArrays) {
    let scan = plan.scan
    for acquisition in scan.acquisitionNumbers {
      let place = plan.record(k, acquisition)
      guard shared.records[place].status != .condition else { continue }
      let name = scan.fileName(threshold: scan.thresholds[k], acquisition: acquisition)
      guard let path = files[name] else { continue }
      let fault: String?
      if path.hasSuffix(".csv") {
        fault = bytes.read(path: path)
      } else {
        fault = readCompressed(path)
      }
      take(k, acquisition, fault: fault, shared)
    }
  }

  private func readCompressed(_ path: String) -> String? {
    do throws(CavernError) {
      try MatrixFile.load(path, bytes)
      return nil
    } catch {
      return error.message
    }
  }

  /// Reads the present entry of an archive, if it is an acquisition of the scan.
  ///
  /// - Throws: `velo.duplicate` when it was there before.
  func readEntry(
    _ name: String, _ stream: ArchiveStream, _ shared: SharedArrays, _ seen: inout [Bool]
  ) throws(CavernError) {
    guard let (k, acquisition) = plan.address(name) else { return }
    let place = plan.record(k, acquisition)
    guard !seen[place] else { throw AcquisitionSource.isTwice(name, stream.path) }
    seen[place] = true
    guard shared.records[place].status != .condition else { return }
    take(k, acquisition, fault: stream.read(into: bytes), shared)
  }

  /// Reads the acquisitions of one threshold from a row group of a packed scan.
  ///
  /// - Throws: `velo.packed`, `velo.duplicate`.
  func readGroup(
    _ file: ParquetFile, group: Int, _ k: Int, path: String, _ shared: SharedArrays
  ) throws(CavernError) {
    var seen: Set<Int> = []
    try PackedScan.rows(file, group: group, path) { (row) throws(CavernError) in
      guard plan.scan.acquisitionNumbers.contains(row.acquisition) else { return }
      guard seen.insert(row.acquisition).inserted else {
        throw CavernError(
          "velo.duplicate", "acquisition \(row.acquisition) of threshold \(plan.scan.thresholds[k]) is there twice",
          exit: .badData, file: path)
      }
      let place = plan.record(k, row.acquisition)
      guard shared.records[place].status != .condition else { return }
      if let fault = row.fault {
        shared.records[place].status = .corrupt
        shared.records[place].reason = fault
      } else {
        frame.unpack(row)
        judge(k, row.acquisition, frame, shared)
      }
    }
  }

  /// Judges the text that was read and adds it when it is good; `k` is below the number of thresholds.
  private func take(_ k: Int, _ acquisition: Int, fault: String?, _ shared: SharedArrays) {
    let place = plan.record(k, acquisition)
    if let fault {
      shared.records[place].status = .corrupt
      shared.records[place].reason = fault
      return
    }
    if let fault = frame.parse(bytes.bytes, skipsFirstRow: plan.scan.skipsFirstRow) {
      shared.records[place].status = .corrupt
      shared.records[place].reason = fault.text
      return
    }
    judge(k, acquisition, frame, shared)
  }

  /// Judges a frame and adds it when it is good.
  func judge(_ k: Int, _ acquisition: Int, _ frame: Frame, _ shared: SharedArrays) {
    let place = plan.record(k, acquisition)
    let sums = lineSums(frame)
    let total = sums.columns.reduce(frame.largeTotal) { $0 + UInt64($1) }
    shared.records[place].totalHits = Int(total)
    let side = PixelMatrix.side
    let rows = plan.lastColumnRows
    var mean: Double?
    if !rows.isEmpty {
      let sum = rows.reduce(UInt64(0)) { $0 + frame.count($1 * side + side - 1) }
      mean = Double(sum) / Double(rows.count)
    }
    shared.records[place].meanLastColumn = mean
    if Double(total) / Double(PixelMatrix.count) <= 1e-9 {
      shared.records[place].status = .empty
      return
    }
    if plan.isBad(mean) {
      shared.records[place].status = .bad
      return
    }
    guard frame.add(to: shared.hits + k * PixelMatrix.count) else {
      shared.records[place].status = .corrupt
      shared.records[place].reason = "the sum of a pixel's counts does not fit 32 bits"
      return
    }
    shared.records[place].status = .good
    shared.sums[k].add(acquisition, groupSums(frame, total, sums))
  }

  /// Sums of the counts below 65,536 of each column, and of each row that a group asks for.
  private func lineSums(_ frame: Frame) -> (columns: [UInt32], rows: [UInt64]) {
    let side = PixelMatrix.side
    // 256 rows of 16-bit counts fit 32 bits.
    var columns = [UInt32](repeating: 0, count: side)
    var rows = [UInt64](repeating: 0, count: side)
    columns.withUnsafeMutableBufferPointer { columns in
      for row in 0..<side {
        let line = frame.counts + row * side
        for column in 0..<side { columns[column] &+= UInt32(line[column]) }
        if row % 15 == 0 || row % 16 == 15 {
          var sum: UInt32 = 0
          for column in 0..<side { sum &+= UInt32(line[column]) }
          rows[row] = UInt64(sum)
        }
      }
    }
    return (columns, rows)
  }

  /// Hits of the unmasked pixels of each group, in the order of `PixelGroup.allCases`.
  private func groupSums(
    _ frame: Frame, _ total: UInt64, _ sums: (columns: [UInt32], rows: [UInt64])
  ) -> SIMD8<Double> {
    let side = PixelMatrix.side
    let (columns, rowSums) = sums
    var result = SIMD8<Double>.zero
    for (index, group) in PixelGroup.allCases.enumerated() {
      var sum: UInt64 = 0
      switch group {
      case .all: sum = total
      case .rows15, .rows16:
        for row in 0..<side where group.contains(row: row, column: 0) { sum += rowSums[row] }
      case .even, .odd, .pairEven, .pairOdd:
        for column in 0..<side where group.contains(row: 0, column: column) { sum += UInt64(columns[column]) }
      }
      if group != .all {
        for (pixel, count) in frame.large where group.contains(row: pixel / side, column: pixel % side) {
          sum += UInt64(count)
        }
      }
      for pixel in plan.maskedPixels where group.contains(row: pixel / side, column: pixel % side) {
        sum -= frame.count(pixel)
      }
      result[index] = Double(sum)
    }
    return result
  }
}
