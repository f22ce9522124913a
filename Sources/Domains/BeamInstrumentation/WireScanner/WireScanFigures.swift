import Figures

/// The pictures of wire scans.
public enum WireScanFigures {
  /// One scan: profiles with their fits, residuals in units of the noise, emittance per bunch.
  ///
  /// - Parameters:
  ///   - analysis: the file's analysis.
  ///   - scan: one of `analysis.scans`.
  /// - Returns: `nil` when the scan has no fitted profile.
  public static func scan(_ analysis: WireScanAnalysis, _ scan: WireScanAnalysis.Scan) -> Figure? {
    let profiles = analysis.profiles(of: scan).filter { $0.gaussian != nil }
    guard !profiles.isEmpty else { return nil }
    let summary = analysis.summary(of: scan)
    var labels = ["\(scan.plane.label) plane, \(scan.scan == .inward ? "IN" : "OUT") scan"]
    if let time = scan.cycleTime { labels[0] += ", cycle time \(Text.fixed(time, 3)) s" }
    labels.append("\(profiles.count) profiles" + emittanceLabel(summary))
    let figure = Figure(
      name: "\(scan.device)-\(scan.scan.rawValue)" + (scan.acquisition > 0 ? "-\(scan.acquisition)" : ""),
      title: scan.device, rightLabel: scan.time?.label ?? "", labels: labels,
      size: .inches(6.6, 8.6), arrangement: .stacked(heights: [3, 1.3, 1.7], sharedX: false),
      panels: [profilePanel(profiles), residualPanel(profiles), bunchPanel(profiles, summary)])
    return figure
  }

  private static func emittanceLabel(_ summary: ScanSummary?) -> String {
    guard let summary else { return "" }
    var text = ""
    if let mean = summary.meanEmittance, let deviation = summary.standardDeviation {
      text += ", εₙ = \(Text.fixed(mean, 3)) ± \(Text.fixed(deviation, 3)) µm (spread of \(summary.count))"
    }
    if let q = summary.meanQ, let deviation = summary.standardDeviationOfQ {
      text += ", q = \(Text.fixed(q, 3)) ± \(Text.fixed(deviation, 3))"
    }
    return text
  }

  /// The window of a profile that holds the signal: 6 sigmas, not beyond the samples of any profile.
  private static func halfWidth(_ profiles: [ProfileResult]) -> Double {
    let sigmas = profiles.compactMap { $0.gaussian.flatMap { $0.state.isUsable ? abs($0.mean) + 7 * $0.sigma : nil } }
    let reach = profiles.map { profile in
      max(
        abs((profile.samples.positions.first ?? 0) - profile.samples.peakPosition),
        abs((profile.samples.positions.last ?? 0) - profile.samples.peakPosition))
    }
    return min(sigmas.max() ?? .infinity, reach.max() ?? 10)
  }

  /// The samples within the drawn range, relative to the highest one.
  private static func window(_ profile: ProfileResult, _ half: Double) -> (x: [Double], y: [Double]) {
    let kept = profile.samples.positions.indices.filter {
      abs(profile.samples.positions[$0] - profile.samples.peakPosition) <= half
    }
    return (
      kept.map { profile.samples.positions[$0] - profile.samples.peakPosition },
      kept.map { profile.samples.signals[$0] }
    )
  }

  private static func profilePanel(_ profiles: [ProfileResult]) -> Panel {
    let half = halfWidth(profiles)
    let members = profiles.map { profile -> CurveBundle.Member in
      let window = window(profile, half)
      return CurveBundle.Member(x: window.x, y: window.y, value: Double(profile.row), label: "row \(profile.row)")
    }
    let grid = (0...160).map { -half + 2 * half * Double($0) / 160 }
    var series = [
      curves(
        profiles.map { $0.gaussian.map { fit in (fit.state.isUsable, { fit($0) }) } }, grid, "Gaussian", .cycle(2),
        .solid)
    ]
    if profiles.contains(where: { $0.qGaussian != nil }) {
      series.append(
        curves(
          profiles.map { $0.qGaussian.map { fit in (fit.state.isUsable, { fit($0) }) } }, grid, "q-Gaussian", .cycle(1),
          .solid))
    }
    // On top, or 56 rows of curves would hide it.
    series.append(
      .bundle(
        CurveBundle(members, style: .points(.circle, size: 2.2), scale: ColourScale("Row", map: .viridisForLines)),
        name: "data"))
    return Panel(
      x: Axis("Position relative to the highest sample", unit: "mm", range: -half...half),
      y: Axis("Amplitude", unit: "a.u."), series: series, legend: .topRight, offersLogarithmicY: true)
  }

