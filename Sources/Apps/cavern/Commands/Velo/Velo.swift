import Arguments

extension Command {
  /// `cavern velo`: calibration of VeloPix ASICs.
  static var velo: Command {
    Command(
      "velo", "VELO: calibrate VeloPix ASICs with a radioactive source.",
      discussion: """
        From threshold scans to the position of the X-ray line, target and gain of every pixel, with uncertainties. A \
        dataset file names the scans; 'cavern velo dataset init' writes one, 'dataset check' reads the acquisitions it \
        names.
        """,
      examples: [
        Example("cavern velo dataset check dataset.toml", "read a dataset and print its ledger, without fits"),
        Example("cavern velo run dataset.toml --output RESULT", "calibrate all scans of a dataset"),
        Example("cavern velo simulate --output SIMULATED --acquisitions 5", "make an ASIC with a known truth"),
      ],
      subcommands: [
        .veloDataset, .veloFlux, .veloFit, .veloGain, .veloRun, .veloDetector, .veloReport, .veloPlot, .veloCompare,
        .veloSystematics, .veloNoise, .veloRecipe, .veloSimulate, .veloPack, .veloUnpack,
      ])
  }

  /// `cavern velo dataset`: the file that says what is to be calibrated.
  static var veloDataset: Command {
    Command(
      "dataset", "Write or check the file that says what is to be calibrated.",
      examples: [Example("cavern velo dataset check dataset.toml", "read all acquisitions and print the ledger")],
      subcommands: [.veloDatasetInit, .veloDatasetCheck])
  }
}
