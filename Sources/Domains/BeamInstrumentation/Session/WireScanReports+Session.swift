import Errors
import Figures
import Results
import Tables

extension WireScanReports {
  /// Trends, bunch pattern and table of the wire scans of a session.
  static func sections(of session: Session) -> [Report.Section] {
    let scans = session.wireScans
    guard !scans.scans.isEmpty else { return [] }
    var trends = WireScanFigures.SessionKind.allCases.compactMap { WireScanFigures.session(scans, kind: $0) }
    if let ratio = SessionFigures.inOut(session) { trends.append(ratio) }
    if let pattern = SessionFigures.pattern(session) { trends.append(pattern) }
    var blocks: [Report.Block] = trends.map { .figure($0) }
    blocks.append(.table(sessionTable(scans)))
    return [Report.Section("Wire scans", blocks)]
  }
}

extension WireScanSession {
  /// The scans as a table; emittances in µm.
  ///
  /// - Throws: nothing that whole sessions give.
  public func table() throws(CavernError) -> Table {
    let scans = scans
    func numbers(_ name: String, _ unit: String?, _ value: (Scan) -> Double?) -> Column {
      Column(name, scans.map { value($0.scan) }, unit: unit)
    }
    return try Table(columns: [
      Column("file", scans.map(\.entry.file)), Column("device", scans.map(\.scan.device)),
      Column("plane", scans.map(\.scan.plane.rawValue)), Column("scan", scans.map(\.scan.scan.rawValue)),
      Column("acquisition", scans.map(\.scan.acquisition)), Column("acqTimeUTC", scans.map { $0.scan.time?.text }),
      Column("cycleStamp", scans.map(\.scan.cycleStamp)), Column("selector", scans.map(\.scan.selector)),
      numbers("cycleTime_s", "s") { $0.cycleTime }, numbers("gamma", nil) { $0.gamma },
      Column("optics", scans.map(\.scan.opticsSet)), Column("n", scans.map(\.scan.count)),
      numbers("meanEmittance_um", "um") { $0.meanEmittance },
      numbers("standardDeviation_um", "um") { $0.standardDeviation },
      numbers("standardError_um", "um") { $0.standardError }, numbers("systematic_um", "um") { $0.systematic },
      numbers("meanQ", nil) { $0.meanQ }, numbers("standardDeviationOfQ", nil) { $0.standardDeviationOfQ },
      Column("flags", scans.map { $0.scan.flagCounts.map { "\($0.name)×\($0.count)" }.joined(separator: " ") }),
    ])
  }
}
