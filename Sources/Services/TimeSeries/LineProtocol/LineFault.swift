/// A line of line protocol that is not one, and why.
public struct LineFault: Sendable, Equatable {
  /// The line, from 1.
  public var line: Int
  /// What is wrong.
  public var message: String
  /// The line itself, cut after 512 bytes.
  public var text: String
}
