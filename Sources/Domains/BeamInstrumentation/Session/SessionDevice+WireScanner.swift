import Errors
import JSON
import Results
import Tables

extension SessionDevice {
  /// Wire scanners.
  static let wireScanner = SessionDevice(
    name: "wireScan", title: "Wire scanners",
    recognises: { probe, _ in
      if case .parquet(let schema) = probe.content { return schema.contains(where: WireScanFile.isWireScanner) }
      return false
    },
    analyse: { (path, settings) throws(CavernError) in
      let file = try WireScanFile(path: path, request: WireScanFile.Request(settings.wireScan))
      let analysis = try WireScanAnalysis(file, options: settings.wireScan, table: settings.optics)
      return SessionAnalysis(
        WireScanContent(scans: analysis.sessionScans), faults: analysis.faults,
        remarks: analysis.warnings.map(\.message),
        tables: [("profiles", "", try WireScanAnalysis.profileTable([analysis]))],
        figures: { analysis.scans.compactMap { WireScanFigures.scan(analysis, $0) } })
    },
    content: { json in
      guard let scans = json["scans"]?.arrayValue else { return nil }
      return WireScanContent(scans: scans.compactMap { WireScanSession.Scan(json: $0) })
    },
    sections: { session in WireScanReports.sections(of: session) },
    tables: { (session) throws(CavernError) in
      let scans = session.wireScans
      return scans.scans.isEmpty ? [] : [("wire-scans", try scans.table())]
    })
}

/// What a session keeps of a wire-scan file.
struct WireScanContent: SessionContent {
  /// Its scans.
  var scans: [WireScanSession.Scan]

  var json: JSONValue { ["scans": .array(scans.map(\.json))] }
  var time: AcquisitionTime? { scans.lazy.compactMap(\.time).first }
  var devices: [String] { scans.map(\.device).uniqued }

  var summary: String {
    scans.compactMap { scan in
      scan.meanEmittance.map {
        "\(scan.plane.rawValue) \(scan.scan.rawValue) \(MeasuredValue($0, statistical: scan.standardError).text()) µm"
      }
    }.joined(separator: ", ")
  }

  var flagCounts: [(name: String, count: Int)] {
    var order: [String] = []
    var counts: [String: Int] = [:]
    for flag in scans.flatMap(\.flagCounts) {
      if counts[flag.name] == nil { order.append(flag.name) }
      counts[flag.name, default: 0] += flag.count
    }
    return order.map { ($0, counts[$0] ?? 0) }
  }
}

extension Session {
  /// The wire scans alone, in the form of `cavern beam ws batch`.
  public var wireScans: WireScanSession {
    WireScanSession(
      entries: contents(WireScanContent.self).map { entry, content in
        WireScanSession.Entry(
          file: entry.file, sha256: entry.sha256, state: entry.state, causes: entry.causes, scans: content.scans)
      })
  }
}

extension Sequence where Element: Hashable {
  /// The elements without doubles, in the order in which they come first.
  var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
