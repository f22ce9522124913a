import Arguments
import Errors
import Figures
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel leakage azimuth`: leakage against the azimuth.
  static var pixelLeakageAzimuth: Command {
    Command(
      "azimuth", "Show leakage currents against the azimuth, in one fill or as the difference of two.",
      discussion: """
        With --first-fill alone one fill, with --last-fill the difference last - first over the groups that both have. \
        Fits A + B sin(φ - φ₀): an offset of the beam shows as B. Writes azimuth/azimuth_….csv and the figure as PNG and \
        PDF; differences need a common temperature, --tref.
        """,
      examples: [
        Example(
          "cavern pixel leakage azimuth --currents processed --temperatures temperatures --first-fill 8016 --layers 1 "
            + "--normroc --tref 0 --out leakage", "layer 1 at 0 °C")
      ],
      options: PixelArguments.selection + PixelLeakageInputs.options + [
        .option("tref", "C", .number(-200...100), "Reference temperature in °C.", note: "as measured"),
        .option(
          "side", "WHICH", .choice(Side.allCases.map { .init($0.rawValue) }), "Side along the beam.", default: "both"),
        .flag("figures", "Draw figures.", isInvertible: true, isOn: true), CommonOptions.csv,
      ] + PixelArguments.output
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      var output = try PixelOutput(arguments)
      return try PixelAzimuth.run(arguments, facts, &output)
    }
  }
}

/// Tables, fits and figures by layer.
enum PixelAzimuth {
  static func run(
    _ arguments: ParsedArguments, _ facts: PixelFacts, _ output: inout PixelOutput
  ) throws(CavernError) -> Report {
    let subsystem = try Subsystem(named: try arguments.string("subsystem"))
    guard let first = try arguments.optionalInt("first-fill") else {
      throw CavernError(
        "usage.missingOption", "--first-fill is missing", exit: .usage, expected: "the number of a fill")
    }
    let last = try arguments.optionalInt("last-fill")
    let fills = [first] + (last.map { $0 == first ? [] : [$0] } ?? [])
    let bad = try PixelArguments.fillSelection(arguments, facts).bad
    for fill in fills where bad.contains(fill) {
      throw CavernError("pixel.badFill", "fill \(fill) is in the list of bad fills", exit: .badData)
    }
    let inputs = try PixelLeakageInputs(
      fills, currents: try PixelLeakageInputs.folder(arguments, "currents"),
      temperatures: try arguments.optionalString("temperatures"), subsystem: subsystem, facts: facts)
    guard inputs.missing.isEmpty else {
      throw CavernError(
        "pixel.noCurrents", "there are no currents of fill \(inputs.missing[0])", exit: .noInput,
        file: try PixelLeakageInputs.folder(arguments, "currents"))
    }
    let reference = try arguments.optionalDouble("tref")
    let normalisation = try PixelLeakageInputs.normalisation(arguments)
    let side = Side(rawValue: try arguments.string("side")) ?? .both
    let keepsAll = arguments.flag("all") || output.isCompatible
    var warnings = inputs.warnings
    if fills.count > 1, reference == nil {
      warnings.append(
        CavernWarning(
          "pixel.noCommonTemperature",
          "the fills have different temperatures, and the difference holds that too; --tref takes it out"))
    }
    let luminosities = try PixelLeakageInputs.luminosities(arguments)
    let heading = PixelHeading.make(fills, luminosities, arguments, facts)
    var tables: [AzimuthTable] = []
    for layer in try PixelLeakageInputs.layers(arguments, subsystem) {
      let table =
        fills.count > 1
        ? try AzimuthTable(
          from: inputs.fills[0], to: inputs.fills[1], layer: layer, side: side, normalisation: normalisation,
          reference: reference, keepsAll: keepsAll, facts: facts)
        : try AzimuthTable(
          inputs.fills[0], layer: layer, side: side, normalisation: normalisation, reference: reference,
          keepsAll: keepsAll, facts: facts)
      tables.append(table)
    }
    try output.check(tables.map { "azimuth/\($0.fileName)" })
    for table in tables {
      if arguments.flag("figures") {
        let pictures = try GnuplotRenderer().render([table.figure(heading: heading)], as: [.png(), .pdf])
        for (index, ending) in ["png", "pdf"].enumerated() {
          try output.write("azimuth/\(table.figureStem).\(ending)", bytes: pictures[0][index])
        }
      }
      try output.write("azimuth/\(table.fileName)", text: table.csv(isCompatible: output.isCompatible))
    }
    try output.writeProvenance("azimuth/azimuth", arguments)
    let (files, folder, list, compatible) = (output.files, output.folder, tables, output.isCompatible)
    return Report(
      warnings: warnings,
      result: [
        "folder": .string(folder), "files": .array(files.map { .string($0) }), "layers": .array(list.map(json)),
      ], text: list.map(text).joined() + "files are in \(folder)\n",
      csv: { list.map { $0.csv(isCompatible: compatible) }.joined() })
  }

  static func json(_ table: AzimuthTable) -> JSONValue {
    var fit = JSONValue.null
    if let found = table.fit {
      let errors = found.standardErrors
      fit = [
        "A": .number(found.offset), "B": .number(found.amplitude), "phi0": .number(found.phase),
        "standardErrors": ["A": .number(errors[0]), "B": .number(errors[1]), "phi0": .number(errors[2])],
        "covariance": .array(found.covariance.map { .numbers($0) }), "chiSquare": .number(found.chiSquare),
        "degreesOfFreedom": .integer(found.degreesOfFreedom), "isScaled": .bool(found.isScaled),
      ]
    }
    return [
      "layer": .integer(table.layer), "column": .string(table.valueColumn), "fit": fit,
      "groups": .array(
        table.rows.map {
          [
            "readout_group": .string($0.group.name.text), "phi_rad": .number($0.group.azimuth),
            "value": .number($0.value),
            "sigma": .number($0.sigma), "sensor_temperature_k": .numbers($0.kelvin),
          ]
        }),
    ]
  }

  private static func text(_ table: AzimuthTable) -> String {
    guard let fit = table.fit else { return "layer \(table.layer): \(table.rows.count) groups, too few for a fit\n" }
    let errors = fit.standardErrors
    func pair(_ value: Double, _ error: Double) -> String {
      "\(NumberText.significant(value, 5)) ± \(NumberText.significant(error, 2))"
    }
    return "layer \(table.layer): \(table.rows.count) groups, A = \(pair(fit.offset, errors[0])), "
      + "B = \(pair(fit.amplitude, errors[1])) \(table.normalisation.unit), φ₀ = \(pair(fit.phase, errors[2])) rad\n"
  }
}
