import Arguments
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel fluence at`: the field at a place.
  static var pixelFluenceAt: Command {
    Command(
      "at", "Print the fluence at a place, with its uncertainty.",
      discussion: """
        Without --interpolation the value of the bin that holds the place. Per pp collision, or for a luminosity with \
        --luminosity. A place outside the field is an error, the upper edges belong outside.
        """,
      examples: [
        Example("cavern pixel fluence at 2.934 -10.05 --field field --json", "all kinds of particles at a place"),
        Example(
          "cavern pixel fluence at 2.934 -10.05 --field field --interpolation log --luminosity 1",
          "between the middles of bins, for 1 /fb"),
      ],
      arguments: [
        Argument("r", .number(), "Distance from the beam in cm."),
        Argument("z", .number(), "Place along the beam in cm."),
      ],
      options: [
        FluenceArguments.field,
        .option(
          "interpolation", "HOW",
          .choice([
            .init("bin", "value of the bin"), .init("bilinear", "linear between middles"),
            .init("log", "linear between logarithms"),
          ]), "How values between middles of bins are found.", default: "bin"),
        .option("luminosity", "FB", .number(0...1e9), "Print the fluence of this luminosity in /fb."),
        FluenceArguments.crossSection, CommonOptions.csv,
      ]
    ) { arguments in
      let (r, z) = (try arguments.double("r"), try arguments.double("z"))
      let interpolation = FluenceInterpolation(rawValue: try arguments.string("interpolation")) ?? .bin
      let (field, warnings) = try FluenceArguments.readField(arguments)
      var scale = 1.0
      let luminosity = try arguments.optionalDouble("luminosity")
      if let luminosity {
        scale = luminosity * (try FluenceArguments.conversion(arguments)).collisionsPerInverseFemtobarn
      }
      var found: [(particle: FluenceParticle, value: FluenceValue)] = []
      for particle in field.particles {
        let value = try field.value(of: particle, r: r, z: z, interpolation: interpolation)
        found.append((particle, value.scaled(by: scale)))
      }
      let values = found
      let unit = luminosity == nil ? "n_eq/cm2 per collision" : "n_eq/cm2"
      return Report(
        status: FluenceArguments.isPartial(field, warnings) ? .partial : .done, warnings: warnings,
        result: json(r, z, interpolation, unit, values), text: text(values, unit),
        csv: {
          CSVText.table(
            ["particle", "value", "uncertainty"],
            values.map { [$0.particle.rawValue, $0.value.value.description, CSVText.number($0.value.uncertainty)] })
        })
    }
  }

  private static func json(
    _ r: Double, _ z: Double, _ interpolation: FluenceInterpolation, _ unit: String,
    _ found: [(particle: FluenceParticle, value: FluenceValue)]
  ) -> JSONValue {
    var object = JSONObject([
      ("r_cm", .number(r)), ("z_cm", .number(z)), ("interpolation", .string(interpolation.rawValue)),
      ("unit", .string(unit)),
    ])
    for entry in found { object[entry.particle.rawValue] = FluenceArguments.json(entry.value) }
    return .object(object)
  }

  private static func text(_ found: [(particle: FluenceParticle, value: FluenceValue)], _ unit: String) -> String {
    let table = TextTable(
      columns: [.left("particle"), .right("fluence"), .right("uncertainty")],
      rows: found.map {
        [
          $0.particle.rawValue, NumberText.significant($0.value.value, 6),
          $0.value.uncertainty.map { NumberText.significant($0, 3) } ?? "",
        ]
      })
    return "in \(unit)\n" + table.text()
  }
}
