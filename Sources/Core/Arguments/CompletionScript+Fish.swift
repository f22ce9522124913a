extension CompletionScript {
  /// The script for fish: one `complete` line for each command, option and argument.
  var fish: String {
    let name = "__\(program)"
    var lines = [
      "# fish completion for \(program); made from the command tree.", "",
      "function \(name)_path", "    # Prints the command that the words so far call.", "    set -l path \(program)",
      "    set -l skip no", "    for word in (commandline -opc)[2..-1]", "        if test $skip = yes",
      "            set skip no",
      "            continue", "        end", "        switch \"$path $word\"",
    ]
    let commands = root.subtree.dropFirst().map { Self.fishQuoted($0.text) }
    if !commands.isEmpty {
      lines += ["            case \(commands.joined(separator: " "))", "                set path \"$path $word\""]
    }
    let takers = valuePatterns
    if !takers.isEmpty {
      lines += ["            case \(takers.joined(separator: " "))", "                set skip yes"]
    }
    lines += [
      "        end", "    end", "    echo $path", "end", "",
      "function \(name)_at", "    # Whether the line calls exactly this command.",
      "    test (\(name)_path) = \"$argv\"", "end", "",
      "function \(name)_below", "    # Whether the line calls this command or one below it.",
      "    string match -q -- \"$argv *\" (\(name)_path)' '", "end", "",
      "complete -c \(program) -f", "complete -c \(program) -s h -l help -d 'Show help.'",
    ]
    for path in root.subtree {
      let at = "-n \(Self.fishQuoted("\(name)_at \(path.text)"))"
      for command in path.command.visibleSubcommands {
        lines.append("complete -c \(program) \(at) -a \(command.name) -d \(Self.fishQuoted(command.abstract))")
      }
      for argument in path.command.arguments {
        guard let action = argumentAction(argument.kind) else { continue }
        lines.append("complete -c \(program) \(at) \(action) -d \(Self.fishQuoted(argument.help))")
      }
      lines += Self.visible(path.command.options).flatMap { option($0, at) }
      let below = path.commands.count == 1 ? "" : "-n \(Self.fishQuoted("\(name)_below \(path.text)"))"
      lines += Self.visible(path.command.sharedOptions).flatMap { option($0, below) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var valuePatterns: [String] {
    root.subtree.flatMap { path -> [String] in
      let own = Self.visible(path.command.options).filter { !$0.isFlag }.flatMap(Self.forms)
      let shared = Self.visible(path.command.sharedOptions).filter { !$0.isFlag }.flatMap(Self.forms)
      return own.map { Self.fishQuoted("\(path.text) \($0)") } + shared.map { Self.fishQuoted("\(path.text)* \($0)") }
    }
  }

  private func option(_ option: Option, _ condition: String) -> [String] {
    var words = ["complete -c \(program)"]
    if !condition.isEmpty { words.append(condition) }
    let start = words
    if let short = option.short { words.append("-s \(short)") }
    words.append("-l \(option.name)")
    if let kind = option.kind { words.append(optionAction(kind)) }
    words.append("-d \(Self.fishQuoted(option.help))")
    var lines = [words.joined(separator: " ")]
    if option.isInvertible {
      lines.append(
        (start + ["-l no-\(option.name)", "-d \(Self.fishQuoted("Not: \(option.help)"))"]).joined(separator: " "))
    }
    return lines
  }

  private func optionAction(_ kind: ValueKind) -> String {
    switch kind {
    case .file, .path: argumentAction(kind).map { "-r \($0)" } ?? "-r -F"
    default: argumentAction(kind).map { "-x \($0)" } ?? "-x"
    }
  }

  private func argumentAction(_ kind: ValueKind) -> String? {
    switch kind {
    case .choice(let choices):
      return
        "-a \(Self.fishQuoted(choices.map { $0.help.isEmpty ? $0.name : "\($0.name)\t\($0.help)" }.joined(separator: "\n")))"
    case .boolean: return "-a 'true false'"
    case .list where !kind.choices.isEmpty:
      return "-a \(Self.fishQuoted("(__fish_append , \(kind.choices.map(\.name).joined(separator: " ")))"))"
    case .file(let extensions) where !extensions.isEmpty:
      return
        "-k -a \(Self.fishQuoted("(__fish_complete_suffix \(extensions.map { ".\($0)" }.joined(separator: " ")))"))"
    case .file, .path: return "-F"
    case .folder: return "-a '(__fish_complete_directories)'"
    default: return nil
    }
  }

  /// A word in single quotes as fish reads it: backslash and quote escaped.
  private static func fishQuoted(_ text: String) -> String {
    "'\(replacing("'", in: replacing("\\", in: text, by: "\\\\"), by: "\\'"))'"
  }
}
