extension CompletionScript {
  /// The script for zsh: one function a command.
  var zsh: String {
    var lines = ["#compdef \(program)", "# zsh completion for \(program); made from the command tree."]
    for path in root.subtree { lines += [""] + function(path) }
    lines += [
      "", "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then", "    _\(program) \"$@\"", "else",
      "    compdef _\(program) \(program)", "fi",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func function(_ path: CommandPath) -> [String] {
    let command = path.command
    var specs = Self.visible(path.allOptions).flatMap(spec)
    specs.append("'(-h --help)'{-h,--help}'[Show help.]'")
    if command.run == nil {
      specs += ["'1:command:->command'", "'*::argument:->argument'"]
    } else {
      specs += command.arguments.enumerated().map { position, argument in
        let action = action(argument.kind)
        switch argument.count {
        case .one: return Self.quoted("\(position + 1):\(escape(argument.placeholder)):\(action)")
        case .optional: return Self.quoted("\(position + 1)::\(escape(argument.placeholder)):\(action)")
        case .repeating: return Self.quoted("*:\(escape(argument.placeholder)):\(action)")
        }
      }
    }
    var lines = ["\(functionName(path))() {"]
    if command.run == nil { lines.append("    local curcontext=$curcontext state line ret=1") }
    lines.append("    _arguments -s -S\(command.run == nil ? " -C" : "") \\")
    lines += specs.enumerated().map { position, spec in
      "        \(spec)\(position < specs.count - 1 ? " \\" : command.run == nil ? " && ret=0" : "")"
    }
    guard command.run == nil else { return lines + ["}"] }
    lines += ["    case $state in", "        command)", "            local -a commands", "            commands=("]
    lines += command.visibleSubcommands.map {
      "                \(Self.quoted("\($0.name):\(Self.replacing(":", in: $0.abstract, by: "\\:"))"))"
    }
    lines += ["            )", "            _describe -t commands command commands && ret=0", "            ;;"]
    lines += ["        argument)", "            case $line[1] in"]
    lines += command.visibleSubcommands.map {
      "                \($0.name)) \(functionName(path.appending($0))) && ret=0 ;;"
    }
    return lines + ["            esac", "            ;;", "    esac", "    return ret", "}"]
  }

  private func functionName(_ path: CommandPath) -> String { "_" + path.names.joined(separator: "_") }

  private func spec(_ option: Option) -> [String] {
    let help = "[\(escape(option.help))]"
    let repeats = option.isRepeatable ? "*" : ""
    guard let kind = option.kind else {
      var specs: [String] = []
      if let short = option.short {
        let together = option.isRepeatable ? Self.quoted("*") : Self.quoted("(-\(short) \(option.longForm))")
        specs.append("\(together){-\(short),\(option.longForm)}\(Self.quoted(help))")
      } else {
        specs.append(Self.quoted("\(repeats)\(option.longForm)\(help)"))
      }
      if option.isInvertible { specs.append(Self.quoted("--no-\(option.name)[\(escape("Not: \(option.help)"))]")) }
      return specs
    }
    let value = ":\(escape(option.valueName)):\(action(kind))"
    guard let short = option.short else { return [Self.quoted("\(repeats)\(option.longForm)=\(help)\(value)")] }
    let together = option.isRepeatable ? Self.quoted("*") : Self.quoted("(-\(short) \(option.longForm))")
    return ["\(together){-\(short)+,\(option.longForm)=}\(Self.quoted(help + value))"]
  }

  private func action(_ kind: ValueKind) -> String {
    let words = kind.choices.map(\.name)
    switch kind {
    case .choice:
      guard kind.choices.contains(where: { !$0.help.isEmpty }) else { return "(\(words.joined(separator: " ")))" }
      let explained = kind.choices.map { "\($0.name)\\:\(Self.quoted(escape($0.help)))" }
      return "((\(explained.joined(separator: " "))))"
    case .boolean: return "(true false)"
    case .list where !words.isEmpty: return "_values -s , value \(words.joined(separator: " "))"
    case .file(let extensions) where !extensions.isEmpty:
      return "_files -g \"*.(\(extensions.joined(separator: "|")))\""
    case .file, .path: return "_files"
    case .folder: return "_files -/"
    default: return " "
    }
  }

  /// A description inside a specification of `_arguments`.
  private func escape(_ text: String) -> String {
    var result = ""
    for letter in text {
      if "[]:\\".contains(letter) { result.append("\\") }
      result.append(letter)
    }
    return result
  }
}
