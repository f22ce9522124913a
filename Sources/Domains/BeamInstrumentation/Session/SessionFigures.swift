import Figures

/// Figures over all files of a session.
public enum SessionFigures {
  /// Emittances against cycle time with the straight lines of growth; `nil` without a growth rate.
  public static func growth(_ session: Session) -> Figure? {
    let growth = session.growth
    guard !growth.isEmpty else { return nil }
    let scans = session.wireScans.scans
    let panels = Plane.allCases.compactMap { plane -> Panel? in
      var series: [Series] = []
      for (index, line) in growth.filter({ $0.plane == plane }).enumerated() {
        let points = scans.filter {
          $0.scan.device == line.device && $0.scan.scan == line.scan && $0.scan.selector == line.selector
            && $0.scan.meanEmittance != nil
        }
        series.append(
          .points(
            x: points.map { $0.scan.cycleTime ?? .nan }, y: points.map { $0.scan.meanEmittance ?? .nan },
            yError: ErrorBars(points.map { $0.scan.standardError ?? .nan }),
            name: "\(line.device) \(line.scan.rawValue): \(line.rate.text()) nm/s", colour: .cycle(index),
            marker: line.scan == .inward ? .circle : .openCircle, size: 4, pointLabels: points.map(\.entry.file)))
        let (low, high) = (line.range.lowerBound, line.range.upperBound)
        series.append(
          .line(x: [low, high], y: [line.line(low), line.line(high)], colour: .cycle(index), dash: .dashed))
      }
      guard !series.isEmpty else { return nil }
      return Panel(
        title: "\(plane.label) plane", x: Axis("Cycle time", unit: "s"), y: Axis("Mean emittance εₙ", unit: "µm"),
        series: series, legend: .automatic)
    }
    return Figure(
      name: "growth", title: "Emittance growth", labels: ["bars are standard errors of the means"],
      size: .inches(6.6, 3.6 * Double(panels.count) + 0.6), panels: panels)
  }

  /// Outgoing over incoming emittance over the time of day; `nil` without a file with both scans.
  public static func inOut(_ session: Session) -> Figure? {
    let series = session.inOut.enumerated().compactMap { index, device -> Series? in
      let points = device.ratios.filter { $0.time != nil }
      guard !points.isEmpty else { return nil }
      return .points(
        x: points.map { Double($0.time?.nanoseconds ?? 0) / 1e9 }, y: points.map(\.ratio),
        yError: ErrorBars(points.map(\.error)), name: "\(device.device): \(device.mean.text())", colour: .cycle(index),
        pointLabels: points.map(\.file))
    }
    guard !series.isEmpty else { return nil }
    return Figure(
      name: "out-over-in", title: "OUT over IN",
      labels: ["emittance of the outgoing scan over that of the incoming one"],
      size: .inches(6.6, 4),
      panels: [
        Panel(
          x: Axis("Time", unit: "UTC", scale: .time), y: Axis("Ratio of emittances"), series: series,
          annotations: [.horizontalLine(y: 1, name: nil, colour: .cycle(4), dash: .dotted)], legend: .automatic)
      ])
  }

  /// Emittance of each bunch relative to the mean of its scan, averaged over the session; `nil` below three files.
  public static func pattern(_ session: Session) -> Figure? {
    let scans = session.wireScans.scans.map(\.scan).filter { ($0.meanEmittance ?? 0) > 0 }
    let panels = Plane.allCases.compactMap { plane -> Panel? in
      var sums: [Int: (count: Double, sum: Double, squares: Double)] = [:]
      for scan in scans where scan.plane == plane && scan.scan == .inward {
        for index in scan.rows.indices where scan.counted[index] && scan.emittances[index].isFinite {
          let value = scan.emittances[index] / (scan.meanEmittance ?? 1)
          let row = scan.rows[index]
          sums[row, default: (0, 0, 0)].count += 1
          sums[row, default: (0, 0, 0)].sum += value
          sums[row, default: (0, 0, 0)].squares += value * value
        }
      }
      let rows = sums.keys.sorted().compactMap { row -> (Double, Double, Double)? in
        guard let (count, sum, squares) = sums[row], count >= 3 else { return nil }
        let mean = sum / count
        return (Double(row), mean, (max(0, squares / count - mean * mean) / (count - 1)).squareRoot())
      }
      guard !rows.isEmpty else { return nil }
      return Panel(
        title: "\(plane.label) plane, IN", x: Axis("Row (late injections sit at low rows)"),
        y: Axis("εₙ over the mean of the scan"),
        series: [.points(x: rows.map(\.0), y: rows.map(\.1), yError: ErrorBars(rows.map(\.2)), colour: .cycle(0))],
        annotations: [.horizontalLine(y: 1, name: nil, colour: .cycle(4), dash: .dotted)], legend: .none)
    }
    guard !panels.isEmpty else { return nil }
    return Figure(
      name: "bunch-pattern", title: "Bunch pattern", labels: ["averaged over the session, bars are standard errors"],
      size: .inches(6.6, 3 * Double(panels.count) + 0.6), panels: panels)
  }
}
