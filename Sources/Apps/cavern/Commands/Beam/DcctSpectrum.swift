import Arguments
import BeamInstrumentation
import Errors
import Figures
import Files
import JSON
import Transforms

extension Command {
  /// `cavern beam dcct`: current of the main quadrupoles.
  static var beamDcct: Command {
    Command(
      "dcct", "Analyse the current of the main quadrupoles.",
      examples: [Example("cavern beam dcct spectrum SPSMAINPS.QF_DCCT_10kHz_1730121600.parquet", "find ripple lines")],
      subcommands: [dcctSpectrum])
  }

  private static var dcctSpectrum: Command {
    Command(
      "spectrum", "Find ripple at multiples of 50 Hz and 68 Hz.",
      discussion: """
        Amplitudes are those of sines in ampere: 2|X|/N over the window, corrected for the taper. A line is listed when it \
        stands 5 times above the median of the spectrum around it. Without --window 5 to 25 s are taken, or the whole record \
        when it ends before 25 s.
        """,
      examples: [
        Example("cavern beam dcct spectrum FILE --window 0.5:4.5 --json", "print the lines for a script"),
        Example("cavern beam dcct spectrum FILE --taper flattop --figure ripple.svg", "draw current and spectrum"),
      ],
      arguments: [Argument("file", .file(["parquet"]), "The acquisition.")],
      options: [
        .option(
          "window", "FROM:TO", .range, "Window in seconds.", note: "5:25, or the whole record when it ends before 25 s"),
        .option(
          "detrend", "WHAT", .choice(["none", "mean", "linear"]), "What is taken off the samples.", default: "linear"),
        .option("taper", "SHAPE", .choice(["none", "hann", "flattop"]), "Weights along the window.", default: "none"),
        .option(
          "max-frequency", "HZ", .number(1...1e9), "Highest frequency looked at.", default: "1500"),
        .option("families", "HZ,...", .list(.number(0.1...1e6)), "Base frequencies of the families.", default: "50,68"),
        .option("significance", "X", .number(0...1e9), "Height of a line over the median around it.", default: "5"),
        .option("optics", "NAME", .text, "Optics that turn current into strength: q20 or q26.", default: "q26"),
        .option("rate", "HZ", .number(1e-3...1e12), "Samples a second.", note: "from the file's name, else 10000"),
        .option("acquisition", "N", .integer(0...(.max)), "Which acquisition of the file, from 0.", default: "0"),
        .option("spectrogram", "SECONDS", .number(1e-6...1e6), "Add a spectrogram with segments of this length."),
        .option("legacy", "FILE", .file(["json"]), "Also write the earlier program's record."),
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw current and spectrum to FILE."),
        CommonOptions.csv,
        BeamFolder.output, BeamFolder.force,
      ]
    ) { arguments in
      var options = RippleOptions()
      if let window = try arguments.optionalRange("window") { (options.from, options.to) = (window.from, window.to) }
      options.detrend = RippleOptions.Detrend(rawValue: try arguments.string("detrend")) ?? .linear
      options.taper = Taper(rawValue: try arguments.string("taper")) ?? .none
      options.maximumFrequency = try arguments.double("max-frequency")
      options.families = try arguments.doubles("families")
      options.significance = try arguments.double("significance")
      options.optics = try arguments.string("optics")
      let record = try QuadrupoleCurrentRecord(
        path: try arguments.string("file"), acquisition: try arguments.int("acquisition"),
        samplingRate: try arguments.optionalDouble("rate"))
      let analysis = try RippleAnalysis(
        record, options: options, segment: try arguments.optionalDouble("spectrogram"))
      var warnings = analysis.spectrum.warnings
      if let path = try arguments.optionalString("figure") {
        warnings += try FigureFiles.write([analysis.figure], to: path)
      }
      if let path = try arguments.optionalString("legacy") {
        try AtomicFile.write(path, Array((try analysis.legacyJSON().text() + "\n").utf8))
      }
      try BeamFolder.write(
        arguments, command: "cavern.beam.dcct.spectrum/1", file: record.path, title: "Ripple", result: analysis.json,
        tables: [("spectrum.parquet", try analysis.spectrum.table())], figures: [analysis.figure], warnings: warnings)
      return Report(
        warnings: warnings, result: analysis.json, text: text(analysis), csv: { csv(analysis) })
    }
  }

  private static func text(_ analysis: RippleAnalysis) -> String {
    let window = analysis.spectrum.window
    let table = TextTable(
      columns: [
        .right("family/Hz"), .right("frequency/Hz"), .right("amplitude/A"), .right("phase/rad"), .right("over median"),
        .right("dK/K"),
      ],
      rows: analysis.spectrum.lines.map {
        [
          short($0.family), $0.frequency.description, short($0.amplitude),
          short($0.phase), $0.significance.map(short) ?? "",
          short($0.amplitude / abs(analysis.spectrum.mean)),
        ]
      })
    return """
      \(analysis.record.device): \(analysis.spectrum.sampleCount) samples, \(window.from) to \(window.to) s, mean \
      \(short(analysis.spectrum.mean)) A

      """ + (analysis.spectrum.lines.isEmpty ? "no line stands out\n" : table.text(width: .max))
  }

  /// Five significant digits.
  private static func short(_ value: Double) -> String { NumberLabel.general(value, digits: 5) }

  private static func csv(_ analysis: RippleAnalysis) -> String {
    CSVText.table(
      [
        "family_Hz", "multiple", "frequency_Hz", "amplitude_A", "phase_rad", "significance", "interpolatedFrequency_Hz",
        "interpolatedAmplitude_A",
      ],
      analysis.spectrum.lines.map {
        [
          $0.family.description, $0.multiple.description, $0.frequency.description, $0.amplitude.description,
          $0.phase.description, CSVText.number($0.significance), $0.interpolatedFrequency.description,
          $0.interpolatedAmplitude.description,
        ]
      })
  }
}
