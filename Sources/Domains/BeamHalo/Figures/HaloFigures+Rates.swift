import Figures
import Glibc

extension HaloFigures {
  static func exponential(_ value: Double) -> Double { exp(value) }
  static func cosineDegrees(_ angle: Double) -> Double { cos(angle * .pi / 180) }
  static func sineDegrees(_ angle: Double) -> Double { sin(angle * .pi / 180) }

  /// The colour of a beam mode.
  private static func colour(status: String) -> Colour {
    switch status {
    case "STABLE BEAMS": .rgb(0x5DBB63)
    case "ADJUST": .rgb(0xE42536)
    case "SQUEEZE": .rgb(0xF2C80F)
    case "FLAT TOP": .rgb(0x5790FC)
    default: .rgb(0x777777)
    }
  }

  /// Rates by time, one panel a region (+Z red, −Z black), and below them the delivered luminosity; beam modes as bands.
  public static func rates(_ series: [HaloRateSeries], timeline: HaloTimeline, bins: [HaloBin]) -> Figure {
    var regions: [String] = []
    for entry in series where !regions.contains(entry.region) { regions.append(entry.region) }
    var bands: [Annotation] = []
    var index = 0
    while index < bins.count {
      var last = index
      while last + 1 < bins.count, bins[last + 1].status == bins[index].status { last += 1 }
      bands.append(
        .verticalBand(
          from: bins[index].start / 1000, to: bins[last].end / 1000, name: nil,
          colour: colour(status: bins[index].status ?? "OTHER")))
      index = last + 1
    }
    let scale: Axis.Scale = timeline.isAbsolute ? .time : .linear
    let xAxis = Axis(
      timeline.isAbsolute ? "Time" : "Time since reference orbit", unit: timeline.isAbsolute ? nil : "s",
      scale: scale)
    var panels = regions.map { region -> Panel in
      var drawn: [Series] = []
      var highest = 0.0
      for entry in series where entry.region == region && entry.total > 0 {
        let rates = zip(entry.bins, entry.counts).map { $0.width > 0 ? Double($1) / $0.width * 1000 : .nan }
        highest = max(highest, rates.filter { $0.isFinite }.max() ?? 0)
        guard let end = entry.bins.last?.end else { continue }
        drawn.append(
          .steps(
            edges: entry.bins.map { $0.start / 1000 } + [end / 1000], values: rates, name: entry.side.label,
            colour: colour(entry.side)))
      }
      let title = HaloRegion(rawValue: region)?.title ?? region
      var notes = bands
      if drawn.isEmpty { notes.append(.text(["no data"], x: 0.5, y: 0.5, alignment: .centre)) }
      return Panel(
        x: xAxis, y: Axis("\(title) (\(region))", unit: "s⁻¹", range: 0...max(1.05 * highest, 1e-9)), series: drawn,
        annotations: notes, legend: .topRight)
    }
    if let end = bins.last?.end, bins.contains(where: { ($0.delivered ?? 0) > 0 }) {
      let values = bins.map { ($0.delivered ?? 0) / 1e3 }
      panels.append(
        Panel(
          x: xAxis, y: Axis("Delivered", unit: "nb⁻¹", range: 0...1.05 * (values.max() ?? 1)),
          series: [
            .steps(
              edges: bins.map { $0.start / 1000 } + [end / 1000], values: values, name: "luminosity a lumisection",
              colour: violet)
          ], annotations: bands, legend: .topRight))
    }
    let isShared = panels.allSatisfy { !$0.series.isEmpty }
    return Figure(
      name: "rates", title: title, qualifier: qualifier, labels: modes(bins),
      size: .inches(9, 2.4 + 1.9 * Double(panels.count)),
      fontSize: 10, arrangement: .stacked(heights: [], sharedX: isShared), panels: panels)
  }

  /// What the bands mean.
  private static func modes(_ bins: [HaloBin]) -> [String] {
    guard !bins.isEmpty else { return [] }
    return ["bands: stable beams green, adjust red, squeeze yellow, flat top blue, other grey"]
  }

