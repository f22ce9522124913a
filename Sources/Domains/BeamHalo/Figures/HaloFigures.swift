import Figures

/// The figures of the monitor, drawn from counts that are exported as well.
public enum HaloFigures {
  static let title = "CMS Beam Halo Monitor"
  static let qualifier = "Preliminary"
  static let red = Colour.rgb(0xE42536)
  static let violet = Colour.rgb(0x7A21DD)

  /// The colour of a side: +Z red, −Z black.
  static func colour(_ side: HaloSide) -> Colour { side == .plus ? red : .black }

  /// Peak codes at the channel's time, with the cut as a dashed line: the panels of a group (`PN`, `PF`, `MN`, `MF`).
  public static func adcPanels(_ analysis: HaloAnalysis, group: String) -> Figure {
    let low = analysis.lowestPanelCode
    let edges = (low...181).map { Double($0) - 0.5 }
    let ticks = stride(from: (low + 9) / 10 * 10, through: 180, by: 10).map { Axis.Tick(Double($0), "\($0)") }
    let panels = entries(analysis, group).map { entry -> Panel in
      let counts = analysis.adcPanel(entry)
      let values = (low...180).map { counts.indices.contains($0) ? Double(counts[$0]) : 0 }
      let most = values.max() ?? 0
      let condition = "TDC = \(entry.window.tdcPeak)"
      return Panel(
        x: Axis("ADC", unit: "a.u.", range: Double(low) - 0.5...180.5, ticks: ticks),
        y: Axis("Events/1", range: 0...(most > 0 ? most / 0.95 : 1)),
        series: [.steps(edges: edges, values: values, colour: .cycle(0), isFilled: true)],
        annotations: [
          .verticalLine(x: Double(entry.window.adcCut), name: nil, colour: red, dash: .dashed),
          .text(
            [entry.channel.name, condition, "cut ≥ \(entry.window.adcCut)"], x: 0.04, y: 0.94, alignment: .left),
        ], legend: .none)
    }
    return sheet("adc-\(group)", analysis, group, panels)
  }

  /// Times of hits with a code above the cut, with the most frequent time as a dashed line: the panels of a group.
  ///
  /// The cut is `>` here, where regions use `≥`, as in the earlier program; the panels say so.
  public static func tdcPanels(_ analysis: HaloAnalysis, group: String) -> Figure {
    let edges = (0...50).map { Double($0) - 0.5 }
    let panels = entries(analysis, group).map { entry -> Panel in
      let counts = analysis.tdcPanel(entry).map(Double.init)
      var annotations: [Annotation] = [
        .text(
          [entry.channel.name, "All BX", "ADC > \(entry.window.adcCut)"], x: 0.96, y: 0.94, alignment: .right)
      ]
      if let mode = counts.contains(where: { $0 > 0 }) ? HaloCalibration.mode(counts.map { Int($0) }) : nil {
        annotations.append(.verticalLine(x: Double(mode), name: nil, colour: red, dash: .dashed))
      }
      return Panel(
        x: Axis("TDC", unit: "0.5 ns", range: -0.5...49.5),
        y: Axis("Events/1", range: 0...max((counts.max() ?? 0) / 0.95, 1)),
        series: [.steps(edges: edges, values: counts, colour: .cycle(0), isFilled: true)], annotations: annotations,
        legend: .none)
    }
    return sheet("tdc-\(group)", analysis, group, panels)
  }

  static func entries(_ analysis: HaloAnalysis, _ group: String) -> [HaloCalibration.Entry] {
    analysis.calibration.entries.filter { $0.channel.group == group }
  }

  static func sheet(_ name: String, _ analysis: HaloAnalysis, _ group: String, _ panels: [Panel]) -> Figure {
    let side: HaloSide = group.hasPrefix("P") ? .plus : .minus
    let hasData = analysis.capture[side] != nil
    return Figure(
      name: name, title: title, qualifier: qualifier, rightLabel: side.title,
      labels: hasData ? [] : ["no data"], size: .inches(9, 12), fontSize: 9, arrangement: .grid(columns: 2),
      panels: panels)
  }

