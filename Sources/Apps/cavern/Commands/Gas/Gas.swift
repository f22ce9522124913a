import Arguments

extension Command {
  /// `cavern gas`: the gas board.
  static var gas: Command {
    Command(
      "gas", "Read and record temperature, pressure, humidity and gas resistance of the gas line.",
      examples: [Example("cavern gas decode --hex 3239362e34313b0d0a", "explain bytes that the board sent")],
      subcommands: [gasRun, gasRead, gasCheck, gasSim, gasDecode])
  }
}
