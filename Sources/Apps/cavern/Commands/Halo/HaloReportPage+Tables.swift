import BeamHalo
import Conditions
import Results

extension HaloTrend {
  /// One row a run and side, for people; `runs.parquet` and the result have all that is known.
  var reportTable: ReportTable {
    ReportTable(
      title: "Delivered luminosity in nb⁻¹; 'not ok' are channels whose peak the run alone does not show clearly",
      columns: [
        "side", "run", "fill", "start (UTC)", "min", "hits", "SR", "CP", "SR/s", "CP/s", "SR/CP", "stable LS",
        "nb⁻¹", "not ok",
      ].map { ReportTable.Column($0) },
      rows: points.map { point in
        let counts = point.row.regions
        return [
          .text(point.row.side.label), .text("\(point.row.run)"), .text(point.fill.map(String.init) ?? ""),
          .text(point.startMilliseconds.map { UTCTime.text($0).replacing(" ", with: "\u{A0}") } ?? ""),
          .number(point.row.spanSeconds / 60, decimals: 1), .number(Double(point.row.cleanHits), decimals: 0),
          .number(Double(counts.signal), decimals: 0), .number(Double(counts.collisions), decimals: 0),
          Self.rate(point.rate(.signal)),
          Self.rate(point.rate(.collisions)),
          counts.collisions > 0
            ? .number(Double(counts.signal) / Double(counts.collisions), decimals: 2) : .missing,
          point.stableSections.map { .number(Double($0), decimals: 0) } ?? .missing,
          point.delivered.map { .number($0 / 1000, decimals: 1) } ?? .missing,
          .number(Double(point.poorChannels), decimals: 0),
        ]
      })
  }

  private static func rate(_ rate: (value: Double, error: Double)) -> ReportTable.Cell {
    .measured(MeasuredValue(rate.value, statistical: rate.error))
  }
}

extension HaloCalibration.Entry {
  /// The classic cut as time/code.
  var classicText: String { "\(classic.cut.tdcPeak)/\(classic.cut.adcCut)" }
  /// The robust cut as time/code; `nil` without hits.
  var robustText: String? {
    robust.status == .noData ? nil : "\(robust.peak)/\(robust.adcCut.map(String.init) ?? "-")"
  }
  /// The window of the robust method; `nil` without hits.
  var windowText: String? {
    robust.status == .noData ? nil : "\(robust.window.lowerBound)-\(robust.window.upperBound)"
  }
}

extension HaloCalibration {
  /// One row a channel, for people; `calibration.parquet` has all columns.
  var reportTable: ReportTable {
    ReportTable(
      title: "Cuts as time/code",
      columns: [
        "channel", "hits", "classic", "robust", "window", "centroid", "σ", "purity", "status", "shift", "in force",
        "from",
      ].map { ReportTable.Column($0) },
      rows: entries.map { entry in
        let robust = entry.robust
        func real(_ value: Double, _ decimals: Int) -> ReportTable.Cell {
          robust.status != .noData && value.isFinite ? .number(value, decimals: decimals) : .missing
        }
        let times = entry.window.times
        return [
          .text(entry.channel.name), .number(Double(entry.events), decimals: 0),
          .text(entry.classicText), entry.robustText.map { .text($0) } ?? .missing,
          entry.windowText.map { .text($0) } ?? .missing,
          real(robust.centroid, 3), real(robust.sigma, 2), real(robust.purity, 3), .text(robust.status.rawValue),
          Self.shift(entry),
          .text("\(times.lowerBound)-\(times.upperBound),\u{A0}≥\u{A0}\(entry.window.adcCut)"),
          .text(entry.source.rawValue),
        ]
      })
  }

  private static func shift(_ entry: Entry) -> ReportTable.Cell {
    entry.shift.map { .measured(MeasuredValue($0, statistical: entry.shiftError)) } ?? .missing
  }
}
