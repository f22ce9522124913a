import Fitting

/// Which pixels are fitted, and why the others are not.
struct PixelSelection {
  private(set) var categories: [PixelCategory]
  private(set) var reasons: [PixelReason]
  /// Pixels to fit, in order.
  private(set) var fitted: [Int] = []

  init(_ counts: ScanCounts, _ inputs: ScanInputs, _ live: [Double], _ options: PixelFitOptions) {
    let side = PixelMatrix.side
    categories = Array(repeating: .tooFewHits, count: PixelMatrix.count)
    reasons = Array(repeating: [], count: PixelMatrix.count)
    let isLegacy = options.method == .legacy
    let exposures = isLegacy ? Self.legacyExposures(counts, live) : live
    let used = exposures.indices.filter { exposures[$0] > 0 }
    var filled = [UInt16](repeating: 0, count: PixelMatrix.count)
    var hasGap = [Bool](repeating: false, count: PixelMatrix.count)
    Self.countFilled(counts, used, &filled, &hasGap)
    var candidates: [Int] = []
    for pixel in 0..<PixelMatrix.count {
      let row = pixel / side
      let column = pixel % side
      if let window = options.window, !window.rows.contains(row) || !window.columns.contains(column) {
        categories[pixel] = .outsideGroup
      } else if inputs.isMasked[pixel], !isLegacy || options.group != .all {
        // The earlier program masked pixels only when it worked on a group.
        categories[pixel] = .masked
      } else if !options.group.contains(row: row, column: column) {
        categories[pixel] = .outsideGroup
      } else if isLegacy {
        // At least 80 % of the thresholds without hits.
        let share = Double(used.count - Int(filled[pixel])) / Double(used.count)
        if share >= 0.8 { continue }
        if hasGap[pixel] {
          categories[pixel] = .bad
          reasons[pixel] = .zeroWeight
        } else {
          candidates.append(pixel)
        }
      } else if Double(filled[pixel]) > 0.2 * Double(used.count) {
        candidates.append(pixel)
      }
    }
    if !isLegacy { removeNoisy(&candidates, counts, live, used, options.noisyRate) }
    fitted = candidates
  }

  /// Keeps only pixels that pass a test; the others count as having no fit.
  mutating func keep(_ test: (Int) -> Bool) {
    for pixel in fitted where !test(pixel) { categories[pixel] = .notConverged }
    fitted = fitted.filter(test)
  }

  /// Live times for the earlier program's method, which drops everything up to the last threshold without live time.
  func legacyExposures(_ counts: ScanCounts) -> [Double] { Self.legacyExposures(counts, counts.liveSeconds) }

  private static func legacyExposures(_ counts: ScanCounts, _ live: [Double]) -> [Double] {
    guard let last = counts.good.lastIndex(of: 0) else { return live }
    return live.enumerated().map { $0 <= last ? 0 : $1 }
  }

  /// Numbers of thresholds with hits, and whether one without lies between others.
  private static func countFilled(
    _ counts: ScanCounts, _ used: [Int], _ filled: inout [UInt16], _ hasGap: inout [Bool]
  ) {
    var gap = [Bool](repeating: false, count: PixelMatrix.count)
    for k in used {
      let offset = k * PixelMatrix.count
      for pixel in 0..<PixelMatrix.count {
        if counts.hits[offset + pixel] > 0 {
          if gap[pixel] { hasGap[pixel] = true }
          filled[pixel] += 1
        } else if filled[pixel] > 0 {
          gap[pixel] = true
        }
      }
    }
  }

  /// Pixels with many more hits than the others at the highest tenth of the thresholds.
  ///
  /// Limit: median + 10 · 1.4826 median deviations, but at least 10 hits and 10 standard deviations of the median's own counts
  /// above it, so that a handful of hits where others have none makes nobody noisy.
  private mutating func removeNoisy(
    _ candidates: inout [Int], _ counts: ScanCounts, _ live: [Double], _ used: [Int], _ rateLimit: Double?
  ) {
    let top = used.suffix(max(1, used.count / 10))
    let seconds = top.reduce(0) { $0 + live[$1] }
    guard seconds > 0, !candidates.isEmpty else { return }
    let sums = candidates.map { pixel in
      top.reduce(0.0) { $0 + Double(counts.hits[$1 * PixelMatrix.count + pixel]) }
    }
    let median = RobustStatistics.median(sums)
    let deviation = 1.4826 * RobustStatistics.median(sums.map { abs($0 - median) })
    let limit = median + 10 * max(deviation, median.squareRoot(), 1)
    var kept: [Int] = []
    for (pixel, sum) in zip(candidates, sums) {
      if sum > limit || rateLimit.map({ sum / seconds > $0 }) == true {
        categories[pixel] = .noisy
      } else {
        kept.append(pixel)
      }
    }
    candidates = kept
  }
}
