import Arguments
import BeamInstrumentation
import Errors
import Figures
import JSON

extension Command {
  /// `cavern beam ws plot`: figures over the files of a session.
  static var beamWireScanPlot: Command {
    Command(
      "plot", "Draw trends over the files of a session.",
      discussion: """
        RESULT is a result folder of 'cavern beam ws batch', or its result.json. Without --figure the figure is drawn \
        as text.
        """,
      examples: [
        Example("cavern beam ws plot RESULT --kind cycle", "emittance against time in the cycle, as text"),
        Example("cavern beam ws plot RESULT --kind bunch --figure bunches.svg", "emittance of each bunch"),
      ],
      arguments: [Argument("result", .path, "Result folder, or its result.json.")],
      options: [
        .option(
          "kind", "KIND", .choice(["cycle", "q", "bunch", "clock"]),
          "Emittance or q over cycle time, emittance of each bunch, emittance over the time of day.",
          default: "cycle"),
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw to FILE."),
      ]
    ) { arguments in
      let path = try arguments.string("result")
      let session = try WireScanStored.session(path)
      let word = try arguments.string("kind")
      guard let kind = WireScanFigures.SessionKind(rawValue: word),
        let figure = WireScanFigures.session(session, kind: kind)
      else {
        throw CavernError(
          "ws.nothingToDraw", "the result has nothing to draw of the kind '\(word)'", exit: .badData, file: path,
          hint: "'cavern beam ws batch' says which files were skipped, and why")
      }
      let target = try arguments.optionalString("figure")
      let text: String
      if let target {
        _ = try FigureFiles.write([figure], to: target)
        text = "\(word) of \(session.entries.count) files drawn to \(target)"
      } else {
        let surroundings = arguments.surroundings
        let wish = try arguments.optionalString("color")
        text = try TerminalRenderer(
          width: surroundings.width,
          usesColour: surroundings.usesColor(wish, isTerminal: surroundings.isOutputTerminal)
        ).text(figure)
      }
      let count = session.entries.count
      return Report(
        result: [
          "kind": .string(word), "figure": .optional(target), "files": .integer(count),
          "scans": .integer(session.scans.count),
        ], text: text)
    }
  }
}
