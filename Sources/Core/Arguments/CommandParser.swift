import Errors

/// What a command line asks for.
public enum CommandCall: Sendable {
  /// Run a command.
  case run(ParsedArguments)
  /// Show the help of a command.
  case help(CommandPath)
  /// Print the version.
  case version
  /// A command was called that only groups others.
  case missingCommand(CommandPath)
}

/// Reads command lines by the declarations of a tree.
///
/// GNU rules: `--name value`, `--name=value`, `-n value`, `-nvalue`, bundled short flags, `--` ends the options, `-` is a
/// value. Options may stand anywhere after their command. A word that begins with a minus sign and a digit (`-20.5`,
/// `-1e-3`, `-5:5`) is a value: no option begins with a digit. After an option that needs a value, so is any word that is
/// not itself an option (`--model '-a*x'`).
public struct CommandParser: Sendable {
  /// The tree.
  public let root: Command

  /// A parser for the tree below `root`.
  public init(_ root: Command) { self.root = root }

  /// Reads a command line.
  ///
  /// - Parameters:
  ///   - words: the words after the program's name.
  ///   - surroundings: handed on to the command.
  /// - Returns: what the words ask for.
  /// - Throws: `usage.unknownCommand`, `usage.unknownOption`, `usage.missingValue`, `usage.unexpectedValue`,
  ///   `usage.badValue`, `usage.repeated`, `usage.missingArgument` or `usage.unexpectedArgument`, all with exit 64 and
  ///   the word marked.
  public func parse(_ words: [String], surroundings: Surroundings = Surroundings()) throws(CavernError) -> CommandCall {
    var reader = CommandLineReader(root: root, words: words)
    do {
      return try reader.read(surroundings)
    } catch {
      // A person who asks for help in the middle of a wrong line wants the help.
      let beforeTerminator = words.prefix { $0 != "--" }
      if beforeTerminator.contains("--help") || beforeTerminator.contains("-h") { return .help(reader.path) }
      throw error
    }
  }
}

/// One pass over the words.
private struct CommandLineReader {
  let words: [String]
  var path: CommandPath
  var position = 0
  var values: [String: [ParsedArguments.Value]] = [:]
  var positionals: [(text: String, word: Int)] = []
  var optionsEnded = false

  init(root: Command, words: [String]) {
    self.words = words
    path = CommandPath(root: root)
  }

  mutating func read(_ surroundings: Surroundings) throws(CavernError) -> CommandCall {
    while position < words.count {
      let word = words[position]
      if optionsEnded || word == "-" || !word.hasPrefix("-") || Self.isNumber(word) {
        if let call = try takePlain(word) { return call }
      } else if word == "--" {
        optionsEnded = true
      } else if word == "--help" || word == "-h" {
        return .help(path)
      } else if word == "--version", path.commands.count == 1 {
        return .version
      } else if word.hasPrefix("--") {
        try takeLong(word)
      } else {
        try takeShort(word)
      }
      position += 1
    }
    if path.command.run == nil { return .missingCommand(path) }
    try assignPositionals()
    return .run(ParsedArguments(path: path, words: words, surroundings: surroundings, values: values))
  }

  static func isNumber(_ word: String) -> Bool {
    let digits = Array(word.utf8.dropFirst().prefix(2))
    let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
    guard let first = digits.first else { return false }
    return isDigit(first) || (first == UInt8(ascii: ".") && digits.count == 2 && isDigit(digits[1]))
  }

  // MARK: Words that are not options

  private mutating func takePlain(_ word: String) throws(CavernError) -> CommandCall? {
    let command = path.command
    guard !command.subcommands.isEmpty else {
      positionals.append((word, position))
      return nil
    }
    if let next = command.subcommand(word) {
      path = path.appending(next)
      return nil
    }
    do {
      if word == "help" { return .help(try path.descending(words[(position + 1)...].filter { !$0.hasPrefix("-") })) }
      path = try path.descending([word])
      return nil
    } catch {
      throw marked(error, position)
    }
  }

  private mutating func assignPositionals() throws(CavernError) {
    var rest = positionals[...]
    for argument in path.command.arguments {
      let taken: ArraySlice<(text: String, word: Int)>
      switch argument.count {
      case .one, .optional: taken = rest.prefix(1)
      case .repeating: taken = rest
      }
      let least =
        switch argument.count {
        case .one: 1
        case .optional: 0
        case .repeating(let least): least
        }
      guard taken.count >= least else {
        let message =
          taken.isEmpty ? "\(argument.placeholder) is missing" : "\(argument.placeholder) is needed \(least) times"
        throw CavernError(
          "usage.missingArgument", message, exit: .usage, expected: "\(Usage.line(path))",
          hint: "'\(path.text) --help' explains it")
      }
      for value in taken {
        try check(argument.kind, value.text, value.word, argument.placeholder)
        values[argument.name, default: []].append(.init(text: value.text, origin: .commandLine(word: value.word)))
      }
      rest = rest.dropFirst(taken.count)
    }
    if let extra = rest.first {
      throw marked(
        CavernError(
          "usage.unexpectedArgument", "'\(extra.text)' is one word too many", exit: .usage,
          expected: Usage.line(path)), extra.word)
    }
  }

