extension CompletionScript {
  /// The script for bash: walks over the words to find the command, then offers values, options or commands.
  var bash: String {
    let name = "_\(program)"
    var lines = [
      "# bash completion for \(program); made from the command tree.", "",
      "\(name)_files() {",
      "    # Offers files whose extension is among the arguments (all without arguments), and folders.",
      "    local file extension",
      "    compopt -o filenames 2>/dev/null",
      "    while IFS= read -r file; do",
      "        if [[ $# -eq 0 || -d $file ]]; then",
      "            COMPREPLY+=(\"$file\")",
      "            continue",
      "        fi",
      "        for extension in \"$@\"; do",
      "            [[ $file == *.\"$extension\" ]] && COMPREPLY+=(\"$file\")",
      "        done",
      "    done < <(compgen -f -- \"$cur\")",
      "}", "",
      "\(name)_folders() {",
      "    compopt -o filenames 2>/dev/null",
      "    mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")",
      "}", "",
      "\(name)_words() {",
      "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")",
      "}", "",
      "\(name)_list() {",
      "    # Completes the last item of a list parted by commas.",
      "    local head=",
      "    [[ $cur == *,* ]] && head=${cur%,*},",
      "    compopt -o nospace 2>/dev/null",
      "    mapfile -t COMPREPLY < <(compgen -P \"$head\" -W \"$1\" -- \"${cur##*,}\")",
      "}", "",
      "\(name)() {",
      "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}",
      "    local path=\(program) count=0 skip= ended= options= commands= word i",
      "    COMPREPLY=()",
      "    # bash breaks --name=value into three words.",
      "    if [[ $cur == = ]]; then",
      "        cur=",
      "    elif [[ $prev == = ]]; then",
      "        prev=${COMP_WORDS[COMP_CWORD-2]}",
      "    fi",
      "    for ((i = 1; i < COMP_CWORD; i++)); do",
      "        word=${COMP_WORDS[i]}",
      "        [[ $word == = ]] && continue",
      "        if [[ -n $skip ]]; then",
      "            skip=",
      "            continue",
      "        fi",
      "        if [[ -n $ended ]]; then",
      "            count=$((count + 1))",
      "            continue",
      "        fi",
      "        case \"$path $word\" in",
    ]
    let paths = root.subtree
    let commands = paths.dropFirst().map { Self.quoted($0.text) }
    if !commands.isEmpty {
      lines.append("            \(commands.joined(separator: " | "))) path+=\" $word\" count=0 ;;")
    }
    let takers = valuePatterns.map(\.pattern)
    if !takers.isEmpty { lines.append("            \(takers.joined(separator: " | "))) skip=1 ;;") }
    lines += [
      "            *' --') ended=1 ;;", "            *' -'*) ;;", "            *) count=$((count + 1)) ;;",
      "        esac",
      "    done",
    ]
    if !takers.isEmpty {
      lines += ["    if [[ -z $ended ]]; then", "        case \"$path $prev\" in"]
      for (pattern, kind) in valuePatterns { lines.append("            \(pattern)) \(action(kind)); return ;;") }
      lines += ["        esac", "    fi"]
    }
    lines.append("    case $path in")
    for path in paths {
      let options = Self.visible(path.allOptions).flatMap(Self.forms).filter { $0.hasPrefix("--") } + ["--help"]
      let below = path.command.visibleSubcommands.map(\.name)
      lines.append("        \(Self.quoted(path.text)))")
      lines.append("            options=\(Self.quoted(options.joined(separator: " ")))")
      if !below.isEmpty { lines.append("            commands=\(Self.quoted(below.joined(separator: " ")))") }
      lines.append("            ;;")
    }
    lines += [
      "    esac", "    if [[ -z $ended && $cur == -* ]]; then", "        \(name)_words \"$options\"", "        return",
      "    fi", "    if [[ -n $commands ]]; then", "        \(name)_words \"$commands\"", "        return", "    fi",
      "    case \"$path/$count\" in",
    ]
    for path in paths {
      for (position, argument) in path.command.arguments.enumerated() {
        var pattern = Self.quoted("\(path.text)/\(position)")
        if case .repeating = argument.count { pattern = Self.quoted("\(path.text)/") + "*" }
        lines.append("        \(pattern)) \(action(argument.kind)) ;;")
      }
    }
    lines += ["        *) ;;", "    esac", "}", "", "complete -F \(name) \(program)"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// The options that take a value, as patterns over `path word`: own options of each command, then shared ones, which
  /// match below the command that declares them.
  private var valuePatterns: [(pattern: String, kind: ValueKind)] {
    var result: [(pattern: String, kind: ValueKind)] = []
    for path in root.subtree {
      for option in Self.visible(path.command.options) {
        guard let kind = option.kind else { continue }
        result.append((Self.forms(option).map { Self.quoted("\(path.text) \($0)") }.joined(separator: " | "), kind))
      }
    }
    for path in root.subtree {
      for option in Self.visible(path.command.sharedOptions) {
        guard let kind = option.kind else { continue }
        let patterns = Self.forms(option).map { Self.quoted(path.text) + "*" + Self.quoted(" \($0)") }
        result.append((patterns.joined(separator: " | "), kind))
      }
    }
    return result
  }

  private func action(_ kind: ValueKind) -> String {
    let name = "_\(program)"
    let words = Self.quoted(kind.choices.map(\.name).joined(separator: " "))
    switch kind {
    case .choice: return "\(name)_words \(words)"
    case .boolean: return "\(name)_words 'true false'"
    case .list where !kind.choices.isEmpty: return "\(name)_list \(words)"
    case .file(let extensions): return ([name + "_files"] + extensions.map(Self.quoted)).joined(separator: " ")
    case .path: return "\(name)_files"
    case .folder: return "\(name)_folders"
    default: return ":"
    }
  }
}
