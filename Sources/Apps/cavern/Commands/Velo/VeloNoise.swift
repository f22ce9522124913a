import Arguments
import Errors
import Figures
import JSON
import Results
import Tables
import VeloCalibration

extension Command {
  /// `cavern velo noise`: noise from an equalisation.
  static var veloNoise: Command {
    Command(
      "noise", "Analyse the noise of an equalisation: baselines, widths, rates and trims by group of pixels.",
      examples: [
        Example("cavern velo noise --equalisation N037/20230626_warm --groups even,odd,rows16", "statistics and tests"),
        Example("cavern velo noise --equalisation EQ --gain 12.9 --output NOISE", "also in electrons, with figures"),
      ],
      options: [
        .option("equalisation", "DIR", .folder, "Folder of the equalisation."),
        .option(
          "scan-type", "TYPE", .choice(NoiseAnalysis.ScanType.allCases.map { .init($0.rawValue) }),
          "Which equalisation.",
          default: "normal"),
        .option(
          "groups", "NAMES", .list(.choice(PixelGroup.allCases.map { .init($0.rawValue) })), "Groups of pixels.",
          default: "even,odd,rows16"),
        .option("gain", "K", .number(0.001...1e6), "Gain in e-/DAC, for the noise in electrons."),
        .option("output", short: "o", "DIR", .folder, "Write a result folder with tables and figures."),
        .flag("force", "Replace an earlier result."), CommonOptions.csv,
      ]
    ) { arguments in
      guard let folder = try arguments.optionalString("equalisation") else {
        throw CavernError("usage.missing", "no equalisation is named", exit: .usage, hint: "add --equalisation DIR")
      }
      let gain = try arguments.optionalDouble("gain")
      let noise = try NoiseAnalysis(
        folder: folder, type: NoiseAnalysis.ScanType(rawValue: try arguments.string("scan-type")) ?? .normal,
        groups: try arguments.strings("groups").compactMap(PixelGroup.init(rawValue:)))
      let header = ["quantity", "trim", "group", "n", "mean", "median", "standardDeviation", "noise_e"]
      let rows = noise.entries.map { entry in
        [
          entry.quantity, entry.trim.map(String.init) ?? "", entry.group == .all ? "all" : entry.group.rawValue,
          "\(entry.summary.count)", CSVText.number(entry.summary.mean), CSVText.number(entry.summary.median),
          CSVText.number(entry.summary.deviation),
          entry.quantity == "width" ? CSVText.number(gain.map { $0 * entry.summary.mean }) : "",
        ]
      }
      if let output = try arguments.optionalString("output") {
        try ResultFolder.write(to: output, force: arguments.flag("force")) { (place) throws(CavernError) in
          try place.addResult(schema: "cavern.velo.noise/1", noise.json(gain: gain))
          try place.add("noise.csv", bytes: Array(CSVText.table(header, rows).utf8))
          try place.addFigures(noise.figures)
          var inputs: [Provenance.Input] = []
          for file in noise.files { inputs.append(try Provenance.Input(reading: file)) }
          try place.addProvenance(
            Provenance(version: Version.text, commandLine: arguments.provenanceWords, inputs: inputs))
        }
      }
      func short(_ value: Double) -> String { NumberLabel.general(value, digits: 5) }
      let table = TextTable(
        columns: [
          .left("quantity"), .left("group"), .right("pixels"), .right("mean"), .right("median"), .right("spread"),
        ],
        rows: noise.entries.map { entry in
          [
            entry.trim.map { "trim \($0) \(entry.quantity)" } ?? entry.quantity,
            entry.group == .all ? "all" : entry.group.rawValue, "\(entry.summary.count)", short(entry.summary.mean),
            short(entry.summary.median), short(entry.summary.deviation),
          ]
        })
      return Report(
        warnings: noise.warnings, result: noise.json(gain: gain), text: "\(noise.asic)\n" + table.text(width: .max),
        csv: { CSVText.table(header, rows) })
    }
  }
}