  /// Fitted curves of all profiles as one series, parted by gaps.
  private static func curves(
    _ fits: [(isUsable: Bool, curve: (Double) -> Double)?], _ grid: [Double], _ name: String, _ colour: Colour,
    _ dash: Dash
  ) -> Series {
    var x: [Double] = []
    var y: [Double] = []
    for case let fit? in fits where fit.isUsable {
      if !x.isEmpty {
        x.append(.nan)
        y.append(.nan)
      }
      x += grid
      y += grid.map(fit.curve)
    }
    return .line(x: x, y: y, name: name, colour: colour, dash: dash, width: 0.8)
  }

  private static func residualPanel(_ profiles: [ProfileResult]) -> Panel {
    let half = halfWidth(profiles)
    let members = profiles.compactMap { profile -> CurveBundle.Member? in
      guard let noise = profile.baseline?.noise, noise > 0 else { return nil }
      let curve: (Double) -> Double
      if let fit = profile.qGaussian, fit.state.isUsable {
        curve = { fit($0) }
      } else if let fit = profile.gaussian, fit.state.isUsable {
        curve = { fit($0) }
      } else {
        return nil
      }
      let window = window(profile, half)
      let y = zip(window.x, window.y).map { ($1 - curve($0)) / noise }
      return CurveBundle.Member(x: window.x, y: y, value: Double(profile.row), label: "row \(profile.row)")
    }
    return Panel(
      x: Axis("Position relative to the highest sample", unit: "mm", range: -half...half),
      y: Axis("Residual / noise"),
      series: [
        .bundle(
          CurveBundle(
            members, style: .points(.circle, size: 1.6),
            scale: ColourScale("Row", map: .viridisForLines, showsBar: false)))
      ], annotations: [.horizontalLine(y: 0, name: nil, colour: .grey, dash: .dashed)], legend: .none)
  }

  private static func bunchPanel(_ profiles: [ProfileResult], _ summary: ScanSummary?) -> Panel {
    let hasEmittances = profiles.contains { $0.emittance != nil }
    func value(_ profile: ProfileResult) -> (Double, Double)? {
      if hasEmittances { return profile.emittance.map { ($0.value, $0.statistical) } }
      return profile.gaussian.flatMap { $0.state.isUsable ? ($0.sigma, $0.standardError(2)) : nil }
    }
    func series(_ chosen: [ProfileResult], _ name: String, _ colour: Colour, _ marker: Marker) -> Series? {
      let points = chosen.compactMap { profile in value(profile).map { (profile, $0) } }
      guard !points.isEmpty else { return nil }
      return .points(
        x: points.map { Double($0.0.row) }, y: points.map(\.1.0), yError: ErrorBars(points.map(\.1.1)), name: name,
        colour: colour, marker: marker,
        pointLabels: points.map { point in
          (["row \(point.0.row)"] + point.0.flags.map(\.kind.rawValue)).joined(separator: ", ")
        })
    }
    var all: [Series] = []
    if let counted = series(profiles.filter(\.countsInAverages), "in the average", .cycle(0), .circle) {
      all.append(counted)
    }
    if let left = series(profiles.filter { !$0.countsInAverages }, "flagged, left out", .cycle(2), .cross) {
      all.append(left)
    }
    var annotations: [Annotation] = []
    if hasEmittances, let mean = summary?.meanEmittance {
      annotations.append(.horizontalLine(y: mean, name: "mean", colour: .grey, dash: .dashed))
    }
    return Panel(
      x: Axis("Row (25 ns slot in the record)"),
      y: hasEmittances ? Axis("Emittance εₙ", unit: "µm") : Axis("Sigma", unit: "mm"), series: all,
      annotations: annotations, legend: all.count > 1 ? .automatic : .none)
  }
}

extension WireScanAnalysis {
  /// The profiles of one scan.
  public func profiles(of scan: Scan) -> [ProfileResult] {
    profiles.filter {
      $0.device == scan.device && $0.scan == scan.scan && $0.acquisition == scan.acquisition && $0.plane == scan.plane
    }
  }

  /// The averages of one scan.
  public func summary(of scan: Scan) -> ScanSummary? {
    summaries.first {
      $0.device == scan.device && $0.scan == scan.scan && $0.acquisition == scan.acquisition && $0.plane == scan.plane
    }
  }
}
