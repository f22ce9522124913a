import JSON

/// A setting as it was asked for and as the oscilloscope holds it: instruments coerce values to the nearest legal ones.
public struct ScopeSetting: Sendable, Equatable {
  /// What was set, for example `C2 vdiv`.
  public var name: String
  /// The command that was sent.
  public var command: String
  /// The value asked for, as sent.
  public var requested: String
  /// The value read back, without header.
  public var actual: String
  /// Whether the value read back differs from the one asked for, or the instrument said that it adjusted it (VAB).
  public var isAdjusted: Bool

  /// A setting.
  public init(name: String, command: String, requested: String, actual: String, isAdjusted: Bool) {
    (self.name, self.command, self.requested, self.actual, self.isAdjusted) = (
      name, command, requested, actual, isAdjusted
    )
  }

  /// `name`, `command`, `requested`, `actual`, `adjusted`.
  public var json: JSONValue {
    [
      "name": .string(name), "command": .string(command), "requested": .string(requested), "actual": .string(actual),
      "adjusted": .bool(isAdjusted),
    ]
  }

  /// Whether two values are the same: equal numbers after their units and suffixes, or equal words.
  static func agree(_ requested: String, _ actual: String) -> Bool {
    let (left, right) = (parts(requested), parts(actual))
    // An instrument may add defaults after what was asked.
    guard left.count <= right.count else { return false }
    return zip(left, right).allSatisfy { first, second in
      if first.uppercased() == second.uppercased() { return true }
      guard let a = number(first), let b = number(second) else { return false }
      return abs(a - b) <= 1e-6 * max(abs(a), abs(b))
    }
  }

  private static func parts(_ text: String) -> [String] {
    text.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\n" } }
  }

  /// The number of a value with a unit: `5.00E-02 V`, `2US`, `100`.
  static func number(_ text: String) -> Double? {
    ["", "V", "S", "SAMPLE", "HZ"].lazy.compactMap { ScopeCommand.number(text, unit: $0) }.first
  }
}
