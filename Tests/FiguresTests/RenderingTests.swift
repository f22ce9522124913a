import Errors
import Foundation
import JSON
import TestSupport
import Testing

@testable import Figures

@Suite("Gnuplot renderer")
struct GnuplotRendererTests {
  /// With `CAVERN_FIGURE_EXAMPLES=<folder>` the examples are left there to be looked at.
  @Test("every example is drawn in every format")
  func examples() throws {
    let pictures = try GnuplotRenderer().render(ExampleFigures.all, as: [.png(pixelsPerInch: 110), .svg, .pdf])
    for (figure, files) in zip(ExampleFigures.all, pictures) {
      #expect(files[0].starts(with: [0x89, 0x50, 0x4E, 0x47]), "\(figure.name)")
      #expect(String(decoding: files[1].suffix(9), as: UTF8.self).contains("</svg>"), "\(figure.name)")
      #expect(files[2].starts(with: Array("%PDF-".utf8)), "\(figure.name)")
      if let folder = ProcessInfo.processInfo.environment["CAVERN_FIGURE_EXAMPLES"] {
        for (bytes, ending) in zip(files, ["png", "svg", "pdf"]) {
          try Data(bytes).write(to: URL(filePath: folder).appending(path: "\(figure.name).\(ending)"))
        }
      }
    }
  }

  @Test("pictures have the same bytes on every run, alone or among others, for any number of processes")
  func sameBytes() throws {
    let formats: [GnuplotRenderer.Format] = [.svg, .pdf, .png(pixelsPerInch: 72)]
    let figures = [ExampleFigures.small, ExampleFigures.overTime, ExampleFigures.narrow]
    let together = try GnuplotRenderer(processes: 1).render(figures, as: formats)
    let apart = try GnuplotRenderer(processes: 4).render(figures, as: formats)
    for (figure, pair) in zip(figures, zip(together, apart)) {
      for (index, format) in formats.enumerated() {
        let isSame = pair.0[index] == pair.1[index]
        #expect(isSame, "\(figure.name) \(format)")
      }
    }
    let isSameAlone = try GnuplotRenderer().render(figures[1], as: .svg) == together[1][0]
    #expect(isSameAlone)
  }

  @Test("fine points are one element with their colours in the order of the members, but for those under another")
  func finePoints() throws {
    let members = [
      CurveBundle.Member(x: [1, 2, 2.5], y: [1, 2, 2], value: 0), CurveBundle.Member(x: [1, 3], y: [1, 3], value: 1),
    ]
    let figure = Figure(
      name: "cloud",
      panels: [
        Panel(
          x: Axis("x", range: 0...4), y: Axis("y", range: 0...4),
          series: [
            .bundle(
              CurveBundle(members, style: .points(.circle, size: 1.6), scale: ColourScale("Row", map: .viridis)))
          ])
      ])
    var script = GnuplotScript()
    script.draw(figure, layout: FigureLayout(figure), format: .svg, output: "x")
    let text = String(decoding: script.bytes, as: UTF8.self)
    #expect(text.ranges(of: "with vectors").count == 1)
    // Of five points the first lies under the fourth.
    #expect(text.contains("record=(4) format='%5double'"))
    let picture = String(decoding: try GnuplotRenderer().render(figure, as: .svg), as: UTF8.self)
      .replacing(" ", with: "")
    func place(_ value: Double) -> String.Index? {
      let rgb = ColourMap.viridis.colour(at: value)
      return picture.range(of: "stroke='rgb(\(rgb >> 16 & 255),\(rgb >> 8 & 255),\(rgb & 255))'")?.lowerBound
    }
    let (lower, upper) = (try #require(place(0)), try #require(place(1)))
    #expect(lower < upper)
  }

  @Test("gnuplots that stay ready draw the same bytes, and one that fails or ends is replaced")
  func pool() throws {
    let pool = GnuplotPool()
    let figures = [ExampleFigures.small, ExampleFigures.overTime, ExampleFigures.narrow]
    let renderer = GnuplotRenderer(processes: 1, pool: pool)
    for figure in figures + figures {
      let isSame = try renderer.render(figure, as: .svg) == GnuplotRenderer().render(figure, as: .svg)
      #expect(isSame, "\(figure.name)")
    }
    let two = try GnuplotRenderer(processes: 2, pool: pool).render(figures, as: [.svg, .png(pixelsPerInch: 72)])
    let apart = try GnuplotRenderer(processes: 1).render(figures, as: [.svg, .png(pixelsPerInch: 72)])
    #expect(two == apart)
    let worker = try pool.take(try GnuplotProcess.find(nil))
    #expect(worker.drawings > 0)
    worker.stop()
    pool.give(worker)
    let isSame = try renderer.render(figures[0], as: .svg) == apart[0][0]
    #expect(isSame)
  }

  @Test("what a ready gnuplot cannot draw is said in its words, and the time is limited")
  func poolFaults() throws {
    let pool = GnuplotPool()
    let program = try GnuplotProcess.find(nil)
    let wrong = Array("plot sin(\n".utf8)
    let error = caught {
      _ = try GnuplotProcess.run(program, scripts: [wrong], outputs: ["0"], timeLimit: .seconds(20), pool: pool)
    }
    #expect(error?.code == "figures.gnuplotFailed")
    #expect(error?.message.contains("invalid expression") == true, "\(error?.message ?? "")")
    #expect(
      caught { _ = try GnuplotRenderer(timeLimit: .zero, pool: pool).render(ExampleFigures.small, as: .svg) }?.code
        == "figures.gnuplotTimeout")
    #expect(try GnuplotRenderer(pool: pool).render(ExampleFigures.small, as: .svg).count > 1000)
  }

