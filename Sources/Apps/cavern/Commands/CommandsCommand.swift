import Arguments
import JSON

extension Command {
  /// `cavern commands`: the tree itself.
  static var commands: Command {
    Command(
      "commands", "List every command with its options.",
      discussion: "With --json the whole command tree is printed as data: names, options, kinds of values, defaults.",
      examples: [
        Example("cavern commands", "list the commands"),
        Example("cavern commands --json", "print the command tree for another program"),
        Example("cavern commands --markdown", "print the reference of all commands"),
      ],
      options: [.flag("markdown", "Print the reference of all commands as Markdown.")]
    ) { arguments in
      let root = CommandPath(root: CommandTree.root)
      if arguments.flag("markdown") {
        let text = MarkdownReference(root).text
        return Report(result: ["markdown": .string(text)], text: text)
      }
      let rows = root.subtree.dropFirst().filter { $0.command.run != nil }.map { [$0.text, $0.command.abstract] }
      return Report(
        result: root.json,
        text: TextTable(columns: [.left("command"), .left("what it does")], rows: rows)
          .text(width: arguments.surroundings.width))
    }
  }
}
