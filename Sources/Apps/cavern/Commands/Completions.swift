import Arguments
import JSON

extension Command {
  /// `cavern completions SHELL`.
  static var completions: Command {
    Command(
      "completions", "Print the completion script of a shell.",
      discussion: """
        Where the script belongs:

          bash  ~/.local/share/bash-completion/completions/cavern
          zsh   _cavern in a folder of $fpath
          fish  ~/.config/fish/completions/cavern.fish
        """,
      examples: [
        Example("cavern completions bash", "print the script for bash"),
        Example("cavern completions fish > ~/.config/fish/completions/cavern.fish", "set up completions in fish"),
      ],
      arguments: [
        Argument("shell", .choice(CompletionScript.Shell.allCases.map { .init($0.rawValue) }), "The shell.")
      ]
    ) { arguments in
      let name = try arguments.string("shell")
      let shell = CompletionScript.Shell(rawValue: name) ?? .bash
      let script = CompletionScript(CommandPath(root: CommandTree.root)).text(for: shell)
      return Report(result: ["shell": .string(name), "script": .string(script)], text: script)
    }
  }
}
