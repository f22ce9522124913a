import Arguments

extension Command {
  /// `cavern beam`: beam instrumentation.
  static var beam: Command {
    Command(
      "beam", "Beam instrumentation: wire scanners, intensities, ripple, bunch lengths, whole sessions.",
      discussion: "From saved acquisitions of the SPS, PS, PSB and LEIR to sizes and emittances with uncertainties.",
      examples: [
        Example("cavern beam inspect WS.parquet", "say what a file holds, without analysis"),
        Example("cavern beam ws fit WS.parquet", "fit all profiles of a wire-scan file"),
        Example("cavern beam report SESSION -o RESULT", "analyse a folder of all kinds of files"),
      ],
      subcommands: [
        .beamInspect, .beamWireScan, .beamFbct, .beamDcct, .beamTomoscope, .beamReport, .beamWatch,
        .beamJoin, .beamSimulate, .beamOptics,
      ])
  }

  /// `cavern beam ws`: wire scanners.
  static var beamWireScan: Command {
    Command(
      "ws", "Wire scanners: transverse profiles, emittances, tails.",
      examples: [
        Example("cavern beam ws fit WS.parquet --figure scan.svg", "fit and draw a file"),
        Example("cavern beam ws fit WS.parquet --json", "print all numbers for a script"),
      ],
      subcommands: [
        .beamWireScanShow, .beamWireScanFit, .beamWireScanAverage, .beamWireScanInjections, .beamWireScanBatch,
        .beamWireScanPlot, .beamWireScanExplain,
      ])
  }
}
