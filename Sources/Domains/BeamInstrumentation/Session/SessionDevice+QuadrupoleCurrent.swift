import Errors
import Figures
import JSON
import Results
import Tables

extension SessionDevice {
  /// Currents of the main quadrupoles.
  static let quadrupoleCurrent = SessionDevice(
    name: "quadrupoleCurrent", title: "Quadrupole currents",
    recognises: { probe, _ in
      guard case .parquet(let schema) = probe.content else { return false }
      return schema.contains { field in
        guard field.name == "signals" || field.name == "samples" else { return false }
        if case .list(let element) = field.type { return field.name == "samples" || element.hasSamples }
        return field.type.isText || field.hasSamples
      }
    },
    analyse: { (path, settings) throws(CavernError) in
      let record = try QuadrupoleCurrentRecord(path: path)
      let analysis = try RippleAnalysis(record, options: settings.ripple)
      let content = RippleContent(analysis)
      return SessionAnalysis(
        content, remarks: (record.warnings + analysis.spectrum.warnings).map(\.message),
        tables: [
          ("lines", "", try RippleContent.table([(path.split(separator: "/").last.map(String.init) ?? path, content)]))
        ],
        figures: { [analysis.figure] })
    },
    content: { RippleContent(json: $0) },
    sections: { session in
      let files = session.contents(RippleContent.self)
      guard !files.isEmpty else { return [] }
      var blocks: [Report.Block] = []
      if let trend = RippleContent.trend(files.map(\.content)) { blocks.append(.figure(trend)) }
      blocks.append(.table(RippleContent.reportTable(files.map { ($0.entry.file, $0.content) })))
      return [Report.Section("Quadrupole currents", blocks)]
    },
    tables: { (session) throws(CavernError) in
      let files = session.contents(RippleContent.self)
      return files.isEmpty ? [] : [("ripple", try RippleContent.table(files.map { ($0.entry.file, $0.content) }))]
    })
}

extension Field {
  fileprivate var hasSamples: Bool { children.contains { $0.name == "samples" } }
}

/// What a session keeps of a quadrupole current.
struct RippleContent: SessionContent {
  /// A line of the spectrum.
  struct Line: Sendable, Equatable {
    var family: Double
    var frequency: Double
    var amplitude: Double
    var phase: Double
    var significance: Double?
  }

  var device: String
  var time: AcquisitionTime?
  var mean: Double
  var drift: Double
  var window: (from: Double, to: Double)
  var lines: [Line]

  init(_ analysis: RippleAnalysis) {
    device = analysis.record.device
    time = analysis.record.time
    mean = analysis.spectrum.mean
    drift = analysis.spectrum.drift
    window = analysis.spectrum.window
    lines = analysis.spectrum.lines.map {
      Line(
        family: $0.family, frequency: $0.frequency, amplitude: $0.amplitude, phase: $0.phase,
        significance: $0.significance)
    }
  }

  init?(json: JSONValue) {
    guard let device = json["device"]?.stringValue, let mean = json["mean_A"]?.doubleValue,
      let drift = json["drift_A_per_s"]?.doubleValue, let lines = json["lines"]?.arrayValue,
      let from = json["window_s"]?[0]?.doubleValue, let to = json["window_s"]?[1]?.doubleValue
    else { return nil }
    self.device = device
    self.mean = mean
    self.drift = drift
    window = (from, to)
    time = json["timeUTC"]?.stringValue.flatMap { AcquisitionTime(parsing: $0) }
    self.lines = lines.compactMap { line in
      guard let family = line["family_Hz"]?.doubleValue, let frequency = line["frequency_Hz"]?.doubleValue,
        let amplitude = line["amplitude_A"]?.doubleValue, let phase = line["phase_rad"]?.doubleValue
      else { return nil }
      return Line(
        family: family, frequency: frequency, amplitude: amplitude, phase: phase,
        significance: line["significance"]?.doubleValue)
    }
  }

