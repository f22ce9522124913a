/// The line that shows how a command is written.
public enum Usage {
  /// `cavern beam ws fit [OPTIONS] FILE...`.
  public static func line(_ path: CommandPath) -> String {
    var words = [path.text]
    if path.command.run == nil {
      words.append("COMMAND")
    } else if !path.command.options.filter({ !$0.isHidden }).isEmpty || !path.sharedOptions.isEmpty {
      words.append("[OPTIONS]")
    }
    return (words + path.command.arguments.map(\.synopsis)).joined(separator: " ")
  }
}
