import Errors

/// The words of a command line after parsing, checked against the command's declaration.
///
/// Values are reached by the declared name of an option or argument. Accessors throw `usage.missingValue` where there
/// is neither a value nor a default, and the `optional…` ones give `nil` instead; asking for a name that the command does
/// not declare is a fault of the program (`arguments.undeclared`, exit 70).
public struct ParsedArguments: Sendable {
  /// Where a value comes from.
  public enum Origin: Sendable, Equatable {
    /// The word of the command line at this position, from 0 (the program's name not counted).
    case commandLine(word: Int)
    /// A setting, with the place it was made (`cavern.toml:3`, `CAVERN_BEAM_DPP`).
    case setting(key: String, place: String)
    /// The declared default.
    case standard
  }

  /// One value as written.
  public struct Value: Sendable, Equatable {
    /// The text.
    public var text: String
    /// Where it comes from.
    public var origin: Origin
  }

  /// The command that was called, with those above it.
  public let path: CommandPath
  /// The command line without the program's name.
  public let words: [String]
  /// The process around the command.
  public let surroundings: Surroundings
  /// The values by name, in the order given.
  private var values: [String: [Value]]

  init(path: CommandPath, words: [String], surroundings: Surroundings, values: [String: [Value]]) {
    self.path = path
    self.words = words
    self.surroundings = surroundings
    self.values = values
  }

  /// The command that was called.
  public var command: Command { path.command }

  /// Whether the command line itself gives a value for the name.
  public func isGiven(_ name: String) -> Bool {
    values[name]?.contains {
      if case .commandLine = $0.origin { return true }
      return false
    } ?? false
  }

  /// Where the value of a name comes from; `nil` when it has none.
  public func origin(of name: String) -> Origin? {
    values[name]?.last?.origin ?? (standard(name) == nil ? nil : .standard)
  }

  /// Whether a flag is on; `false` for a flag that the command does not declare.
  public func flag(_ name: String) -> Bool { texts(name).last.flatMap { ValueKind.boolean($0.text) } ?? false }

  /// How often a flag is given, for `-vv`.
  public func count(_ name: String) -> Int { (values[name] ?? []).count { ValueKind.boolean($0.text) ?? false } }

  /// The values of a name, or its default; empty when there is neither.
  func texts(_ name: String) -> [Value] {
    if let given = values[name], !given.isEmpty { return given }
    return standard(name).map { [Value(text: $0, origin: .standard)] } ?? []
  }

  private func standard(_ name: String) -> String? { path.allOptions.first { $0.name == name }?.defaultValue }

  /// The same arguments with settings standing in for options that the command line does not give.
  ///
  /// - Parameter lookup: the text of a settings key and the place where it was set; `nil` when it was not set.
  /// - Returns: the completed arguments.
  /// - Throws: what `lookup` throws, and `config.badValue` (exit 78) for a setting that the option does not accept.
  public func completed(
    by lookup: (String) throws(CavernError) -> (text: String, place: String)?
  ) throws(CavernError) -> ParsedArguments {
    var copy = self
    for option in path.allOptions where (values[option.name] ?? []).isEmpty {
      guard let key = option.setting, let found = try lookup(key) else { continue }
      do {
        try (option.kind ?? .boolean).check(found.text)
      } catch {
        throw CavernError(
          "config.badValue", "\(key) (\(found.place)): \(error.message)", exit: .configuration,
          expected: error.expected, nearest: error.nearest)
      }
      copy.values[option.name] = [Value(text: found.text, origin: .setting(key: key, place: found.place))]
    }
    return copy
  }
}
