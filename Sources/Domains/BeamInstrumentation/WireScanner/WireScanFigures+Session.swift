import Figures

extension WireScanFigures {
  /// The averaged profiles of the scans of one file with their fits; one panel a scan.
  public static func average(_ averages: [AverageProfile]) -> Figure? {
    guard let first = averages.first else { return nil }
    let panels = averages.map { average -> Panel in
      let grid = (0...240).map { index -> Double in
        let low = average.positions.first ?? 0
        return low + ((average.positions.last ?? 0) - low) * Double(index) / 240
      }
      var series: [Series] = [
        .points(
          x: average.positions, y: average.signals, yError: ErrorBars(average.standardErrors), name: "mean profile",
          colour: .cycle(0), size: 3),
        .line(x: grid, y: grid.map { average.gaussian($0) }, name: "Gaussian", colour: .cycle(2)),
      ]
      if let tails = average.qGaussian {
        series.append(
          .line(x: grid, y: grid.map { tails($0) }, name: "q-Gaussian", colour: .cycle(1), dash: .dashed))
      }
      return Panel(
        title: "\(average.scan.device), \(average.scan.scan.rawValue): \(average.rows.count) rows, σ = "
          + "\(Text.fixed(average.gaussian.sigma, 3)) mm",
        x: Axis("Position relative to the bunch centre", unit: "mm"), y: Axis("Mean signal", unit: "a.u."),
        series: series, legend: .topRight, offersLogarithmicY: true)
    }
    return Figure(
      name: "average", title: "Average profiles", rightLabel: first.scan.time?.label ?? "",
      size: .inches(6.6, 3.2 * Double(panels.count) + 0.8), panels: panels)
  }

  /// Emittance of each batch against its time in the machine, with the straight line of its growth.
  public static func injections(_ curves: [EmittanceVersusInjection]) -> Figure? {
    guard let first = curves.first else { return nil }
    var series: [Series] = []
    for (index, curve) in curves.enumerated() {
      let name = "\(curve.scan.plane.rawValue) \(curve.scan.scan.rawValue)"
      let x = curve.batches.map(\.timeInMachine)
      series.append(
        .points(
          x: x, y: curve.batches.map(\.meanEmittance), yError: ErrorBars(curve.batches.map(\.error)), name: name,
          colour: .cycle(index), pointLabels: curve.batches.map { "injection \($0.injection + 1)" }))
      if let growth = curve.growth, let low = x.min(), let high = x.max() {
        series.append(.line(x: [low, high], y: [growth(low), growth(high)], colour: .cycle(index), dash: .dashed))
      }
    }
    let rates = curves.compactMap { curve -> String? in
      curve.growth.map {
        "\(curve.scan.plane.rawValue) \(curve.scan.scan.rawValue): "
          + "\(Text.fixed($0.slope * 1e3, 2)) ± \(Text.fixed($0.slopeError * 1e3, 2)) nm/s"
      }
    }
    return Figure(
      name: "injections", title: "Emittance growth", rightLabel: first.scan.time?.label ?? "",
      labels: rates.isEmpty ? [] : [rates.joined(separator: ", ")], size: .inches(6.6, 4.8),
      panels: [
        Panel(
          x: Axis("Time since injection", unit: "s"), y: Axis("Emittance εₙ", unit: "µm"), series: series,
          legend: .automatic)
      ])
  }

  /// What is drawn over a session.
  public enum SessionKind: String, Sendable, CaseIterable {
    /// Mean emittance of each scan against its time in the cycle.
    case cycle
    /// Mean q of each scan against its time in the cycle.
    case q
    /// Mean emittance of each scan against the time of day.
    case clock
    /// Emittance of each bunch.
    case bunch
  }

