import Errors

/// The manual page of a command in the language of man(7).
public struct ManualPage: Sendable {
  /// The command.
  public let path: CommandPath
  /// The program's version, for the footer.
  public let version: String

  /// The page of one command.
  public init(_ path: CommandPath, version: String) {
    self.path = path
    self.version = version
  }

  /// The page's name without section: `cavern-config-show`.
  public var name: String { path.names.joined(separator: "-") }

  /// The page's file name: `cavern-config-show.1`.
  public var fileName: String { "\(name).1" }

  /// The page.
  public var text: String {
    let command = path.command
    var lines = [
      ".\\\" Made from the command tree; do not edit.",
      ".TH \"\(Self.escape(name.uppercased()))\" 1 \"\" \"\(path.names[0]) \(version)\" \"User Commands\"", ".SH NAME",
      "\(Self.escape(name)) \\- \(Self.escape(Self.lowered(command.abstract)))", ".SH SYNOPSIS",
      ".B \(Self.escape(path.text))",
    ]
    let rest = Usage.line(path).dropFirst(path.text.count + 1)
    if !rest.isEmpty { lines.append(Self.line(String(rest))) }
    lines += [".SH DESCRIPTION", Self.line(command.abstract)]
    lines += Self.paragraphs(command.discussion)
    if !command.arguments.isEmpty {
      lines.append(".SH ARGUMENTS")
      for argument in command.arguments {
        lines += entry(italic: argument.placeholder, argument.help + OptionText.choices(argument.kind))
      }
    }
    let groups = Dictionary(grouping: command.visibleSubcommands) { $0.group ?? "Commands" }
    var shown: Set<String> = []
    for title in command.visibleSubcommands.map({ $0.group ?? "Commands" }) where shown.insert(title).inserted {
      lines.append(".SH \(Self.escape(title.uppercased()))")
      for subcommand in groups[title] ?? [] {
        lines += [".TP", ".BR \(Self.escape("\(name)-\(subcommand.name)")) (1)", Self.line(subcommand.abstract)]
      }
    }
    lines += options("OPTIONS", command.options)
    lines += options("COMMON OPTIONS", path.sharedOptions)
    lines += [".TP", "\\fB\\-h\\fR, \\fB\\-\\-help\\fR", "Show help."]
    if !command.examples.isEmpty {
      lines.append(".SH EXAMPLES")
      for example in command.examples {
        lines += [".TP", "\\fB\(Self.escape(example.line))\\fR", Self.line(example.meaning)]
      }
    }
    lines.append(".SH EXIT STATUS")
    for status in ExitStatus.allCases { lines += [".TP", ".B \(status.rawValue)", Self.line(status.meaning)] }
    if path.commands.count > 1 {
      let parent = path.names.dropLast().joined(separator: "-")
      lines += [".SH SEE ALSO", ".BR \(Self.escape(parent)) (1)"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func options(_ title: String, _ options: [Option]) -> [String] {
    let visible = options.filter { !$0.isHidden }
    guard !visible.isEmpty else { return [] }
    return [".SH \(title)"]
      + visible.flatMap { option -> [String] in
        let forms = option.forms.split(separator: " ").map { word -> String in
          word.hasSuffix(",")
            ? "\\fB\(Self.escape(String(word.dropLast())))\\fR," : "\\fB\(Self.escape(String(word)))\\fR"
        }
        let value = option.isFlag ? "" : " \\fI\(Self.escape(option.valueName))\\fR"
        return [".TP", forms.joined(separator: " ") + value, Self.line(OptionText.help(option))]
      }
  }

  private func entry(italic title: String, _ help: String) -> [String] {
    [".TP", "\\fI\(Self.escape(title))\\fR", Self.line(help)]
  }

  private static func paragraphs(_ text: String) -> [String] {
    TextWrap.split(text).flatMap { block -> [String] in
      if block.hasPrefix("  ") {
        return [".PP", ".nf"] + block.split(separator: "\n").map { line(String($0)) } + [".fi"]
      }
      return [".PP", line(block.split(separator: "\n").joined(separator: " "))]
    }
  }

  /// A text line: escaped, and kept from being read as a request when it begins with a dot or a quote.
  private static func line(_ text: String) -> String {
    let escaped = escape(text)
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }

  private static func escape(_ text: String) -> String {
    var result = ""
    for letter in text {
      switch letter {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "`": result += "\\(ga"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      case "\"": result += "\\(dq"
      default: result.append(letter)
      }
    }
    return result
  }

  private static func lowered(_ text: String) -> String {
    let open = text.hasSuffix(".") ? text.dropLast() : text[...]
    guard let first = open.first else { return "" }
    return first.lowercased() + open.dropFirst()
  }
}
