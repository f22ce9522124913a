import Errors
import Figures
import Fitting
import Foundation

/// Figures over several results: histograms of target and gain, quantiles, differences of groups, summaries.
public enum CollectionFigures {
  /// One result with its name.
  public struct Member: Sendable {
    /// What stands in legends.
    public var name: String
    /// Its maps.
    public var maps: PixelMaps

    /// A result.
    public init(name: String, maps: PixelMaps) {
      self.name = name
      self.maps = maps
    }
  }

  private static let quantities: [(name: String, range: ClosedRange<Double>, unit: String)] = [
    ("target", 70...150, "DAC"), ("K", 10...20, "e-/DAC"),
  ]

  private static func colour(_ member: Member, _ index: Int) -> Colour {
    let name = "\(member.name) \(member.maps.label)"
    if name.hasSuffix("even") { return .rgb(0x2E8B57) }
    if name.hasSuffix("odd") { return .rgb(0xE42536) }
    if name.hasSuffix("rows") { return .rgb(0x5790FC) }
    return CalibrationFigures.colour(member.maps.label, at: index)
  }

  /// Histograms of target and K of all members, with mean (solid), ASIC (dashed), ASICgood (dotted), skewness and kurtosis.
  ///
  /// - Throws: what reading the maps throws.
  public static func histograms(_ members: [Member]) throws(CavernError) -> Figure {
    var panels: [Panel] = []
    for (name, range, unit) in quantities {
      var series: [Series] = []
      for (index, member) in members.enumerated() {
        let values = try member.maps.goodValues(name).filter(\.isFinite)
        guard !values.isEmpty else { continue }
        let bins = Histogram50(values, range: range)
        let (skewness, kurtosis) = shape(values)
        let colour = colour(member, index)
        let mean = RobustStatistics.mean(values)
        series.append(
          .steps(
            edges: bins.edges, values: bins.counts,
            name: "\(member.name): \(short(mean)) ± \(short(RobustStatistics.deviation(values))), "
              + "skewness \(short(skewness, 2)), kurtosis \(short(kurtosis, 2))", colour: colour, isFilled: true,
            opacity: 0.5))
        let top = bins.counts.max() ?? 1
        series.append(.line(x: [mean, mean], y: [0, top], colour: colour, width: 1.6))
        for (curve, dash) in [("ASIC", Dash.dashed), ("ASICgood", .dotted)] {
          guard let value = member.maps.asic(curve, name)?.value else { continue }
          series.append(
            .line(
              x: [value, value], y: [0, top], name: "\(curve) \(short(value))",
              colour: index == 0 ? .rgb(0xE42536) : .rgb(0x2A5CB8),
              dash: dash, width: 1.4))
        }
      }
      panels.append(
        Panel(x: Axis(name, unit: unit, range: range), y: Axis("Frequency", includesZero: true), series: series))
    }
    return Figure(
      name: "collection", title: "Targets and gains", size: .inches(14, 6), arrangement: .grid(columns: 2),
      panels: panels)
  }

  /// Normal quantiles against values, with their least-squares line.
  ///
  /// - Throws: what reading the maps throws.
  public static func quantiles(_ members: [Member]) throws(CavernError) -> Figure {
    var panels: [Panel] = []
    for (name, _, unit) in quantities {
      var series: [Series] = []
      for (index, member) in members.enumerated() {
        let values = try member.maps.goodValues(name).filter(\.isFinite).sorted()
        guard values.count > 2 else { continue }
        let count = Double(values.count)
        let normal = values.indices.map { inverseNormal((Double($0) + 0.5) / count) }
        let (slope, offset) = line(normal, values)
        let step = max(values.count / 2000, 1)
        let shown = stride(from: 0, to: values.count, by: step).map { $0 }
        series.append(
          .points(
            x: shown.map { normal[$0] }, y: shown.map { values[$0] }, name: member.name,
            colour: colour(member, index), size: 2))
        series.append(
          .line(x: [-4, 4], y: [offset - 4 * slope, offset + 4 * slope], colour: .rgb(0xE42536), dash: .dashed))
      }
      panels.append(
        Panel(x: Axis("Normal quantile", range: -4.5...4.5), y: Axis(name, unit: unit), series: series))
    }
    return Figure(
      name: "collection-qq", title: "Quantiles of targets and gains", size: .inches(12.6, 5.4),
      arrangement: .grid(columns: 2),
      panels: panels)
  }

