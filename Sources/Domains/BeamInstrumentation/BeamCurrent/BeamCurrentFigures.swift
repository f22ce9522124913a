import Figures
import Results

/// The figures of bunch intensities.
public enum BeamCurrentFigures {
  /// The whole ring over the cycle: map of intensity over slot and time, and every fifth measurement as a curve.
  ///
  /// The map ends two measurements after the last one with beam, or with the last one recorded.
  public static func overview(_ analysis: BeamCurrentAnalysis, every stride: Int = 5) -> Figure {
    let record = analysis.record
    let scale = analysis.scale
    let slots = shownSlots(analysis)
    let last = min((analysis.lastMeasurementWithBeam ?? record.measurementCount - 1) + 2, record.measurementCount - 1)
    let count = max(last + 1, 0)
    var map: [Double] = []
    map.reserveCapacity(count * slots.count)
    for measurement in 0..<count {
      let level = analysis.baseline.level(measurement)
      map += slots.map { (record.intensity(measurement, $0) - level) / scale.charges }
    }
    let slotTitle = slotAxisTitle(record)
    let mapPanel = Panel(
      x: Axis(slotTitle, range: range(slots)),
      y: Axis("Cycle time", unit: "s", range: edges(record.times.prefix(count))),
      series: count == 0 || slots.isEmpty
        ? []
        : [
          .image(
            HeatMap(
              xEdges: slots.map { Double($0) - 0.5 } + [Double(slots.upperBound) - 0.5],
              yEdges: timeEdges(Array(record.times.prefix(count))), values: map,
              scale: ColourScale("Intensity", unit: scale.name)))
        ], legend: .none)
    let curves = Swift.stride(from: 0, to: count, by: max(stride, 1)).map { measurement in
      let level = analysis.baseline.level(measurement)
      return CurveBundle.Member(
        x: slots.map(Double.init), y: slots.map { (record.intensity(measurement, $0) - level) / scale.charges },
        value: record.times[measurement], label: "\(Text.short(record.times[measurement])) s")
    }
    let curvePanel = Panel(
      x: Axis(slotTitle, range: range(slots)), y: Axis("Intensity", unit: scale.name, includesZero: true),
      series: curves.isEmpty
        ? [] : [.bundle(CurveBundle(curves, scale: ColourScale("Cycle time", unit: "s", map: .viridisForLines)))],
      legend: .none)
    return Figure(
      name: "fbct-overview", title: record.device, rightLabel: timeLabel(record), labels: labels(analysis),
      size: .inches(7.2, 7.2), arrangement: .stacked(heights: [1, 1], sharedX: true), panels: [mapPanel, curvePanel])
  }

  /// Intensity over the cycle, one line a chosen bunch, coloured by bunch number; the first two samples are left out of runs.
  ///
  /// - Parameter dropped: samples left out at the start.
  public static func bunches(_ analysis: BeamCurrentAnalysis, dropping dropped: Int = 0) -> Figure {
    let record = analysis.record
    let scale = analysis.scale
    let kept = Array(record.times.indices.dropFirst(dropped))
    let times = kept.map { record.times[$0] }
    let series = lines(
      analysis.chosen.map { number in
        let values = analysis.corrected(slot: analysis.bunches[number].slot)
        return (number, times, kept.map { values[$0] / scale.charges })
      }, title: "Bunch")
    let shown = Set(analysis.chosen)
    let injections = analysis.injections.filter { injection in
      injection.timeError != nil && injection.bunches.contains(where: shown.contains)
    }.map { injection in
      Annotation.verticalLine(x: injection.time, name: nil, colour: .grey, dash: .dotted)
    }
    return Figure(
      name: "fbct-bunches", title: record.device, rightLabel: timeLabel(record), labels: labels(analysis),
      size: .inches(7.2, 4.7),
      panels: [
        Panel(
          x: Axis("Cycle time", unit: "s"), y: Axis("Bunch intensity", unit: scale.name, includesZero: true),
          series: series, annotations: injections)
      ])
  }

  /// Normalised intensity against the time since injection, coloured by the time of injection.
  public static func transmission(_ view: TransmissionView, of analysis: BeamCurrentAnalysis) -> Figure {
    let members = view.curves.map { curve in
      CurveBundle.Member(
        x: curve.times, y: curve.normalised, value: curve.injectionTime,
        label: "bunch \(curve.bunch), slot \(curve.slot)")
    }
    let ratio = analysis.total.transmission.map {
      "total transmission "
        + MeasuredValue(100 * $0.value, statistical: 100 * $0.error).text(unit: "%")
    }
    return Figure(
      name: "fbct-transmission", title: analysis.record.device, rightLabel: timeLabel(analysis.record),
      labels: [ratio].compactMap { $0 }, size: .inches(7.2, 4.7),
      panels: [
        Panel(
          x: Axis("Time after injection", unit: "s"), y: Axis("Normalised intensity"),
          series: members.isEmpty
            ? []
            : [
              .bundle(
                CurveBundle(members, scale: ColourScale("Injection time", unit: "s", map: .viridisForLines)), width: 0.9
              )
            ], legend: .none)
      ])
  }

