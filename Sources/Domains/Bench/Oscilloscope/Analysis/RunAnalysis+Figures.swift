import Figures
import Foundation

extension RunAnalysis {
  /// Amplitudes of the channels, and for each pair the differences with their fits and the walk.
  ///
  /// - Parameter method: the method whose times are drawn.
  public func figures(_ method: PulseOptions.Method) -> [Figure] {
    var figures = [amplitudeFigure]
    for pair in pairs where pair.method == method {
      figures.append(timeFigure(pair))
      if let walk = pair.walk { figures.append(walkFigure(pair, walk)) }
    }
    return figures
  }

  private var amplitudeFigure: Figure {
    let good = (0..<pulses.count).filter { pulses.flags[$0].isGood }
    let highest = good.map { pulses.amplitude[$0] }.max() ?? 1
    let edges = (0...60).map { Double($0) * highest * 1.02 / 60 * 1000 }
    let series = channels.map { channel -> Series in
      var counts = [Double](repeating: 0, count: 60)
      for row in good where Int(pulses.channel[row]) == channel {
        let bin = Int(pulses.amplitude[row] * 1000 / edges[1])
        if bin >= 0, bin < 60 { counts[bin] += 1 }
      }
      return .steps(edges: edges, values: counts, name: "C\(channel)")
    }
    return Figure(
      name: "amplitudes", title: "Pulse amplitudes", rightLabel: "\(good.count) pulses",
      panels: [
        Panel(
          x: Axis("Amplitude", unit: "mV"), y: Axis("Pulses", includesZero: true), series: series,
          legend: .automatic, offersLogarithmicY: true)
      ])
  }

  private func timeFigure(_ pair: Pair) -> Figure {
    let shown = pair.corrected ?? pair.raw
    let centre = shown.median
    let edges = shown.edges.map { ($0 - centre) * 1e12 }
    let middles = zip(edges, edges.dropFirst()).map { ($0 + $1) / 2 }
    var series: [Series] = [
      .points(
        x: middles, y: shown.counts, yError: ErrorBars(shown.counts.map { $0.squareRoot() }), name: "data",
        colour: .black, size: 3.5)
    ]
    if let fit = shown.single { series.append(.line(x: middles, y: fit.curve, name: "Gaussian")) }
    if let fit = shown.double, fit.state.isUsable {
      series.append(.line(x: middles, y: fit.curve, name: "two Gaussians", dash: .dashed))
    }
    func text(_ name: String, _ fit: TimeDistribution.Fit?) -> String? {
      guard let fit, fit.state.isUsable else { return nil }
      return "\(name) σ = \(Self.picoseconds(fit.sigma.value)) ± \(Self.picoseconds(fit.sigma.error)) ps"
    }
    let labels = [text("Gaussian", shown.single), text("two Gaussians", shown.double)].compactMap { $0 }
    return Figure(
      name: "time-C\(pair.channel)-C\(pair.reference)", title: "C\(pair.channel) - C\(pair.reference)",
      qualifier: pair.corrected == nil ? pair.method.rawValue : "\(pair.method.rawValue), walk corrected",
      rightLabel: "\(shown.count) pulses", labels: labels,
      panels: [
        Panel(
          x: Axis("Time difference - \(Self.picoseconds(centre)) ps", unit: "ps"),
          y: Axis("Pulses", includesZero: true),
          series: series, legend: .topLeft, offersLogarithmicY: true)
      ])
  }

  private func walkFigure(_ pair: Pair, _ walk: TimeWalk) -> Figure {
    let centre = walk.mean.reduce(0, +) / Double(max(1, walk.mean.count))
    let low = walk.amplitude.first ?? 0
    let high = walk.amplitude.last ?? 1
    let grid = (0...100).map { low + (high - low) * Double($0) / 100 }
    return Figure(
      name: "walk-C\(pair.channel)-C\(pair.reference)", title: "Time walk of C\(pair.channel)",
      qualifier: pair.method.rawValue,
      panels: [
        Panel(
          x: Axis("Amplitude", unit: "mV"),
          y: Axis("Mean time difference - \(Self.picoseconds(centre)) ps", unit: "ps"),
          series: [
            .points(
              x: walk.amplitude.map { $0 * 1000 }, y: walk.mean.map { ($0 - centre) * 1e12 },
              yError: ErrorBars(walk.error.map { $0 * 1e12 }), name: "bins of amplitude", colour: .black, size: 4),
            .line(
              x: grid.map { $0 * 1000 }, y: grid.map { (walk.offset.value + walk.shift(at: $0) - centre) * 1e12 },
              name: "c + b A⁻ⁿ"),
          ], legend: .topRight)
      ])
  }

  private static func picoseconds(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "-" }
    return String(format: abs(seconds) >= 1e-10 ? "%.1f" : "%.2f", seconds * 1e12)
  }
}
