import Arguments
import Errors
import Figures
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel fluence map`: a picture of the field.
  static var pixelFluenceMap: Command {
    Command(
      "map", "Draw the fluence for 1 /fb over z and r.",
      examples: [
        Example("cavern pixel fluence map --field field --figure map.png", "the map around the pixel tracker"),
        Example("cavern pixel fluence map --field field --figure map.pdf --r 0: --z-limit 350", "the whole field"),
      ],
      options: [
        FluenceArguments.field, FluenceArguments.particle, FluenceArguments.crossSection,
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw to FILE; in the terminal without it."),
        .option("r", "FROM:TO", .range, "Range along r in cm.", default: "4:16"),
        .option("z-limit", "CM", .number(0.1...1e4), "Largest |z| in cm.", default: "50"),
        .flag("log", "Equal ratios are equal steps of colour.", isInvertible: true, isOn: true),
      ]
    ) { arguments in
      let (field, warnings) = try FluenceArguments.readField(arguments)
      let range = try arguments.range("r")
      let (from, to) = (range.from ?? field.grid.r.lower, range.to ?? field.grid.r.upper)
      guard from < to else {
        throw arguments.fault("usage.badValue", "the range of r is empty", about: "r", expected: "FROM below TO")
      }
      let figure = try field.mapFigure(
        try FluenceArguments.particle(arguments), conversion: try FluenceArguments.conversion(arguments),
        isLogarithmic: arguments.flag("log"), r: from...to, zLimit: try arguments.double("z-limit"))
      let path = try arguments.optionalString("figure")
      var notes: [CavernWarning] = []
      if let path { notes = try FigureFiles.write([figure], to: path) }
      let text =
        if let path { "figure: \(path)" } else {
          try TerminalRenderer(width: arguments.surroundings.width).text(figure)
        }
      return Report(
        warnings: warnings + notes, result: ["figure": .optional(path), "name": .string(figure.name)], text: text)
    }
  }
}
