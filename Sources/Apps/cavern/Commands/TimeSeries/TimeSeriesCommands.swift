import Arguments

extension Command {
  /// `cavern ts`: the store of series and its servers.
  static var timeSeries: Command {
    Command(
      "ts", "Query, import, export and forward recorded series.",
      discussion: """
        Samples are kept in a store on this machine, one SQLite file, and sent from there to the servers that the bench's \
        configuration names. The file is the one of --store, else series.db in the state folder of the configuration \
        (--config, CAVERN_BENCH, bench.toml, /etc/cavern/bench.toml), else ~/.local/state/cavern/series.db.
        """,
      examples: [
        Example("cavern ts query --measurement 'Temperature [K]' --from -1h --mean", "the mean over the last hour"),
        Example("cavern ts status", "what waits for the servers"),
      ],
      sharedOptions: [.option("store", "FILE", .file(["db"]), "The store.", note: "as the configuration says")],
      subcommands: [
        timeSeriesQuery, timeSeriesExport, timeSeriesImport, timeSeriesStatus, timeSeriesFlush, timeSeriesForward,
        timeSeriesDeadLetters,
      ])
  }
}
