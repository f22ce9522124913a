import Arguments
import Conditions
import Errors
import Files
import Foundation
import PixelMonitoring
import Settings

/// Options and steps that the commands of `cavern pixel` share.
enum PixelArguments {
  /// Which fills to work on.
  static let selection: [Option] = [
    .option("fills", "FILE", .file(["csv"]), "List of fills, as 'cavern pixel fills' writes it."),
    .option("first-fill", "N", .integer(1...99_999_999), "First fill.", note: "the first of the list"),
    .option("last-fill", "N", .integer(1...99_999_999), "Last fill.", note: "the last of the list"),
    .option("era", "NAME", .text, "Fills of an era: a year, run1, run2 or run3."),
    .option("bad-fills", "FILE", .path, "Fills to leave out, one number a line; 'known' for the built-in list."),
  ]

  /// Where conditions data are.
  static let database: [Option] = [
    .option("db", "DATABASE", .text, "Path of an SQLite file, or an ODBC connection string.", setting: "pixel.db"),
    .option("schema", "OWNER", .text, "Owner of the tables, put before their names.", setting: "pixel.schema"),
    .option(
      "password-file", "FILE", .file(), "File (mode 0600) with the password of the ODBC connection.",
      setting: "pixel.password_file"),
    .option("query-limit", "TIME", .duration, "Longest time a query may take.", default: "120 s"),
    .option("connections", "N", .integer(1...16), "Most connections at a time.", default: "2"),
  ]

  /// Where results go, and what happens to earlier ones.
  static let output: [Option] = [
    .option("out", "DIR", .folder, "Folder for the results."),
    .flag("overwrite", "Replace files of an earlier run."),
    .flag("skip-existing", "Leave out fills whose files are there."),
    .flag("resume", "Go on with a run that was stopped: like --skip-existing."),
    .flag("compat", "Names, columns and rounding of the earlier program, nothing else."),
    .flag("allow-skips", "End with 0 when fills were skipped."),
    .option("report", "FILE", .file(["json"]), "Also write the summary as JSON to FILE."),
  ]

  /// `--subsystem`.
  static let subsystem = Option.option(
    "subsystem", "NAME", .choice(Subsystem.allCases.map { .init($0.rawValue) }), "Barrel or EndCap.", note: "both")

  /// `--delay`.
  static let delay = Option.option(
    "delay", "TIME", .duration, "Time from the begin of stable beams to equilibrium.", default: "1200 s")

  /// `--format`: another way to say `--json` or `--csv`.
  static func format(hasCSV: Bool) -> Option {
    Option.option(
      "format", "FORM", .choice([.init("text")] + (hasCSV ? [.init("csv")] : []) + [.init("json")]),
      "Form of what is printed; csv and json are --csv and --json.", default: "text"
    ).namingFlags()
  }

  /// `--jobs N`.
  static let jobs = Option.option(
    "jobs", "N", .integer(1...4096), "How many threads and connections may work side by side.",
    note: "one for each core; 2 connections")

  /// `--figure`.
  static let figure = Option.option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw to FILE.")

  // MARK: Values

  static func subsystems(_ arguments: ParsedArguments) throws(CavernError) -> [Subsystem] {
    guard let name = try arguments.optionalString("subsystem") else { return Subsystem.allCases }
    return [try Subsystem(named: name)]
  }

  static func seconds(_ arguments: ParsedArguments, _ name: String) throws(CavernError) -> Double {
    try arguments.duration(name) / .seconds(1)
  }

  /// The bad fills of a file, or the built-in ones for `known`.
  static func badFills(_ path: String, _ facts: PixelFacts) throws(CavernError) -> Set<Int> {
    path == "known" ? facts.knownBadFills : try BadFills.read(path)
  }

  /// How many threads may work: `--threads` or `--jobs`, else one for each processor.
  static func threads(_ arguments: ParsedArguments) throws(CavernError) -> Int {
    // A setting stands for --threads where nothing is given here.
    if !arguments.isGiven("threads"), let jobs = try arguments.optionalInt("jobs") { return jobs }
    return try arguments.optionalInt("threads") ?? Processors.available
  }

  /// The selection of fills by limits and era.
  static func fillSelection(_ arguments: ParsedArguments, _ facts: PixelFacts) throws(CavernError) -> FillSelection {
    var selection = FillSelection(
      first: try arguments.optionalInt("first-fill"), last: try arguments.optionalInt("last-fill"))
    if let first = selection.first, let last = selection.last, first > last {
      throw CavernError(
        "usage.badRange", "--first-fill \(first) comes after --last-fill \(last)", exit: .usage,
        expected: "the first fill not after the last")
    }
    if let name = try arguments.optionalString("era") { selection.era = try facts.era(named: name) }
    if let path = try arguments.optionalString("bad-fills") {
      selection.bad = try badFills(path, facts)
    }
    return selection
  }

  /// The fills to work on, those left out for being bad, and remarks on the list.
  static func fills(
    _ arguments: ParsedArguments, _ facts: PixelFacts
  ) throws(CavernError) -> (fills: [Fill], bad: [Int], warnings: [CavernWarning]) {
    guard let path = try arguments.optionalString("fills") else {
      throw CavernError(
        "usage.missingOption", "--fills is missing", exit: .usage, expected: "the path of a list of fills",
        hint: "'cavern pixel fills' makes one")
    }
    let list = try FillList(path: path)
    do throws(CavernError) {
      let selected = try fillSelection(arguments, facts).select(list)
      return (selected.fills, selected.bad, list.warnings)
    } catch {
      throw error.code == "pixel.noFills" ? error.inFile(path) : error
    }
  }

  /// Opens the database.
  static func conditions(_ arguments: ParsedArguments) throws(CavernError) -> PixelConditions {
    guard let text = try arguments.optionalString("db") else {
      throw CavernError(
        "usage.missingOption", "--db is missing", exit: .usage,
        expected: "the path of an SQLite file or an ODBC connection string",
        hint: "for example --db conditions.sqlite or --db 'DSN=conditions'")
    }
    let tables = try ConditionsTables(schema: try arguments.optionalString("schema"))
    return PixelConditions(try open(text, arguments), tables: tables)
  }

  /// Opens any database with the limits of the command line.
  static func open(
    _ text: String, _ arguments: ParsedArguments, isWritable: Bool = false
  ) throws(CavernError) -> ConditionsDatabase {
    var source = DatabaseSource(text)
    if let path = try arguments.optionalString("password-file") {
      source = source.withPassword(try SecretFile.read(path))
    }
    var options = ConditionsDatabase.Options()
    options.queryLimit = try arguments.duration("query-limit")
    options.connections = try arguments.int("connections")
    if !arguments.isGiven("connections"), let jobs = try arguments.optionalInt("jobs") {
      options.connections = min(jobs, 16)
    }
    options.isWritable = isWritable
    options.isCancelled = { Interrupts.isRequested }
    return try ConditionsDatabase(source, options: options)
  }

  /// The error that ends a loop over fills after Ctrl-C.
  static func checkInterrupt() throws(CavernError) {
    guard Interrupts.isRequested else { return }
    throw CavernError(
      "pixel.interrupted", "stopped; files that are whole stay", exit: .interrupted,
      hint: "run again with --resume to go on")
  }
}
