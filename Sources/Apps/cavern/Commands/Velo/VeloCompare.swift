import Arguments
import Errors
import Figures
import JSON
import Results
import Tables
import VeloCalibration

extension Command {
  /// `cavern velo compare`: two results pixel by pixel.
  static var veloCompare: Command {
    Command(
      "compare", "Compare two results of the same ASIC, pixel by pixel, with pulls.",
      discussion: """
        Pulls are (B − A)/√(u_A² + u_B²): for results from the same counts, whose errors are not independent, they come \
        out narrower than 1.
        """,
      examples: [Example("cavern velo compare POISSON LEGACY --scan warm", "two methods on the same scan")],
      arguments: [Argument("a", .folder, "First result."), Argument("b", .folder, "Second result.")],
      options: [
        .option("scan", "LABEL", .text, "Scan of both.", note: "the only one there is"),
        .option("scan-b", "LABEL", .text, "Scan of the second, when it is another.", note: "as --scan"),
        .flag("all", "Also pixels whose fit is not good."),
        .option("output", short: "o", "DIR", .folder, "Write tables and figures into a result folder."),
        .flag("force", "Replace an earlier result."),
      ]
    ) { arguments in
      let label = try arguments.optionalString("scan")
      let a = try PixelMaps(folder: try VeloStored.scanFolder(try arguments.string("a"), label: label))
      let b = try PixelMaps(
        folder: try VeloStored.scanFolder(
          try arguments.string("b"), label: try arguments.optionalString("scan-b") ?? label))
      let comparison = try PixelComparison(a, b, onlyGood: !arguments.flag("all"))
      if let output = try arguments.optionalString("output") {
        try ResultFolder.write(to: output, force: arguments.flag("force")) { (folder) throws(CavernError) in
          try folder.addResult(schema: "cavern.velo.compare/1", comparison.json)
          try folder.add("comparison.parquet", bytes: try comparison.table().parquetBytes())
          try folder.addFigures([comparison.figure])
          try folder.addProvenance(Provenance(version: Version.text, commandLine: arguments.provenanceWords))
        }
      }
      let table = TextTable(
        columns: [
          .left("quantity"), .right("pixels"), .right("mean B−A"), .right("spread"), .right("pull mean"),
          .right("pull width"), .right("correlation"),
        ],
        rows: comparison.quantities.map {
          [
            $0.name, "\($0.count)", NumberLabel.general($0.difference.mean, digits: 4),
            NumberLabel.general($0.difference.deviation, digits: 4), NumberLabel.general($0.pull.mean, digits: 3),
            NumberLabel.general($0.pull.deviation, digits: 3), NumberLabel.general($0.correlation, digits: 4),
          ]
        })
      var warnings: [CavernWarning] = []
      if !comparison.leftOut.isEmpty {
        warnings.append(
          CavernWarning(
            "velo.leftOut",
            "\(comparison.leftOut.joined(separator: ", ")): not compared, for \(a.equation.rawValue) and "
              + "\(b.equation.rawValue) mean different things by the name"))
      }
      return Report(warnings: warnings, result: comparison.json, text: table.text(width: .max))
    }
  }

  /// `cavern velo systematics`: variants of an analysis against a reference.
  static var veloSystematics: Command {
    Command(
      "systematics", "Say how far other analyses of the same data lie from a reference.",
      examples: [
        Example(
          "cavern velo systematics --reference RESULT --variants F4,BEFORE,EVEN --scan warm",
          "quadrature, r.m.s., largest")
      ],
      options: [
        .option("reference", "DIR", .folder, "Result everything is compared with."),
        .option("variants", "DIRS", .list(.path), "Results of other analyses.", isRepeatable: true),
        .option("scan", "LABEL", .text, "Scan of all.", note: "the only one there is"), CommonOptions.csv,
      ]
    ) { arguments in
      guard let reference = try arguments.optionalString("reference") else {
        throw CavernError("usage.missing", "no reference is named", exit: .usage, hint: "add --reference DIR")
      }
      let folders = try arguments.strings("variants")
      guard !folders.isEmpty else {
        throw CavernError("usage.missing", "no variants are named", exit: .usage, hint: "add --variants DIR,DIR")
      }
      let label = try arguments.optionalString("scan")
      var variants: [(String, PixelMaps)] = []
      for folder in folders {
        variants.append((folder, try PixelMaps(folder: try VeloStored.scanFolder(folder, label: label))))
      }
      let result = Systematics(
        reference: try PixelMaps(folder: try VeloStored.scanFolder(reference, label: label)), variants: variants)
      let k = Systematics.combine(result.variants.map(\.gain.difference))
      let table = TextTable(
        columns: [
          .left("variant"), .left("analysis"), .right("K"), .right("ref − K"), .right("target"), .right("ref − target"),
        ],
        rows: result.variants.map {
          [
            $0.name, $0.what, short($0.gain.value), short($0.gain.difference), short($0.target.value),
            short($0.target.difference),
          ]
        })
      return Report(
        result: result.json,
        text: table.text(width: .max)
          + "K: quadrature \(short(k.quadrature)), r.m.s. \(short(k.rms)), largest \(short(k.largest)) e-/DAC\n",
        csv: {
          CSVText.table(
            ["variant", "analysis", "K_e_per_DAC", "K_difference", "target_DAC", "target_difference"],
            result.variants.map {
              [
                $0.name, $0.what, CSVText.number($0.gain.value), CSVText.number($0.gain.difference),
                CSVText.number($0.target.value), CSVText.number($0.target.difference),
              ]
            })
        })
    }
  }
}

/// Four significant digits.
private func short(_ value: Double) -> String { NumberLabel.general(value, digits: 4) }
