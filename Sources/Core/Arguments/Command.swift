import Errors

/// One command of a program, with its subcommands: the single description from which parsing, help, manual pages,
/// completions, the JSON dump and the reference are made.
///
///     Command(
///       "fit", "Fit wire-scanner profiles.",
///       examples: [Example("cavern beam ws fit scan.parquet", "fit both planes")],
///       arguments: [.init("file", .file(["parquet"]), "The acquisition.")],
///       options: [.option("plane", "LIST", .list(.choice(["H", "V"])), "The planes to fit.", default: "H,V")]
///     ) { arguments in
///       let file = try arguments.string("file")
///       ...
///       return Report(result: ["file": .string(file)], text: "...")
///     }
public struct Command: Sendable {
  /// What a command does: a function from the parsed words to a report; the shell writes the report out.
  ///
  /// It runs on the main thread. It may throw `CavernError`; anything else counts as a fault in the program.
  public typealias Action = @MainActor @Sendable (ParsedArguments) async throws -> Report

  /// The word that calls it: lower-case letters, digits and hyphens.
  public var name: String
  /// One sentence that begins with a verb.
  public var abstract: String
  /// Paragraphs below the options, parted by empty lines; an indented paragraph is kept as it stands.
  public var discussion: String
  /// Full command lines that work, and what they do.
  public var examples: [Example]
  /// The words that are not options, in order.
  public var arguments: [Argument]
  /// Options and flags of this command alone.
  public var options: [Option]
  /// Options and flags that this command and everything below it accept.
  public var sharedOptions: [Option]
  /// The commands below it; a command has either these or an action.
  public var subcommands: [Command]
  /// The heading under which the parent lists it; `nil` for the plain list.
  public var group: String?
  /// Whether help and completions pass over it.
  public var isHidden: Bool
  /// What it does; `nil` when it only groups subcommands.
  public var run: Action?

  /// A command that does something.
  public init(
    _ name: String, _ abstract: String, discussion: String = "", examples: [Example] = [], arguments: [Argument] = [],
    options: [Option] = [], group: String? = nil, isHidden: Bool = false, run: @escaping Action
  ) {
    self.name = name
    self.abstract = abstract
    self.discussion = discussion
    self.examples = examples
    self.arguments = arguments
    self.options = options
    self.sharedOptions = []
    self.subcommands = []
    self.group = group
    self.isHidden = isHidden
    self.run = run
  }

  /// A command that groups others.
  public init(
    _ name: String, _ abstract: String, discussion: String = "", examples: [Example] = [], options: [Option] = [],
    sharedOptions: [Option] = [], group: String? = nil, subcommands: [Command]
  ) {
    self.name = name
    self.abstract = abstract
    self.discussion = discussion
    self.examples = examples
    self.arguments = []
    self.options = options
    self.sharedOptions = sharedOptions
    self.subcommands = subcommands
    self.group = group
    self.isHidden = false
    self.run = nil
  }

  /// The subcommands that help and completions show.
  public var visibleSubcommands: [Command] { subcommands.filter { !$0.isHidden } }

  /// The subcommand by that name.
  public func subcommand(_ name: String) -> Command? { subcommands.first { $0.name == name } }
}

/// A command line that works, and what it does.
public struct Example: Sendable, Equatable {
  /// The command line, beginning with the program's name.
  public var line: String
  /// What it does, in a few words.
  public var meaning: String

  /// An example.
  public init(_ line: String, _ meaning: String) {
    self.line = line
    self.meaning = meaning
  }
}

/// A command with the commands above it, root first: what help, manual pages and completions are made for.
public struct CommandPath: Sendable {
  /// From the root to the command itself; never empty.
  public let commands: [Command]

  /// The path of a tree's root.
  public init(root: Command) { commands = [root] }

  private init(_ commands: [Command]) { self.commands = commands }

  /// The command at the end of the path.
  public var command: Command { commands[commands.count - 1] }

  /// The names from the root on.
  public var names: [String] { commands.map(\.name) }

  /// The words that call it, for example `cavern beam ws fit`.
  public var text: String { names.joined(separator: " ") }

  /// The path one step further down.
  public func appending(_ command: Command) -> CommandPath { CommandPath(commands + [command]) }

  /// The path to the command reached by these words from here.
  ///
  /// - Parameter words: names of subcommands.
  /// - Throws: `usage.unknownCommand` with the nearest names.
  public func descending(_ words: some Sequence<String>) throws(CavernError) -> CommandPath {
    var path = self
    for word in words {
      guard let next = path.command.subcommand(word) else {
        throw CavernError(
          "usage.unknownCommand", "'\(path.text)' has no command '\(word)'", exit: .usage,
          nearest: nearestNames(to: word, in: path.command.visibleSubcommands.map(\.name)),
          hint: "'\(path.text) --help' lists the commands")
      }
      path = path.appending(next)
    }
    return path
  }

  /// Options that the commands above declare for everything below them, and the command's own shared ones.
  public var sharedOptions: [Option] { commands.flatMap(\.sharedOptions) }

  /// Every option that may stand after this command, own ones first.
  public var allOptions: [Option] { command.options + sharedOptions }

  /// This path and those of all visible commands below it, parents before children, in declared order.
  public var subtree: [CommandPath] {
    [self] + command.visibleSubcommands.flatMap { appending($0).subtree }
  }
}
