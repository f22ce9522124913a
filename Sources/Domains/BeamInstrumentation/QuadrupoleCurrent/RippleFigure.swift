import Figures

extension RippleAnalysis {
  /// Current against time (the first second of the window) and amplitudes with the lines of both families; a spectrogram below
  /// when there is one.
  public var figure: Figure {
    let rate = record.samplingRate
    let shown = spectrum.firstSample..<spectrum.firstSample + min(spectrum.sampleCount, Int(rate.rounded()))
    var panels = [
      Panel(
        x: Axis("Time in record", unit: "s"), y: Axis("Current", unit: "A"),
        series: [
          .line(x: shown.map { Double($0) / rate }, y: Array(record.samples[shown]), colour: .cycle(0), width: 0.6)
        ])
    ]
    let bins = spectrum.amplitudes.indices.filter {
      $0 > 0 && spectrum.frequency($0) <= options.maximumFrequency
    }
    let markers: [Marker] = [.triangleDown, .triangleUp, .diamond, .square]
    let colours = [2, 1, 3, 5]
    var series: [Series] = [
      .line(
        x: bins.map(spectrum.frequency), y: bins.map { spectrum.amplitudes[$0] }, colour: .cycle(0), width: 0.6)
    ]
    for (index, family) in options.families.enumerated() {
      let lines = spectrum.lines.filter { $0.family == family && !$0.isNearerToOtherFamily }
      guard !lines.isEmpty else { continue }
      series.append(
        .points(
          x: lines.map(\.frequency), y: lines.map(\.amplitude), name: "multiples of \(Text.short(family)) Hz",
          colour: .cycle(colours[index % 4]), marker: markers[index % 4], size: 6))
    }
    let highest = bins.map { spectrum.amplitudes[$0] }.max() ?? 1
    var levels = bins.map { spectrum.amplitudes[$0] }
    let floor = max(median(of: &levels), highest * 1e-9)
    panels.append(
      Panel(
        x: Axis("Frequency", unit: "Hz", range: 0...options.maximumFrequency),
        y: Axis("Amplitude", unit: "A", scale: .logarithmic, range: floor / 20...max(highest, floor) * 4),
        series: series,
        legend: .topRight))
    if let spectrogram, spectrogram.times.count > 0, spectrogram.frequencies.count > 1 {
      panels.append(Self.panel(spectrogram))
    }
    return Figure(
      name: "dcct-spectrum", title: record.device,
      rightLabel: record.time.map { String($0.text.prefix(19)) + " UTC" } ?? "",
      size: .inches(6.8, spectrogram == nil ? 6.2 : 8.8),
      arrangement: .stacked(heights: [1, 1.7, 1.4], sharedX: false),
      panels: panels)
  }

  private static func panel(_ spectrogram: RippleSpectrogram) -> Panel {
    let bins = spectrogram.frequencies.count
    let step = spectrogram.frequencies[1]
    let half = spectrogram.times.count > 1 ? (spectrogram.times[1] - spectrogram.times[0]) / 2 : 0.5
    let values = (1..<bins).flatMap { bin in
      spectrogram.times.indices.map { spectrogram.amplitudes[$0 * bins + bin] }
    }
    let highest = values.max() ?? 1
    var levels = values
    return Panel(
      x: Axis("Time in record", unit: "s"), y: Axis("Frequency", unit: "Hz"),
      series: [
        .image(
          HeatMap(
            xEdges: spectrogram.times.map { $0 - half } + [(spectrogram.times.last ?? 0) + half],
            yEdges: (1...bins).map { (Double($0) - 0.5) * step }, values: values,
            scale: ColourScale(
              "Amplitude", unit: "A", range: max(median(of: &levels), highest * 1e-6)...max(highest, 1e-300),
              isLogarithmic: true)))
      ])
  }
}