  /// Intensity over the cycle of one run: its bunches as lines; the first two samples are left out.
  public static func run(_ run: IntensityRun, chargeState: Double? = nil) -> Figure {
    let largest = run.intensities.joined().filter(\.isFinite).max() ?? 1
    let scale = IntensityScale(largest: largest, unitName: run.unitName, chargeState: chargeState)
    let kept = Array(run.times.indices.dropFirst(2))
    let times = kept.map { run.times[$0] }
    let series = lines(
      run.slots.indices.map { bunch in (bunch, times, kept.map { run.intensities[$0][bunch] / scale.charges }) },
      title: "Bunch")
    return Figure(
      name: "fbct-run", title: run.device, rightLabel: run.time?.label ?? "", labels: [run.name],
      size: .inches(7.2, 4.7),
      panels: [
        Panel(
          x: Axis("Cycle time", unit: "s"), y: Axis("Bunch intensity", unit: scale.name, includesZero: true),
          series: series)
      ])
  }

  /// Mean over files of the mean bunch intensity, with the spread over bunches and over files; the first two samples are left out.
  public static func average(
    _ average: IntensityRunAverage, device: String, unitName: String, chargeState: Double? = nil
  ) -> Figure {
    let kept = Array(average.times.indices.dropFirst(2))
    let times = kept.map { average.times[$0] }
    let scale = IntensityScale(
      largest: average.means.filter(\.isFinite).max() ?? 1, unitName: unitName, chargeState: chargeState)
    let mean = kept.map { average.means[$0] / scale.charges }
    func band(_ spread: [Double], _ name: String, _ colour: Int) -> Series {
      let width = kept.map { spread[$0] / scale.charges }
      return .band(
        x: times, lower: zip(mean, width).map { $0 - $1 }, upper: zip(mean, width).map { $0 + $1 }, name: name,
        colour: .cycle(colour), opacity: 0.3)
    }
    return Figure(
      name: "fbct-average", title: device, labels: ["mean of \(Text.count(average.fileCount, "file"))"],
      size: .inches(7.2, 4.7),
      panels: [
        Panel(
          x: Axis("Cycle time", unit: "s"), y: Axis("Bunch intensity", unit: scale.name, includesZero: true),
          series: [
            band(average.meanSpreads, "spread of bunches", 1), band(average.deviations, "spread of files", 0),
            .line(x: times, y: mean, name: "mean", colour: .cycle(0)),
          ])
      ])
  }

  /// Up to six lines with names in the legend, more with a colour bar.
  private static func lines(_ curves: [(number: Int, x: [Double], y: [Double])], title: String) -> [Series] {
    if curves.count > 6 {
      let members = curves.map {
        CurveBundle.Member(x: $0.x, y: $0.y, value: Double($0.number), label: "bunch \($0.number)")
      }
      return [.bundle(CurveBundle(members, scale: ColourScale("\(title) number", map: .viridisForLines)))]
    }
    return curves.map { .line(x: $0.x, y: $0.y, name: "bunch \($0.number)") }
  }

  /// From 20 slots before the first filled one to 20 after the last.
  private static func shownSlots(_ analysis: BeamCurrentAnalysis) -> Range<Int> {
    let all = 0..<analysis.record.slotCount
    let known = Set(analysis.selection.filled).union(analysis.selection.selected)
    guard let first = known.min(), let last = known.max() else { return all }
    return (first - 20..<last + 21).clamped(to: all)
  }

  private static func range(_ slots: Range<Int>) -> ClosedRange<Double>? {
    slots.isEmpty ? nil : Double(slots.lowerBound) - 0.5...Double(slots.upperBound) - 0.5
  }

  /// Edges half way between measurements.
  private static func timeEdges(_ times: [Double]) -> [Double] {
    guard let first = times.first, let last = times.last else { return [] }
    guard times.count > 1 else { return [first - 0.5, first + 0.5] }
    let middles = zip(times, times.dropFirst()).map { ($0 + $1) / 2 }
    return [first - (times[1] - first) / 2] + middles + [last + (last - times[times.count - 2]) / 2]
  }

  private static func edges(_ times: ArraySlice<Double>) -> ClosedRange<Double>? {
    let edges = timeEdges(Array(times))
    guard let first = edges.first, let last = edges.last, first < last else { return nil }
    return first...last
  }

  private static func slotAxisTitle(_ record: BunchIntensityRecord) -> String {
    guard let machine = record.machine, let ring = try? Ring.named(machine), ring.slots == record.slotCount,
      let length = ring.slotLength
    else { return "Slot" }
    return "\(Text.short(length)) ns slot"
  }

  private static func timeLabel(_ record: BunchIntensityRecord) -> String { record.time?.label ?? "" }

  private static func labels(_ analysis: BeamCurrentAnalysis) -> [String] {
    let count = analysis.chosen.count
    return ["\(count) bunch\(count == 1 ? "" : "es")" + (analysis.record.selector.map { ", \($0)" } ?? "")]
  }
}