  /// Difference of the normalised bin contents of two members.
  ///
  /// - Throws: what reading the maps throws.
  public static func difference(_ a: Member, _ b: Member) throws(CavernError) -> Figure {
    var panels: [Panel] = []
    for (name, range, unit) in quantities {
      let (x, y) = (
        try a.maps.goodValues(name).filter(\.isFinite), try b.maps.goodValues(name).filter(\.isFinite)
      )
      let (p, q) = (Histogram50(x, range: range), Histogram50(y, range: range))
      let height = zip(p.counts, q.counts).map {
        $0 / max(Double(x.count), 1) - $1 / max(Double(y.count), 1)
      }
      let top = max(height.map(abs).max() ?? 0, 1e-6) * 1.15
      let centres = (0..<50).map { (p.edges[$0] + p.edges[$0 + 1]) / 2 }
      panels.append(
        Panel(
          x: Axis(name, unit: unit, range: range), y: Axis("\(a.name) − \(b.name)", range: -top...top),
          series: [
            .bars(x: centres, height: height, width: p.edges[1] - p.edges[0], colour: .rgb(0x964A8B))
          ], annotations: [.horizontalLine(y: 0, name: nil, colour: .grey, dash: .solid)], legend: .none))
    }
    return Figure(
      name: "collection-difference", title: "Difference of normalised histograms", size: .inches(12.6, 5),
      arrangement: .grid(columns: 2),
      panels: panels)
  }

  // MARK: - Summaries

  /// Gain expected from the chip's data: 0.38 mV a DAC code and 24.6 mV a 1000 electrons, in electrons a DAC code.
  public static let expectedGain = 0.38 / 24.6 * 1000
  /// Its uncertainty: 3.3 %.
  public static let expectedGainError = 0.033 * expectedGain

  /// Mean gain of each result with those of its curves, one line each.
  public static func gains(_ members: [Member], systematic: Double?) -> Figure {
    var x: [[Double]] = [[], [], []]
    var errors: [[Double]] = [[], [], []]
    for member in members {
      let json = member.maps.json["good"]?["K_e_per_DAC"]
      x[0].append(json?["mean"]?.doubleValue ?? .nan)
      errors[0].append(json?["errorOfMean"]?.doubleValue ?? .nan)
      for (place, curve) in [(1, "ASIC"), (2, "ASICgood")] {
        let pair = member.maps.asic(curve, "K")
        x[place].append(pair?.value ?? .nan)
        errors[place].append(pair?.error ?? .nan)
      }
    }
    let names = ["mean of pixels", "ASIC", "ASICgood"]
    let colours: [Colour] = [.black, .rgb(0xE42536), .rgb(0x964A8B)]
    var annotations: [Annotation] = [
      .verticalBand(
        from: expectedGain - expectedGainError, to: expectedGain + expectedGainError, name: nil, colour: .rgb(0xD5EBD8)),
      .verticalLine(x: expectedGain, name: "from the chip's data", colour: .rgb(0x2E8B57), dash: .dashed),
    ]
    if let first = x[0].first, first.isFinite {
      let statistical = errors[0].first ?? 0
      let half = ((systematic ?? 0) * (systematic ?? 0) + statistical * statistical).squareRoot()
      annotations.append(.verticalBand(from: first - half, to: first + half, name: nil, colour: .rgb(0xDDDDDD)))
      annotations.append(.verticalLine(x: first, name: nil, colour: .grey, dash: .dashed))
    }
    let ticks = members.enumerated().map { Axis.Tick(Double($0.offset), $0.element.name) }
    return Figure(
      name: "results_summary", title: "Gains", size: .inches(8.6, 2.6 + 0.6 * Double(members.count)),
      panels: [
        Panel(
          x: Axis("K", unit: "e-/DAC"), y: Axis("", range: -0.8...(Double(max(members.count, 1)) - 0.2), ticks: ticks),
          series: names.indices.map { place in
            .points(
              x: x[place], y: members.indices.map { Double($0) - 0.1 * Double(place) },
              xError: ErrorBars(errors[place]),
              name: names[place], colour: colours[place], size: 5)
          }, annotations: annotations)
      ])
  }

  /// Percentage of good pixels of each result.
  public static func pixels(_ members: [Member]) -> Figure {
    let counts = members.map { Double($0.maps.json["categories"]?["good"]?.intValue ?? 0) }
    let shares = counts.map { 100 * $0 / Double(PixelMatrix.count) }
    return Figure(
      name: "results_summary_pixels", title: "Good pixels", size: .inches(8, 5),
      panels: [
        Panel(
          x: .categories("", members.map(\.name)), y: Axis("Good pixels", unit: "%", range: 0...110),
          series: [
            .bars(x: members.indices.map(Double.init), height: shares, colour: .cycle(0))
          ],
          annotations: members.indices.map {
            .text(
              ["\(Int(counts[$0]))"], x: (Double($0) + 0.5) / Double(members.count), y: 0.98, alignment: .centre)
          }, legend: .none)
      ])
  }

