import Arguments

/// A small program that uses everything a command can declare.
enum SampleTree {
  static let root = Command(
    "wire", "Measure wires.",
    discussion: "A first paragraph that is long enough to be broken over two lines when it is shown on a terminal.\n\n"
      + "  kept   as it stands\n  also 'this' line\n\nA last one.",
    examples: [Example("wire scan fit data.parquet --plane H,V", "fit both planes")],
    options: [.flag("version", "Print the version.")],
    sharedOptions: [
      .flag("json", "Print JSON."),
      .flag("verbose", short: "v", "Say more.", isRepeatable: true),
      .option("color", "WHEN", .choice(["auto", "always", "never"]), "Colour.", default: "auto"),
    ],
    subcommands: [scan, show, secret])

  static let scan = Command(
    "scan", "Work on scans.", examples: [Example("wire scan fit data.parquet", "fit one file")], group: "Analysis",
    subcommands: [fit])

  static let fit = Command(
    "fit", "Fit profiles: one, or [many].",
    examples: [
      Example("wire scan fit data.parquet --window -5:20.5", "fit part of the profile"),
      Example("wire scan fit 'my data.parquet' -o out.csv | head", "fit to a file"),
    ],
    arguments: [
      Argument("file", .file(["parquet", "h5"]), "The acquisition."),
      Argument("rows", .integer(), "Rows to fit.", count: .repeating(atLeast: 0)),
    ],
    options: [
      .option("plane", short: "p", "LIST", .list(.choice(["H", "V"])), "Planes.", default: "H,V"),
      .option("dpp", "X", .number(0...1), "Momentum spread.", default: "0.001", setting: "beam.dpp"),
      .option("window", short: "w", "FROM:TO", .range, "Part of the axis, in mm.", note: "all of it"),
      .option("start", "LIST", .assignments, "Starting values.", isRepeatable: true),
      .option("timeout", "TIME", .duration, "Longest wait.", default: "250 ms"),
      .option("size", "SIZE", .byteCount, "Largest file.", default: "10 MiB"),
      .option("bunches", "LIST", .indices, "Bunches."),
      .option(
        "method", "M", .choice([.init("fast", "it's quick"), .init("exact", "slow: sure")]), "Method.", default: "fast"),
      .option("output", short: "o", "FILE", .file(), "Result."),
      .option("folder", "DIR", .folder, "Where figures go."),
      .option("label", "TEXT", .text, "Labels.", isRepeatable: true),
      .option("count", short: "n", "N", .integer(1...9), "How many."),
      .flag("force", short: "f", "Overwrite."),
      .flag("dry-run", short: "d", "Only say what would be done."),
      .flag("figures", "Make figures.", isInvertible: true, isOn: true),
      .flag("internal", "Not shown.", isHidden: true),
    ]
  ) { _ in Report(result: .null, text: "") }

  static let show = Command(
    "show", "Show a file.", examples: [Example("wire show", "show what is there")],
    arguments: [Argument("file", .path, "What to show.", count: .optional)]
  ) { _ in Report(result: .null, text: "") }

  static let secret = Command("secret", "Not shown.", isHidden: true) { _ in Report(result: .null, text: "") }
}
