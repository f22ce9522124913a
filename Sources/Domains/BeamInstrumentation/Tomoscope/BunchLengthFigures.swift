import Figures

extension BunchLengthAnalysis {
  /// The frames as a map: bin over time, colour the signal above the pedestal, with the bunches' positions.
  public var waterfall: Figure {
    let width = record.binWidth * 1e9
    let times = frames.map { $0.cycleTime.map { $0 * 1e3 } ?? Double($0.number) }
    let hasTimes = frames.first?.cycleTime != nil
    let steps = zip(times.dropFirst(), times).map { $0 - $1 }
    let lastStep = steps.last ?? 1
    let edges = zip(times, (steps + [lastStep])).map { $0 - $1 / 2 } + [(times.last ?? 0) + lastStep / 2]
    var values: [Double] = []
    values.reserveCapacity(record.samples.count)
    for (index, frame) in frames.enumerated() { values += record.frame(index).map { $0 - frame.pedestal } }
    let bunches = frames.indices.flatMap { index in frames[index].bunches.map { (times[index], $0.position.value) } }
    var series: [Series] = [
      .image(
        HeatMap(
          xEdges: (0...record.binCount).map { (Double($0) - 0.5) * width }, yEdges: edges, values: values,
          scale: ColourScale("Signal above pedestal", unit: "digits")))
    ]
    if !bunches.isEmpty {
      series.append(
        .points(x: bunches.map(\.1), y: bunches.map(\.0), colour: .cycle(2), marker: .circle, size: 1.5))
    }
    var annotations: [Annotation] = []
    if let splitting, let index = frames.firstIndex(where: { $0.number == splitting.startFrame }) {
      annotations.append(
        .horizontalLine(y: times[index], name: "splitting", colour: .rgb(0xFFFFFF), dash: .dashed))
    }
    return Figure(
      name: "tomoscope-waterfall", title: title, size: .inches(6.6, 5.4),
      panels: [
        Panel(
          x: Axis("Time in frame", unit: "ns", range: -0.5 * width...(Double(record.binCount) - 0.5) * width),
          y: Axis(
            hasTimes ? "Cycle time" : "Frame", unit: hasTimes ? "ms" : nil,
            range: (edges.min() ?? 0)...(edges.max() ?? 1)),
          series: series, annotations: annotations, legend: .none)
      ])
  }

  /// Sigma of the earliest bunch in ns, and in m where the velocity is known, along the cycle, with its rolling mean.
  public var evolution: Figure {
    let times = frames.map { $0.cycleTime.map { $0 * 1e3 } ?? Double($0.number) }
    let hasTimes = frames.first?.cycleTime != nil
    let x = Axis(hasTimes ? "Cycle time" : "Frame", unit: hasTimes ? "ms" : nil)
    let means = rollingMean
    func panel(_ unit: String, _ convert: (Double, Frame) -> Double?) -> Panel {
      let good = frames.indices.filter { frames[$0].isAccepted && !frames[$0].flags.contains("split") }
      let split = frames.indices.filter { frames[$0].isAccepted && frames[$0].flags.contains("split") }
      func value(_ index: Int) -> Double {
        frames[index].earliest.flatMap { convert($0.sigma.value, frames[index]) } ?? .nan
      }
      func error(_ index: Int) -> Double {
        frames[index].earliest.flatMap { convert($0.sigma.error, frames[index]) } ?? .nan
      }
      var series: [Series] = [
        .points(
          x: good.map { times[$0] }, y: good.map(value), yError: ErrorBars(good.map(error)), name: "earliest bunch",
          colour: .cycle(0), size: 3.5)
      ]
      if !split.isEmpty {
        series.append(
          .points(
            x: split.map { times[$0] }, y: split.map(value), yError: ErrorBars(split.map(error)), name: "splitting",
            colour: .cycle(1), marker: .openCircle, size: 4))
      }
      series.append(
        .line(
          x: times, y: frames.indices.map { index in means[index].flatMap { convert($0, frames[index]) } ?? .nan },
          name: "mean of \(options.rollingFrames) frames", colour: .cycle(2)))
      var annotations: [Annotation] = []
      if hasTimes, let first = times.first {
        annotations.append(.verticalLine(x: first, name: nil, colour: .grey, dash: .dotted))
      }
      if let splitting, let from = frames.firstIndex(where: { $0.number == splitting.startFrame }),
        let to = frames.firstIndex(where: { $0.number == splitting.resolvedFrame })
      {
        annotations.append(.verticalBand(from: times[from], to: times[to], name: "splitting", colour: .cycle(1)))
      }
      return Panel(x: x, y: Axis("Bunch length σ", unit: unit), series: series, annotations: annotations)
    }
    var panels = [panel("ns") { value, _ in value }]
    if frames.first?.beta != nil { panels.append(panel("m") { Self.metres($0, beta: $1.beta) }) }
    return Figure(
      name: "tomoscope-sigma", title: title, size: .inches(6.3, panels.count == 2 ? 6.6 : 4.4),
      arrangement: .stacked(heights: [], sharedX: true), panels: panels)
  }

  var title: String {
    record.header.title.split(separator: "\n").first.map(String.init)
      ?? record.path.split(separator: "/").last.map(String.init) ?? record.path
  }
}
