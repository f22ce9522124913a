import Figures

extension HaloFigures {
  /// Rates by channel and time as maps of colours, one for each region and side with hits.
  ///
  /// - Parameter series: the rates of channels, those of a region and side one after another.
  public static func channelRates(_ series: [HaloRateSeries], timeline: HaloTimeline) -> [Figure] {
    var figures: [Figure] = []
    var start = 0
    while start < series.count {
      let (region, side) = (series[start].region, series[start].side)
      var end = start
      while end < series.count, series[end].region == region, series[end].side == side { end += 1 }
      if let figure = channelMap(Array(series[start..<end]), timeline) { figures.append(figure) }
      start = end
    }
    return figures
  }

  private static func channelMap(_ rows: [HaloRateSeries], _ timeline: HaloTimeline) -> Figure? {
    guard let first = rows.first, let last = first.bins.last, rows.contains(where: { $0.total > 0 }) else { return nil }
    let names = rows.map { $0.channel?.name ?? "" }
    let title = HaloRegion(rawValue: first.region)?.title ?? first.region
    let values = rows.flatMap { row in
      zip(row.bins, row.counts).map { $0.width > 0 ? Double($1) / $0.width * 1000 : .nan }
    }
    return Figure(
      name: "rates-\(first.region)-\(first.side.board)", title: Self.title, qualifier: qualifier,
      rightLabel: first.side.title, size: .inches(9, 5.5), fontSize: 9,
      panels: [
        Panel(
          title: "\(title) (\(first.region))",
          x: Axis(
            timeline.isAbsolute ? "Time" : "Time since reference orbit", unit: timeline.isAbsolute ? nil : "s",
            scale: timeline.isAbsolute ? .time : .linear),
          y: Axis(
            "Channel", range: -0.5...Double(names.count) - 0.5, isReversed: true,
            ticks: names.enumerated().map { Axis.Tick(Double($0.offset), $0.element) }),
          series: [
            .image(
              HeatMap(
                xEdges: first.bins.map { $0.start / 1000 } + [last.end / 1000],
                yEdges: (0...names.count).map { Double($0) - 0.5 }, values: values,
                scale: ColourScale("Rate", unit: "s⁻¹")))
          ], legend: .none)
      ])
  }
}
