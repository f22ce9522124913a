import Dispatch
import Errors
import Synchronization
import Tables

/// Reads the acquisitions of a scan and sums them: one frame in memory for each thread, and the sums.
public enum ScanReduction {
  /// Reads and sums a scan.
  ///
  /// - Parameters:
  ///   - scan: what to read.
  ///   - inputs: its mask.
  ///   - threads: how many threads to use; the result does not depend on it.
  ///   - isCancelled: looked at between files; when true, the run stops with `velo.cancelled`.
  /// - Throws: `velo.condition` for a condition that cannot be computed or excludes everything (exit 65), `velo.duplicate`,
  ///   `archive.…`.
  public static func read(
    _ scan: ScanSettings, inputs: ScanInputs, threads: Int = 1, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(CavernError) -> ScanCounts {
    let source = try AcquisitionSource(scan)
    var records: [AcquisitionRecord] = []
    for threshold in scan.thresholds {
      for acquisition in scan.acquisitionNumbers {
        let isExcluded = try excludes(scan, threshold, acquisition)
        records.append(
          AcquisitionRecord(
            threshold: threshold, acquisition: acquisition, status: isExcluded ? .condition : .missing))
      }
    }
    guard records.contains(where: { $0.status != .condition }) else {
      throw CavernError(
        "velo.allExcluded", "the condition of scan '\(scan.label)' excludes every acquisition", exit: .badData)
    }
    var warnings: [CavernWarning] = []
    let plan = FramePlan(scan, isMasked: inputs.isMasked)
    let total = scan.thresholds.count
    let shared = SharedArrays(thresholds: total, records: records)
    switch source.store {
    case .files(let files):
      let next = Atomic(0)
      DispatchQueue.concurrentPerform(iterations: max(1, min(threads, total))) { _ in
        let worker = FrameWorker(plan)
        while true {
          let k = next.add(1, ordering: .relaxed).oldValue
          guard k < total, !isCancelled() else { return }
          worker.readThreshold(k, files: files, shared)
        }
      }
    case .archives(let paths):
      let worker = FrameWorker(plan)
      var seen = [Bool](repeating: false, count: records.count)
      for path in paths {
        do throws(CavernError) {
          let stream = try ArchiveStream(path: path, isTar: true)
          while let name = try stream.next(), !isCancelled() {
            try worker.readEntry(name, stream, shared, &seen)
          }
        } catch {
          if error.code != "archive.damaged" { throw error }
          // What came before the damage is whole; the rest counts as missing.
          warnings.append(CavernWarning(error))
        }
      }
    case .packed(let path): try readPacked(path, plan, shared, threads: threads, isCancelled: isCancelled)
    }
    if isCancelled() { throw CavernError("velo.cancelled", "stopped before all files were read", exit: .interrupted) }
    let (hits, done, sums) = shared.take()
    return plan.result(done, hits, sums, warnings)
  }
}

extension ScanReduction {
  /// What the condition of a scan says of an acquisition; where it cannot be computed, the scan and the acquisition are named.
  private static func excludes(
    _ scan: ScanSettings, _ threshold: Int, _ acquisition: Int
  ) throws(CavernError) -> Bool {
    do throws(CavernError) {
      return try scan.exclude.holds(threshold: threshold, acquisition: acquisition)
    } catch {
      var named = error
      named.message += ", in scan '\(scan.label)' for thr = \(threshold), acq = \(acquisition)"
      throw named
    }
  }

