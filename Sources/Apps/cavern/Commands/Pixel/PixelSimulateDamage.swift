import Arguments
import Errors
import Figures
import JSON
import PixelMonitoring
import Results

extension Command {
  /// `cavern pixel simulate-damage`: leakage current and depletion voltage from a radiation profile.
  static var pixelSimulateDamage: Command {
    Command(
      "simulate-damage", "Predict leakage current and depletion voltage over a radiation profile.",
      discussion: """
        Hamburg model (M. Moll, DESY-THESIS-1999-040): effective doping with beneficial and reverse annealing and donor \
        removal, leakage current with its annealing, for every step of the profile. Old steps of nearly equal age are \
        summed together, which keeps the sum to 10⁻⁵.

        With a group, named by --group or in the name of the profile, measured currents of steps with bias are compared \
        per volume at the reference temperature. --toys adds uncertainties. --scenario appends periods to come: a CSV \
        table with the columns from, to, temperature_K, luminosity_fb.
        """,
      examples: [
        Example("cavern pixel simulate-damage profile.txt --csv -o -", "one line a step"),
        Example(
          "cavern pixel simulate-damage profile_BPix_BmI_SEC1_LYR1.txt --toys 100 --out RESULT",
          "with uncertainties, figures and a page"),
        Example("cavern pixel simulate-damage profile.txt --reference-temperature -20 --json", "a summary for scripts"),
      ],
      arguments: [Argument("profile", .file(["txt", "tsv"]), "The radiation profile.")],
      options: DamageArguments.options + [
        .option("group", "NAME", .text, "The readout group, for its volume.", note: "from the name of the profile"),
        .option("chips", "N", .integer(1...1_000_000), "Number of readout chips, in place of a group."),
        .flag("fit-scale", "Take the scale of the fluence that fits the measured currents best."),
        .option("toys", "N", .integer(0...100_000), "Runs with varied parameters for uncertainties.", default: "0"),
        .option("seed", "N", .integer(0...(.max)), "Seed of their random numbers.", default: "1"),
        .option(
          "fluence-error", "X", .number(0...1), "Relative uncertainty of the fluence for --toys.", default: "0.1"),
        .option("scenario", "FILE", .file(["csv"]), "Append these periods to the profile."),
        .option(
          "fluence-per-fb", "X", .number(0...1e20), "Fluence of the group for 1 /fb in n_eq/cm², for --scenario."),
        .option("depletion", "FILE", .file(["csv"]), "Measured depletion voltages: date, voltage_V, error_V."),
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw to <stem>-<figure>.<extension>."),
        .option("out", "DIR", .folder, "Write a result folder with table, figures and a page."),
        .flag("force", "Replace an earlier result folder."),
        CommonOptions.threads, CommonOptions.csv, CommonOptions.output,
      ]
    ) { arguments in
      let run = try DamageRun(arguments)
      try run.writeFolder(arguments)
      var warnings = run.warnings
      if let path = try arguments.optionalString("figure") { warnings += try FigureFiles.write(run.figures, to: path) }
      return Report(
        warnings: warnings, result: run.json, text: run.text, csv: { run.csv }, writesToOutputOption: true)
    }
  }
}