  @Test("the commands for a small figure, exactly")
  func script() throws {
    let script = GnuplotRenderer().script(for: ExampleFigures.small, as: .svg)
    try Golden.check(script, "figures/small.gnuplot")
  }

  static let attacks = [
    "'; system(\"touch owned\"); '", "`touch owned`", "a'\nsystem \"touch owned\"\n!touch owned\n",
    "\"\\\"; exit gnuplot #",
    "{/Symbol=99 x}^2_3 @macro %s %d %% \u{2028}!touch owned\u{0} \u{1B}[31m", "\\",
  ]

  @Test("no text becomes a command or markup", arguments: attacks)
  func attack(text: String) throws {
    var figure = ExampleFigures.overTime
    (figure.title, figure.qualifier, figure.rightLabel, figure.labels) = (text, text, text, [text])
    figure.panels[0].title = text
    figure.panels[0].x = Axis(text, unit: text, ticks: [.init(1_728_945_600, text)])
    figure.panels[0].y.title = text
    figure.panels[0].series[0].name = text
    figure.panels[0].annotations = [
      .text([text], x: 0.5, y: 0.5, alignment: .centre),
      .verticalLine(x: 1_728_945_600, name: text, colour: .black, dash: .solid),
    ]
    let svg = String(decoding: try GnuplotRenderer().render(figure, as: .svg), as: UTF8.self)
    #expect(svg.contains("</svg>"))
    #expect(!FileManager.default.fileExists(atPath: "owned"))
    // What is seen is what was written, control characters and line ends apart.
    let seen = text.replacing("\n", with: " ").unicodeScalars.filter {
      $0.value >= 0x20 && $0.value != 0x2028 && $0.value != 0x1B
    }
    var escaped = ""
    for scalar in seen {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    #expect(svg.contains(escaped.trimmingCharacters(in: .whitespaces)), "\(escaped)")
  }

  @Test("values that are not numbers make gaps; those without place on a logarithmic axis are left out")
  func gaps() throws {
    let figure = Figure(
      name: "gaps",
      panels: [
        Panel(
          x: Axis("x"), y: Axis("y", scale: .logarithmic),
          series: [
            .line(x: [1, 2, 3, 4, .infinity], y: [10, -5, 100, 0, 7]),
            .points(x: [1, 2], y: [10, 0], yError: ErrorBars([20, 1])),
          ])
      ])
    let script = GnuplotRenderer().script(for: figure, as: .svg)
    #expect(script.contains("<\n1.0 10.0\nnan nan\n3.0 100.0\nnan nan"))
    #expect(!script.contains("-5.0"))
    _ = try GnuplotRenderer().render(figure, as: .svg)
  }

  @Test("what is wrong with a figure or with gnuplot is said")
  func faults() throws {
    var figure = ExampleFigures.small
    #expect(
      caught { _ = try GnuplotRenderer(program: "/nowhere/gnuplot").render(figure, as: .svg) }?.code
        == "figures.gnuplotMissing"
    )
    #expect(
      caught { _ = try GnuplotRenderer(program: "/bin/false").render(figure, as: .svg) }?.code
        == "figures.gnuplotFailed")
    #expect(
      caught { _ = try GnuplotRenderer(timeLimit: .zero).render(figure, as: .svg) }?.code == "figures.gnuplotTimeout")
    figure.panels[0].series[0] = .line(x: [1], y: [])
    #expect(caught { try figure.check() }?.code == "figures.lengthMismatch")
    figure.name = "../up"
    #expect(caught { try figure.check() }?.code == "figures.badName")
  }
}

