import Arguments

/// The command line of Cavern as one value.
///
/// A new subcommand is a static property in a file of its own under `Commands/`, listed here or in its group.
enum CommandTree {
  /// The root; made when it is asked for, in well under a millisecond.
  static var root: Command {
    Command(
      "cavern", "From detector and beam-instrument data to calibrated, fitted and plotted results with uncertainties.",
      discussion: """
        Results are written to standard output, everything else to standard error. Exit statuses are explained by \
        'cavern help exit-codes', settings by 'cavern config sample'.
        """,
      examples: [
        Example(
          "cavern fit decay.csv --model 'a*exp(-x/tau)' --y y --start a=10,tau=3", "fit a formula to columns of a table"
        ),
        Example("cavern help exit-codes", "explain what the exit statuses mean"),
        Example("cavern config show --origin", "print every setting and where its value comes from"),
      ],
      options: [.flag("version", "Print the version.")],
      sharedOptions: CommonOptions.all,
      subcommands: [
        .beam, .pixel, .velo, .halo, .gas, .highVoltage, .scope, .timeSeries, .bench,
        .fit, .config, .help, .version, .commands, .manual, .completions,
      ])
  }
}
