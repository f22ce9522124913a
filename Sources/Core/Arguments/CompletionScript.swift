/// Completion scripts for shells, made from the command tree.
public struct CompletionScript: Sendable {
  /// A shell that completes.
  public enum Shell: String, Sendable, CaseIterable {
    /// GNU bash, 4 or later; works with and without the package bash-completion.
    case bash
    /// The Z shell.
    case zsh
    /// The friendly interactive shell.
    case fish
  }

  /// The root of the tree.
  public let root: CommandPath

  /// The scripts of a tree.
  public init(_ root: CommandPath) { self.root = root }

  /// The script for a shell.
  public func text(for shell: Shell) -> String {
    switch shell {
    case .bash: bash
    case .zsh: zsh
    case .fish: fish
    }
  }

  /// The program's name.
  var program: String { root.names[0] }

  /// A word in single quotes.
  static func quoted(_ text: String) -> String { "'\(replacing("'", in: text, by: "'\\''"))'" }

  /// A text with every occurrence of a letter replaced.
  static func replacing(_ letter: Character, in text: String, by other: String) -> String {
    text.split(separator: letter, omittingEmptySubsequences: false).joined(separator: other)
  }

  /// The options that help shows.
  static func visible(_ options: [Option]) -> [Option] { options.filter { !$0.isHidden } }

  /// The long and short forms of an option, `--no-` included.
  static func forms(_ option: Option) -> [String] {
    let long = option.isInvertible ? [option.longForm, "--no-\(option.name)"] : [option.longForm]
    return option.short.map { ["-\($0)"] + long } ?? long
  }
}