  /// Reads a packed scan: each thread opens the file for itself and takes row groups.
  private static func readPacked(
    _ path: String, _ plan: FramePlan, _ shared: SharedArrays, threads: Int, isCancelled: @escaping @Sendable () -> Bool
  ) throws(CavernError) {
    let groups = try PackedScan.groups(try ParquetFile(path: path), path)
    var work: [(group: Int, k: Int)] = []
    for (group, threshold) in groups {
      guard let k = plan.scan.thresholds.firstIndex(of: threshold) else { continue }
      guard !work.contains(where: { $0.k == k }) else {
        throw CavernError("velo.duplicate", "threshold \(threshold) is there twice", exit: .badData, file: path)
      }
      work.append((group, k))
    }
    let list = work
    let next = Atomic(0)
    let failure = Mutex<CavernError?>(nil)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, list.count))) { _ in
      let worker = FrameWorker(plan)
      do throws(CavernError) {
        let file = try ParquetFile(path: path)
        while true {
          let i = next.add(1, ordering: .relaxed).oldValue
          guard i < list.count, !isCancelled() else { return }
          try worker.readGroup(file, group: list[i].group, list[i].k, path: path, shared)
        }
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}

/// What reading needs to know about a scan.
struct FramePlan: Sendable {
  let scan: ScanSettings
  let isMasked: [Bool]
  let maskedPixels: [Int]
  /// Rows of column 255 that are not masked.
  let lastColumnRows: [Int]
  let firstAcquisition: Int

  init(_ scan: ScanSettings, isMasked: [Bool]) {
    self.scan = scan
    self.isMasked = isMasked
    maskedPixels = isMasked.indices.filter { isMasked[$0] }
    lastColumnRows = (0..<PixelMatrix.side).filter { !isMasked[$0 * PixelMatrix.side + PixelMatrix.side - 1] }
    firstAcquisition = scan.firstAcquisition
  }

  /// The place in the ledger.
  func record(_ k: Int, _ acquisition: Int) -> Int { k * scan.acquisitions + acquisition - firstAcquisition }

  /// Threshold number and acquisition of a file name, if it belongs to the scan.
  func address(_ name: String) -> (k: Int, acquisition: Int)? {
    let start = "\(scan.prefix)\(scan.shutter.text)_THR_"
    let plain = AcquisitionSource.withoutCompression(name)
    guard plain.hasPrefix(start), plain.hasSuffix(".csv") else { return nil }
    let parts = plain.dropFirst(start.count).dropLast(4).split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 2, let threshold = Int(parts[0]), let acquisition = Int(parts[1]),
      "\(threshold)_\(acquisition)" == parts.joined(separator: "_"), scan.acquisitionNumbers.contains(acquisition),
      let first = scan.thresholds.first, threshold >= first, (threshold - first) % scan.step == 0
    else { return nil }
    let k = (threshold - first) / scan.step
    return k < scan.thresholds.count ? (k, acquisition) : nil
  }

  /// Whether the mean of the last column marks a read-out fault.
  func isBad(_ mean: Double?) -> Bool {
    guard let mean, let cut = scan.badCut else { return false }
    switch scan.badTest {
    case .window: return mean > cut - scan.badTolerance && mean < cut + scan.badTolerance
    case .above: return mean > cut
    case .off: return false
    }
  }

  func result(
    _ records: [AcquisitionRecord], _ hits: [UInt32], _ sums: [FrameSums], _ warnings: [CavernWarning]
  ) -> ScanCounts {
    let total = scan.thresholds.count
    var good = [Int](repeating: 0, count: total)
    var empty = good
    for (i, record) in records.enumerated() {
      if record.status == .good { good[i / scan.acquisitions] += 1 }
      if record.status == .empty { empty[i / scan.acquisitions] += 1 }
    }
    var groups: [PixelGroup: (mean: [Double], deviation: [Double])] = [:]
    for (index, group) in PixelGroup.allCases.enumerated() {
      let ordered = sums.map { $0.ordered(index) }
      let means = ordered.map { $0.isEmpty ? Double.nan : $0.reduce(0, +) / Double($0.count) }
      let deviations = zip(ordered, means).map { list, mean in
        list.isEmpty
          ? Double.nan : (list.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(list.count)).squareRoot()
      }
      groups[group] = (means, deviations)
    }
    var counts = ScanCounts(
      thresholds: scan.thresholds, shutterSeconds: scan.shutter.seconds, good: good, empty: empty,
      emptyIsLive: (scan.empty ?? .live) == .live, hits: hits, records: records, acquisitionSums: groups,
      warnings: warnings)
    counts.warnings += outliers(records)
    var maskedHits = 0
    for pixel in maskedPixels {
      for k in 0..<total { maskedHits += Int(hits[k * PixelMatrix.count + pixel]) }
    }
    if maskedHits > 0 {
      counts.warnings.append(
        CavernWarning("velo.maskedHits", "masked pixels have \(maskedHits) hits, which are ignored"))
    }
    return counts
  }

  /// Good acquisitions whose total is more than 8 · 1.4826 median deviations away from the median of their threshold.
  private func outliers(_ records: [AcquisitionRecord]) -> [CavernWarning] {
    var found: [String] = []
    for start in stride(from: 0, to: records.count, by: scan.acquisitions) {
      let list = records[start..<start + scan.acquisitions].filter { $0.status == .good }
      let totals = list.map { Double($0.totalHits ?? 0) }
      guard totals.count >= 4 else { continue }
      let median = RobustStatistics.median(totals)
      let deviation = RobustStatistics.median(totals.map { abs($0 - median) })
      // Poisson fluctuations are no outliers, however alike the others are.
      let limit = 8 * max(1.4826 * deviation, median.squareRoot())
      for (record, total) in zip(list, totals) where abs(total - median) > limit {
        found.append("\(record.threshold)/\(record.acquisition)")
      }
    }
    guard !found.isEmpty else { return [] }
    return [
      CavernWarning(
        "velo.outlier",
        "\(found.count) good acquisitions have unusual totals (threshold/acquisition): \(found.firstFew(5))")
    ]
  }
}

/// Hits of the good acquisitions of one threshold by group, with their numbers, so that sums do not depend on the order.
struct FrameSums: Sendable {
  private var entries: [(acquisition: Int, sums: SIMD8<Double>)] = []

  mutating func add(_ acquisition: Int, _ sums: SIMD8<Double>) { entries.append((acquisition, sums)) }

  /// The sums of a group in the order of the acquisitions.
  func ordered(_ group: Int) -> [Double] {
    entries.sorted { $0.acquisition < $1.acquisition }.map { $0.sums[group] }
  }
}

/// The arrays that threads fill; each thread writes the places of its own thresholds only.
final class SharedArrays: @unchecked Sendable {
  /// 65,536 for each threshold.
  let hits: UnsafeMutablePointer<UInt32>
  /// One for each acquisition.
  let records: UnsafeMutablePointer<AcquisitionRecord>
  /// One for each threshold.
  let sums: UnsafeMutablePointer<FrameSums>
  private let thresholds: Int
  private let recordCount: Int

  init(thresholds: Int, records: [AcquisitionRecord]) {
    self.thresholds = thresholds
    recordCount = records.count
    hits = .allocate(capacity: thresholds * PixelMatrix.count)
    hits.initialize(repeating: 0, count: thresholds * PixelMatrix.count)
    self.records = .allocate(capacity: recordCount)
    for (i, record) in records.enumerated() { (self.records + i).initialize(to: record) }
    sums = .allocate(capacity: thresholds)
    sums.initialize(repeating: FrameSums(), count: thresholds)
  }

  deinit {
    hits.deallocate()
    records.deinitialize(count: recordCount)
    records.deallocate()
    sums.deinitialize(count: thresholds)
    sums.deallocate()
  }

  /// Copies of what was filled in.
  func take() -> (hits: [UInt32], records: [AcquisitionRecord], sums: [FrameSums]) {
    (
      Array(UnsafeBufferPointer(start: hits, count: thresholds * PixelMatrix.count)),
      Array(UnsafeBufferPointer(start: records, count: recordCount)),
      Array(UnsafeBufferPointer(start: sums, count: thresholds))
    )
  }
}
