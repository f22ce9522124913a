import Errors
import Tables

extension BeamCurrentAnalysis {
  /// One row per chosen bunch, for CSV and Parquet; intensities in charges, missing numbers are missing.
  ///
  /// - Parameter analyses: one per record, in the order wanted.
  public static func bunchTable(_ analyses: [BeamCurrentAnalysis]) throws(CavernError) -> Table {
    let rows = analyses.flatMap { analysis in analysis.chosen.map { (analysis, analysis.bunches[$0]) } }
    func numbers(_ name: String, _ unit: String? = nil, _ value: (BunchEvolution) -> Double?) -> Column {
      Column(name, rows.map { value($0.1).flatMap { $0.isFinite ? $0 : nil } }, unit: unit)
    }
    func measured(_ name: String, _ unit: String?, _ value: (BunchEvolution) -> BunchEvolution.Measured?) -> [Column] {
      [numbers(name, unit) { value($0)?.value }, numbers(name + "_error", unit) { value($0)?.error }]
    }
    func fits(_ name: String, _ unit: String?, _ value: (LifetimeFit) -> Double?) -> Column {
      Column(name, rows.map { $0.1.reportedLifetime($0.0.options.weights).flatMap(value) }, unit: unit)
    }
    let columns =
      [
        Column("file", rows.map { $0.0.path.split(separator: "/").last.map(String.init) ?? $0.0.path }),
        Column("device", rows.map { $0.0.record.device }), Column("acquisition", rows.map { $0.0.record.acquisition }),
        Column("acqTimeUTC", rows.map { $0.0.record.time?.text }),
        Column("cycleStamp", rows.map { $0.0.record.cycleStamp }), Column("bunch", rows.map { $0.1.number }),
        Column("slot", rows.map { $0.1.slot }), Column("batch", rows.map { $0.1.batch }),
        numbers("injectionTime_s", "s") { $0.injection?.time },
        numbers("injectionTime_s_error", "s") { $0.injection?.timeError },
        numbers("maximum", "charges") { $0.maximum },
      ]
      + measured("initial", "charges") { $0.initial } + measured("final", "charges") { $0.final }
      + measured("transmission", nil) { $0.transmission } + measured("loss", "charges") { $0.loss }
      + [
        fits("lifetime_s", "s") { $0.lifetime }, fits("lifetime_s_error", "s") { $0.lifetimeError },
        fits("decayRate_perSecond", "1/s") { $0.rate }, fits("decayRate_perSecond_error", "1/s") { $0.rateError },
        Column("lifetimePoints", rows.map { $0.1.reportedLifetime($0.0.options.weights)?.points }),
        Column("suddenLosses", rows.map { $0.1.losses.count }),
      ]
    return try Table(columns: columns)
  }

  /// Intensities of the chosen bunches over the cycle: `cycleTime_s`, `baseline` and a column `slot<n>` each.
  ///
  /// - Parameter isCorrected: whether the baseline is subtracted; without, intensities are as recorded.
  public func intensityTable(isCorrected: Bool = false) throws(CavernError) -> Table {
    var columns = [
      Column("cycleTime_s", record.times, unit: "s"),
      Column("baseline", baseline.levels.map { $0.isFinite ? $0 : nil }, unit: record.unitName),
    ]
    var seen: Set<Int> = []
    for number in chosen where seen.insert(number).inserted {
      let slot = bunches[number].slot
      let values = isCorrected ? corrected(slot: slot) : record.intensities(slot: slot)
      columns.append(Column("slot\(slot)", values.map { $0.isFinite ? $0 : nil }, unit: record.unitName))
    }
    return try Table(columns: columns)
  }
}