  /// Hits a lumisection against delivered luminosity, with the straight line; nil without luminosity.
  public static func luminosityMap(_ series: HaloRateSeries) -> Figure? {
    guard let map = HaloLuminosityMap(series), map.counts.contains(where: { $0 > 0 }) else { return nil }
    var drawn: [Series] = [
      .image(
        HeatMap(
          xEdges: map.luminosityEdges, yEdges: map.rateEdges,
          values: map.counts.map { $0 > 0 ? Double($0) : .nan },
          // Counts begin at 0: a map of ones has no bar from 0.9 to 1.1.
          scale: ColourScale("Count", range: 0...Double(max(map.counts.max() ?? 0, 1)))))
    ]
    var labels: [String] = []
    if let line = map.line, let top = map.luminosityEdges.last {
      let x = [0, top]
      drawn.append(
        .line(
          x: x, y: x.map { line.intercept + line.slope * $0 / map.factor }, name: "line", colour: red, dash: .dashed))
      let slope = line.slope / map.factor
      let error = line.slopeError / map.factor
      labels = [
        "slope \(short(slope)) ± \(short(error)) hits per \(map.unit), χ²/n = \(short(line.chiSquare))/\(line.degreesOfFreedom)"
      ]
    }
    let title = HaloRegion(rawValue: series.region)?.title ?? series.region
    return Figure(
      name: "luminosity-\(series.region)-\(series.side.board)", title: Self.title, qualifier: qualifier,
      rightLabel: series.side.title, labels: labels,
      panels: [
        Panel(
          title: title, x: Axis("Delivered luminosity", unit: map.unit, range: 0...(map.luminosityEdges.last ?? 1)),
          y: Axis("Hits a lumisection", range: 0...((map.rateEdges.last ?? 1) * 1.05)), series: drawn, legend: .none)
      ])
  }

  /// Rates, their ratio and collision hits per luminosity by run, and the share of halo hits by channel and run.
  public static func trends(_ trend: HaloTrend) -> [Figure] {
    let runs = Set(trend.points.map(\.row.run)).sorted()
    guard !runs.isEmpty else { return [] }
    let place = Dictionary(uniqueKeysWithValues: runs.enumerated().map { ($1, Double($0)) })
    let step = max(1, (runs.count + 14) / 15)
    let ticks = stride(from: 0, to: runs.count, by: step).map { Axis.Tick(Double($0), "\(runs[$0])") }
    func xAxis() -> Axis { Axis("Run", range: -0.5...Double(runs.count) - 0.5, ticks: ticks) }
    var boundaries: [Annotation] = []
    let fills = runs.map { run in trend.points.first { $0.row.run == run }?.fill }
    for index in fills.indices.dropFirst() {
      if let fill = fills[index], fill != fills[index - 1] {
        boundaries.append(
          .verticalLine(x: Double(index) - 0.5, name: "fill \(fill)", colour: .grey, dash: .dotted))
      }
    }
    func points(
      _ name: String, _ value: @escaping (HaloRunPoint) -> (value: Double, error: Double)
    ) -> [Series] {
      var drawn: [Series] = []
      for side in HaloSide.allCases {
        for isThin in [false, true] {
          let own = trend.points(side).filter { $0.isThin == isThin && value($0).value.isFinite }
          guard !own.isEmpty else { continue }
          drawn.append(
            .points(
              x: own.map { (place[$0.row.run] ?? 0) + (side == .plus ? -0.08 : 0.08) }, y: own.map { value($0).value },
              yError: ErrorBars(own.map { value($0).error }), name: side.label + (isThin ? ", little data" : ""),
              colour: colour(side), marker: isThin ? .openCircle : .circle, size: 5,
              pointLabels: own.map { "run \($0.row.run)" }))
        }
      }
      return drawn
    }
    let definitions: [(String, String?, (HaloRunPoint) -> (value: Double, error: Double))] = [
      ("Halo hits", "s⁻¹", { $0.rate(.signal) }), ("Collision hits", "s⁻¹", { $0.rate(.collisions) }),
      ("Halo / collisions", nil, { ratio($0.row.regions.signal, $0.row.regions.collisions) }),
      (
        "Collisions", "nb",
        { point in
          guard let luminosity = point.delivered, luminosity > 0 else { return (.nan, .nan) }
          let hits = Double(point.row.regions.collisions)
          return (hits / luminosity * 1e3, hits.squareRoot() / luminosity * 1e3)
        }
      ),
    ]
    var panels: [Panel] = []
    for (name, unit, value) in definitions {
      let drawn = points(name, value)
      guard !drawn.isEmpty else { continue }
      panels.append(
        Panel(
          x: xAxis(), y: Axis(name, unit: unit, includesZero: true), series: drawn, annotations: boundaries))
    }
    var figures = [
      Figure(
        name: "runs", title: title, qualifier: qualifier, size: .inches(9, 1.2 + 2 * Double(panels.count)),
        fontSize: 10,
        arrangement: .stacked(heights: [], sharedX: true), panels: panels)
    ]
    for side in HaloSide.allCases {
      figures += [shares(trend, side, runs, ticks), centroids(trend, side, runs, ticks)].compactMap(\.self)
    }
    return panels.isEmpty ? [] : figures
  }