  /// Halo (red) over background (black) by bunch slot.
  public static func occupancy(_ analysis: HaloAnalysis, side: HaloSide) -> Figure {
    let edges = (0...3564).map { Double($0) - 0.5 }
    var series: [Series] = []
    var highest = 1.0
    if let place = analysis.capture.sides.firstIndex(where: { $0.side == side }) {
      let entry = analysis.sides[place]
      let occupancy = HaloOccupancy(entry.hits, entry.clean, map: analysis.map, runs: analysis.options.runs)
      // Slots without hits stand at the foot of the logarithmic axis.
      func values(_ counts: [Int]) -> [Double] { counts.prefix(3564).map { $0 > 0 ? Double($0) : 0.5 } }
      let background = values(occupancy.background)
      let signal = values(occupancy.signal)
      highest = max(background.max() ?? 1, signal.max() ?? 1, 1)
      if background.contains(where: { $0 > 0.5 }) {
        series.append(
          .steps(edges: edges, values: background, name: "background (BR)", colour: .black, isFilled: true))
      }
      if signal.contains(where: { $0 > 0.5 }) {
        series.append(.steps(edges: edges, values: signal, name: "beam halo (SR)", colour: red, isFilled: true))
      }
    }
    let isEmpty = series.isEmpty
    return Figure(
      name: "occupancy-\(side.board)", title: title, qualifier: qualifier, rightLabel: side.title,
      labels: isEmpty ? ["no data"] : [], size: .inches(9, 4.5),
      panels: [
        Panel(
          x: Axis("BX ID", range: -0.5...3563.5),
          y: Axis("Events/1", scale: isEmpty ? .linear : .logarithmic, range: isEmpty ? 0...1 : 0.5...(2 * highest)),
          series: series)
      ])
  }

  /// Most frequent time and its spread by channel, with that of all channels as a line and band.
  public static func stability(_ analysis: HaloAnalysis) -> Figure {
    let panels = HaloSide.allCases.map { side -> Panel in
      let rows = HaloStability.rows(analysis.spectra, analysis.calibration, side: side)
      let channels = Array(rows.dropLast())
      var x: [Double] = []
      var y: [Double] = []
      var error: [Double] = []
      for (index, row) in channels.enumerated() {
        guard let mode = row.mode else { continue }
        x.append(Double(index))
        y.append(Double(mode))
        error.append(row.deviation ?? .nan)
      }
      var annotations: [Annotation] = [.text([side.title], x: 0.02, y: 0.93, alignment: .left)]
      if let all = rows.last, let mode = all.mode {
        annotations.append(
          .horizontalLine(y: Double(mode), name: nil, colour: colour(side), dash: .dashDotted))
        if let deviation = all.deviation {
          annotations.append(
            .horizontalBand(
              from: Double(mode) - deviation, to: Double(mode) + deviation, name: nil, colour: .rgb(0xF89C20)))
        }
      } else {
        annotations.append(.text(["no data"], x: 0.5, y: 0.5, alignment: .centre))
      }
      return Panel(
        x: .categories("", channels.map(\.name)), y: Axis("TDC", unit: "0.5 ns", range: 0...15),
        series: x.isEmpty
          ? [] : [.points(x: x, y: y, yError: ErrorBars(error), colour: colour(side), marker: .circle, size: 4)],
        annotations: annotations, legend: .none)
    }
    return Figure(
      name: "stability", title: title, qualifier: qualifier, labels: ["mode and standard deviation of halo hits"],
      size: .inches(10, 7), fontSize: 9, panels: panels)
  }

  /// The distribution of times by channel as violins, their width growing with the number of hits.
  public static func violins(_ analysis: HaloAnalysis) -> Figure {
    let panels = HaloSide.allCases.map { side -> Panel in
      let rows = HaloStability.rows(analysis.spectra, analysis.calibration, side: side).dropLast()
      let most = rows.map(\.count).max() ?? 0
      var series: [Series] = []
      for (index, row) in rows.enumerated() {
        guard let shape = violin(row, centre: Double(index), width: 0.45 * Double(row.count) / Double(max(most, 1)))
        else { continue }
        series.append(.line(x: shape.x, y: shape.y, colour: colour(side), width: 1))
      }
      return Panel(
        x: .categories("", rows.map(\.name)), y: Axis("TDC", unit: "0.5 ns", range: 0...15), series: series,
        annotations: [
          .text(most > 0 ? [side.title] : [side.title, "no data"], x: 0.02, y: 0.93, alignment: .left)
        ], legend: .none)
    }
    return Figure(
      name: "violins", title: title, qualifier: qualifier, labels: ["times of halo hits"], size: .inches(10, 7),
      fontSize: 9, panels: panels)
  }

  /// The outline of a violin: a Gaussian kernel of 0.15 standard deviations, clipped at the data; nil without hits.
  private static func violin(
    _ row: HaloStability, centre: Double, width: Double
  ) -> (x: [Double], y: [Double])? {
    let filled = row.times.indices.filter { row.times[$0] > 0 }
    guard let low = filled.first, let high = filled.last else { return nil }
    let bandwidth = max(0.15 * (row.deviation ?? 0), 0.1)
    let heights = (0...60).map { Double(low) + Double(high - low) * Double($0) / 60 }
    let densities = heights.map { height in
      filled.reduce(0.0) { sum, tdc in
        let distance = (height - Double(tdc)) / bandwidth
        return sum + Double(row.times[tdc]) * exponential(-0.5 * distance * distance)
      }
    }
    let top = densities.max() ?? 1
    guard high > low, top > 0 else { return ([centre - width, centre + width], [Double(low), Double(low)]) }
    let half = densities.map { width * $0 / top }
    return (
      half.map { centre - $0 } + half.reversed().map { centre + $0 } + [centre - (half.first ?? 0)],
      heights + heights.reversed() + [heights[0]]
    )
  }

