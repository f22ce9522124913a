import Arguments
import Errors
import Fitting
import Foundation
import VeloCalibration

/// Options and steps that the commands of `cavern velo` share.
enum VeloArguments {
  static let dataset = Argument("dataset", .file(["toml", "json"]), "Dataset file.")

  static let reading: [Option] = [
    .option("scan", "LABEL", .text, "Work on this scan only.", note: "all scans"),
    .option(
      "empty", "RULE", .choice(EmptyRule.allCases.map { .init($0.rawValue) }),
      "Whether acquisitions without hits count as live time (live) or are left out (drop).", note: "as the dataset says"
    ),
    CommonOptions.threads,
  ]

  static let fitting: [Option] = [
    .option(
      "method", "METHOD", .choice(PixelFitOptions.Method.allCases.map { .init($0.rawValue) }),
      "How pixels are fitted and judged.", default: "poisson"),
    .option(
      "equation", "NAME", .choice(EdgeEquation.allCases.map { .init($0.rawValue) }), "Equation of the flux.",
      note: "as the dataset says"),
    .option(
      "baseline", "WHEN", .choice(PixelFitOptions.Baseline.allCases.map { .init($0.rawValue) }),
      "When the baseline is taken off.", default: "after"),
    .option(
      "group", "NAME", .choice(PixelGroup.allCases.map { .init($0.rawValue) }), "Group of pixels.",
      note: "as the dataset says"),
    .option(
      "alpha", "P", .number(0...1), "Fits with a lower p-value are bad.", note: "0.001; 0.05 with --method legacy"),
    .option("noisy-hz", "RATE", .number(0...1e9), "Pixels above this rate at the highest thresholds are noisy."),
    .flag("background", "Also fit a constant background rate."),
  ]

  /// The scans to work on, with options of the command line in place.
  static func scans(_ arguments: ParsedArguments, _ dataset: VeloDataset) throws(CavernError) -> [ScanSettings] {
    var scans = dataset.scans
    if let label = try arguments.optionalString("scan") { scans = [try dataset.scan(labelled: label)] }
    if let rule = try arguments.optionalString("empty").flatMap(EmptyRule.init(rawValue:)) {
      for index in scans.indices { scans[index].empty = rule }
    }
    return scans
  }

  /// Number of threads.
  static func threads(_ arguments: ParsedArguments) throws(CavernError) -> Int {
    try arguments.optionalInt("threads") ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// How pixels are fitted.
  static func options(_ arguments: ParsedArguments, _ dataset: VeloDataset) throws(CavernError) -> PixelFitOptions {
    var options = PixelFitOptions()
    options.method = PixelFitOptions.Method(rawValue: try arguments.string("method")) ?? .poisson
    options.equation =
      try arguments.optionalString("equation").flatMap(EdgeEquation.init(rawValue:)) ?? dataset.equation
    options.baseline = PixelFitOptions.Baseline(rawValue: try arguments.string("baseline")) ?? .after
    options.group = try arguments.optionalString("group").flatMap(PixelGroup.init(rawValue:)) ?? dataset.group
    options.alpha = try arguments.optionalDouble("alpha")
    options.noisyRate = try arguments.optionalDouble("noisy-hz")
    options.hasBackground = arguments.flag("background")
    options.secondLine = dataset.source.secondLine
    options.threads = try threads(arguments)
    if options.method == .legacy {
      guard !options.hasBackground else {
        throw CavernError("usage.conflict", "--background does not go with --method legacy", exit: .usage)
      }
      options.secondLine = nil
    }
    return options
  }
}
