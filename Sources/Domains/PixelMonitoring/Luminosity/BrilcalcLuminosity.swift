import Conditions
import Errors

/// Luminosity by fill from what brilcalc wrote.
public enum BrilcalcLuminosity {
  /// Sums runs, or lumi sections, by fill in fb⁻¹.
  ///
  /// - Parameters:
  ///   - selection: which fills.
  ///   - beamStatus: only sections with this beam mode; `nil` for all.
  /// - Returns: the table, and warnings about fills without luminosity.
  /// - Throws: `brilcalc.sumDiffers` (exit 69) when rows and summary do not agree: the listing was cut.
  public static func table(
    _ listing: BrilcalcListing, _ selection: FillSelection, beamStatus: String? = nil
  ) throws(CavernError) -> (table: LuminosityTable, warnings: [CavernWarning]) {
    if let summary = listing.summary {
      try check("delivered", listing.rows.reduce(0) { $0 + $1.delivered }, summary.delivered)
      try check("recorded", listing.rows.reduce(0) { $0 + $1.recorded }, summary.recorded)
    }
    var sums: [Int: (delivered: Double, recorded: Double)] = [:]
    for row in listing.rows where selection.holds(row.fill) {
      let isWanted = beamStatus == nil || row.beamStatus == nil || row.beamStatus == beamStatus
      let sum = sums[row.fill] ?? (0, 0)
      sums[row.fill] = isWanted ? (sum.delivered + row.delivered, sum.recorded + row.recorded) : sum
    }
    var warnings: [CavernWarning] = []
    for remark in listing.remarks {
      warnings.append(CavernWarning("brilcalc.remark", "brilcalc says: \(remark.text)", line: remark.line))
    }
    // A fill that was asked for by itself and has no run was delivered nothing; of a range nothing can be said.
    if listing.rows.isEmpty, let fill = selection.first, fill == selection.last, selection.holds(fill) {
      sums[fill] = (0, 0)
    }
    let empty = sums.filter { $0.value.delivered == 0 }.keys.sorted()
    if !empty.isEmpty {
      warnings.append(
        CavernWarning(
          "lumi.zero",
          "brilcalc tells of no luminosity in \(empty.count) fills: \(empty.prefix(8).map(String.init).joined(separator: ", "))"
        ))
    }
    let table = LuminosityTable(sums.map { ($0.key, $0.value.delivered * 1e-9, $0.value.recorded * 1e-9) })
    return (table, warnings)
  }

  private static func check(_ what: String, _ rows: Double, _ summary: Double) throws(CavernError) {
    guard abs(rows - summary) > 1e-6 * max(abs(summary), 1) else { return }
    throw CavernError(
      "brilcalc.sumDiffers", "the rows add up to \(rows) /ub \(what), but the summary says \(summary)",
      exit: .unavailable, hint: "the listing was cut; ask for it again")
  }

  /// Length of a lumi section in seconds: 2¹⁸ orbits of 88.9244 µs.
  public static let sectionSeconds = 23.31

  /// Delivered and recorded luminosity in fb⁻¹ of the sections whose begin lies in [from, to).
  public static func sum(
    _ listing: BrilcalcListing, from begin: ConditionsTime, to end: ConditionsTime
  ) -> (delivered: Double, recorded: Double) {
    var sum = (delivered: 0.0, recorded: 0.0)
    for row in listing.rows {
      let time = ConditionsTime(microseconds: Int64((row.startMilliseconds * 1000).rounded()))
      guard time >= begin, time < end else { continue }
      sum.delivered += row.delivered
      sum.recorded += row.recorded
    }
    return (sum.delivered * 1e-9, sum.recorded * 1e-9)
  }

  /// One line a lumi section: fill, run, section, time, beam mode, luminosities and rate.
  public static func sectionCSV(_ listing: BrilcalcListing, _ selection: FillSelection, beamStatus: String?) -> String {
    var text = "fill,run,ls,time_utc,beam_status,delivered (/ub),recorded (/ub),rate (/ub/s)\n"
    for row in listing.rows where selection.holds(row.fill) {
      guard beamStatus == nil || row.beamStatus == beamStatus else { continue }
      let time = ConditionsTime(microseconds: Int64((row.startMilliseconds * 1000).rounded()))
      text +=
        "\(row.fill),\(row.run),\(row.lumisection.map(String.init) ?? ""),\(time.text),\(row.beamStatus ?? ""),"
        + "\(row.delivered),\(row.recorded),\(row.delivered / sectionSeconds)\n"
    }
    return text
  }
}
