/// The reference of a command and everything below it as one Markdown page.
public struct MarkdownReference: Sendable {
  /// The command at the top.
  public let root: CommandPath

  /// The reference of a tree.
  public init(_ root: CommandPath) { self.root = root }

  /// The page: shared options once at the top, then one section a command.
  public var text: String {
    var blocks = ["# \(root.text)", root.command.abstract]
    let shared = root.command.sharedOptions.filter { !$0.isHidden }
    if !shared.isEmpty { blocks += ["Every command accepts:", table(shared)] }
    if !root.command.discussion.isEmpty { blocks += prose(root.command.discussion) }
    for path in root.subtree.dropFirst() { blocks += section(path) }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private func section(_ path: CommandPath) -> [String] {
    let command = path.command
    var blocks = ["## \(path.text)", command.abstract, "    \(Usage.line(path))"]
    if !command.examples.isEmpty {
      let lines = command.examples.map { "# \($0.meaning)\n\($0.line)" }
      blocks.append("```sh\n\(lines.joined(separator: "\n"))\n```")
    }
    if !command.arguments.isEmpty {
      let rows = command.arguments.map { row($0.synopsis, $0.help + OptionText.choices($0.kind)) }
      blocks.append((["| argument | meaning |", "|---|---|"] + rows).joined(separator: "\n"))
    }
    let options = (command.options + (path.commands.count > 1 ? command.sharedOptions : [])).filter { !$0.isHidden }
    if !options.isEmpty { blocks.append(table(options)) }
    let below = command.visibleSubcommands.map {
      "* [`\(path.text) \($0.name)`](#\(anchor(path.appending($0)))): \($0.abstract)"
    }
    if !below.isEmpty { blocks.append(below.joined(separator: "\n")) }
    return blocks + prose(command.discussion)
  }

  private func prose(_ text: String) -> [String] {
    TextWrap.split(text).map { block in
      block.hasPrefix("  ") ? block.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n") : block
    }
  }

  private func table(_ options: [Option]) -> String {
    (["| option | meaning |", "|---|---|"] + options.map { row($0.synopsis, OptionText.help($0)) }).joined(
      separator: "\n")
  }

  private func row(_ name: String, _ meaning: String) -> String {
    "| `\(escape(name))` | \(escape(meaning)) |"
  }

  private func escape(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }

  private func anchor(_ path: CommandPath) -> String { path.names.joined(separator: "-") }
}
