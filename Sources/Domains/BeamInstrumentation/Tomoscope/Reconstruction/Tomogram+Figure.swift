import Figures

extension Tomogram {
  /// The distribution in time and energy with the contour of the grid, and the measured frame against its projection.
  public var figure: Figure {
    let width = grid.binWidth * 1e9
    let xEdges = (0...grid.columns).map { (Double(grid.firstBin + $0) - 0.5) * width }
    let yEdges = (0...grid.rows).map { (Double($0 - grid.rows / 2) - 0.5) * grid.rowHeight / 1e6 }
    var values = [Double](repeating: .nan, count: grid.rows * grid.columns)
    let area = width * grid.rowHeight / 1e6
    for (cell, weight) in zip(grid.cells, weights) {
      values[Int(cell.y) * grid.columns + Int(cell.x)] = weight / area
    }
    let times = (0..<grid.columns).map { grid.time($0) * 1e9 }
    // The frame nearest to the distribution's own time.
    let index = min(max(0, frame - firstFrame), max(0, frameCount - 1))
    let range = index * grid.columns..<(index + 1) * grid.columns
    let energies = (0..<grid.rows).map { grid.energy($0) / 1e6 }
    var spectrum = [Double](repeating: 0, count: grid.rows)
    for (cell, weight) in zip(grid.cells, weights) { spectrum[Int(cell.y)] += weight }
    let numbers = [
      "ε (r.m.s.) \(NumberLabel.general(emittance.rootMeanSquare, digits: 4)) eV s",
      "ε (90 %) \(NumberLabel.general(emittance.ninetyPercent, digits: 4)) eV s",
      "Δp/p (r.m.s.) \(NumberLabel.general(emittance.momentumSpread, digits: 3))",
    ]
    return Figure(
      name: "tomoscope-phase-space", title: "Longitudinal phase space", rightLabel: "frame \(frame)",
      labels: [numbers.joined(separator: ",  ")], size: .inches(10.4, 8.2), arrangement: .grid(columns: 2),
      panels: [
        Panel(
          x: Axis("Time in frame", unit: "ns"), y: Axis("Energy", unit: "MeV"),
          series: [
            .image(
              HeatMap(xEdges: xEdges, yEdges: yEdges, values: values, scale: ColourScale("Density", unit: "1/(ns MeV)"))
            )
          ], legend: .none),
        Panel(
          x: Axis("Share per row"), y: Axis("Energy", unit: "MeV"),
          series: [.line(x: spectrum, y: energies, colour: .cycle(0))], legend: .none),
        Panel(
          x: Axis("Time in frame", unit: "ns"), y: Axis("Share per bin"),
          series: [
            .points(x: times, y: Array(measured[range]), name: "measured", colour: .cycle(0), size: 2.5),
            .line(x: times, y: Array(projected[range]), name: "projection", colour: .cycle(2)),
          ]),
        Panel(
          x: Axis("Iteration"), y: Axis("Discrepancy", scale: .logarithmic),
          series: [
            .points(
              x: discrepancies.indices.map(Double.init), y: discrepancies, colour: .cycle(0), size: 4)
          ], legend: .none),
      ])
  }

  /// The measured frames and the projections side by side.
  public var waterfalls: Figure {
    let width = grid.binWidth * 1e9
    let xEdges = (0...grid.columns).map { (Double(grid.firstBin + $0) - 0.5) * width }
    let yEdges = (0...frameCount).map { Double(firstFrame + $0) - 0.5 }
    let highest = max(measured.max() ?? 1, 1e-300)
    func panel(_ title: String, _ values: [Double], _ scale: ColourScale) -> Panel {
      Panel(
        title: title, x: Axis("Time in frame", unit: "ns"), y: Axis("Frame"),
        series: [.image(HeatMap(xEdges: xEdges, yEdges: yEdges, values: values, scale: scale))], legend: .none)
    }
    let differences = zip(measured, projected).map { $0 - $1 }
    let largest = max(differences.map(abs).max() ?? 0, highest * 1e-6)
    return Figure(
      name: "tomoscope-projections", title: "Frames and projections", size: .inches(13, 4.6),
      arrangement: .grid(columns: 3),
      panels: [
        panel("measured", measured, ColourScale("Share per bin", range: 0...highest)),
        panel("projection", projected, ColourScale("Share per bin", range: 0...highest)),
        panel(
          "difference", differences, ColourScale("Share per bin", map: .diverging, range: -largest...largest)),
      ])
  }
}
