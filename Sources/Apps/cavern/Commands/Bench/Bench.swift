import Arguments

extension Command {
  /// `cavern bench`: the whole bench.
  static var bench: Command {
    Command(
      "bench", "Run, check and watch a whole bench from one configuration file.",
      discussion: """
        The configuration is the file of --config, else that of CAVERN_BENCH, else bench.toml, else /etc/cavern/bench.toml.
        """,
      examples: [
        Example("cavern bench check --config bench.toml", "is everything in order?"),
        Example("cavern bench run --config bench.toml", "run all services until Ctrl-C"),
      ],
      subcommands: [benchRun, benchCheck, benchStatus, benchWeb])
  }
}
