/// The help of a command as text for a terminal.
public struct HelpText: Sendable {
  /// The command.
  public let path: CommandPath
  /// The widest line, in characters.
  public let width: Int
  /// Whether headings and names are marked with terminal colours.
  public let isColored: Bool

  /// The help of one command.
  public init(_ path: CommandPath, width: Int = 80, isColored: Bool = false) {
    self.path = path
    self.width = max(40, min(width, 120))
    self.isColored = isColored
  }

  /// The whole help: abstract, usage, examples, arguments, commands, options, discussion.
  public var full: String {
    let command = path.command
    var blocks = [TextWrap.wrap(command.abstract, width: width), "\(heading("Usage:")) \(Usage.line(path))"]
    if !command.examples.isEmpty {
      blocks.append(([heading("Examples:")] + command.examples.map(example)).joined(separator: "\n"))
    }
    if !command.arguments.isEmpty {
      blocks.append(section("Arguments:", command.arguments.map { ($0.placeholder, argumentHelp($0)) }))
    }
    blocks += commandSections
    let own = command.options.filter { !$0.isHidden }
    if !own.isEmpty { blocks.append(section("Options:", own.map(optionRow))) }
    let shared = path.sharedOptions.filter { !$0.isHidden }
    blocks.append(
      section(own.isEmpty ? "Options:" : "Common options:", shared.map(optionRow) + [("-h, --help", "Show this help.")])
    )
    if !command.discussion.isEmpty { blocks.append(TextWrap.paragraphs(command.discussion, width: width)) }
    if !command.visibleSubcommands.isEmpty {
      blocks.append(
        "'\(path.names[0]) help \((path.names.dropFirst() + ["COMMAND"]).joined(separator: " "))' explains a command.")
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  /// The short help shown when a command is missing: usage and the commands.
  public var short: String {
    (["\(heading("Usage:")) \(Usage.line(path))"] + commandSections + ["'\(path.text) --help' shows more."])
      .joined(separator: "\n\n") + "\n"
  }

  // MARK: Sections

  private var commandSections: [String] {
    var groups: [(title: String, rows: [(String, String)])] = []
    for command in path.command.visibleSubcommands {
      let title = command.group.map { "\($0):" } ?? "Commands:"
      let row = (command.name, command.abstract)
      if let position = groups.firstIndex(where: { $0.title == title }) {
        groups[position].rows.append(row)
      } else {
        groups.append((title, [row]))
      }
    }
    let column = groups.flatMap(\.rows).map(\.0.count).max() ?? 0
    return groups.map { section($0.title, $0.rows, column: column) }
  }

  private func example(_ example: Example) -> String {
    "  \(example.line)\n" + TextWrap.wrap(example.meaning, width: width, indent: 6)
  }

  private func section(_ title: String, _ rows: [(String, String)], column: Int? = nil) -> String {
    let widest = column ?? rows.map(\.0.count).filter { $0 <= 24 }.max() ?? 24
    let start = min(widest, 24) + 4
    let lines = rows.map { name, help -> String in
      let body = TextWrap.wrap(help, width: width, indent: start)
      guard name.count <= start - 4 else { return "  \(bold(name))\n\(body)" }
      let gap = String(repeating: " ", count: start - 2 - name.count)
      return "  \(bold(name))\(gap)\(body.dropFirst(start))"
    }
    return ([heading(title)] + lines).joined(separator: "\n")
  }

  private func argumentHelp(_ argument: Argument) -> String {
    argument.help + OptionText.choices(argument.kind)
  }

  private func optionRow(_ option: Option) -> (String, String) {
    let indent = option.short == nil && path.allOptions.contains { $0.short != nil } ? "    " : ""
    return (indent + option.synopsis, OptionText.help(option))
  }

  private func heading(_ text: String) -> String { isColored ? "\u{1B}[1;4m\(text)\u{1B}[0m" : text }

  private func bold(_ text: String) -> String { isColored ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
}

/// The sentences about an option, shared by help, manual pages and the reference.
enum OptionText {
  /// The help with choices, default and settings key.
  static func help(_ option: Option) -> String {
    var text = option.help
    if let kind = option.kind { text += choices(kind) }
    var notes: [String] = []
    if let note = option.defaultNote ?? (option.isFlag ? option.defaultValue.map { _ in "on" } : option.defaultValue) {
      notes.append("default: \(note)")
    }
    if option.isRepeatable, !option.isFlag { notes.append("may be repeated") }
    if let key = option.setting { notes.append("setting: \(key)") }
    return notes.isEmpty ? text : "\(text) (\(notes.joined(separator: "; ")))"
  }

  /// ` One of: a, b.`, or a line for each choice that is explained.
  static func choices(_ kind: ValueKind) -> String {
    let choices = kind.choices
    guard !choices.isEmpty else { return "" }
    let words = choices.map { $0.help.isEmpty ? $0.name : "\($0.name) (\($0.help))" }
    return " \(kind.isList ? "Of" : "One of"): \(words.joined(separator: ", "))."
  }
}
