/// A named choice on a command line: an option with a value (`--optics SPS`) or a flag (`--json`).
public struct Option: Sendable {
  /// The name without dashes, also for the accessors of `ParsedArguments`.
  public var name: String
  /// The one-letter form.
  public var short: Character?
  /// What the value is called in help, in upper case; empty for a flag.
  public var valueName: String
  /// What the value holds; `nil` for a flag.
  public var kind: ValueKind?
  /// One sentence on what it does.
  public var help: String
  /// The value taken when none is given, as a user would write it; parsed like a given one.
  public var defaultValue: String?
  /// What help says about the default when `defaultValue` does not say it, for example `all rows`.
  public var defaultNote: String?
  /// Whether it may be given several times, each adding a value.
  public var isRepeatable: Bool
  /// Whether a flag also has the form `--no-…`.
  public var isInvertible: Bool
  /// The settings key that gives the value when the command line does not.
  public var setting: String?
  /// Whether help and completions pass over it.
  public var isHidden: Bool
  /// Whether a value that is the name of a flag of the same command sets that flag: `--format json` is `--json`.
  public var namesFlags = false
  /// Whether a flag is about the files that a command writes with `-o`, not about what it prints.
  public var shapesFiles = false

  /// An option with a value.
  ///
  /// - Parameters:
  ///   - name: the name without dashes.
  ///   - short: the one-letter form.
  ///   - valueName: what help calls the value.
  ///   - kind: what the value holds; checked while parsing.
  ///   - help: one sentence.
  ///   - value: the value taken when none is given, parsed like a given one.
  ///   - note: what help says about the default instead.
  ///   - isRepeatable: whether it may be given several times.
  ///   - setting: the settings key that stands in for it.
  public static func option(
    _ name: String, short: Character? = nil, _ valueName: String, _ kind: ValueKind, _ help: String,
    default value: String? = nil, note: String? = nil, isRepeatable: Bool = false, setting: String? = nil,
    isHidden: Bool = false
  ) -> Option {
    Option(
      name: name, short: short, valueName: valueName, kind: kind, help: help, defaultValue: value, defaultNote: note,
      isRepeatable: isRepeatable, isInvertible: false, setting: setting, isHidden: isHidden)
  }

  /// A flag.
  ///
  /// - Parameters:
  ///   - name: the name without dashes.
  ///   - short: the one-letter form.
  ///   - help: one sentence.
  ///   - isInvertible: whether `--no-name` takes it back.
  ///   - isOn: whether it is on when not given; needs `isInvertible`.
  ///   - isRepeatable: whether giving it again means more (`-vv`).
  ///   - setting: the settings key (a boolean) that stands in for it.
  public static func flag(
    _ name: String, short: Character? = nil, _ help: String, isInvertible: Bool = false, isOn: Bool = false,
    isRepeatable: Bool = false, setting: String? = nil, isHidden: Bool = false
  ) -> Option {
    Option(
      name: name, short: short, valueName: "", kind: nil, help: help, defaultValue: isOn ? "true" : nil,
      defaultNote: nil, isRepeatable: isRepeatable, isInvertible: isInvertible, setting: setting, isHidden: isHidden)
  }

  /// The same option, whose value sets the flag of that name.
  public func namingFlags() -> Option {
    var copy = self
    copy.namesFlags = true
    return copy
  }

  /// Whether it takes no value.
  public var isFlag: Bool { kind == nil }

  /// The long form with its dashes: `--json`.
  public var longForm: String { "--\(name)" }

  /// The forms without a value, short one first: `-o, --output`, `--[no-]figures`.
  public var forms: String {
    let long = isInvertible ? "--[no-]\(name)" : longForm
    guard let short else { return long }
    return "-\(short), \(long)"
  }

  /// The forms with the value: `-o, --output FILE`.
  public var synopsis: String { isFlag ? forms : "\(forms) \(valueName)" }
}