  /// One source: its energy in eV and charge in electrons.
  public struct SourcePoint: Sendable {
    /// What stands in the legend.
    public var name: String
    /// Energy in eV.
    public var energy: Double
    /// Mean target in DAC codes and its uncertainty.
    public var target: (value: Double, error: Double)

    /// A point.
    public init(name: String, energy: Double, target: (value: Double, error: Double)) {
      self.name = name
      self.energy = energy
      self.target = target
    }
  }

  /// Energy against target, with a line through the points when there are two or more energies.
  public static func energies(_ points: [SourcePoint], pairEnergy: Double) -> Figure {
    var series: [Series] = points.enumerated().map { index, point in
      .points(
        x: [point.target.value], y: [point.energy], xError: ErrorBars([point.target.error]), name: point.name,
        colour: CalibrationFigures.colour(point.name, at: index), size: 6)
    }
    var labels = ["\(short(pairEnergy, 3)) eV a pair"]
    let energies = Set(points.map(\.energy))
    let known = points.filter { $0.target.value.isFinite }
    if energies.count > 1, known.count > 1 {
      let (slope, offset) = line(known.map(\.target.value), known.map(\.energy))
      let low = known.map(\.target.value).min() ?? 0
      let high = known.map(\.target.value).max() ?? 1
      series.append(
        .line(x: [low, high], y: [offset + slope * low, offset + slope * high], name: "linear fit", colour: .black))
      labels.append("slope \(short(slope)) eV/DAC, offset \(short(offset)) eV")
    }
    let expected = (points.first?.energy ?? 5900) / pairEnergy / expectedGain
    let targets = known.map(\.target.value) + [expected]
    let low = min(80, (targets.min() ?? 80) - 10)
    let high = max(150, (targets.max() ?? 150) + 10)
    return Figure(
      name: "energy_target", title: "Energy against target", labels: labels, size: .inches(7.2, 5.4),
      panels: [
        Panel(
          x: Axis("Target", unit: "DAC", range: low...high),
          y: Axis("Energy", unit: "eV", range: 1000...max(10_000, (energies.max() ?? 0) * 1.2)), series: series,
          annotations: energies.sorted().map {
            .horizontalLine(
              y: $0, name: "\(Int($0)) eV = \(Int(($0 / pairEnergy).rounded())) e-", colour: .grey, dash: .dashed)
          } + [
            .verticalBand(
              from: expected * (1 - 0.0446), to: expected * (1 + 0.0446), name: nil, colour: .rgb(0xD5EBD8)),
            .verticalLine(x: expected, name: "from the chip's data", colour: .rgb(0x2E8B57), dash: .dashed),
          ])
      ])
  }

  // MARK: - Numbers

  static func short(_ value: Double, _ digits: Int = 5) -> String { NumberLabel.general(value, digits: digits) }

  /// Skewness and excess kurtosis.
  static func shape(_ values: [Double]) -> (skewness: Double, kurtosis: Double) {
    let mean = RobustStatistics.mean(values)
    let deviation = RobustStatistics.deviation(values)
    var third = 0.0, fourth = 0.0
    for value in values {
      let z = (value - mean) / deviation
      third += z * z * z
      fourth += z * z * z * z
    }
    return (third / Double(values.count), fourth / Double(values.count) - 3)
  }

  /// Least-squares slope and offset.
  static func line(_ x: [Double], _ y: [Double]) -> (slope: Double, offset: Double) {
    let (mx, my) = (RobustStatistics.mean(x), RobustStatistics.mean(y))
    var sxy = 0.0, sxx = 0.0
    for (a, b) in zip(x, y) {
      sxy += (a - mx) * (b - my)
      sxx += (a - mx) * (a - mx)
    }
    let slope = sxy / sxx
    return (slope, my - slope * mx)
  }

  /// Quantile of the normal distribution for 0 < p < 1, by Newton's method on erfc.
  static func inverseNormal(_ p: Double) -> Double {
    var z = 0.0
    for _ in 0..<60 {
      let error = 0.5 * erfc(-z / 2.0.squareRoot()) - p
      let slope = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      let step = max(-1, min(1, error / max(slope, 1e-300)))
      z -= step
      if abs(step) < 1e-12 { break }
    }
    return z
  }
}