  var json: JSONValue {
    [
      "device": .string(device), "timeUTC": .optional(time?.text), "mean_A": .number(mean),
      "drift_A_per_s": .number(drift), "window_s": .numbers([window.from, window.to]),
      "lines": .array(
        lines.map {
          [
            "family_Hz": .number($0.family), "frequency_Hz": .number($0.frequency),
            "amplitude_A": .number($0.amplitude), "phase_rad": .number($0.phase),
            "significance": .optional($0.significance),
          ]
        }),
    ]
  }

  var devices: [String] { [device] }
  var flagCounts: [(name: String, count: Int)] { [] }
  /// The strongest line.
  var strongest: Line? { lines.max { ($0.amplitude, $1.frequency) < ($1.amplitude, $0.frequency) } }

  var summary: String {
    let text = "\(Text.fixed(mean, 2)) A, \(lines.count) lines"
    return strongest.map {
      text + ", strongest \(Text.fixed($0.frequency, 1)) Hz \(Text.fixed($0.amplitude * 1e3, 2)) mA"
    } ?? text
  }

  /// One row a line.
  static func table(_ files: [(file: String, content: RippleContent)]) throws(CavernError) -> Table {
    let rows = files.flatMap { file, content in content.lines.map { (file, content, $0) } }
    return try Table(columns: [
      Column("file", rows.map(\.0)), Column("device", rows.map(\.1.device)),
      Column("acqTimeUTC", rows.map { $0.1.time?.text }), Column("mean_A", rows.map(\.1.mean), unit: "A"),
      Column("family_Hz", rows.map(\.2.family), unit: "Hz"),
      Column("frequency_Hz", rows.map(\.2.frequency), unit: "Hz"),
      Column("amplitude_A", rows.map(\.2.amplitude), unit: "A"), Column("phase_rad", rows.map(\.2.phase), unit: "rad"),
      Column("significance", rows.map(\.2.significance)),
    ])
  }

  static func reportTable(_ files: [(file: String, content: RippleContent)]) -> ReportTable {
    ReportTable(
      columns: [
        .init("File"), .init("Device"), .init("Time"), .init("Mean", unit: "A"), .init("Lines"),
        .init("Strongest", unit: "Hz"), .init("Amplitude", unit: "mA"), .init("Window", unit: "s"),
      ],
      rows: files.map { file, content in
        [
          .text(file), .text(content.device), .text(content.time?.cellLabel ?? ""), .number(content.mean, decimals: 3),
          .number(Double(content.lines.count), decimals: 0),
          content.strongest.map { .number($0.frequency, decimals: 1) } ?? .missing,
          content.strongest.map { .number($0.amplitude * 1e3, decimals: 3) } ?? .missing,
          .text("\(Text.short(content.window.from)) to \(Text.short(content.window.to))"),
        ]
      })
  }

  /// Amplitudes of the six strongest lines over the time of day.
  static func trend(_ contents: [RippleContent]) -> Figure? {
    let timed = contents.filter { $0.time != nil }
    var total: [Int: Double] = [:]
    for line in timed.flatMap(\.lines) { total[Int(line.frequency.rounded()), default: 0] += line.amplitude }
    let chosen = total.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(6).map(\.key).sorted()
    guard !chosen.isEmpty else { return nil }
    let series = chosen.enumerated().map { index, frequency -> Series in
      let points = timed.flatMap { content in
        content.lines.filter { Int($0.frequency.rounded()) == frequency }.map {
          (Double(content.time?.nanoseconds ?? 0) / 1e9, $0.amplitude * 1e3, content.device)
        }
      }
      return .points(
        x: points.map(\.0), y: points.map(\.1), name: "\(frequency) Hz", colour: .cycle(index),
        pointLabels: points.map(\.2))
    }
    return Figure(
      name: "ripple-over-time", title: "Quadrupole currents", labels: ["the strongest lines"],
      size: .inches(6.6, 4.2),
      panels: [
        Panel(
          x: Axis("Time", unit: "UTC", scale: .time), y: Axis("Amplitude", unit: "mA", includesZero: true),
          series: series, legend: .automatic)
      ])
  }
}
