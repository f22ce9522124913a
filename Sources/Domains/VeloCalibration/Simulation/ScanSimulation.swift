import Errors
import Files
import Fitting
import Foundation
import Tables

/// A simulated threshold scan of an ASIC, with the defects that real ones have.
public struct ScanSimulation: Sendable {
  /// What becomes of one acquisition.
  public enum Defect: String, Sendable, CaseIterable {
    /// Its file is not written.
    case missing
    /// Its file ends early.
    case corrupt
    /// It has no hits.
    case empty
    /// The last column shows the read-out fault.
    case bad
  }

  /// The ASIC.
  public var truth: AsicTruth
  /// Names, thresholds, acquisitions and shutter; `folder` is not used.
  public var scan: ScanSettings
  /// Seed of the counts; together with a threshold it gives the counts of that threshold.
  public var seed: UInt64
  /// Defects by place in the ledger (threshold number · acquisitions + acquisition).
  public var defects: [Int: Defect] = [:]
  /// Sum of the last column that marks the read-out fault.
  public static let badSum = 4697

  /// A scan without defects.
  public init(_ truth: AsicTruth, _ scan: ScanSettings, seed: UInt64) {
    self.truth = truth
    self.scan = scan
    self.seed = seed
  }

  /// Scatters `number` acquisitions with a defect over the scan, each in a place of its own.
  public mutating func scatter(_ defect: Defect, _ number: Int) {
    let total = scan.thresholds.count * scan.acquisitions
    var random = RandomSource(seed: seed &+ UInt64(Defect.allCases.firstIndex(of: defect) ?? 0) &+ 0x5eed)
    var left = min(number, total - defects.count)
    while left > 0 {
      let place = Int(random.uniform() * Double(total))
      guard defects[place] == nil else { continue }
      defects[place] = defect
      left -= 1
    }
  }

  /// The counts of all acquisitions of threshold number `k`, 65,536 bytes each; counts above 254 are cut to 254.
  func frames(_ k: Int) -> [[UInt8]] {
    let threshold = Double(scan.thresholds[k])
    let means = (0..<PixelMatrix.count).map { scan.shutter.seconds * truth.flux($0, threshold: threshold) }
    var random = RandomSource(seed: seed &* 0x9e37_79b9 &+ UInt64(k))
    let zero = means.map { $0 < 20 ? VectorMath.exp(VectorMath.all(-$0))[0] : 0 }
    return (0..<scan.acquisitions).map { acquisition in
      var counts = [UInt8](repeating: 0, count: PixelMatrix.count)
      let defect = defects[k * scan.acquisitions + acquisition]
      if defect == .missing || defect == .empty { return counts }
      for pixel in 0..<PixelMatrix.count where means[pixel] > 0 {
        let mean = means[pixel]
        if mean >= 20 {
          counts[pixel] = UInt8(min(random.poisson(mean: mean), 254))
          continue
        }
        // Inversion: the counts are small.
        var chance = zero[pixel]
        var rest = random.uniform() - chance
        var count = 0
        while rest >= 0, count < 200 {
          count += 1
          chance *= mean / Double(count)
          rest -= chance
        }
        counts[pixel] = UInt8(count)
      }
      if defect == .bad { spoil(&counts) }
      return counts
    }
  }

  /// Writes the fixed pattern of the fault into the unmasked rows of the last column.
  private func spoil(_ counts: inout [UInt8]) {
    let side = PixelMatrix.side
    let rows = (0..<side).filter { !truth.isMasked[$0 * side + side - 1] }
    guard !rows.isEmpty else { return }
    let sum = Int((Double(Self.badSum) / Double(side) * Double(rows.count)).rounded())
    for (i, row) in rows.enumerated() {
      counts[row * side + side - 1] = UInt8(sum / rows.count + (i < sum % rows.count ? 1 : 0))
    }
  }

  /// Writes acquisition files into a folder that exists, thresholds side by side on `threads` threads.
  ///
  /// - Throws: `file.cannotCreate`, `file.cannotWrite`; `velo.cancelled`.
  public func writeFiles(
    to folder: String, threads: Int, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(CavernError) {
    try inParallel(threads, isCancelled) { (k) throws(CavernError) in
      for (acquisition, counts) in frames(k).enumerated() {
        let defect = defects[k * scan.acquisitions + acquisition]
        if defect == .missing { continue }
        var text = FrameText.bytes(counts, large: [])
        if defect == .corrupt { text.removeLast(text.count / 3) }
        let name = scan.fileName(threshold: scan.thresholds[k], acquisition: scan.firstAcquisition + acquisition)
        try AtomicFile.write("\(folder)/\(name)", text, isSynchronised: false)
      }
    }
  }

  /// Writes a packed scan.
  ///
  /// - Throws: as `writeFiles`.
  public func writePacked(
    to path: String, threads: Int, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(CavernError) {
    var stream: ParquetStream?
    var start = 0
    while start < scan.thresholds.count {
      if isCancelled() { throw CavernError("velo.cancelled", "stopped before all was written", exit: .interrupted) }
      let batch = Array(start..<min(start + max(threads, 1), scan.thresholds.count))
      let made = Collected<Table>(batch.count)
      try inParallel(threads, isCancelled, count: batch.count) { (i) throws(CavernError) in
        made.set(i, try table(batch[i]))
      }
      for table in made.all() {
        if let stream { try stream.append(table) } else { stream = try ParquetStream(path: path, first: table) }
      }
      start += batch.count
    }
    try stream?.close()
  }

  private func table(_ k: Int) throws(CavernError) -> Table {
    var rows: [PackedScan.Row] = []
    for (acquisition, counts) in frames(k).enumerated() {
      let defect = defects[k * scan.acquisitions + acquisition]
      if defect == .missing { continue }
      rows.append(
        PackedScan.Row(
          acquisition: scan.firstAcquisition + acquisition,
          fault: defect == .corrupt ? "line 171: 170 lines instead of 256" : nil, counts: counts, large: []))
    }
    return try PackedScan.table(scan.thresholds[k], rows)
  }

  private func inParallel(
    _ threads: Int, _ isCancelled: @escaping @Sendable () -> Bool, count: Int? = nil,
    _ body: @Sendable (Int) throws(CavernError) -> Void
  ) throws(CavernError) {
    let total = count ?? scan.thresholds.count
    let failures = Collected<CavernError>(total)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, total))) { thread in
      for k in stride(from: thread, to: total, by: max(1, min(threads, total))) where !isCancelled() {
        do throws(CavernError) { try body(k) } catch { failures.set(k, error) }
      }
    }
    if let error = failures.all().first { throw error }
    if isCancelled() { throw CavernError("velo.cancelled", "stopped before all was written", exit: .interrupted) }
  }
}
