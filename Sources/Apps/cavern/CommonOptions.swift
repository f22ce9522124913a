import Arguments

/// Options that many commands have, declared once.
enum CommonOptions {
  /// Those that every command accepts.
  static let all: [Option] = [
    .flag("json", "Print the result, or the failure, as one JSON object."),
    .flag("quiet", "Leave out warnings and progress."),
    .flag("verbose", short: "v", "Say more on standard error; again for still more.", isRepeatable: true),
    .option(
      "color", "WHEN", .choice(["auto", "always", "never"]), "Whether messages and help are in colour.",
      default: "auto"),
    .option("config", "FILE", .file(["toml"]), "Read settings from this file in place of the usual ones."),
  ]

  /// `--csv`, for commands whose report has a table.
  static let csv = Option.flag("csv", "Print the table as CSV.")

  /// `--csv` of a command that writes files with `-o`: their form, so that its report can be JSON beside them.
  static func csvFiles(_ help: String) -> Option {
    var option = Option.flag("csv", help)
    option.shapesFiles = true
    return option
  }

  /// Whether `--csv` and `--json` are both about what is printed.
  static func printsTwice(_ arguments: ParsedArguments) -> Bool {
    guard arguments.flag("csv"), arguments.flag("json") else { return false }
    return !(arguments.isGiven("output") && arguments.command.options.contains { $0.name == "csv" && $0.shapesFiles })
  }

  /// `-o FILE`, for commands whose report may go to a file.
  static let output = Option.option(
    "output", short: "o", "FILE", .file(), "Write the result to this file; - is standard output.", default: "-")

  /// `--threads N`.
  static let threads = Option.option(
    "threads", "N", .integer(1...4096), "How many threads to use.", note: "one for each core", setting: "batch.threads")
}
