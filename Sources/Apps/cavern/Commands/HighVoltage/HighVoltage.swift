import Arguments

extension Command {
  /// `cavern hv`: high-voltage supplies of the CAEN 1470 family.
  static var highVoltage: Command {
    Command(
      "hv", "High voltage: control CAEN 1470 supplies safely, through a broker that owns the line.",
      discussion: """
        'hv broker' owns the connection to the supply; every other command is its client and finds it by --socket, or by \
        the socket that the bench file given with --config names. 'hv exchange' and 'hv scan' talk to the line itself and \
        are for a line that no broker owns. 'hv sim' is a supply to practise on.
        """,
      examples: [
        Example("cavern hv sim --port 1470", "simulate a supply"),
        Example("cavern hv exchange --line tcp:127.0.0.1:1470 '$BD:00,CMD:MON,CH:0,PAR:VMON'", "ask a supply directly"),
      ],
      subcommands: [
        .hvStatus, .hvGet, .hvSet, .hvOn, .hvOff, .hvRamp, .hvKill, .hvClear, .hvWatch, .hvShell, .hvBroker, .hvAudit,
        .hvToken, .hvScan, .hvExchange, .hvSimulator,
      ])
  }
}
