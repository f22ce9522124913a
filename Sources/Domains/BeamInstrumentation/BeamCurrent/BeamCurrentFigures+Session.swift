import Figures

extension BeamCurrentFigures {
  /// Injected intensity and transmission over the time of day, with error bars; `nil` without a file that has both.
  public static func trend(_ session: BeamCurrentSession) -> Figure? {
    let records = session.entries.flatMap(\.records).filter { $0.time != nil && $0.injected != nil }
    guard let first = records.first else { return nil }
    let same = records.filter { $0.device == first.device && $0.unitName == first.unitName }
    let scale = IntensityScale(
      largest: same.compactMap { $0.injected?.value }.max() ?? 1, unitName: first.unitName,
      chargeState: first.chargeState)
    let times = same.map { Double($0.time?.nanoseconds ?? 0) / 1e9 }
    func points(_ values: [BunchEvolution.Measured?], _ factor: Double, _ colour: Int) -> Series {
      .points(
        x: times, y: values.map { $0.map { $0.value * factor } ?? .nan },
        yError: ErrorBars(values.map { $0.map { $0.error * factor } ?? .nan }), colour: .cycle(colour),
        pointLabels: same.map { $0.time?.label ?? "" })
    }
    return Figure(
      name: "fbct-trend", title: first.device, labels: [Text.count(same.count, "cycle")], size: .inches(7.2, 5.6),
      arrangement: .stacked(heights: [1, 1], sharedX: true),
      panels: [
        Panel(
          x: Axis("Time", unit: "UTC", scale: .time), y: Axis("Injected", unit: scale.name),
          series: [points(same.map(\.injected), 1 / scale.charges, 0)], legend: .none),
        Panel(
          x: Axis("Time", unit: "UTC", scale: .time), y: Axis("Transmission", unit: "%"),
          series: [points(same.map(\.transmission), 100, 1)], legend: .none),
      ])
  }
}
