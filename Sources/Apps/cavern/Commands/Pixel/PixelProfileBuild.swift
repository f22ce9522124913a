import Arguments
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel profile build`: profiles from the conditions database.
  static var pixelProfileBuild: Command {
    Command(
      "build", "Make the radiation profiles of readout groups from fills, conditions, luminosity and field.",
      discussion: """
        Every group gets profile_<group>_physics.tsv: steps of 20 minutes and then an hour in each fill and in each pause, \
        with the temperature of the sensors, the fluence rate (mean over the modules) and the leakage current; beside it \
        profile_<group>.sources.tsv says of each value where it comes from. No time is lost: a short fill or pause is one \
        step. With --compat profile_<group>_full.txt is written instead, as the earlier program did (summed fluence, short \
        fills and pauses passed over), and the same rows in full precision as profile_<group>_physics.tsv.

        Shared series are read once for all groups. The period is cut into --split stretches, which run side by side; one \
        that is whole is kept, so that --resume goes on behind it.

        --lumi takes what 'brilcalc lumi --byls' printed, or a record of brilcalc calls with windows.
        """,
      examples: [
        Example(
          "cavern pixel profile build --db conditions.sqlite --fills fills.csv --lumi byls.csv --field field "
            + "--groups BPix_BmI_SEC1_LYR1 --out profiles", "one group"),
        Example(
          "cavern pixel profile build --db conditions.sqlite --fills fills.csv --era 2022 --lumi byls.csv --field field "
            + "--groups Barrel --split 12 --out profiles --resume", "all barrel groups of a year"),
      ],
      options: PixelArguments.selection + PixelArguments.database + [
        .option(
          "groups", "LIST", .list(.text), "Readout groups; Barrel, EndCap or all.", default: "Barrel"),
        FluenceArguments.field,
        .option(
          "cross-section", "MB", .number(1e-3...1e6), "Cross section of pp collisions, in mb.",
          note: "that of the run: 79.1 or 80"),
        .option("lumi", "FILE,...", .list(.text), "Outputs of brilcalc."),
        .option("out", "DIR", .folder, "Folder for the profiles."),
        .option("fill-delay", "TIME", .duration, "First step of a fill.", default: "1200 s"),
        .option("interfill-delay", "TIME", .duration, "First step of a pause.", default: "1200 s"),
        .option("fill-step", "TIME", .duration, "Further steps of a fill.", default: "3600 s"),
        .option("interfill-step", "TIME", .duration, "Further steps of a pause.", default: "3600 s"),
        .option("lookback", "TIME", .duration, "How old a current may be.", note: "the beginning of the fill"),
        .option("temperature-lookback", "TIME", .duration, "How old a temperature may be.", default: "48 h"),
        .option("bias-threshold", "V", .number(0...1000), "Bias above this is on.", note: "10; 0 with --compat"),
        .option(
          "fluence", "HOW", .choice([.init("mean", "over the modules"), .init("sum", "as the earlier program")]),
          "Fluence of a group.", note: "mean; sum with --compat"),
        .flag("fluence-heating", "Add 3e-8 K per n_eq/cm²/s under bias.", isInvertible: true, isOn: true),
        .option("split", "N", .integer(1...10_000), "Number of stretches.", note: "one for each month"),
        .flag("compat", "Rules and form of the earlier program."),
        .flag("resume", "Keep the stretches that an earlier run finished."),
        .flag("overwrite", "Replace profiles of an earlier run."),
        .flag("allow-skips", "End with 0 when values are missing."),
        CommonOptions.threads,
      ]
    ) { arguments in
      var run = try ProfileBuildRun(arguments)
      return try run.run(arguments)
    }
  }
}
