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
      "group", "NAME", .choice(PixelGroup.allCases.map { .init($0.rawValue) }),
      "Group of pixels; given several times, all pixels and each group in a folder of its own.",
      note: "as the dataset says", isRepeatable: true),
    .option(
      "pixels", "ROWS,COLUMNS", .text, "Fit only these rows and columns, for example 0:64,128:256.", note: "all"),
    .option(
      "alpha", "P", .number(0...1), "Fits with a lower p-value are bad.", note: "0.001; 0.05 with --method legacy"),
    .option("noisy-hz", "RATE", .number(0...1e9), "Pixels above this rate at the highest thresholds are noisy."),
    .flag("background", "Also fit a constant background rate."),
    .option(
      "toys", "N", .integer(0...100_000),
      "Judge the goodness of 256 pixels by N simulated fits of each as well (parametric bootstrap).", default: "0"),
  ]

  /// The scans to work on, with options of the command line in place.
  static func scans(_ arguments: ParsedArguments, _ dataset: VeloDataset) throws(CavernError) -> [ScanSettings] {
    var scans = dataset.scans
    if let label = try arguments.optionalString("scan") { scans = [try dataset.scan(labelled: label)] }
    let names = arguments.command.options.map(\.name)
    if names.contains("empty"), let rule = try arguments.optionalString("empty").flatMap(EmptyRule.init(rawValue:)) {
      for index in scans.indices { scans[index].empty = rule }
    }
    // The earlier program left acquisitions without hits out of its live time.
    if names.contains("method"), try arguments.string("method") == "legacy" {
      for index in scans.indices where scans[index].empty == nil { scans[index].empty = .drop }
    }
    return scans
  }

  /// Number of threads.
  static func threads(_ arguments: ParsedArguments) throws(CavernError) -> Int {
    try arguments.optionalInt("threads") ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// The groups to work on: one, or all pixels and then each of several.
  static func groups(_ arguments: ParsedArguments, _ dataset: VeloDataset) throws(CavernError) -> [PixelGroup] {
    let given = try arguments.strings("group").compactMap(PixelGroup.init(rawValue:))
    if given.isEmpty { return [dataset.group] }
    if given.count == 1 { return given }
    var groups = [PixelGroup.all]
    for group in given where !groups.contains(group) { groups.append(group) }
    return groups
  }

  /// How pixels are fitted.
  static func options(_ arguments: ParsedArguments, _ dataset: VeloDataset) throws(CavernError) -> PixelFitOptions {
    var options = PixelFitOptions()
    options.method = PixelFitOptions.Method(rawValue: try arguments.string("method")) ?? .poisson
    options.equation =
      try arguments.optionalString("equation").flatMap(EdgeEquation.init(rawValue:)) ?? dataset.equation
    options.baseline = PixelFitOptions.Baseline(rawValue: try arguments.string("baseline")) ?? .after
    options.alpha = try arguments.optionalDouble("alpha")
    options.noisyRate = try arguments.optionalDouble("noisy-hz")
    options.hasBackground = arguments.flag("background")
    options.toys = try arguments.int("toys")
    options.secondLine = dataset.source.secondLine
    options.threads = try threads(arguments)
    if let text = try arguments.optionalString("pixels") { options.window = try window(text, arguments) }
    if options.toys > 0, options.method != .poisson || options.secondLine != nil {
      throw CavernError(
        "usage.conflict", "--toys goes with --method poisson and a source of one line only", exit: .usage)
    }
    if options.method == .legacy {
      guard !options.hasBackground else {
        throw CavernError("usage.conflict", "--background does not go with --method legacy", exit: .usage)
      }
      options.secondLine = nil
    }
    return options
  }

  /// `R0:R1,C0:C1` as half-open ranges within the matrix.
  private static func window(
    _ text: String, _ arguments: ParsedArguments
  ) throws(CavernError) -> (rows: Range<Int>, columns: Range<Int>) {
    let ranges = text.split(separator: ",", omittingEmptySubsequences: false).map { part -> Range<Int>? in
      let ends = part.split(separator: ":", omittingEmptySubsequences: false)
      guard ends.count == 2 else { return nil }
      let from = ends[0].isEmpty ? 0 : Int(ends[0]) ?? -1
      let to = ends[1].isEmpty ? PixelMatrix.side : Int(ends[1]) ?? -1
      return from >= 0 && from < to && to <= PixelMatrix.side ? from..<to : nil
    }
    guard ranges.count == 2, let rows = ranges[0], let columns = ranges[1] else {
      throw arguments.fault(
        "usage.value", "'\(text)' is no part of the matrix", about: "pixels",
        expected: "R0:R1,C0:C1 with 0 <= R0 < R1 <= 256, the upper ends not included")
    }
    return (rows, columns)
  }
}
