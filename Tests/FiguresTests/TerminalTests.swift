import Foundation
import Testing

@testable import Figures

@Suite("Terminal renderer")
struct TerminalRendererTests {
  @Test("no line of any example is wider than 80 columns, in both alphabets")
  func width() throws {
    for figure in ExampleFigures.all {
      for characters in [TerminalRenderer.Characters.unicode, .ascii] {
        let text = try TerminalRenderer(characters: characters).text(figure)
        if ProcessInfo.processInfo.environment["CAVERN_FIGURE_EXAMPLES"] != nil { print(text) }
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(figure.name)") }
        if characters == .ascii { #expect(text.utf8.allSatisfy { $0 < 0x80 }, "\(figure.name)") }
      }
    }
  }

  @Test("a line from corner to corner, exactly")
  func diagonal() throws {
    let figure = Figure(
      name: "d",
      panels: [
        Panel(
          x: Axis("x", unit: "mm", range: 0...1), y: Axis("y", range: 0...1),
          series: [.line(x: [0, 1], y: [0, 1], name: "line")])
      ])
    let text = try TerminalRenderer(width: 30, panelHeight: 8).text(figure)
    #expect(text.contains("⠤⠤ line"))
    #expect(text.contains("x [mm]"))
    #expect(text.split(separator: "\n").count == 8)
  }

  @Test("control sequences in texts do not reach the terminal")
  func escapes() throws {
    var figure = ExampleFigures.small
    figure.title = "\u{1B}]0;owned\u{07}\u{9B}31m\r\n"
    let text = try TerminalRenderer().text(figure)
    #expect(!text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 7 || $0.value == 0x9B || $0.value == 13 })
    #expect(try TerminalRenderer(usesColour: true).text(ExampleFigures.small).contains("\u{1B}[38;2;87;144;252m"))
  }
}
