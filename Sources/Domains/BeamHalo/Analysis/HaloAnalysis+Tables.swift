import Errors
import Tables

extension HaloAnalysis {
  /// One row a channel: the classic derivation, then the robust one, then the window in force.
  public func calibrationTable() throws(CavernError) -> Table {
    let entries = calibration.entries
    func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
    return try Table(columns: [
      Column("uhtr", entries.map(\.channel.side.board)), Column("channel", entries.map(\.channel.name)),
      Column("code", entries.map(\.channel.code)), Column("events", entries.map(\.events)),
      Column("tdc_peak", entries.map(\.classic.cut.tdcPeak)), Column("adc_cut", entries.map(\.classic.cut.adcCut)),
      Column("events_above_cut", entries.map(\.aboveCut)), Column("tdc_plot_mode", entries.map(\.plotMode)),
      Column("status", entries.map(\.robust.status.rawValue)),
      Column("peak", entries.map { $0.robust.status == .noData ? nil : $0.robust.peak }),
      Column("centroid", entries.map { finite($0.robust.centroid) }),
      Column("sigma", entries.map { finite($0.robust.sigma) }),
      Column("window_lo", entries.map { $0.robust.status == .noData ? nil : $0.robust.window.lowerBound }),
      Column("window_hi", entries.map { $0.robust.status == .noData ? nil : $0.robust.window.upperBound }),
      Column("events_in_window", entries.map(\.robust.inWindow)),
      Column("background_per_bin", entries.map(\.robust.background)),
      Column("purity", entries.map { finite($0.robust.purity) }),
      Column("robust_adc_cut", entries.map(\.robust.adcCut)),
      Column("used_tdc_peak", entries.map(\.window.tdcPeak)), Column("used_lo", entries.map(\.window.times.lowerBound)),
      Column("used_hi", entries.map(\.window.times.upperBound)), Column("used_adc_cut", entries.map(\.window.adcCut)),
      Column("source", entries.map(\.source.rawValue)), Column("shift_counts", entries.map(\.shift)),
      Column("shift_error_counts", entries.map(\.shiftError)),
      Column("shift_ns", entries.map { $0.shift.map { $0 * HaloTime.tdcNanoseconds } }),
      Column("moved", entries.map(\.hasMoved)),
      Column("used_adc_cut_fC", entries.map { detector.charge[min(max($0.window.adcCut, 0), 255)] }, unit: "fC"),
    ])
  }

  /// One row a channel of the sides that have data: hits in each region.
  public func regionTable() throws(CavernError) -> Table {
    let rows = regionCounts().filter { capture[$0.channel.side] != nil }
    return try Table(columns: [
      Column("uhtr", rows.map(\.channel.side.board)), Column("channel", rows.map(\.channel.name)),
      Column("SR", rows.map(\.counts.signal)), Column("BR", rows.map(\.counts.background)),
      Column("AR", rows.map(\.counts.activation)), Column("CP", rows.map(\.counts.collisions)),
    ])
  }

  /// One row a run and side.
  public func runTable() throws(CavernError) -> Table {
    let rows = runRows()
    return try Table(columns: [
      Column("uhtr", rows.map(\.side.board)), Column("run", rows.map { Int($0.run) }),
      Column("clean_events", rows.map(\.cleanHits)), Column("SR", rows.map(\.regions.signal)),
      Column("BR", rows.map(\.regions.background)), Column("AR", rows.map(\.regions.activation)),
      Column("CP", rows.map(\.regions.collisions)), Column("first_orbit", rows.map(\.firstOrbit)),
      Column("last_orbit", rows.map(\.lastOrbit)), Column("span_s", rows.map(\.spanSeconds), unit: "s"),
    ])
  }

  /// One row a bunch slot with halo or background hits.
  public func occupancyTable() throws(CavernError) -> Table {
    var boards: [Int] = []
    var slots: [Int] = []
    var signal: [Int] = []
    var background: [Int] = []
    for (hits, clean, side) in sides {
      let occupancy = HaloOccupancy(hits, clean, map: map, runs: options.runs)
      for slot in occupancy.signal.indices where occupancy.signal[slot] + occupancy.background[slot] > 0 {
        boards.append(side.board)
        slots.append(slot)
        signal.append(occupancy.signal[slot])
        background.append(occupancy.background[slot])
      }
    }
    return try Table(columns: [
      Column("uhtr", boards), Column("bx", slots), Column("SR", signal), Column("BR", background),
    ])
  }

  /// One row a channel, then `ALL`, for each side: times of the halo hits.
  public func stabilityTable() throws(CavernError) -> Table {
    let rows = capture.sides.flatMap { HaloStability.rows(spectra, calibration, side: $0.side) }
    return try Table(columns: [
      Column("uhtr", rows.map(\.side.board)), Column("channel", rows.map(\.name)),
      Column("events", rows.map(\.count)), Column("mean", rows.map(\.mean)), Column("mode", rows.map(\.mode)),
      Column("std", rows.map(\.deviation)),
    ])
  }

  /// Time and peak code of all clean hits, one row a bin that is not empty; code 179 joins 178, higher ones are left out.
  public func legoTable() throws(CavernError) -> Table {
    var columns: [[Int]] = [[], [], [], []]
    for side in capture.sides.map(\.side) {
      for tdc in 0..<HaloSpectra.times {
        for code in 0...178 {
          var count = spectra.count(side, tdc: tdc, code: code)
          if code == 178 { count += spectra.count(side, tdc: tdc, code: 179) }
          guard count > 0 else { continue }
          for (column, value) in [side.board, tdc, code, count].enumerated() { columns[column].append(value) }
        }
      }
    }
    return try Table(columns: zip(["uhtr", "tdc", "adc", "count"], columns).map { Column($0, $1) })
  }

  /// The contents of the panels of peak codes (`adc`) and times (`tdc`), one row a value that is not empty.
  public func channelHistogramTable() throws(CavernError) -> Table {
    var kinds: [String] = []
    var names: [String] = []
    var values: [Int] = []
    var counts: [Int] = []
    for (kind, histogram) in [("adc", adcPanel), ("tdc", tdcPanel)] {
      for entry in calibration.entries {
        for (value, count) in histogram(entry).enumerated() where count > 0 {
          kinds.append(kind)
          names.append(entry.channel.name)
          values.append(value)
          counts.append(count)
        }
      }
    }
    return try Table(columns: [
      Column("kind", kinds), Column("channel", names), Column("value", values), Column("count", counts),
    ])
  }

  /// The lowest code that the panels of peak codes show.
  public var lowestPanelCode: Int { min(120, calibration.entries.map(\.window.adcCut).min() ?? 120) }

  /// Hits of a channel at its time by peak code; codes outside the panel are left out.
  public func adcPanel(_ entry: HaloCalibration.Entry) -> [Int] {
    let peak = entry.window.tdcPeak
    guard (0..<HaloSpectra.times).contains(peak) else { return [] }
    return spectra.codes(entry.channel.index, times: peak...peak).enumerated().map { code, count in
      code >= lowestPanelCode && code <= 180 ? count : 0
    }
  }

  /// Hits of a channel with a peak code above its cut by time.
  public func tdcPanel(_ entry: HaloCalibration.Entry) -> [Int] {
    guard entry.window.adcCut < 255 else { return [Int](repeating: 0, count: HaloSpectra.times) }
    return spectra.times(entry.channel.index, codes: (entry.window.adcCut + 1)...255)
  }
}
