import Arguments

extension Command {
  /// `cavern velo`: calibration of VeloPix ASICs.
  static var velo: Command {
    Command(
      "velo", "VELO: calibrate VeloPix ASICs with a radioactive source.",
      discussion: """
        From threshold scans to the position of the X-ray line, target and gain of every pixel, with uncertainties. A \
        dataset file names the scans; it is checked by 'cavern velo check'.
        """,
      examples: [
        Example("cavern velo check dataset.toml", "read a dataset and print its ledger, without fits"),
        Example("cavern velo run dataset.toml --output RESULT", "calibrate all scans of a dataset"),
      ],
      subcommands: [.veloCheck, .veloRun])
  }
}
