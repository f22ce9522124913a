import Arguments

extension Command {
  /// `cavern scope`: LeCroy oscilloscopes and their waveforms.
  static var scope: Command {
    Command(
      "scope", "Oscilloscopes: set up, acquire, decode, analyse.",
      discussion: """
        Waveforms of LeCroy oscilloscopes (template LECROY_2_3), read over VXI-11 or VICP, or from .trc files. \
        'cavern scope sim' stands in for an instrument.
        """,
      examples: [
        Example("cavern scope decode C2-00000.trc --csv -o -", "turn a saved waveform into samples in volts"),
        Example("cavern scope id --address 192.0.2.30", "ask an oscilloscope who it is"),
      ],
      subcommands: [
        .scopeDecode, .scopeInfo, .scopeConvert, .scopeDiscover, .scopeId, .scopeChannels, .scopeAsk, .scopeWrite,
      ] + scopeActions + [.scopeWait] + scopeSettings + [
        .scopeRead, .scopeScreenshot, .scopeAcquire, .scopeExport, .scopeAnalyse, .scopeSim,
      ])
  }
}
