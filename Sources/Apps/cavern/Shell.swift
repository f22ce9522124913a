import Arguments
import Errors
import JSON
import Settings

/// Runs one command line: parses it, runs the command and writes what it reports where the user wants it.
///
/// Results go to standard output, everything else to standard error.
struct Shell: Sendable {
  /// The command tree.
  let root: Command
  /// The process around it.
  let surroundings: Surroundings

  /// Runs a command line.
  ///
  /// - Parameter words: the words after the program's name.
  /// - Returns: the status to exit with.
  @MainActor func run(words: [String]) async -> ExitStatus {
    var console = Console(words: words, surroundings: surroundings)
    do {
      switch try CommandParser(root).parse(words, surroundings: surroundings) {
      case .help(let path):
        try console.writeOutput(help(path, console).full)
        return .done
      case .version:
        try console.writeOutput("cavern \(Version.text)\n")
        return .done
      case .missingCommand(let path):
        console.writeError(help(path, console).short)
        return .usage
      case .run(let parsed):
        let arguments = try SettingsFiles.complete(parsed)
        console = Console(arguments)
        return try await run(arguments, console)
      }
    } catch {
      return console.fail(error)
    }
  }

  private func help(_ path: CommandPath, _ console: Console) -> HelpText {
    let isColored = surroundings.usesColor(console.color, isTerminal: surroundings.isOutputTerminal)
    return HelpText(path, width: surroundings.width, isColored: isColored)
  }

  @MainActor private func run(_ arguments: ParsedArguments, _ console: Console) async throws -> ExitStatus {
    guard let action = arguments.command.run else { return .usage }
    if CommonOptions.printsTwice(arguments) {
      throw CavernError("usage.conflict", "--csv and --json exclude each other", exit: .usage)
    }
    Interrupts.install()
    SupervisedProcess.watch(surroundings.variables)
    let report = try await action(arguments)
    for warning in report.warnings where !arguments.flag("json") { console.warn(warning) }
    try console.write(report, of: arguments)
    return Interrupts.isRequested && !report.isService ? .interrupted : report.status
  }
}
