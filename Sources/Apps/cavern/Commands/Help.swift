import Arguments
import Errors
import JSON

extension Command {
  /// `cavern help [WORD...]`: help of a command, or one of the topics.
  static var help: Command {
    Command(
      "help", "Explain a command, or a topic such as exit-codes.",
      examples: [
        Example("cavern help config show", "explain the command 'cavern config show'"),
        Example("cavern help exit-codes", "list the exit statuses"),
      ],
      arguments: [
        Argument("word", .text, "The words of the command, or a topic: exit-codes.", count: .repeating(atLeast: 0))
      ]
    ) { arguments in
      let words = try arguments.strings("word")
      if words == ["exit-codes"] { return exitCodes }
      let root = CommandPath(root: CommandTree.root)
      let path: CommandPath
      do throws(CavernError) {
        path = try root.descending(words)
      } catch {
        throw arguments.fault(
          error.code, error.message, about: "word",
          nearest: error.nearest + nearestNames(to: words.joined(separator: " "), in: ["exit-codes"]), hint: error.hint)
      }
      let site = arguments.surroundings
      let isColored = site.usesColor(try arguments.string("color"), isTerminal: site.isOutputTerminal)
      let text = HelpText(path, width: site.width, isColored: isColored).full
      return Report(result: ["command": .string(path.text), "help": .string(text)], text: text)
    }
  }

  /// The list of exit statuses.
  private static var exitCodes: Report {
    Report(
      result: .array(
        ExitStatus.allCases.map { ["status": .integer(Int($0.rawValue)), "meaning": .string($0.meaning)] }),
      text: TextTable(
        columns: [.right("status"), .left("meaning")],
        rows: ExitStatus.allCases.map { ["\($0.rawValue)", $0.meaning] }
      ).text())
  }
}
