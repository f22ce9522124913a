import Errors
import Tables

/// A threshold scan summed over its good acquisitions.
public struct ScanCounts: Sendable {
  /// Threshold codes.
  public var thresholds: [Int]
  /// Seconds of one acquisition.
  public var shutterSeconds: Double
  /// Good acquisitions at each threshold.
  public var good: [Int]
  /// Acquisitions without hits at each threshold.
  public var empty: [Int]
  /// Whether empty acquisitions count as live time.
  public var emptyIsLive: Bool
  /// Summed counts, threshold after threshold, each with 65,536 pixels row after row; masked pixels included.
  public var hits: [UInt32]
  /// The ledger in the order of thresholds and acquisitions.
  public var records: [AcquisitionRecord]
  /// For each group the mean over good acquisitions of the hits of its unmasked pixels, and their population standard
  /// deviation; one number a threshold, NaN without a good acquisition.
  public var acquisitionSums: [PixelGroup: (mean: [Double], deviation: [Double])]
  /// What should be known.
  public var warnings: [CavernWarning] = []

  /// Live time at each threshold in seconds: good acquisitions, and empty ones where they count.
  public var liveSeconds: [Double] {
    zip(good, empty).map { Double($0 + (emptyIsLive ? $1 : 0)) * shutterSeconds }
  }

  /// Number of acquisitions with a status.
  public func count(_ status: AcquisitionStatus) -> Int { records.count { $0.status == status } }

  /// Sum over thresholds for a pixel.
  public func total(_ pixel: Int) -> Int {
    thresholds.indices.reduce(0) { $0 + Int(hits[$1 * PixelMatrix.count + pixel]) }
  }

  /// `thr,good_acq,live_s` of the good acquisitions, and the empty ones beside them.
  public func liveTimeTable() throws(CavernError) -> Table {
    try Table(columns: [
      Column("thr", thresholds), Column("good_acq", good),
      Column("live_s", good.map { Double($0) * shutterSeconds }, unit: "s"), Column("empty_acq", empty),
      Column("exposure_s", liveSeconds, unit: "s"),
    ])
  }

  /// `thr,row,col,hits`, without the pixels that have none, of some thresholds by number.
  public func hitsTable(_ range: Range<Int>) throws(CavernError) -> Table {
    var thr: [Int32] = [], row: [Int32] = [], col: [Int32] = [], sums: [UInt32] = []
    for k in range {
      let offset = k * PixelMatrix.count
      for pixel in 0..<PixelMatrix.count where hits[offset + pixel] > 0 {
        thr.append(Int32(truncatingIfNeeded: thresholds[k]))
        row.append(Int32(pixel / PixelMatrix.side))
        col.append(Int32(pixel % PixelMatrix.side))
        sums.append(hits[offset + pixel])
      }
    }
    return try Table(columns: [Column("thr", thr), Column("row", row), Column("col", col), Column("hits", sums)])
  }

  /// Flux summed over pixels: `thr,live_s,hits,pixels,flux_hz_per_pixel,uflux`, with the error of the mean from the scatter.
  public func asicFluxTable(_ live: [Bool]) throws(CavernError) -> Table {
    let pixels = live.count { $0 }
    var sums: [Int] = []
    for k in thresholds.indices {
      var sum = 0
      for pixel in 0..<PixelMatrix.count where live[pixel] { sum += Int(hits[k * PixelMatrix.count + pixel]) }
      sums.append(sum)
    }
    let seconds = liveSeconds
    func rate(_ value: Double, _ k: Int) -> Double? {
      seconds[k] > 0 && pixels > 0 ? value / (seconds[k] * Double(pixels)) : nil
    }
    let scatter = acquisitionSums[.all]?.deviation ?? []
    let scatterError: [Double?] = thresholds.indices.map { k in
      guard scatter.indices.contains(k), good[k] > 1, pixels > 0 else { return nil }
      return scatter[k] / (Double(good[k] - 1).squareRoot() * shutterSeconds * Double(pixels))
    }
    let poisson = sums.enumerated().map { rate(Double($1).squareRoot(), $0) }
    return try Table(columns: [
      Column("thr", thresholds), Column("live_s", seconds, unit: "s"), Column("hits", sums),
      Column("pixels", thresholds.map { _ in pixels }),
      Column("flux_hz_per_pixel", sums.enumerated().map { rate(Double($1), $0) }, unit: "Hz"),
      Column("uflux", poisson, unit: "Hz"), Column("uflux_scatter", scatterError, unit: "Hz"),
      Column(
        "scatter_ratio",
        zip(scatterError, poisson).map { pair -> Double? in
          guard let a = pair.0, let b = pair.1, b > 0 else { return nil }
          return a / b
        }),
    ])
  }

  /// What should be known about the reading, about acquisitions that are missing or damaged, and about thresholds without live time.
  public var allWarnings: [CavernWarning] {
    var list = warnings
    func remark(_ code: String, _ names: [String], _ message: String) {
      guard !names.isEmpty else { return }
      list.append(CavernWarning(code, "\(names.count) \(message): \(names.firstFew(5))"))
    }
    func names(_ status: AcquisitionStatus) -> [String] {
      records.filter { $0.status == status }.map { record in
        "\(record.threshold)/\(record.acquisition)" + (record.reason.isEmpty ? "" : " (\(record.reason))")
      }
    }
    remark("velo.missing", names(.missing), "acquisitions have no file (threshold/acquisition)")
    remark("velo.corrupt", names(.corrupt), "acquisitions are damaged and not used (threshold/acquisition)")
    let live = liveSeconds
    remark(
      "velo.noLiveTime", thresholds.indices.filter { live[$0] == 0 }.map { String(thresholds[$0]) },
      "thresholds have no live time and are left out")
    return list
  }

  /// Whether problems of the data exceed the limit: a threshold without live time, or more than `share` of the files rejected.
  public func hasProblems(share: Double = 0.05) -> Bool {
    let rejected = count(.missing) + count(.corrupt) + count(.bad)
    let wanted = records.count - count(.condition)
    return liveSeconds.contains(0) || Double(rejected) > share * Double(wanted)
  }
}