  /// Figures over the files of a session.
  ///
  /// - Returns: `nil` when the session has nothing of that kind.
  public static func session(_ session: WireScanSession, kind: SessionKind) -> Figure? {
    switch kind {
    case .cycle:
      return overTime(
        session, name: "emittance-over-cycle", title: "Emittance over the cycle", Axis("Emittance εₙ", unit: "µm"),
        isClock: false
      ) {
        ($0.meanEmittance, $0.standardDeviation)
      }
    case .q:
      return overTime(
        session, name: "q-over-cycle", title: "Tails over the cycle", Axis("Tail parameter q"), isClock: false
      ) {
        ($0.meanQ, $0.standardDeviationOfQ)
      }
    case .clock:
      return overTime(
        session, name: "emittance-over-time", title: "Emittance over time", Axis("Emittance εₙ", unit: "µm"),
        isClock: true
      ) {
        ($0.meanEmittance, $0.standardDeviation)
      }
    case .bunch: return overBunches(session)
    }
  }

  private static func overTime(
    _ session: WireScanSession, name: String, title: String, _ axis: Axis, isClock: Bool,
    value: (WireScanSession.Scan) -> (mean: Double?, spread: Double?)
  ) -> Figure? {
    var series: [Series] = []
    for plane in Plane.allCases {
      for direction in ScanDirection.allCases {
        var points: [(x: Double, y: Double, error: Double, label: String)] = []
        for (entry, scan) in session.scans where scan.plane == plane && scan.scan == direction {
          let time = isClock ? scan.time.map { Double($0.nanoseconds) * 1e-9 } : scan.cycleTime
          let point = value(scan)
          guard let time, let mean = point.mean else { continue }
          points.append((time, mean, point.spread ?? .nan, "\(entry.file), \(scan.device)"))
        }
        guard !points.isEmpty else { continue }
        series.append(
          .points(
            x: points.map(\.x), y: points.map(\.y), yError: ErrorBars(points.map(\.error)),
            name: "\(plane.rawValue) \(direction.rawValue)", colour: .cycle(plane == .horizontal ? 0 : 2),
            marker: direction == .inward ? .circle : .openCircle, size: direction == .inward ? 4 : 6,
            pointLabels: points.map(\.label)))
      }
    }
    guard !series.isEmpty else { return nil }
    let files = session.entries.count { !$0.scans.isEmpty }
    return Figure(
      name: name, title: title, labels: ["\(Text.count(files, "file")); bars are the spread over the bunches"],
      size: .inches(6.6, 4.8),
      panels: [
        Panel(
          x: isClock ? Axis("Time", scale: .time) : Axis("Cycle time", unit: "s"), y: axis, series: series,
          legend: .automatic)
      ])
  }

  private static func overBunches(_ session: WireScanSession) -> Figure? {
    let panels = Plane.allCases.compactMap { plane -> Panel? in
      let members = session.scans.filter { $0.scan.plane == plane }.compactMap { entry, scan -> CurveBundle.Member? in
        let kept = scan.rows.indices.filter { scan.counted[$0] && scan.emittances[$0].isFinite }
        guard !kept.isEmpty, let time = scan.cycleTime else { return nil }
        return CurveBundle.Member(
          x: kept.map { Double(scan.rows[$0]) }, y: kept.map { scan.emittances[$0] }, value: time,
          label: "\(entry.file), \(scan.scan.rawValue)")
      }
      guard !members.isEmpty else { return nil }
      return Panel(
        title: "\(plane.label) plane", x: Axis("Row (late injections sit at low rows)"),
        y: Axis("Emittance εₙ", unit: "µm"),
        series: [
          .bundle(
            CurveBundle(
              members, style: .points(.circle, size: 4),
              scale: ColourScale("Cycle time", unit: "s", map: .viridisForLines)))
        ], legend: .none)
    }
    guard !panels.isEmpty else { return nil }
    return Figure(
      name: "emittance-over-bunches", title: "Emittance of each bunch",
      size: .inches(6.6, 3.4 * Double(panels.count) + 0.6), panels: panels)
  }
}
