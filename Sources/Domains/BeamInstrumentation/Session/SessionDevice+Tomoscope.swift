import Errors
import Figures
import JSON
import Results
import Tables

extension SessionDevice {
  /// Tomoscopes.
  static let tomoscope = SessionDevice(
    name: "tomoscope", title: "Tomoscopes",
    recognises: { probe, _ in
      guard case .text(let lines) = probe.content else { return false }
      return FileProbe.looksLikeTomoscope(lines)
    },
    analyse: { (path, settings) throws(CavernError) in
      let record = try TomoscopeRecord(path: path, options: settings.tomoscope)
      let analysis = try BunchLengthAnalysis(record, options: settings.bunchLength)
      return SessionAnalysis(
        BunchLengthContent(analysis, file: path), remarks: analysis.warnings.map(\.message),
        tables: [("bunch-lengths", "", try analysis.table())],
        figures: { [analysis.waterfall, analysis.evolution] })
    },
    content: { BunchLengthContent(json: $0) },
    sections: { session in
      let files = session.contents(BunchLengthContent.self)
      guard !files.isEmpty else { return [] }
      var blocks: [Report.Block] = []
      if let figure = BunchLengthContent.evolution(files.map { ($0.entry.file, $0.content) }) {
        blocks.append(.figure(figure))
      }
      blocks.append(.table(BunchLengthContent.reportTable(files.map { ($0.entry.file, $0.content) })))
      return [Report.Section("Bunch lengths", blocks)]
    },
    tables: { (session) throws(CavernError) in
      let files = session.contents(BunchLengthContent.self)
      return files.isEmpty
        ? [] : [("bunch-lengths", try BunchLengthContent.table(files.map { ($0.entry.file, $0.content) }))]
    })
}

/// What a session keeps of a tomoscope file: the evolution thinned to 60 frames.
struct BunchLengthContent: SessionContent {
  /// A frame.
  struct Frame: Sendable, Equatable {
    var time: Double?
    var sigma: Double
    var error: Double
  }

  var title: String
  var time: AcquisitionTime?
  var frameCount: Int
  /// Bunches in the first and in the last frame.
  var bunches: (first: Int, last: Int)
  var beta: Double?
  var splitFrame: Int?
  var frames: [Frame]
  var flagCounts: [(name: String, count: Int)]

  init(_ analysis: BunchLengthAnalysis, file: String) {
    title = analysis.record.header.title.split(separator: "\n").first.map(String.init) ?? ""
    time = AcquisitionTime(fileName: file)
    frameCount = analysis.frames.count
    bunches = (analysis.frames.first?.bunchCount ?? 0, analysis.frames.last?.bunchCount ?? 0)
    beta = analysis.frames.first?.beta
    splitFrame = analysis.splitting?.startFrame
    let accepted = analysis.frames.filter(\.isAccepted)
    let step = max(1, (accepted.count + 59) / 60)
    frames = accepted.enumerated().filter { $0.offset % step == 0 }.compactMap { _, frame in
      frame.earliest.map { Frame(time: frame.cycleTime, sigma: $0.sigma.value, error: $0.sigma.error) }
    }
    let flags = analysis.frames.flatMap(\.flags)
    flagCounts = flags.uniqued.map { name in (name, flags.count { $0 == name }) }
  }

  init?(json: JSONValue) {
    guard let title = json["title"]?.stringValue, let count = json["frames"]?.intValue,
      let first = json["bunchesFirst"]?.intValue, let last = json["bunchesLast"]?.intValue,
      let sigmas = json["sigma_ns"]?.arrayValue, let errors = json["sigmaError_ns"]?.arrayValue,
      let times = json["cycleTime_s"]?.arrayValue
    else { return nil }
    self.title = title
    time = json["timeUTC"]?.stringValue.flatMap { AcquisitionTime(parsing: $0) }
    frameCount = count
    bunches = (first, last)
    beta = json["beta"]?.doubleValue
    splitFrame = json["splitFrame"]?.intValue
    frames = zip(sigmas, zip(errors, times)).map { sigma, rest in
      Frame(time: rest.1.doubleValue, sigma: sigma.doubleValue ?? .nan, error: rest.0.doubleValue ?? .nan)
    }
    flagCounts =
      json["flags"]?.objectValue?.members.compactMap { member in member.value.intValue.map { (member.name, $0) } } ?? []
  }