@Suite("Plotly renderer")
struct PlotlyRendererTests {
  @Test("the specification of a small figure, exactly")
  func specification() throws {
    try Golden.check(
      try PlotlyRenderer().specification(ExampleFigures.small).text(.pretty), "figures/small.plotly.json")
  }

  @Test("no text ends the script or becomes markup or a template")
  func attack() throws {
    var figure = ExampleFigures.small
    figure.title = "</script><script>alert(1)</script>"
    figure.panels[0].x.title = "<img src=x onerror=alert(1)> %{y} &amp;"
    let fragment = try PlotlyRenderer().fragment(figure)
    #expect(fragment.components(separatedBy: "</script").count == 2)
    #expect(!fragment.contains("<img"))
    #expect(fragment.contains("%\u{2060}{y} &amp;amp;"))
  }

  @Test("every example has a trace for each series, missing values are null")
  func examples() throws {
    for figure in ExampleFigures.all {
      let specification = try PlotlyRenderer().specification(figure)
      let traces = specification["data"]?.arrayValue ?? []
      #expect(traces.count >= figure.panels.reduce(0) { $0 + $1.series.count }, "\(figure.name)")
      #expect(!specification.text().contains("nan"), "\(figure.name)")
    }
    let line = try PlotlyRenderer().specification(ExampleFigures.small)["data"]?[0]
    #expect(line?["y"] == [0.0, nil, 4.0])
  }
}

/// Texts kept in `Tests/Resources`; `CAVERN_UPDATE_GOLDEN=1` writes them anew.
enum Golden {
  static func check(_ text: String, _ name: String) throws {
    let file = TestResources.folder.appending(path: name)
    if ProcessInfo.processInfo.environment["CAVERN_UPDATE_GOLDEN"] != nil {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data((text + "\n").utf8).write(to: file)
    }
    let expected = String(decoding: try TestResources.bytes(name), as: UTF8.self)
    #expect(text + "\n" == expected, "\(name) differs; CAVERN_UPDATE_GOLDEN=1 writes it anew")
  }
}

@Suite("Speed of drawing", .serialized, .enabled(if: ProcessInfo.processInfo.environment["CAVERN_MEASURE"] != nil))
struct DrawingSpeed {
  @Test("time per wire-scanner figure", arguments: [1, 2])
  func wireScans(processes: Int) throws {
    let figures = (0..<4).map { _ in ExampleFigures.wireScan(rows: 56) }
    for formats in [[GnuplotRenderer.Format.png()], [.svg], [.svg, .png()]] {
      let renderer = GnuplotRenderer(processes: processes)
      var best = Duration.seconds(100)
      for _ in 0..<3 {
        best = min(best, try ContinuousClock().measure { _ = try renderer.render(figures, as: formats) })
      }
      print("\(processes) processes, \(formats): \(best / 4) a figure")
    }
    if let folder = ProcessInfo.processInfo.environment["CAVERN_FIGURE_EXAMPLES"] {
      for keep in 0..<4 {
        for dpi in [72, 144] {
          var figure = figures[0]
          if keep < 3 { figure.panels[0].series = [figure.panels[0].series[keep]] }
          var script = GnuplotScript()
          figure.panels = keep < 3 ? [figure.panels[0]] : [figure.panels[1]]
          script.draw(figure, layout: FigureLayout(figure), format: .png(pixelsPerInch: dpi), output: "/dev/null")
          try Data(script.bytes).write(to: URL(filePath: folder).appending(path: "s-\(keep)-\(dpi).gp"))
        }
      }
    }
    print("description \(ContinuousClock().measure { _ = figures.map { FigureLayout($0) } } / 4)")
  }
}
