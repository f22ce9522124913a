import Errors
import Figures
import Foundation
import JSON
import TestSupport
import Testing

@testable import Results

@Suite("Report")
struct ReportTests {
  static let report: Report = {
    let rows = (0..<56).map { row -> [ReportTable.Cell] in
      let place = Double(row)
      let emittance = MeasuredValue(1.9 + 0.003 * place, statistical: 0.031, systematic: 0.1)
      let sigma: ReportTable.Cell = row == 3 ? .missing : .number(2.95 + 0.001 * place, decimals: 3)
      let flags: [String] = row % 9 == 4 ? ["saturated", "positionJumps"] : []
      return [.number(place), .measured(emittance), sigma, .flags(flags)]
    }
    let x = (0..<260).map { -30 + 60 * Double($0) / 259 }
    let members = (0..<56).map { row -> CurveBundle.Member in
      let place = Double(row)
      let sigma = 3 + 0.02 * place
      let y = x.map { x -> Double in 5000 * exp(-x * x / (2 * sigma * sigma)) + 30 * sin(x * 91 + place) }
      return CurveBundle.Member(x: x, y: y, value: place, label: "bunch \(row)")
    }
    let rowNumbers = (0..<56).map(Double.init)
    let figure = Figure(
      name: "ws-H-in", title: "SPS.BWS.51637.H <in>", rightLabel: "2024-10-14 21:07:33 UTC",
      labels: ["n = 56 profiles"],
      size: .inches(8, 7), arrangement: .stacked(heights: [2, 1], sharedX: false),
      panels: [
        Panel(
          x: Axis("Position", unit: "mm"), y: Axis("Amplitude", unit: "a.u."),
          series: [.bundle(CurveBundle(members, scale: ColourScale("Row", map: .viridisForLines)), name: "data")],
          offersLogarithmicY: true),
        Panel(
          x: Axis("Row"), y: Axis("Emittance", unit: "µm"),
          series: [
            .points(
              x: rowNumbers, y: rowNumbers.map { 1.9 + 0.003 * $0 }, yError: ErrorBars(rowNumbers.map { _ in 0.03 }),
              name: "Gaussian")
          ], annotations: [.horizontalLine(y: 1.95, name: "mean", colour: .grey, dash: .dashed)]),
      ])
    let intensities = (0..<800).map { index -> Double in
      let decay = exp(-Double(index / 40) / 30)
      return index % 3 == 0 ? 1e11 * decay : 0.8e11 * decay
    }
    let map = Figure(
      name: "map", title: "Map", size: .inches(8, 4),
      panels: [
        Panel(
          x: Axis("Slot"), y: Axis("Cycle time", unit: "s"),
          series: [
            .image(
              HeatMap(
                xEdges: (0...40).map(Double.init), yEdges: (0...20).map(Double.init),
                values: intensities,
                scale: ColourScale("Intensity", unit: "charges")))
          ])
      ])
    return Report(
      title: "Wire scan 2024-10-14 21:07:33 UTC",
      facts: [.init("device", "SPS.BWS.51637.H"), .init("γ", "27.7"), .init("cycle time", "1.015 s")],
      sections: [
        .init(
          "Profiles",
          [.paragraph("56 profiles were fitted; 2 carry a flag & none failed."), .figure(figure), .figure(map)]),
        .init(
          "Emittances",
          [
            .table(
              ReportTable(
                title: "Gaussian fits",
                columns: [.init("row"), .init("emittance", unit: "µm"), .init("σ", unit: "mm"), .init("flags")],
                rows: rows))
          ]),
      ],
      warnings: [CavernWarning("parquet.truncated", "the file ends before its footer", file: "WS_2.parquet")],
      provenance: Provenance(
        version: "0.1", commandLine: ["cavern", "beam", "ws", "fit", "WS_1.parquet"], settings: ["model": "gaussian"],
        inputs: [.init(path: "WS_1.parquet", sha256: String(repeating: "ab", count: 32))]))
  }()

  /// With `CAVERN_FIGURE_EXAMPLES=<folder>` the report is left there to be looked at.
  @Test("the page is whole, the same on every run and asks for nothing from outside")
  func page() throws {
    let page = Self.report.html(plotly: "/* plotly */")
    #expect(page == Self.report.html(plotly: "/* plotly */"))
    #expect(page.contains("connect-src 'none'"))
    #expect(page.hasSuffix("</html>\n"))
    for address in ["http://", "https://", "src=\"//", "@import", "url("] {
      #expect(!page.contains(address), "\(address)")
    }
    if let folder = ProcessInfo.processInfo.environment["CAVERN_FIGURE_EXAMPLES"] {
      try Data(Self.report.html().utf8).write(to: URL(filePath: folder).appending(path: "report.html"))
    }
  }

  @Test("every text is escaped wherever it stands")
  func attack() {
    let evil = "</script><script>alert(1)</script>\"'<img onerror=x>&"
    let report = Report(
      title: evil, facts: [.init(evil, evil)],
      sections: [
        .init(
          evil,
          [
            .paragraph(evil), .facts([.init(evil, evil)]),
            .table(
              ReportTable(
                title: evil, columns: [.init(evil, unit: evil)],
                rows: [[.text(evil)], [.flags([evil])], [.level(evil, .good)], [.number(.nan)], [.missing]])),
            .lights([ReportLight(evil, .alarm, evil, lines: [evil])]),
            .tiles(ReportTiles([.init(evil, [.init(evil, .warning, evil)])])),
          ])
      ], warnings: [CavernWarning(evil, evil, file: evil, line: 3)],
      provenance: Provenance(
        version: evil, commandLine: [evil], settings: [evil: .string(evil)], inputs: [.init(path: evil, sha256: evil)],
        timeStamp: evil))
    let page = report.html()
    #expect(!page.contains("alert(1)</script>"))
    #expect(!page.contains("<img"))
    #expect(page.components(separatedBy: "<script").count == 2)
    #expect(!page.lowercased().contains("nan<"))
  }

  @Test("cards and tiles say their level by a sign too, and a page that is renewed asks for it")
  func lights() {
    var report = Report(
      title: "t",
      sections: [
        .init(
          "s",
          [
            .lights([ReportLight("Monitor", .alarm, "needs somebody", lines: ["since 10:00"])]),
            .tiles(ReportTiles([.init("near", [.init("PN01", .good, "12"), .init("PN02", .warning, "noisy")])])),
          ])
      ])
    let page = report.html()
    #expect(page.contains("<div class=\"light alarm\"><h3>Monitor</h3><strong>\u{2716} needs somebody</strong>"))
    #expect(page.contains("<b>PN01</b><i>12</i>") && page.contains("<b>\u{25B2} PN02</b><i>noisy</i>"))
    #expect(!page.contains("http-equiv=\"refresh\""))
    report.refreshSeconds = 5
    #expect(report.html().contains("<meta http-equiv=\"refresh\" content=\"5\">"))
  }

  @Test("a missing library gives pictures and says so")
  func withoutPlotly() throws {
    let page = Self.report.html(plotly: nil)
    #expect(page.contains("plotly-figure") || page.contains("data:image/svg+xml;base64,"))
    #expect(page.contains("report.noPlotly") == page.contains("data:image/svg+xml;base64,"))
  }
}