  /// Clean hits of a side by time and peak code as a map of colours.
  public static func lego(_ analysis: HaloAnalysis, side: HaloSide) -> Figure {
    var values: [Double] = []
    for code in 0...178 {
      for tdc in 0..<HaloSpectra.times {
        var count = analysis.spectra.count(side, tdc: tdc, code: code)
        if code == 178 { count += analysis.spectra.count(side, tdc: tdc, code: 179) }
        values.append(count > 0 ? Double(count) : .nan)
      }
    }
    let isEmpty = values.allSatisfy(\.isNaN)
    let map = HeatMap(
      xEdges: (0...50).map { Double($0) - 0.5 }, yEdges: (0...179).map(Double.init), values: values,
      scale: ColourScale("Events", isLogarithmic: !isEmpty))
    return Figure(
      name: "lego-\(side.board)", title: title, qualifier: qualifier, rightLabel: side.title,
      labels: isEmpty ? ["no data"] : [],
      panels: [
        Panel(
          x: Axis("TDC", unit: "0.5 ns", range: -0.5...49.5), y: Axis("Peak ADC", unit: "a.u.", range: 0...180),
          series: isEmpty ? [] : [.image(map)], legend: .none)
      ])
  }

  /// Halo hits by channel as bars around the ring of bars.
  public static func channels(_ analysis: HaloAnalysis, side: HaloSide) -> Figure {
    let rows = analysis.regionCounts().filter { $0.channel.side == side }
    let most = rows.map(\.counts.signal).max() ?? 0
    let scale = most > 0 ? 1.2 * Double(most) : 1
    var series: [Series] = []
    var annotations: [Annotation] = []
    // The ring is an ellipse with a/b = 1/0.95; a bar of the largest count is 0.8 long beside the ring's 1.
    func place(_ angle: Double, _ radius: Double) -> (x: Double, y: Double) {
      let (cosine, sine) = (cosineDegrees(angle), sineDegrees(angle))
      // The outward normal of the ellipse at this angle.
      let normal = (x: cosine * 0.95, y: sine)
      let length = (normal.x * normal.x + normal.y * normal.y).squareRoot()
      return (cosine + radius * normal.x / length, 0.95 * sine + radius * normal.y / length)
    }
    // As wide as figures are in a report, and in units of the same length in x and y.
    let (left, bottom, wide, high) = (-3.35, -1.9, 6.7, 4.1)
    for level in 0...4 {
      // Open from 225° to 315°, where the monitor has no bars.
      let angles = (0...90).map { -45 + 270 * Double($0) / 90 }
      let radius = 0.96 * Double(level) / 4
      series.append(
        .line(
          x: angles.map { place($0, radius).x }, y: angles.map { place($0, radius).y }, colour: .rgb(0xBBBBBB),
          dash: level == 0 ? .solid : .dotted, width: level == 0 ? 1.2 : 0.7))
      let at = place(-45, radius)
      annotations.append(
        .text(
          [label(scale * Double(level) / 4)], x: (at.x - left) / wide + 0.004, y: (at.y - bottom) / high - 0.002,
          alignment: .left))
    }
    for (index, row) in rows.enumerated() {
      let height = 0.96 * Double(row.counts.signal) / scale
      let angle = row.channel.angleDegrees
      let corners = [place(angle - 4, 0), place(angle - 4, height), place(angle + 4, height), place(angle + 4, 0)]
      let outline = corners + [corners[0]]
      series.append(.line(x: outline.map(\.x), y: outline.map(\.y), colour: colour(side), width: 1.6))
      // Names of neighbours stand at different radii so that they do not touch.
      let at = place(angle, index.isMultiple(of: 2) ? -0.17 : -0.4)
      annotations.append(
        .text(
          [row.channel.name], x: (at.x - left) / wide, y: (at.y - bottom) / high + 0.014, alignment: .centre))
    }
    annotations.append(.text(most > 0 ? ["halo hits"] : ["no data"], x: 0.5, y: 0.5, alignment: .centre))
    return Figure(
      name: "channels-\(side.board)", title: title, qualifier: qualifier, rightLabel: side.title,
      size: .inches(10, 6.6),
      fontSize: 9,
      panels: [
        Panel(
          x: Axis("", range: left...left + wide, ticks: []), y: Axis("", range: bottom...bottom + high, ticks: []),
          series: series,
          annotations: annotations, legend: .none)
      ])
  }

  private static func label(_ value: Double) -> String {
    value >= 10 || value == 0 ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)"
  }
}
