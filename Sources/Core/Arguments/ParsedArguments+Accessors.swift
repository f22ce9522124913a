import Errors

extension ParsedArguments {
  /// The text of an option or argument.
  public func string(_ name: String) throws(CavernError) -> String { try required(name, optionalString(name)) }

  /// The text of an option or argument, if there is one.
  public func optionalString(_ name: String) throws(CavernError) -> String? { try last(name)?.text }

  /// The texts of a repeatable option or argument in the order given; a list parted by commas counts as several.
  public func strings(_ name: String) throws(CavernError) -> [String] {
    let kind = try declaredKind(name)
    return texts(name).flatMap { value -> [String] in
      if case .list = kind { return ValueKind.items(value.text) }
      return [value.text]
    }
  }

  /// The number of an option or argument.
  public func double(_ name: String) throws(CavernError) -> Double { try required(name, optionalDouble(name)) }

  /// The number of an option or argument, if there is one.
  public func optionalDouble(_ name: String) throws(CavernError) -> Double? {
    try value(name, .number(), ValueKind.number)
  }

  /// The numbers of a list or repeatable option.
  public func doubles(_ name: String) throws(CavernError) -> [Double] {
    try elements(name, .list(.number()), ValueKind.number)
  }

  /// The whole number of an option or argument.
  public func int(_ name: String) throws(CavernError) -> Int { try required(name, optionalInt(name)) }

  /// The whole number of an option or argument, if there is one.
  public func optionalInt(_ name: String) throws(CavernError) -> Int? { try value(name, .integer(), ValueKind.integer) }

  /// The whole numbers of a list or repeatable option.
  public func ints(_ name: String) throws(CavernError) -> [Int] {
    try elements(name, .list(.integer()), ValueKind.integer)
  }

  /// The range `FROM:TO` of an option or argument.
  public func range(_ name: String) throws(CavernError) -> NumberRange { try required(name, optionalRange(name)) }

  /// The range `FROM:TO` of an option or argument, if there is one.
  public func optionalRange(_ name: String) throws(CavernError) -> NumberRange? {
    try value(name, .range, ValueKind.range)
  }

  /// The time span of an option or argument.
  public func duration(_ name: String) throws(CavernError) -> Duration { try required(name, optionalDuration(name)) }

  /// The time span of an option or argument, if there is one.
  public func optionalDuration(_ name: String) throws(CavernError) -> Duration? {
    try value(name, .duration, ValueKind.duration)
  }

  /// The number of bytes of an option or argument.
  public func byteCount(_ name: String) throws(CavernError) -> Int { try required(name, optionalByteCount(name)) }

  /// The number of bytes of an option or argument, if there is one.
  public func optionalByteCount(_ name: String) throws(CavernError) -> Int? {
    try value(name, .byteCount, ValueKind.byteCount)
  }

  /// The selection `0-3,7` of an option or argument as numbers, if there is one.
  public func optionalIndices(_ name: String) throws(CavernError) -> [Int]? {
    try value(name, .indices, ValueKind.indices)
  }

  /// The pairs `a=1,b=2` of an option in the order given; a repeatable option's values follow one another.
  public func assignments(_ name: String) throws(CavernError) -> [(name: String, value: Double)] {
    _ = try declaredKind(name)
    var result: [(name: String, value: Double)] = []
    for value in texts(name) {
      guard let pairs = ValueKind.assignments(value.text) else { throw wrong(name, value, .assignments) }
      for pair in pairs {
        guard !result.contains(where: { $0.name == pair.name }) else {
          throw fault("usage.repeated", "'\(pair.name)' is given twice", name, value)
        }
        result.append(pair)
      }
    }
    return result
  }

  /// A usage error about the value of an option or argument, with the word marked on the command line: for checks that
  /// only the command can make.
  ///
  /// - Parameters:
  ///   - code: the stable code.
  ///   - message: what is wrong.
  ///   - name: the option or argument.
  ///   - expected: what would have been right.
  ///   - nearest: valid names nearest to the one given.
  ///   - hint: what to try.
  public func fault(
    _ code: String, _ message: String, about name: String, expected: String? = nil, nearest: [String] = [],
    hint: String? = nil
  ) -> CavernError {
    var error = CavernError(code, message, exit: .usage, expected: expected, nearest: nearest, hint: hint)
    if case .commandLine(let word)? = texts(name).last?.origin { error.excerpt = excerpt(word: word) }
    return error
  }

  /// The command line with a row of carets under one of its words.
  func excerpt(word: Int) -> String? { CommandLineExcerpt.text(program: path.names[0], words: words, marking: word) }

  // MARK: Helpers

  private func last(_ name: String) throws(CavernError) -> Value? {
    _ = try declaredKind(name)
    return texts(name).last
  }

  private func required<Wanted>(_ name: String, _ value: Wanted?) throws(CavernError) -> Wanted {
    if let value { return value }
    throw CavernError(
      "usage.missingValue", "\(shown(name)) is needed", exit: .usage, hint: "'\(path.text) --help' explains it")
  }

  private func value<Wanted>(
    _ name: String, _ kind: ValueKind, _ parse: (String) -> Wanted?
  ) throws(CavernError) -> Wanted? {
    guard let value = try last(name) else { return nil }
    guard let parsed = parse(value.text) else { throw wrong(name, value, kind) }
    return parsed
  }

  private func elements<Wanted>(
    _ name: String, _ kind: ValueKind, _ parse: (String) -> Wanted?
  ) throws(CavernError) -> [Wanted] {
    _ = try declaredKind(name)
    var result: [Wanted] = []
    for value in texts(name) {
      for item in ValueKind.items(value.text) {
        guard let parsed = parse(item) else { throw wrong(name, value, kind) }
        result.append(parsed)
      }
    }
    return result
  }

  private func wrong(_ name: String, _ value: Value, _ kind: ValueKind) -> CavernError {
    var error = fault("usage.badValue", "'\(value.text)' is not right for \(shown(name))", name, value)
    error.expected = kind.expectation
    return error
  }

  private func fault(_ code: String, _ message: String, _ name: String, _ value: Value) -> CavernError {
    fault(code, message, about: name)
  }

  /// `--optics` or `FILE`.
  private func shown(_ name: String) -> String {
    command.arguments.first { $0.name == name }?.placeholder ?? "--\(name)"
  }

  private func declaredKind(_ name: String) throws(CavernError) -> ValueKind {
    if let argument = command.arguments.first(where: { $0.name == name }) { return argument.kind }
    if let option = path.allOptions.first(where: { $0.name == name }) { return option.kind ?? .boolean }
    throw CavernError(
      "arguments.undeclared", "'\(path.text)' does not declare '\(name)'", exit: .internal,
      nearest: nearestNames(to: name, in: command.arguments.map(\.name) + path.allOptions.map(\.name)))
  }
}
