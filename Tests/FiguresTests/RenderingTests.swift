import Foundation
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
