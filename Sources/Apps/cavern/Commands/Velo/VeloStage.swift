import Arguments
import Errors
import VeloCalibration

/// How far a command goes along flux, fits, gains, figures.
enum VeloStage: Int {
  case flux, fit, gain, run

  /// Schema of the result folder.
  var schema: String { "cavern.velo.\(self)/1" }

  static let output: [Option] = [
    .option("output", short: "o", "DIR", .folder, "Result folder.", note: "as the dataset says"),
    .flag("force", "Replace an earlier result."), .flag("keep", "Leave an earlier result as it is, and end with 0."),
    .option("max-problems", "SHARE", .number(0...1), "Largest share of files that may be rejected.", default: "0.05"),
    .option(
      "layout", "LAYOUT", .choice(["cavern", "legacy"]),
      "Whether to write the earlier program's files too, and its results_collection.csv beside the folder.",
      default: "cavern"),
    .flag(
      "resume",
      "Take over sums of scans that have not changed, from the result or from what a stopped run left beside it."),
  ]

  static let stored: Option = .option(
    "flux", "DIR", .folder, "Take the sums from the result of 'velo flux' in place of the acquisitions.")
}

extension Command {
  /// `cavern velo flux`: acquisitions summed, with live times and flux.
  static var veloFlux: Command {
    Command(
      "flux", "Sum the acquisitions of a dataset: ledger, live times, hits and flux.",
      discussion: """
        For each scan acquisitions.csv (the ledger), live_time.csv, asic_flux.csv, hits.parquet, flux.parquet and \
        counts.json, from which 'velo fit --flux' goes on. Exit status 2 as for 'velo run'.
        """,
      examples: [Example("cavern velo flux dataset.toml --output FLUX", "all scans")],
      arguments: [VeloArguments.dataset], options: VeloStage.output + VeloArguments.reading
    ) { arguments in try VeloRun(arguments, .flux).run() }
  }

  /// `cavern velo fit`: one fit per pixel.
  static var veloFit: Command {
    Command(
      "fit", "Fit the flux of every pixel.",
      examples: [
        Example("cavern velo fit dataset.toml --flux FLUX --output FITS", "from sums that 'velo flux' wrote"),
        Example("cavern velo fit dataset.toml --output FITS --equation F4", "with another equation"),
      ],
      arguments: [VeloArguments.dataset],
      options: VeloStage.output + [VeloStage.stored] + VeloArguments.reading + VeloArguments.fitting
    ) { arguments in try VeloRun(arguments, .fit).run() }
  }

  /// `cavern velo gain`: targets and gains.
  static var veloGain: Command {
    Command(
      "gain", "Fit, and find target and gain of every pixel and of the ASIC.",
      examples: [Example("cavern velo gain dataset.toml --flux FLUX --output GAIN", "from sums of 'velo flux'")],
      arguments: [VeloArguments.dataset],
      options: VeloStage.output + [VeloStage.stored] + VeloArguments.reading + VeloArguments.fitting + [
        .flag("asic", "Fit the curves of the ASIC.", isInvertible: true, isOn: true),
        .option(
          "asic-baseline", "WHEN", .choice(["after", "before"]),
          "When the baseline is taken off for the ASIC's curves.",
          note: "as --baseline"),
      ]
    ) { arguments in try VeloRun(arguments, .gain).run() }
  }

  /// `cavern velo run`: the whole calibration.
  static var veloRun: Command {
    Command(
      "run", "Calibrate the scans of a dataset: flux, fits, targets, gains, figures, report.",
      discussion: """
        Writes a result folder with one folder for each scan: acquisitions.csv (the ledger), live_time.csv, \
        asic_flux.csv, hits.parquet, pixels.parquet and calibration.json; figures/, and report.html with maps on which \
        a click shows the curve of a pixel. Ends with 2 when a threshold has no live time or more of the files than \
        --max-problems allows are missing, corrupt or bad.
        """,
      examples: [
        Example("cavern velo run dataset.toml --output RESULT", "calibrate by Poisson likelihood"),
        Example(
          "cavern velo run dataset.toml --output OLD --method legacy --layout legacy",
          "method and files of the earlier program"),
        Example(
          "cavern velo run dataset.toml --output QUICK --no-figures --watch 10s", "while the scan is being taken"),
      ],
      arguments: [VeloArguments.dataset],
      options: VeloStage.output + [VeloStage.stored] + VeloArguments.reading + VeloArguments.fitting + [
        .flag("figures", "Draw figures and write the report page.", isInvertible: true, isOn: true),
        .option(
          "watch", "TIME", .duration,
          "Follow a scan that is being taken: look this often, calibrate anew whenever acquisitions have come, and end "
            + "when all are there or with Ctrl-C."),
      ]
    ) { arguments in
      let run = try VeloRun(arguments, .run)
      guard let interval = try arguments.optionalDuration("watch") else { return try run.run() }
      guard !arguments.flag("keep") else {
        throw CavernError(
          "usage.conflict", "--watch makes a result anew, --keep leaves it as it is: one of them only", exit: .usage)
      }
      return try await VeloWatch(run, interval: interval).report()
    }
  }
}