  // MARK: Options

  private mutating func takeLong(_ word: String) throws(CavernError) {
    let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    let attached = parts.count > 1 ? parts[1] : nil
    if let option = path.allOptions.first(where: { $0.name == name }) {
      try take(option, attached: attached, form: "--\(name)")
    } else if name.hasPrefix("no-"),
      let option = path.allOptions.first(where: { $0.isInvertible && $0.name == name.dropFirst(3) })
    {
      guard attached == nil else { throw unexpectedValue("--\(name)") }
      record(option, "false", position)
    } else {
      let known = path.allOptions.filter { !$0.isHidden }.flatMap {
        $0.isInvertible ? [$0.name, "no-\($0.name)"] : [$0.name]
      }
      throw unknownOption(
        "--\(name)", nearest: nearestNames(to: name, in: known + ["help"]).map { "--\($0)" })
    }
  }

  private mutating func takeShort(_ word: String) throws(CavernError) {
    // `-plane` is more likely a slip for `--plane` than `-p lane`.
    if let meant = path.allOptions.first(where: { $0.name.count > 1 && $0.name == word.dropFirst() }) {
      throw unknownOption(word, nearest: [meant.longForm])
    }
    var rest = word.dropFirst()
    while let letter = rest.popFirst() {
      guard let option = path.allOptions.first(where: { $0.short == letter }) else { throw unknownOption("-\(letter)") }
      if option.isFlag {
        guard rest.first != "=" else { throw unexpectedValue("-\(letter)") }
        record(option, "true", position)
      } else {
        let attached = rest.first == "=" ? rest.dropFirst() : rest
        try take(option, attached: rest.isEmpty ? nil : String(attached), form: "-\(letter)")
        return
      }
    }
  }

  private mutating func take(_ option: Option, attached: String?, form: String) throws(CavernError) {
    guard let kind = option.kind else {
      guard attached == nil else { throw unexpectedValue(form) }
      record(option, "true", position)
      return
    }
    var text = attached
    if text == nil, position + 1 < words.count {
      let next = words[position + 1]
      if next == "-" || !next.hasPrefix("-") || Self.isNumber(next) || !isOption(next) {
        position += 1
        text = next
      }
    }
    guard let text else {
      throw marked(
        CavernError(
          "usage.missingValue", "\(form) needs a value", exit: .usage, expected: "\(form) \(option.valueName)",
          hint: position + 1 < words.count ? "write \(option.longForm)=VALUE for a value that begins with a dash" : nil),
        position)
    }
    try check(kind, text, position, form)
    if !option.isRepeatable, let earlier = values[option.name]?.first, earlier.text != text {
      throw marked(
        CavernError(
          "usage.repeated", "\(form) is given twice with different values, '\(earlier.text)' and '\(text)'",
          exit: .usage), position)
    }
    record(option, text, position)
  }

  /// Whether a word that begins with a dash is an option of the command as it stands; a formula such as `-a*x` is none.
  private func isOption(_ word: String) -> Bool {
    if ["--", "--help", "-h"].contains(word) { return true }
    guard word.hasPrefix("--") else {
      return word.count == 2 && path.allOptions.contains { $0.short != nil && $0.short == word.last }
        || path.allOptions.contains { $0.name.count > 1 && $0.name == word.dropFirst() }
    }
    let name = word.dropFirst(2).prefix { $0 != "=" }
    // A slip of the pen is an option too, and not the value of the one before.
    return !name.contains { "+-*/^() ".contains($0) && $0 != "-" }
  }

  private mutating func record(_ option: Option, _ text: String, _ word: Int) {
    let value = ParsedArguments.Value(text: text, origin: .commandLine(word: word))
    if option.isRepeatable {
      values[option.name, default: []].append(value)
    } else {
      values[option.name] = [value]
    }
    if option.namesFlags, let flag = path.allOptions.first(where: { $0.isFlag && $0.name == text }) {
      record(flag, "true", word)
    }
  }

  // MARK: Faults

  private func check(_ kind: ValueKind, _ text: String, _ word: Int, _ form: String) throws(CavernError) {
    do {
      try kind.check(text)
    } catch {
      var named = error
      named.message = "\(form): \(error.message)"
      throw marked(named, word)
    }
  }

  private func unknownOption(_ form: String, nearest: [String] = []) -> CavernError {
    marked(
      CavernError(
        "usage.unknownOption", "'\(path.text)' has no option '\(form)'", exit: .usage, nearest: nearest,
        hint: "'\(path.text) --help' lists the options"), position)
  }

  private func unexpectedValue(_ form: String) -> CavernError {
    marked(CavernError("usage.unexpectedValue", "\(form) is a flag and takes no value", exit: .usage), position)
  }

  private func marked(_ error: CavernError, _ word: Int) -> CavernError {
    var copy = error
    copy.excerpt = CommandLineExcerpt.text(program: path.names[0], words: words, marking: word)
    return copy
  }
}
