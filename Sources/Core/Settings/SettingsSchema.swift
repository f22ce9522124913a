import Arguments

/// A setting: its name, what it holds and what it means.
public struct SettingsKey: Sendable, Equatable {
  /// Section and name: `beam.dpp`; lower-case letters, digits and underscores.
  public var name: String
  /// What it holds.
  public var kind: ValueKind
  /// The value when nobody sets it, as written on a command line; `nil` when there is none.
  public var standard: String?
  /// A value for the sample file when there is no default.
  public var example: String?
  /// The unit of a number, for example `mm`.
  public var unit: String?
  /// What it means, in one or two sentences.
  public var help: String
  /// Whether the value is the path of a file with a secret, which only its owner may read.
  public var isSecretFile: Bool

  /// A setting.
  public init(
    _ name: String, _ kind: ValueKind, default standard: String? = nil, example: String? = nil, unit: String? = nil,
    _ help: String,
    isSecretFile: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.standard = standard
    self.example = example
    self.unit = unit
    self.help = help
    self.isSecretFile = isSecretFile
  }

  /// The environment variable that sets it: `beam.dpp` by `CAVERN_BEAM_DPP`.
  public var variable: String {
    "CAVERN_" + name.uppercased().split(separator: ".").joined(separator: "_")
  }

  /// The part before the first dot.
  public var section: String { String(name.prefix { $0 != "." }) }
}

/// All settings that a program knows; modules add theirs with `+`.
public struct SettingsSchema: Sendable, Equatable {
  /// The settings, in the order in which they are shown.
  public var keys: [SettingsKey]

  /// A schema.
  public init(_ keys: [SettingsKey]) { self.keys = keys }

  /// The settings of both.
  public static func + (left: SettingsSchema, right: SettingsSchema) -> SettingsSchema {
    SettingsSchema(left.keys + right.keys)
  }

  /// The setting by that name.
  public func key(_ name: String) -> SettingsKey? { keys.first { $0.name == name } }

  /// The sections in order of first appearance.
  public var sections: [String] {
    var seen: Set<String> = []
    return keys.map(\.section).filter { seen.insert($0).inserted }
  }
}
