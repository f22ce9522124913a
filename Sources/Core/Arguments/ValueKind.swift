/// What a value on the command line or in the settings holds; says how it is checked, completed and explained.
public indirect enum ValueKind: Sendable, Equatable {
  /// Any text.
  case text
  /// A finite number, with limits where given.
  case number(ClosedRange<Double>? = nil)
  /// A whole number, with limits where given.
  case integer(ClosedRange<Int>? = nil)
  /// `true` or `false`; for settings, where flags have a value.
  case boolean
  /// One word of a list.
  case choice([Choice])
  /// The path of a file; completions offer these extensions (all when empty). `-` stands for a standard stream.
  case file([String] = [])
  /// The path of a folder.
  case folder
  /// The path of a file or a folder.
  case path
  /// `FROM:TO`, two numbers; either may be left out.
  case range
  /// A time span with its unit: `250 ms`, `1.5 h`; a bare number is in seconds.
  case duration
  /// A number of bytes with its unit: `10 MiB`, `2 GB`; a bare number is in bytes.
  case byteCount
  /// Numbers and ranges of whole numbers: `0-3,7`.
  case indices
  /// `name=number` pairs parted by commas: `a=1,b=-2.5`.
  case assignments
  /// Values parted by commas.
  case list(ValueKind)

  /// One word of a choice.
  public struct Choice: Sendable, Equatable, ExpressibleByStringLiteral {
    /// The word.
    public var name: String
    /// What it means, for help and completions; may be empty.
    public var help: String

    /// A word of a choice with its meaning.
    public init(_ name: String, _ help: String = "") {
      self.name = name
      self.help = help
    }

    /// A word of a choice without an explanation.
    public init(stringLiteral value: String) { self.init(value) }
  }

  /// The words of a choice, or of a list of choices; empty for other kinds.
  public var choices: [Choice] {
    switch self {
    case .choice(let choices): choices
    case .list(let element): element.choices
    default: []
    }
  }

  /// Whether values are parted by commas.
  public var isList: Bool {
    switch self {
    case .list, .indices, .assignments: true
    default: false
    }
  }

  /// The stable name of the kind in the JSON dump.
  public var name: String {
    switch self {
    case .text: "text"
    case .number: "number"
    case .integer: "integer"
    case .boolean: "boolean"
    case .choice: "choice"
    case .file: "file"
    case .folder: "folder"
    case .path: "path"
    case .range: "range"
    case .duration: "duration"
    case .byteCount: "byteCount"
    case .indices: "indices"
    case .assignments: "assignments"
    case .list: "list"
    }
  }

  /// What a right value looks like, for error messages.
  public var expectation: String {
    switch self {
    case .text: "a text"
    case .number(let limits):
      limits.map { "a number from \(plain($0.lowerBound)) to \(plain($0.upperBound))" } ?? "a number"
    case .integer(let limits):
      limits.map {
        $0.upperBound == .max
          ? "a whole number of at least \($0.lowerBound)" : "a whole number from \($0.lowerBound) to \($0.upperBound)"
      } ?? "a whole number"
    case .boolean: "true or false"
    case .choice(let choices): alternatives(choices.map(\.name))
    case .file: "the path of a file"
    case .folder: "the path of a folder"
    case .path: "the path of a file or folder"
    case .range: "FROM:TO, two numbers of which either may be left out"
    case .duration: "a time span with its unit, for example '250 ms' (ns, us, ms, s, min, h, d)"
    case .byteCount: "a size with its unit, for example '10 MiB' (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)"
    case .indices: "whole numbers and ranges, for example '0-3,7'"
    case .assignments: "name=number pairs parted by commas, for example 'a=1,b=2.5'"
    case .list(let element): "a list parted by commas, each \(element.expectation)"
    }
  }

  private func alternatives(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }

  private func plain(_ value: Double) -> String {
    if let whole = Int(exactly: value) { return whole.description }
    return value.description
  }
}