  var json: JSONValue {
    [
      "title": .string(title), "timeUTC": .optional(time?.text), "frames": .integer(frameCount),
      "bunchesFirst": .integer(bunches.first), "bunchesLast": .integer(bunches.last), "beta": .optional(beta),
      "splitFrame": .optional(splitFrame), "cycleTime_s": .array(frames.map { .optional($0.time) }),
      "sigma_ns": .numbers(frames.map(\.sigma)), "sigmaError_ns": .numbers(frames.map(\.error)),
      "flags": .object(JSONObject(flagCounts.map { ($0.name, .integer($0.count)) })),
    ]
  }

  var devices: [String] { [title.isEmpty ? "tomoscope" : title] }

  var summary: String {
    guard let first = frames.first, let last = frames.last else { return "\(frameCount) frames, no bunch" }
    func text(_ frame: Frame) -> String { MeasuredValue(frame.sigma, statistical: frame.error).text() }
    return "\(frameCount) frames, sigma \(text(first)) → \(text(last)) ns"
  }

  /// One row a kept frame.
  static func table(_ files: [(file: String, content: BunchLengthContent)]) throws(CavernError) -> Table {
    let rows = files.flatMap { file, content in content.frames.map { (file, $0) } }
    return try Table(columns: [
      Column("file", rows.map(\.0)), Column("cycleTime_s", rows.map(\.1.time), unit: "s"),
      Column("sigma_ns", rows.map(\.1.sigma), unit: "ns"), Column("sigma_ns_error", rows.map(\.1.error), unit: "ns"),
    ])
  }

  static func reportTable(_ files: [(file: String, content: BunchLengthContent)]) -> ReportTable {
    func cell(_ frame: Frame?) -> ReportTable.Cell {
      frame.map { .measured(MeasuredValue($0.sigma, statistical: $0.error)) } ?? .missing
    }
    return ReportTable(
      columns: [
        .init("File"), .init("Title"), .init("Frames"), .init("Bunches first"), .init("Bunches last"),
        .init("σ first", unit: "ns"), .init("σ last", unit: "ns"), .init("Split at frame"), .init("Flags"),
      ],
      rows: files.map { file, content in
        [
          .text(file), .text(content.title), .number(Double(content.frameCount), decimals: 0),
          .number(Double(content.bunches.first), decimals: 0), .number(Double(content.bunches.last), decimals: 0),
          cell(content.frames.first), cell(content.frames.last),
          content.splitFrame.map { .number(Double($0), decimals: 0) } ?? .missing,
          .flags(content.flagCounts.map { $0.count > 1 ? "\($0.name) ×\($0.count)" : $0.name }),
        ]
      })
  }

  /// Bunch length along the cycle, one line a file, coloured by the order of files.
  static func evolution(_ files: [(file: String, content: BunchLengthContent)]) -> Figure? {
    let members = files.enumerated().compactMap { index, item -> CurveBundle.Member? in
      let frames = item.content.frames.filter { $0.time != nil }
      guard !frames.isEmpty else { return nil }
      return CurveBundle.Member(
        x: frames.map { $0.time ?? .nan }, y: frames.map(\.sigma), value: Double(index + 1), label: item.file)
    }
    guard let first = members.first else { return nil }
    let curves: Series =
      members.count > 1
      ? .bundle(CurveBundle(members, scale: ColourScale("File", map: .viridisForLines))) : .line(x: first.x, y: first.y)
    return Figure(
      name: "bunch-length", title: "Bunch length of the earliest bunch", labels: [Text.count(members.count, "file")],
      size: .inches(6.6, 4.2),
      panels: [
        Panel(
          x: Axis("Cycle time", unit: "s"), y: Axis("Bunch length σ", unit: "ns"),
          series: [curves], legend: .none)
      ])
  }
}
