import Foundation

@testable import Figures

/// Figures of every kind that the domains draw, from formulas.
enum ExampleFigures {
  static let all = [wireScan(rows: 56), bunchMap, spectrum, emittanceBars, overTime, histogram, small, empty, narrow]

  /// Profiles with fits, residuals and emittances: rows bunches of 260 points each.
  static func wireScan(rows: Int) -> Figure {
    let x = (0..<260).map { -30 + 60 * Double($0) / 259 }
    let fine = (0..<200).map { -30 + 60 * Double($0) / 199 }
    var data: [CurveBundle.Member] = []
    var gauss: [CurveBundle.Member] = []
    var tails: [CurveBundle.Member] = []
    var residuals: [CurveBundle.Member] = []
    for row in 0..<rows {
      let sigma = 3 + 0.02 * Double(row)
      let amplitude = 5200 - 20 * Double(row)
      func profile(_ x: Double) -> Double { amplitude * exp(-x * x / (2 * sigma * sigma)) }
      let noise = x.indices.map { 60 * sin(Double($0 * 7919 + row * 104_729)) }
      let value = Double(row)
      let measured = zip(x, noise).map { profile($0) + $1 }
      data.append(.init(x: x, y: measured, value: value, label: "bunch \(row)"))
      gauss.append(.init(x: fine, y: fine.map(profile), value: value, label: "bunch \(row)"))
      tails.append(.init(x: fine, y: fine.map { profile($0) * 1.02 + 12 }, value: value, label: "bunch \(row)"))
      residuals.append(.init(x: x, y: noise.map { $0 / 42 }, value: value))
    }
    let scale = ColourScale("Row", map: .viridisForLines)
    let rowAxis = (0..<rows).map(Double.init)
    return Figure(
      name: "ws-H-in", title: "SPS.BWS.51637.H", rightLabel: "2024-10-14 21:07:33 UTC",
      labels: ["n = \(rows) profiles   ε = 1.932 ± 0.031 µm   q = 1.02 ± 0.01   in scan at 1.015 s"],
      size: .inches(7, 7.5), arrangement: .stacked(heights: [3, 1.2, 1.6], sharedX: false),
      panels: [
        Panel(
          x: Axis("Position", unit: "mm", range: -30...30), y: Axis("Amplitude", unit: "a.u."),
          series: [
            .bundle(CurveBundle(data, style: .points(.circle, size: 1.6), scale: scale), name: "data"),
            .bundle(CurveBundle(gauss, scale: scale), name: "Gaussian"),
            .bundle(CurveBundle(tails, style: .lines(.dashed), scale: scale), name: "q-Gaussian"),
          ], annotations: [.text(["H"], x: 0.03, y: 0.95, alignment: .left)], offersLogarithmicY: true),
        Panel(
          x: Axis("Position", unit: "mm", range: -30...30), y: Axis("Residual / noise"),
          series: [.bundle(CurveBundle(residuals, style: .points(.circle, size: 1.2), scale: scale))],
          annotations: [
            .horizontalLine(y: 0, name: nil, colour: .grey, dash: .dashed),
            .horizontalBand(from: -1, to: 1, name: nil, colour: .grey),
          ]),
        Panel(
          x: Axis("Row"), y: Axis("Emittance", unit: "µm"),
          series: [
            .points(
              x: rowAxis, y: rowAxis.map { 1.9 + 0.05 * sin($0) },
              yError: ErrorBars(lower: rowAxis.map { _ in 0.03 }, upper: rowAxis.map { _ in 0.05 }), name: "Gaussian"),
            .points(
              x: [6, 12], y: [2.1, 1.72], yError: ErrorBars([0.06, 0.05]), name: "flagged", colour: .cycle(2),
              marker: .openCircle, size: 6),
          ], annotations: [.horizontalLine(y: 1.9, name: "mean 1.90 µm", colour: .grey, dash: .dashed)]),
      ])
  }

  /// A map with a colour bar over curves that share its horizontal axis.
  static var bunchMap: Figure {
    let (slots, times) = (200, 60)
    let values = (0..<slots * times).map { index -> Double in
      let (slot, time) = (index % slots, index / slots)
      let isFilled = slot > 30 && slot < 170 && slot % 20 < 12
      return isFilled ? 1.1e11 * exp(-Double(time) / 150) * (1 + 0.1 * sin(Double(slot))) : .nan
    }
    let map = HeatMap(
      xEdges: (0...slots).map { Double($0) - 0.5 }, yEdges: (0...times).map { Double($0) * 0.25 }, values: values,
      scale: ColourScale("Intensity", unit: "charges"))
    let curves = stride(from: 0, to: times, by: 5).map { time in
      CurveBundle.Member(
        x: (0..<slots).map(Double.init), y: (0..<slots).map { values[time * slots + $0] }, value: Double(time) * 0.25)
    }
    return Figure(
      name: "fbct", title: "SPS.BCTFR.31450", rightLabel: "2024-10-14 21:07:33 UTC", size: .inches(7, 6),
      arrangement: .stacked(heights: [1, 1], sharedX: true),
      panels: [
        Panel(x: Axis("Slot"), y: Axis("Cycle time", unit: "s"), series: [.image(map)]),
        Panel(
          x: Axis("Slot"), y: Axis("Bunch intensity", unit: "charges"),
          series: [.bundle(CurveBundle(curves, scale: ColourScale("Cycle time", unit: "s", map: .viridisForLines)))]),
      ])
  }

