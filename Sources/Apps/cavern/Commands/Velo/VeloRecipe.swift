import Arguments
import Errors
import Figures
import JSON
import Results
import Tables
import VeloCalibration

extension Command {
  /// `cavern velo recipe`: settings from a calibration.
  static var veloRecipe: Command {
    Command(
      "recipe", "Turn a calibration into settings.",
      examples: [
        Example("cavern velo recipe threshold --dataset dataset.toml --charge 1000", "the code of a threshold")
      ],
      subcommands: [.veloRecipeThreshold])
  }

  private static var veloRecipeThreshold: Command {
    Command(
      "threshold", "Find the threshold code for a charge, and what it means for the pixels. Nothing is sent anywhere.",
      discussion: """
        The code is baseline + charge/K of the ASIC, rounded up, with the mean baseline of its unmasked pixels and the gain \
        of the curve summed over them. Pixels nearer to their baseline than --min-sigma noise widths are proposed for the mask.
        """,
      examples: [
        Example(
          "cavern velo recipe threshold --dataset dataset.toml --output RESULT --charge 1000", "all scans of a result")
      ],
      options: [
        .option("dataset", "FILE", .file(["toml", "json"]), "Dataset file."), VeloStored.output,
        .option("scan", "LABEL", .text, "Only this scan.", note: "all scans"),
        .option("charge", "ELECTRONS", .number(1...1e6), "Wanted charge.", default: "1000"),
        .option(
          "per", "WHAT", .choice(["asic", "pixel"]), "Whose gain gives thresholds in electrons.", default: "asic"),
        .option("min-sigma", "X", .number(0...100), "Least distance from the baseline in noise widths.", default: "5"),
        .option("table", "FILE", .file(["csv"]), "Where to write the table.", default: "threshold_recipe.csv"),
        .flag("force", "Replace a table that is there."), CommonOptions.csv,
      ]
    ) { arguments in
      guard let path = try arguments.optionalString("dataset") else {
        throw CavernError("usage.missing", "no dataset is named", exit: .usage, hint: "add --dataset FILE")
      }
      let dataset = try VeloDataset(path: path)
      let folder = try VeloStored.folder(arguments, dataset)
      var recipes: [ThresholdRecipe] = []
      for scan in try VeloArguments.scans(arguments, dataset) {
        recipes.append(
          try ThresholdRecipe(
            try PixelMaps(folder: try VeloStored.scanFolder(folder, label: scan.label)),
            inputs: try ScanInputs(scan, module: dataset.module, asic: dataset.asic),
            charge: try arguments.double("charge"), usesPixelGains: try arguments.string("per") == "pixel",
            minimumSigma: try arguments.double("min-sigma")))
      }
      let table = try ThresholdRecipe.table(recipes, module: dataset.module, asic: dataset.asic)
      let bytes = try table.csvBytes()
      let target = try arguments.string("table")
      try VeloFigureFiles.refuse(target, force: arguments.flag("force"))
      try AtomicFile.write(target, bytes)
      let list = recipes
      let words = list.map { recipe in
        let spread = recipe.spread
        return "\(recipe.label): DAC \(recipe.code) for \(NumberLabel.general(recipe.charge, digits: 5)) e-; pixels "
          + "\(NumberLabel.general(spread.mean, digits: 5)) ± \(NumberLabel.general(spread.deviation, digits: 3)) e-, "
          + "\(recipe.maskedPixels.count) of \(recipe.known) too close to their baseline\n"
      }
      return Report(
        result: [
          "module": .string(dataset.module), "asic": .string(dataset.asic), "table": .string(target),
          "recipes": .array(list.map(\.json)),
        ], text: words.joined(), csv: { String(decoding: bytes, as: UTF8.self) })
    }
  }
}
