import Errors
import Figures
import Foundation

extension CalibrationFigures {
  /// Ranges of histograms as the earlier program had them.
  static let legacyRanges: [String: ClosedRange<Double>] = [
    "E0": 1500...1580, "target": 70...160, "f": 0...0.01, "s": 0...15, "K": 10...20,
  ]

  /// Histograms of the parameters side by side.
  ///
  /// - Throws: as `PixelMaps.values`.
  public func distributions(legacyRanges: Bool = false) throws(CavernError) -> Figure {
    var names = ["E0", maps.equation.hasFraction ? "f" : "A", "s"]
    if maps.equation.hasTwoWidths { names.append("s2") }
    var panels: [Panel] = []
    for name in names where hasValues(name) { panels.append(try histogram(name, legacyRanges: legacyRanges)) }
    for name in ["target", "K"] where hasValues(name) {
      panels.append(try histogram(name, legacyRanges: legacyRanges))
    }
    return Figure(
      name: "ParameterHistogram_\(stem())", title: "Parameters of good pixels",
      rightLabel: place, size: .inches(12.6, panels.count > 3 ? 8.2 : 4.4), arrangement: .grid(columns: 3),
      panels: panels)
  }

  /// The histogram of one quantity.
  ///
  /// - Throws: as `PixelMaps.values`.
  public func distribution(_ name: String, legacyRanges: Bool = false) throws(CavernError) -> Figure {
    Figure(
      name: "\(name)Histogram_\(stem())", title: "\(name) of good pixels",
      rightLabel: place, size: .inches(7.2, 5.2),
      panels: [try histogram(name, legacyRanges: legacyRanges)])
  }

  /// A value and its error with this many decimals, or with more where the error would be written as zero.
  func measured(_ value: Double, _ error: Double, decimals: Int) -> String {
    guard error.isFinite, error > 0 else { return NumberLabel.fixed(value, decimals: decimals) }
    let digits = max(decimals, -Int(log10(error).rounded(.down)))
    return "\(NumberLabel.fixed(value, decimals: digits)) ± \(NumberLabel.fixed(error, decimals: digits))"
  }

  /// 50 bins with the mean and the values of the ASIC's curves as lines.
  private func histogram(_ name: String, legacyRanges: Bool) throws(CavernError) -> Panel {
    let values = try maps.goodValues(Self.column(name)).filter(\.isFinite)
    let summary = PixelSummary(values.map { $0 }, errors: values.map { _ in nil })
    let bins = Histogram50(values, range: legacyRanges ? Self.legacyRanges[name] : nil)
    let decimals = name == "f" ? 5 : 2
    func words(_ what: String, _ value: Double, _ error: Double) -> String {
      "\(what) \(measured(value, error, decimals: decimals))"
    }
    let colour = Self.colour(maps.label)
    var series: [Series] = [
      .steps(edges: bins.edges, values: bins.counts, colour: colour, isFilled: true, opacity: 0.5)
    ]
    let top = max(bins.counts.max() ?? 1, 1)
    func line(_ value: Double, _ title: String, _ colour: Colour, _ dash: Dash) {
      guard value.isFinite, bins.edges.first ?? 0 <= value, value <= bins.edges.last ?? 0 else { return }
      series.append(.line(x: [value, value], y: [0, top], name: title, colour: colour, dash: dash, width: 1.6))
    }
    line(summary.mean, words("mean", summary.mean, summary.meanError), .rgb(0xB85C00), .solid)
    if let asic = maps.asic("ASIC", name) {
      line(asic.value, words("ASIC", asic.value, asic.error), .rgb(0xE42536), .dashed)
    }
    if let good = maps.asic("ASICgood", name) {
      line(good.value, words("ASICgood", good.value, good.error), .rgb(0x7A21DD), .dashed)
    }
    let (title, unit) = Self.axis(name)
    return Panel(x: Axis(title, unit: unit), y: Axis("Frequency", includesZero: true), series: series)
  }

  /// Pulls of the pixels against a value of the ASIC's curve: (x − X)/√(u² + U²).
  ///
  /// - Parameter curve: `ASIC` or `ASICgood`.
  /// - Throws: `velo.noCurve` (exit 65) when the curve has no such value.
  public func discrepancy(_ name: String, curve: String) throws(CavernError) -> Figure {
    guard let reference = maps.asic(curve, name) else {
      throw CavernError("velo.noCurve", "the result has no \(name) of \(curve)", exit: .badData)
    }
    let values = try maps.goodValues(name)
    let errors = maps.errors(of: name) ?? []
    let variance = reference.error.isFinite ? reference.error * reference.error : 0
    let pulls = zip(values, errors).compactMap { value, error -> Double? in
      let total = (error * error + variance).squareRoot()
      return value.isFinite && total > 0 && total.isFinite ? (value - reference.value) / total : nil
    }
    let edges = (0...20).map { -10.0 + Double($0) }
    var counts = [Double](repeating: 0, count: 20)
    for pull in pulls where pull >= -10 && pull < 10 { counts[Int((pull + 10).rounded(.down))] += 1 }
    let inside = pulls.count { abs($0) < 3 }
    let ofGood = 100 * Double(inside) / Double(max(pulls.count, 1))
    let ofAll = 100 * Double(inside) / Double(PixelMatrix.count)
    let middle = counts.enumerated().map { (7..<13).contains($0.offset) ? $0.element : 0 }
    return Figure(
      name: "\(curve)Discrepancy_\(name)Histogram_\(stem())",
      title: "Pulls of \(name) against \(curve)", rightLabel: place, size: .inches(7.2, 5.2),
      panels: [
        Panel(
          x: Axis("(pixel − \(curve)) / uncertainty", range: -10...10), y: Axis("Frequency", includesZero: true),
          series: [
            .steps(edges: edges, values: counts, name: "all", colour: .rgb(0x9C9CA1), isFilled: true, opacity: 0.6),
            .steps(
              edges: edges, values: middle,
              name: "within ±3σ: \(NumberLabel.fixed(ofGood, decimals: 1)) % of good, "
                + "\(NumberLabel.fixed(ofAll, decimals: 1)) % of all", colour: .rgb(0x2E8B57), isFilled: true,
              opacity: 0.7),
          ])
      ])
  }
}

/// A histogram of 50 bins over given limits or over the central 99.8 % of the values.
struct Histogram50 {
  let edges: [Double]
  private(set) var counts = [Double](repeating: 0, count: 50)

  init(_ values: [Double], range: ClosedRange<Double>?) {
    let sorted = values.sorted()
    var low = range?.lowerBound ?? (sorted.isEmpty ? 0 : sorted[sorted.count / 1000])
    var high = range?.upperBound ?? (sorted.isEmpty ? 1 : sorted[sorted.count - 1 - sorted.count / 1000])
    if range == nil {
      let margin = 0.1 * (high - low)
      (low, high) = (low - margin, high + margin)
    }
    if !(low < high) { (low, high) = (low - 0.5, low + 0.5) }
    let (first, width) = (low, (high - low) / 50)
    edges = (0...50).map { first + Double($0) * width }
    for value in sorted where value >= low && value <= high {
      counts[min(Int((value - low) / width), 49)] += 1
    }
  }
}