  /// A spectrum on a logarithmic axis with markers and values that have no place on it.
  static var spectrum: Figure {
    let frequency = (0..<1500).map(Double.init)
    let amplitude = frequency.map { f in
      f == 3
        ? 0
        : 1e-6 * (1 + 0.8 * sin(f * 12.9898)) + (f.truncatingRemainder(dividingBy: 50) == 0 ? 3e-3 / (1 + f / 50) : 0)
    }
    let lines = [50.0, 100, 150, 300, 600]
    return Figure(
      name: "dcct", title: "Cavern", qualifier: "Simulation", rightLabel: "SPS, 26 GeV",
      panels: [
        Panel(
          x: Axis("Frequency", unit: "Hz", range: 0...1500), y: Axis("Amplitude", unit: "A", scale: .logarithmic),
          series: [
            .line(x: frequency, y: amplitude, name: "current", width: 0.7),
            .points(
              x: lines, y: lines.map { 3e-3 / (1 + $0 / 50) }, name: "multiples of 50 Hz", colour: .cycle(2),
              marker: .triangleDown, size: 6),
          ],
          annotations: [.verticalBand(from: 1000, to: 1200, name: "band", colour: .cycle(1))])
      ])
  }

  /// Bars with categories in a grid of two panels.
  static var emittanceBars: Figure {
    let bunches = (0..<24).map(Double.init)
    func panel(_ plane: String, _ colour: Int) -> Panel {
      Panel(
        title: "Plane \(plane)", x: Axis("Bunch"), y: Axis("Emittance", unit: "µm"),
        series: [.bars(x: bunches, height: bunches.map { 1.5 + 0.3 * sin($0) }, name: plane, colour: .cycle(colour))])
    }
    return Figure(
      name: "bars", title: "Emittance by bunch", size: .inches(8, 3.6), arrangement: .grid(columns: 2),
      panels: [panel("H", 0), panel("V", 1)])
  }

  /// Wall-clock time, bands, a gap and asymmetric errors.
  static var overTime: Figure {
    let start = 1_728_939_600.0
    let times = (0..<40).map { start + 300 * Double($0) }
    let values = times.indices.map { $0 == 20 ? .nan : 2 + 0.01 * Double($0) + 0.05 * sin(Double($0)) }
    return Figure(
      name: "time", title: "Emittance growth", size: .inches(6.3, 4),
      panels: [
        Panel(
          x: Axis("Time", scale: .time), y: Axis("Emittance", unit: "µm rad"),
          series: [
            .band(x: times, lower: values.map { $0 - 0.1 }, upper: values.map { $0 + 0.1 }, name: "systematic"),
            .line(x: times, y: values, name: "mean", colour: .cycle(0)),
            .points(
              x: times, y: values, yError: ErrorBars(lower: values.map { _ in 0.02 }, upper: values.map { _ in 0.08 }),
              name: "H, in", colour: .cycle(2)),
          ],
          annotations: [.verticalLine(x: start + 6000, name: "injection", colour: .black, dash: .dotted)])
      ])
  }

  /// Two histograms, one filled.
  static var histogram: Figure {
    let edges = (0...30).map { Double($0) / 10 }
    func counts(_ mean: Double) -> [Double] {
      edges.dropLast().map { (1000 * exp(-($0 - mean) * ($0 - mean) / 0.18)).rounded() }
    }
    return Figure(
      name: "histogram", title: "Counts",
      panels: [
        Panel(
          x: Axis("Charge", unit: "fC"), y: Axis("Entries", unit: "1/0.1 fC"),
          series: [
            .steps(edges: edges, values: counts(1), name: "background", isFilled: true),
            .steps(edges: edges, values: counts(1.8), name: "signal", colour: .cycle(2)),
          ])
      ])
  }

  /// Three points, for exact comparison.
  static let small = Figure(
    name: "small", title: "Three points", labels: ["n = 3"],
    panels: [
      Panel(
        x: Axis("x", unit: "mm"), y: Axis("y"),
        series: [
          .line(x: [0, 1, 2], y: [0, .nan, 4], name: "line", dash: .dashed),
          .points(x: [0, 1, 2], y: [0, 1, 4], yError: ErrorBars([0.5, 0.5, 0.5]), name: "points"),
        ])
    ])

  /// Nothing to draw.
  static let empty = Figure(
    name: "empty", title: "No data", panels: [Panel(x: Axis("Position", unit: "mm"), y: Axis("Amplitude"))])

  /// A map with uneven columns, logarithmic colours and a logarithmic axis.
  static let narrow = Figure(
    name: "uneven", title: "Dose", size: .millimetres(140, 100),
    panels: [
      Panel(
        x: Axis("Radius", unit: "cm", scale: .logarithmic), y: Axis("z", unit: "cm"),
        series: [
          .image(
            HeatMap(
              xEdges: [1, 2, 5, 10, 50], yEdges: [0, 10, 30, 60],
              values: [1e3, 1e2, 10, 1, 2e3, 1e2, .nan, 1, 5e3, 5e2, 50, 0],
              scale: ColourScale("Fluence", unit: "cm⁻²", map: .cividis, isLogarithmic: true)))
        ])
    ])
}
