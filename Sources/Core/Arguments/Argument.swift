/// A word of a command line that is not an option.
public struct Argument: Sendable {
  /// How often it stands.
  public enum Count: Sendable, Equatable {
    /// Exactly once.
    case one
    /// Once or not at all.
    case optional
    /// Any number of times, but at least so often; only the last argument of a command.
    case repeating(atLeast: Int)
  }

  /// The name for the accessors of `ParsedArguments`, in lower case; help shows it in upper case.
  public var name: String
  /// What it holds.
  public var kind: ValueKind
  /// One sentence on what it is.
  public var help: String
  /// How often it stands.
  public var count: Count

  /// An argument.
  public init(_ name: String, _ kind: ValueKind, _ help: String, count: Count = .one) {
    self.name = name
    self.kind = kind
    self.help = help
    self.count = count
  }

  /// The name as help shows it: `FILE`.
  public var placeholder: String { name.uppercased() }

  /// The name with the marks of its count: `FILE`, `[FILE]`, `FILE...`, `[FILE...]`.
  public var synopsis: String {
    switch count {
    case .one: placeholder
    case .optional: "[\(placeholder)]"
    case .repeating(let least): least > 0 ? "\(placeholder)..." : "[\(placeholder)...]"
    }
  }
}
