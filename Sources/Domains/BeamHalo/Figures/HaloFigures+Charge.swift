import Figures
import Glibc

extension HaloFigures {
  /// Bins of charge in a decade.
  ///
  /// Neighbouring codes are 2 to 4 % apart where halo hits lie, so that every bin of 12 % holds some; codes on both sides of a
  /// change of range share bins, which is where the scale is not monotonic.
  static let chargeBins = 20.0

  /// Edges of equal ratio that hold charges from `low` to `high` fC.
  static func chargeEdges(_ low: Double, _ high: Double) -> [Double] {
    let first = Int((log10(low) * chargeBins).rounded(.down))
    let last = max(first + 1, Int((log10(high) * chargeBins).rounded(.down)) + 1)
    return (first...last).map { pow(10, Double($0) / chargeBins) }
  }

  /// Counts by code added up in bins of charge; codes whose charge lies outside are left out.
  static func byCharge(_ counts: [Int], _ charge: [Double], _ edges: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: edges.count - 1)
    for (code, count) in counts.enumerated() where count > 0 && charge.indices.contains(code) {
      guard let after = edges.firstIndex(where: { $0 > charge[code] }), after > 0 else { continue }
      sums[after - 1] += Double(count)
    }
    return sums
  }

  /// Peak charges at the channel's time, with the cut as a dashed line: the panels of a group, as `adcPanels` by code.
  public static func chargePanels(_ analysis: HaloAnalysis, group: String) -> Figure {
    let charge = analysis.detector.charge
    let shown = charge[analysis.lowestPanelCode...180]
    let edges = chargeEdges(shown.min() ?? 1, shown.max() ?? 10)
    let panels = entries(analysis, group).map { entry -> Panel in
      let values = byCharge(analysis.adcPanel(entry), charge, edges)
      let most = values.max() ?? 0
      let cut = charge[min(max(entry.window.adcCut, 0), 255)]
      return Panel(
        x: Axis("Charge", unit: "fC", scale: .logarithmic, range: edges[0]...edges[edges.count - 1]),
        y: Axis("Events", range: 0...(most > 0 ? most / 0.95 : 1)),
        series: [.steps(edges: edges, values: values, colour: .cycle(0), isFilled: true)],
        annotations: [
          .verticalLine(x: cut, name: nil, colour: red, dash: .dashed),
          .text(
            [entry.channel.name, "TDC = \(entry.window.tdcPeak)", "cut ≥ \(short(cut)) fC"], x: 0.96, y: 0.94,
            alignment: .right),
        ], legend: .none)
    }
    return sheet("charge-\(group)", analysis, group, panels)
  }

  /// Clean hits of a side by time and peak charge as a map of colours, as `lego` by code.
  public static func chargeLego(_ analysis: HaloAnalysis, side: HaloSide) -> Figure {
    let charge = analysis.detector.charge
    let edges = chargeEdges(1, charge[0...179].max() ?? 10)
    var values = [Double](repeating: .nan, count: (edges.count - 1) * HaloSpectra.times)
    for tdc in 0..<HaloSpectra.times {
      let codes = (0...179).map { analysis.spectra.count(side, tdc: tdc, code: $0) }
      for (row, count) in byCharge(codes, charge, edges).enumerated() where count > 0 {
        values[row * HaloSpectra.times + tdc] = count
      }
    }
    let isEmpty = values.allSatisfy(\.isNaN)
    // Rows are equally high in the logarithm, which is what the axis shows.
    let exponents = edges.map { log10($0) }
    let map = HeatMap(
      xEdges: (0...HaloSpectra.times).map { Double($0) - 0.5 }, yEdges: exponents, values: values,
      scale: ColourScale("Events", isLogarithmic: !isEmpty))
    let names = ["1", "10", "100", "1000", "10⁴"]
    return Figure(
      name: "lego-charge-\(side.board)", title: title, qualifier: qualifier, rightLabel: side.title,
      labels: isEmpty ? ["no data"] : [],
      panels: [
        Panel(
          x: Axis("TDC", unit: "0.5 ns", range: -0.5...49.5),
          y: Axis(
            "Peak charge", unit: "fC", range: 0...exponents[exponents.count - 1],
            ticks: names.enumerated().map { Axis.Tick(Double($0.offset), $0.element) }),
          series: isEmpty ? [] : [.image(map)], legend: .none)
      ])
  }
}
