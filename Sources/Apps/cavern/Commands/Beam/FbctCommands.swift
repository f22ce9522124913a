import Arguments

extension Command {
  /// `cavern beam fbct`: fast beam current transformers.
  static var beamFbct: Command {
    Command(
      "fbct", "Fast beam current transformers: bunch-by-bunch intensities, lifetimes, losses.",
      discussion: """
        Any column whose value has bunchIntensity is read, of the SPS, PS, PSB and LEIR alike. JSON, CSV and tables \
        hold elementary charges; text and figures count ions when the charge state is known.
        """,
      examples: [
        Example("cavern beam fbct show FBCT.parquet", "bunches, batches, lifetimes and losses of a cycle"),
        Example("cavern beam fbct plot FBCT.parquet --figure overview.svg", "draw the cycle"),
        Example("cavern beam fbct table FBCT.parquet --bunches 0-3 --csv", "intensities of the first batch"),
        Example("cavern beam fbct batch SESSION -o RESULT", "analyse a folder"),
      ],
      subcommands: [
        .beamFbctShow, .beamFbctPlot, .beamFbctTable, .beamFbctTransmission, .beamFbctBatch,
      ])
  }
}
