import Errors
import Figures

extension CalibrationFigures {
  /// Names that `heatMap` takes.
  public static let heatMapNames = [
    "E0", "f", "s", "target", "K", "Fittype", "totalflux", "A", "B", "s2", "chi2", "p", "uE0",
  ]

  /// A map of the pixels: row 0 at the bottom, pixels without value light grey.
  ///
  /// The range of colours lies about the mean weighted with inverse variances: ±1 % for E0, ±5 % for target and K, ±60 % for f,
  /// ±30 % for s, as people compare them; else it holds the central 98 % of the values.
  ///
  /// - Throws: `table.missingColumn` for a quantity that the result does not have.
  public func heatMap(_ name: String) throws(CavernError) -> Figure {
    if name == "Fittype" { return try categoryMap() }
    var values = name == "totalflux" ? totalFlux() : try maps.values(Self.column(name))
    if name != "totalflux" {
      let categories = try maps.values("category")
      for pixel in values.indices where categories[pixel] < 0 { values[pixel] = .nan }
    }
    let known = values.filter(\.isFinite)
    let mean = RobustStatistics.mean(known)
    let deviation = RobustStatistics.deviation(known)
    let (title, unit) = Self.axis(name)
    return figure(
      name, values: values,
      title: known.isEmpty
        ? "\(name): no pixel has a value"
        : "\(name): mean = \(Self.short(mean)) ± \(Self.short(deviation)), n = \(known.count)",
      scale: ColourScale(title, unit: unit, map: Self.palette(name), range: range(name, values)))
  }

  private func range(_ name: String, _ values: [Double]) -> ClosedRange<Double>? {
    let known = values.filter(\.isFinite).sorted()
    guard let first = known.first, let last = known.last, first < last else { return nil }
    if name == "totalflux" {
      let high = RobustStatistics.mean(known.filter { $0 > 75 })
      // Without such pixels a few noisy ones must not set the range.
      let usual = known[known.count - 1 - known.count / 200]
      return high.isFinite && high > first ? first...high : first < usual ? first...usual : first...last
    }
    let spread: Double? =
      switch name {
      case "E0": 0.01
      case "target", "K": 0.05
      case "f": 0.6
      case "s": 0.3
      default: nil
      }
    if let spread {
      let errors = maps.errors(of: name)?.map { $0 > 1e-15 ? $0 : nil } ?? []
      let summary = PixelSummary(values.map { $0.isFinite ? $0 : nil }, errors: errors)
      let mean = summary.weightedMean.isFinite ? summary.weightedMean : summary.mean
      if mean > 0 { return (1 - spread) * mean...(1 + spread) * mean }
    }
    let low = known[known.count / 100]
    let high = known[known.count - 1 - known.count / 100]
    return low < high ? low...high : first...last
  }

  private static func palette(_ name: String) -> ColourMap {
    switch name {
    case "E0", "target", "K": .redYellow
    case "f", "A", "B": .greenYellow
    case "s", "s2": .blueGreen
    default: .viridis
    }
  }

  /// Sum over thresholds of the flux of each pixel.
  private func totalFlux() -> [Double] {
    guard let counts else { return Array(repeating: .nan, count: PixelMatrix.count) }
    let live = counts.liveSeconds
    var sums = [Double](repeating: 0, count: PixelMatrix.count)
    for k in counts.thresholds.indices where live[k] > 0 {
      for pixel in 0..<PixelMatrix.count {
        sums[pixel] += Double(counts.hits[k * PixelMatrix.count + pixel]) / live[k]
      }
    }
    return sums
  }

  /// Good, bad, not converged and cut pixels in four colours, with their shares of the matrix.
  private func categoryMap() throws(CavernError) -> Figure {
    let categories = try maps.values("category")
    // 0 cut (and masked, outside, noisy), 1 not converged, 2 bad, 3 good.
    let values = categories.map { $0 == 1 ? 3.0 : $0 == 0 ? 2 : $0 == -1 ? 1 : 0 }
    let names = ["cut", "not found", "bad", "good"]
    var picture = figure(
      "Fittype", values: values, title: "Fittype",
      scale: ColourScale("Fittype", map: .fitCategories, range: 0...3, showsBar: false))
    for (index, name) in names.enumerated().reversed() {
      let count = values.count { $0 == Double(index) }
      let share = 100 * Double(count) / Double(PixelMatrix.count)
      // A point far outside the matrix, for its legend entry.
      picture.panels[0].series.append(
        .points(
          x: [-1000], y: [-1000], name: "\(name) \(NumberLabel.fixed(share, decimals: 2)) %",
          colour: .rgb(ColourMap.fitCategories.stops[index]), marker: .square, size: 8))
    }
    // Room above the matrix, so that the legend hides no pixel.
    picture.panels[0].y.range = 0...310
    picture.panels[0].legend = .topRight
    return picture
  }

  private func figure(_ name: String, values: [Double], title: String, scale: ColourScale) -> Figure {
    let edges = (0...PixelMatrix.side).map(Double.init)
    let ticks = [0, 64, 128, 192, 256].map { Axis.Tick(Double($0), "\($0)") }
    return Figure(
      name: "\(name)_Heatmap_\(stem("_", gap: "_"))", title: title, rightLabel: place,
      size: .inches(7.2, 6.2),
      panels: [
        Panel(
          x: Axis("Pixel columns", range: 0...256, ticks: ticks), y: Axis("Pixel rows", range: 0...256, ticks: ticks),
          series: [.image(HeatMap(xEdges: edges, yEdges: edges, values: values, scale: scale))],
          annotations: [.horizontalBand(from: 0, to: 256, name: nil, colour: .rgb(0xF0F0F0))], legend: .none)
      ])
  }

  /// Five significant digits.
  static func short(_ value: Double) -> String { NumberLabel.general(value, digits: 5) }
}
