import Arguments
import Errors

/// The settings of a run: every key with its value and where the value comes from.
public struct Settings: Sendable {
  /// Where a value comes from.
  public enum Origin: Sendable, Equatable {
    /// An option of the command line.
    case flag(String)
    /// An environment variable.
    case environment(String)
    /// A place in a file.
    case file(String, line: Int, column: Int)
    /// The declared default.
    case standard

    /// `--dpp`, `CAVERN_BEAM_DPP`, `cavern.toml:3` or `default`.
    public var text: String {
      switch self {
      case .flag(let name): "--\(name)"
      case .environment(let name): name
      case .file(let path, let line, _): "\(path):\(line)"
      case .standard: "default"
      }
    }
  }

  /// A value as written, checked against its key's kind.
  public struct Value: Sendable, Equatable {
    /// The text; lists are parted by commas.
    public var text: String
    /// Where it comes from.
    public var origin: Origin

    /// A value with its origin.
    public init(text: String, origin: Origin) {
      self.text = text
      self.origin = origin
    }
  }

  /// The known keys.
  public let schema: SettingsSchema
  /// The files that were read, strongest first.
  public let files: [String]
  private var values: [String: Value]

  /// Puts settings together: flags over environment over files over defaults.
  ///
  /// - Parameters:
  ///   - schema: the known keys.
  ///   - layers: the values of each file, strongest first.
  ///   - files: the files' names, for display.
  ///   - environment: the environment variables.
  ///   - flags: values given on the command line, with the names of their options.
  /// - Throws: `config.badValue` or `config.unknownKey` (exit 78) for what the environment sets.
  public init(
    schema: SettingsSchema, layers: [[String: Value]] = [], files: [String] = [], environment: [String: String] = [:],
    flags: [String: (option: String, text: String)] = [:]
  ) throws(CavernError) {
    self.schema = schema
    self.files = files
    values = [:]
    for key in schema.keys {
      if let standard = key.standard { values[key.name] = Value(text: standard, origin: .standard) }
    }
    for layer in layers.reversed() { values.merge(layer) { $1 } }
    try Self.refuseUnknown(environment, schema)
    for key in schema.keys {
      if let text = environment[key.variable] {
        do {
          try key.kind.check(text)
        } catch {
          throw CavernError(
            "config.badValue", "\(key.variable): \(error.message)", exit: .configuration, expected: error.expected,
            nearest: error.nearest)
        }
        values[key.name] = Value(text: text, origin: .environment(key.variable))
      }
      if let flag = flags[key.name] { values[key.name] = Value(text: flag.text, origin: .flag(flag.option)) }
    }
  }

  /// A variable in one of the schema's sections that is no setting is a slip of the pen, not somebody else's variable.
  private static func refuseUnknown(_ environment: [String: String], _ schema: SettingsSchema) throws(CavernError) {
    let known = schema.keys.map(\.variable)
    let prefixes = schema.sections.map { "CAVERN_\($0.uppercased())_" }
    let unknown = environment.keys.filter { name in
      prefixes.contains { name.hasPrefix($0) } && !known.contains(name)
    }
    if let name = unknown.min() {
      throw CavernError(
        "config.unknownKey", "the environment variable \(name) is not a setting", exit: .configuration,
        nearest: nearestNames(to: name, in: known), hint: "'cavern config show' lists the settings")
    }
  }

  /// The value of a key; `nil` when it has none or is not known.
  public subscript(name: String) -> Value? { values[name] }

  /// The value of a key when somebody set it, which a default is not.
  public func given(_ name: String) -> Value? {
    guard let value = values[name], value.origin != .standard else { return nil }
    return value
  }

  /// The number of a key; `nil` when it has no value.
  public func double(_ name: String) -> Double? { values[name].flatMap { ValueKind.number($0.text) } }

  /// The whole number of a key; `nil` when it has no value.
  public func int(_ name: String) -> Int? { values[name].flatMap { ValueKind.integer($0.text) } }

  /// The truth value of a key; `nil` when it has no value.
  public func bool(_ name: String) -> Bool? { values[name].flatMap { ValueKind.boolean($0.text) } }

  /// The time span of a key; `nil` when it has no value.
  public func duration(_ name: String) -> Duration? { values[name].flatMap { ValueKind.duration($0.text) } }

  /// The number of bytes of a key; `nil` when it has no value.
  public func byteCount(_ name: String) -> Int? { values[name].flatMap { ValueKind.byteCount($0.text) } }

  /// The elements of a list; empty when it has no value.
  public func list(_ name: String) -> [String] { values[name].map { ValueKind.items($0.text) } ?? [] }
}
