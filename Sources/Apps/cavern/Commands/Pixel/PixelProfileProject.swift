import Arguments
import Errors
import Files
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel profile project`: periods to come behind a profile.
  static var pixelProfileProject: Command {
    Command(
      "project", "Append periods to come to a profile, in steps of a day.",
      discussion: """
        The scenario is a CSV table with the columns from, to (UTC), temperature_K and luminosity_fb (of the whole \
        period). Between periods the temperature before holds. The fluence for 1 /fb is given, or taken from a field for \
        the readout group.
        """,
      examples: [
        Example(
          "cavern pixel profile project profile.txt --scenario years.csv --fluence-per-fb 4.4e12 --out long.txt",
          "years to come at a given fluence"),
        Example(
          "cavern pixel profile project profile.txt --scenario years.csv --field field --group BPix_BmI_SEC1_LYR1 "
            + "--out long.txt", "with the fluence of a group from a field"),
      ],
      arguments: [Argument("profile", .file(["txt", "tsv"]), "The radiation profile.")],
      options: [
        .option("scenario", "FILE", .file(["csv"]), "The periods."),
        .option("out", "FILE", .file(), "Where to write the profile; - is standard output."),
        .option("fluence-per-fb", "X", .number(0...1e20), "Fluence for 1 /fb in n_eq/cm²."),
        .option("group", "NAME", .text, "Readout group, for the fluence from --field."), FluenceArguments.field,
        FluenceArguments.crossSection,
        .option("step", "TIME", .duration, "Length of a step.", default: "1 d"),
        .flag("compat", "Write the earlier program's form."), ProfileArguments.overwrite,
      ]
    ) { arguments in
      let output = try arguments.string("out")
      try ProfileArguments.checkPlace(output, arguments)
      let path = try arguments.string("profile")
      let profile = try RadiationProfile(path: path)
      let scenario = try DamageScenario(path: try arguments.string("scenario"))
      let step = try arguments.duration("step") / .seconds(1)
      guard step >= 1 else {
        throw arguments.fault("usage.badValue", "steps are at least a second long", about: "step")
      }
      let longer = profile.projected(
        scenario, fluencePerFemtobarn: try fluence(scenario, path, arguments), step: step)
      try AtomicFile.write(output, longer.text(ProfileArguments.form(arguments, longer)))
      let continuity = ProfileContinuity(longer)
      return Report(
        warnings: scenario.warnings(behind: profile),
        result: [
          "rows_before": .integer(profile.rows.count), "fluence_before_n_eq_cm2": .number(profile.totalFluence),
          "totals": continuity.totalsJSON,
        ],
        text: output == "-" ? "" : ProfileArguments.text(continuity))
    }
  }

  private static func fluence(
    _ scenario: DamageScenario, _ path: String, _ arguments: ParsedArguments
  ) throws(CavernError) -> Double {
    if let given = try arguments.optionalDouble("fluence-per-fb") { return given }
    guard scenario.periods.contains(where: { $0.luminosity > 0 }) else { return 0 }
    guard arguments.isGiven("field"),
      let group = try DamageArguments.group(try arguments.optionalString("group"), path: path)
    else {
      throw CavernError(
        "usage.missingValue", "the scenario has luminosity, but the fluence for 1 /fb is not known", exit: .usage,
        expected: "--fluence-per-fb, or --field and --group")
    }
    let (field, _) = try FluenceArguments.readField(arguments)
    let averages = try ModuleFluence(field, conversion: try FluenceArguments.conversion(arguments))
    let modules = try PixelFacts.builtIn().modules(of: group.name)
    return try averages.entry(named: group.name.text, over: modules).mean.value
  }
}
