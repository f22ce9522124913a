import Errors
import Files
import Foundation
import JSON
import Tables

/// Summed scans as files, so that fits need not read acquisitions again: `hits.parquet`, `acquisitions.csv`, `counts.json`.
public enum StoredCounts {
  private static let schema = "cavern.velo.counts/1"

  /// Writes `thr,row,col,hits` without the pixels that have none, a few thresholds at a time.
  ///
  /// - Throws: what writing throws.
  public static func writeHits(_ counts: ScanCounts, to path: String) throws(CavernError) {
    var stream: ParquetStream?
    for start in stride(from: 0, to: max(counts.thresholds.count, 1), by: 8) {
      let range = start..<min(start + 8, counts.thresholds.count)
      let table = try counts.hitsTable(range)
      if let stream { try stream.append(table) } else { stream = try ParquetStream(path: path, first: table) }
    }
    try stream?.close()
  }

  /// Writes `thr,row,col,flux,uflux` in Hz of the unmasked pixels with hits, with live times of each threshold.
  ///
  /// - Throws: what writing throws.
  public static func writeFlux(
    _ counts: ScanCounts, isIncluded: [Bool], to path: String
  ) throws(CavernError) {
    var stream: ParquetStream?
    let live = counts.liveSeconds
    for start in stride(from: 0, to: max(counts.thresholds.count, 1), by: 4) {
      var thr: [Int32] = [], row: [Int16] = [], col: [Int16] = [], flux: [Double] = [], error: [Double] = []
      for k in start..<min(start + 4, counts.thresholds.count) where live[k] > 0 {
        for pixel in 0..<PixelMatrix.count where isIncluded[pixel] {
          let hits = Double(counts.hits[k * PixelMatrix.count + pixel])
          guard hits > 0 else { continue }
          thr.append(Int32(truncatingIfNeeded: counts.thresholds[k]))
          row.append(Int16(pixel / PixelMatrix.side))
          col.append(Int16(pixel % PixelMatrix.side))
          flux.append(hits / live[k])
          error.append(hits.squareRoot() / live[k])
        }
      }
      let table = try Table(columns: [
        Column("thr", thr), Column("row", row), Column("col", col), Column("flux", flux, unit: "Hz"),
        Column("uflux", error, unit: "Hz"),
      ])
      if let stream { try stream.append(table) } else { stream = try ParquetStream(path: path, first: table) }
    }
    try stream?.close()
  }

  /// `counts.json`: thresholds, live times, acquisition sums and what was read.
  public static func json(_ counts: ScanCounts, fingerprint: String) -> JSONValue {
    let groups = JSONObject(
      counts.acquisitionSums.sorted { $0.key.rawValue < $1.key.rawValue }.map {
        ($0.key.rawValue, ["mean": .numbers($0.value.mean), "deviation": .numbers($0.value.deviation)])
      })
    return [
      "schema": .string(schema), "fingerprint": .string(fingerprint), "shutter_s": .number(counts.shutterSeconds),
      "thresholds": .array(counts.thresholds.map { .integer($0) }), "good": .array(counts.good.map { .integer($0) }),
      "empty": .array(counts.empty.map { .integer($0) }), "emptyIsLive": .bool(counts.emptyIsLive),
      "acquisitionSums": .object(groups), "warnings": .array(counts.warnings.map(\.json)),
    ]
  }

  /// The fingerprint that a stored scan was written with; `nil` when there is none.
  public static func fingerprint(_ folder: String) -> String? {
    guard let data = FileManager.default.contents(atPath: folder + "/counts.json"),
      let json = try? JSONValue(parsing: Array(data)), json["schema"]?.stringValue == schema
    else { return nil }
    return json["fingerprint"]?.stringValue
  }

