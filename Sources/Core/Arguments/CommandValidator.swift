import Errors

/// Looks over a command tree for what would make it confusing or wrong; run by the tests over the real tree.
public enum CommandValidator {
  /// Everything wrong with the tree below a root, one sentence each; empty for a sound tree.
  ///
  /// Checked: names and their uniqueness, clashes of options with shared ones, missing or unfinished descriptions,
  /// defaults that their own kind refuses, arguments behind a repeating one, and examples that do not parse.
  public static func faults(in root: Command) -> [String] {
    let parser = CommandParser(root)
    return CommandPath(root: root).everything.flatMap { path -> [String] in
      let command = path.command
      var faults = names(command) + descriptions(command) + options(path) + arguments(command)
      if (command.run == nil) == command.subcommands.isEmpty {
        faults.append("needs either an action or subcommands")
      }
      if command.run != nil, command.examples.isEmpty, !command.isHidden { faults.append("has no example") }
      if !command.examples.isEmpty, !command.examples.contains(where: { "\($0.line) ".hasPrefix("\(path.text) ") }) {
        faults.append("no example calls it")
      }
      for example in command.examples {
        if let fault = self.fault(example, path.names[0], parser) { faults.append(fault) }
      }
      return faults.map { "\(path.text): \($0)" }
    }
  }

  private static func names(_ command: Command) -> [String] {
    var faults: [String] = []
    if !isName(command.name) { faults.append("the name is not made of lower-case letters, digits and hyphens") }
    for name in repeated(command.subcommands.map(\.name)) { faults.append("two subcommands are called '\(name)'") }
    return faults
  }

  private static func descriptions(_ command: Command) -> [String] {
    var faults: [String] = []
    if !isSentence(command.abstract) { faults.append("the abstract is not a sentence: '\(command.abstract)'") }
    for argument in command.arguments where !isSentence(argument.help) {
      faults.append("the help of \(argument.placeholder) is not a sentence: '\(argument.help)'")
    }
    for option in command.options + command.sharedOptions where !isSentence(option.help) {
      faults.append("the help of --\(option.name) is not a sentence: '\(option.help)'")
    }
    return faults
  }

  private static func options(_ path: CommandPath) -> [String] {
    var faults: [String] = []
    let all = path.allOptions
    let forms = all.flatMap { CompletionScript.forms($0) } + ["--help", "-h"]
    for form in repeated(forms) { faults.append("\(form) stands for two options") }
    for name in repeated(all.map(\.name) + path.command.arguments.map(\.name)) {
      faults.append("'\(name)' is declared twice")
    }
    for option in path.command.options + path.command.sharedOptions {
      if !isName(option.name) {
        faults.append("--\(option.name) is not made of lower-case letters, digits and hyphens")
      }
      if let short = option.short, !(short.isASCII && short.isLetter) { faults.append("-\(short) is not a letter") }
      if let kind = option.kind, option.valueName.isEmpty {
        faults.append("the value of --\(option.name) (\(kind.name)) has no name")
      }
      if option.isFlag, option.defaultValue != nil, !option.isInvertible {
        faults.append("--\(option.name) is on and cannot be turned off")
      }
      if let kind = option.kind, let value = option.defaultValue, (try? kind.check(value)) == nil {
        faults.append("the default '\(value)' of --\(option.name) is not \(kind.expectation)")
      }
    }
    return faults
  }

  private static func arguments(_ command: Command) -> [String] {
    var faults: [String] = []
    var isOptional = false
    for (position, argument) in command.arguments.enumerated() {
      if !isName(argument.name) { faults.append("\(argument.placeholder) is not made of letters, digits and hyphens") }
      if case .repeating = argument.count, position < command.arguments.count - 1 {
        faults.append("\(argument.placeholder) repeats but is not the last argument")
      }
      if isOptional, argument.count == .one {
        faults.append("\(argument.placeholder) is needed behind an optional one")
      }
      isOptional = isOptional || argument.count == .optional
    }
    return faults
  }

  /// What is wrong with an example: its first pipeline stage must be a command line that parses.
  private static func fault(_ example: Example, _ program: String, _ parser: CommandParser) -> String? {
    let words = shellWords(example.line)
    guard words.first == program else {
      return "the example '\(example.line)' does not begin with '\(program)'"
    }
    do {
      switch try parser.parse(Array(words.dropFirst())) {
      case .missingCommand: return "the example '\(example.line)' calls no command"
      case .help, .version: return nil
      case .run: return nil
      }
    } catch {
      return "the example '\(example.line)' is refused: \(error.message)"
    }
  }

  /// The words of the first stage of a pipeline, quotes taken off, redirections left out.
  static func shellWords(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for letter in line {
      if let open = quote {
        if letter == open { quote = nil } else { word?.append(letter) }
      } else if letter == "'" || letter == "\"" {
        quote = letter
        word = word ?? ""
      } else if letter == " " {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(letter)
      }
    }
    if let done = word { words.append(done) }
    let stage = words.prefix { $0 != "|" && $0 != "&&" && $0 != "||" && $0 != ";" }
    var result: [String] = []
    var isTarget = false
    for word in stage {
      if isTarget {
        isTarget = false
      } else if [">", ">>", "2>", "<"].contains(word) {
        isTarget = true
      } else {
        result.append(word)
      }
    }
    return result
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.first, first.isASCII, first.isLetter else { return false }
    return name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
  }

  private static func isSentence(_ text: String) -> Bool {
    guard let first = text.first, let last = text.last else { return false }
    return !first.isLowercase && ".:)".contains(last) && !text.contains("\n")
  }

  private static func repeated(_ names: [String]) -> [String] {
    Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
  }
}

extension CommandPath {
  /// This path and those of all commands below it, hidden ones too.
  fileprivate var everything: [CommandPath] {
    [self] + command.subcommands.flatMap { appending($0).everything }
  }
}
