import Arguments

extension Command {
  /// `cavern halo`: the CMS Beam Halo Monitor.
  static var halo: Command {
    Command(
      "halo", "CMS Beam Halo Monitor: from uHTR files to rates and a shifter's answer.",
      discussion: "From self-triggered hits of both ends of CMS to calibrated regions, rates, trends and a report.",
      examples: [
        Example("cavern halo ls DATA", "say which captures and runs a folder holds"),
        Example("cavern halo regions CAPTURE", "count halo, collision and activation hits by channel"),
        Example("cavern halo report CAPTURE -o RESULT", "make everything at once, with the shifter's page"),
      ],
      subcommands: [
        .haloList, .haloDecode, .haloConvert, .haloClean, .haloCalibrate, .haloRegions, .haloRates, .haloRuns,
        .haloPlot, .haloReport, .haloRunInformation, .haloPhase, .haloCompare, .haloWatch, .haloSynth,
      ])
  }
}