  /// Reads a scan that was stored in a folder.
  ///
  /// - Throws: `velo.counts` (exit 65 or 66) when the folder holds no stored scan, and what reading throws.
  public static func read(_ folder: String) throws(CavernError) -> ScanCounts {
    func fault(_ message: String, _ exit: ExitStatus = .badData) -> CavernError {
      CavernError(
        "velo.counts", message, exit: exit, file: folder,
        expected: "a folder with counts.json, hits.parquet and acquisitions.csv as 'cavern velo flux' writes it")
    }
    guard let data = FileManager.default.contents(atPath: folder + "/counts.json") else {
      throw fault("there is no stored scan", .noInput)
    }
    guard let json = try? JSONValue(parsing: Array(data)), json["schema"]?.stringValue == schema else {
      throw fault("counts.json is damaged")
    }
    func integers(_ name: String) -> [Int] { json[name]?.arrayValue?.compactMap(\.intValue) ?? [] }
    func numbers(_ value: JSONValue?) -> [Double] { value?.arrayValue?.map { $0.doubleValue ?? .nan } ?? [] }
    let thresholds = integers("thresholds")
    let (good, empty) = (integers("good"), integers("empty"))
    guard !thresholds.isEmpty, good.count == thresholds.count, empty.count == thresholds.count,
      let seconds = json["shutter_s"]?.doubleValue
    else { throw fault("counts.json is damaged") }
    var groups: [PixelGroup: (mean: [Double], deviation: [Double])] = [:]
    for group in PixelGroup.allCases {
      let entry = json["acquisitionSums"]?[group.rawValue]
      groups[group] = (numbers(entry?["mean"]), numbers(entry?["deviation"]))
    }
    let warnings = (json["warnings"]?.arrayValue ?? []).map {
      CavernWarning($0["code"]?.stringValue ?? "", $0["message"]?.stringValue ?? "")
    }
    return ScanCounts(
      thresholds: thresholds, shutterSeconds: seconds, good: good, empty: empty,
      emptyIsLive: json["emptyIsLive"]?.boolValue ?? true, hits: try hits(folder + "/hits.parquet", thresholds),
      records: try records(folder + "/acquisitions.csv"), acquisitionSums: groups, warnings: warnings)
  }

  private static func hits(_ path: String, _ thresholds: [Int]) throws(CavernError) -> [UInt32] {
    let file = try ParquetFile(path: path)
    var sums = [UInt32](repeating: 0, count: thresholds.count * PixelMatrix.count)
    let places = Dictionary(thresholds.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { $1 })
    for group in 0..<file.rowGroupCount {
      let table = try file.read(rowGroup: group)
      let (thr, row, col) = (
        try table.column("thr").doubles(), try table.column("row").doubles(), try table.column("col").doubles()
      )
      let hits = try table.column("hits").doubles()
      for i in hits.indices {
        guard let threshold = Int(exactly: thr[i]), let k = places[threshold], let r = Int(exactly: row[i]),
          let c = Int(exactly: col[i]), (0..<PixelMatrix.side).contains(r), (0..<PixelMatrix.side).contains(c),
          let count = UInt32(exactly: hits[i])
        else {
          throw CavernError(
            "velo.counts", "row \(i) of row group \(group) is no pixel of the scan", exit: .badData, file: path)
        }
        sums[k * PixelMatrix.count + r * PixelMatrix.side + c] = count
      }
    }
    return sums
  }

  private static func records(_ path: String) throws(CavernError) -> [AcquisitionRecord] {
    let table = try Table(csvFile: path)
    let (thr, acq, status) = (try table.column("thr"), try table.column("acq"), try table.column("status"))
    let (reason, total) = (try table.column("reason"), try table.column("total_hits"))
    let mean = try table.column("mean_last_column")
    var records: [AcquisitionRecord] = []
    for row in 0..<table.rowCount {
      guard let threshold = thr.int(at: row), let acquisition = acq.int(at: row),
        let word = status.string(at: row).flatMap(AcquisitionStatus.init(rawValue:))
      else {
        throw CavernError("velo.counts", "row \(row + 1) is no acquisition", exit: .badData, file: path, line: row + 2)
      }
      records.append(
        AcquisitionRecord(
          threshold: threshold, acquisition: acquisition, status: word, reason: reason.string(at: row) ?? "",
          totalHits: total.int(at: row), meanLastColumn: mean.double(at: row)))
    }
    return records
  }
}
