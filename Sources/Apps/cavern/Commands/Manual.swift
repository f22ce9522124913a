import Arguments
import Errors
import Files
import JSON

extension Command {
  /// `cavern man`: manual pages.
  static var manual: Command {
    Command(
      "man", "Print the manual page of a command.",
      discussion: "The page is written in the language of man(7); 'man -l' shows it.",
      examples: [
        Example("cavern man config show | man -l -", "read the manual page of 'cavern config show'"),
        Example("cavern man --all share/man/man1", "write the pages of all commands into a folder"),
      ],
      arguments: [Argument("word", .text, "The words of the command.", count: .repeating(atLeast: 0))],
      options: [.option("all", "DIR", .folder, "Write a page for every command into this folder, which must exist.")]
    ) { arguments in
      let root = CommandPath(root: CommandTree.root)
      guard let folder = try arguments.optionalString("all") else {
        let path = try root.descending(arguments.strings("word"))
        let page = ManualPage(path, version: Version.text)
        return Report(result: ["name": .string(page.fileName), "page": .string(page.text)], text: page.text)
      }
      let pages = root.subtree.map { ManualPage($0, version: Version.text) }
      for page in pages { try AtomicFile.write("\(folder)/\(page.fileName)", text: page.text) }
      return Report(
        result: ["folder": .string(folder), "files": .array(pages.map { .string($0.fileName) })],
        text: "\(pages.count) pages written to \(folder)")
    }
  }
}