  /// Share of the side's halo hits by channel and run.
  private static func shares(
    _ trend: HaloTrend, _ side: HaloSide, _ runs: [UInt32], _ ticks: [Axis.Tick]
  ) -> Figure? {
    channelMap("shares", trend, side, runs, ticks, ColourScale("Share of halo hits", unit: "%")) { point, channel in
      point.row.regions.signal > 0 ? 100 * Double(channel.signal) / Double(point.row.regions.signal) : .nan
    }
  }

  /// Counts by which the times of halo hits lie off the calibration's, by channel and run; nil when no run tells.
  private static func centroids(
    _ trend: HaloTrend, _ side: HaloSide, _ runs: [UInt32], _ ticks: [Axis.Tick]
  ) -> Figure? {
    let shifts = trend.points(side).flatMap(\.channels).compactMap(\.shift)
    guard let widest = shifts.map(abs).max() else { return nil }
    // The same colours mean the same in all figures until a channel moves further than a count.
    let limit = max(1, widest)
    let scale = ColourScale(
      "Shift of TDC centroid", unit: "0.5 ns", map: .diverging, range: -limit...limit)
    return channelMap("centroids", trend, side, runs, ticks, scale) { _, channel in channel.shift ?? .nan }
  }

  /// A map of colours by channel and run of a side; nil without runs.
  private static func channelMap(
    _ name: String, _ trend: HaloTrend, _ side: HaloSide, _ runs: [UInt32], _ ticks: [Axis.Tick],
    _ scale: ColourScale, _ value: (HaloRunPoint, HaloRunChannel) -> Double
  ) -> Figure? {
    let own = trend.points(side)
    guard let names = own.first?.channels.map(\.channel.name) else { return nil }
    var values: [Double] = []
    for channel in names.indices {
      for run in runs {
        // A run without data of this side is a gap.
        guard let point = own.first(where: { $0.row.run == run }), point.channels.indices.contains(channel) else {
          values.append(.nan)
          continue
        }
        values.append(value(point, point.channels[channel]))
      }
    }
    return Figure(
      name: "\(name)-\(side.board)", title: title, qualifier: qualifier, rightLabel: side.title, size: .inches(8, 5.5),
      fontSize: 9,
      panels: [
        Panel(
          x: Axis("Run", range: -0.5...Double(runs.count) - 0.5, ticks: ticks),
          y: Axis(
            "Channel", range: -0.5...Double(names.count) - 0.5, isReversed: true,
            ticks: names.enumerated().map { Axis.Tick(Double($0.offset), $0.element) }),
          series: [
            .image(
              HeatMap(
                xEdges: (0...runs.count).map { Double($0) - 0.5 },
                yEdges: (0...names.count).map { Double($0) - 0.5 }, values: values, scale: scale))
          ], legend: .none)
      ])
  }

  private static func ratio(_ first: Int, _ second: Int) -> (value: Double, error: Double) {
    guard first > 0, second > 0 else { return (.nan, .nan) }
    let value = Double(first) / Double(second)
    return (value, value * (1 / Double(first) + 1 / Double(second)).squareRoot())
  }

  /// Three significant digits.
  static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "–" }
    let digits = 2 - Int(log10(abs(value)).rounded(.down))
    let factor = pow(10, Double(digits))
    let rounded = (value * factor).rounded() / factor
    return digits <= 0 ? "\(Int(rounded))" : "\(rounded)"
  }
}
