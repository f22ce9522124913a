import Conditions

/// A fill of the LHC with its stable beams.
public struct Fill: Sendable, Hashable, Comparable {
  /// The number of the fill.
  public var number: Int
  /// Begin of stable beams.
  public var start: ConditionsTime
  /// End of stable beams; after the begin.
  public var end: ConditionsTime

  /// A fill.
  public init(number: Int, start: ConditionsTime, end: ConditionsTime) {
    (self.number, self.start, self.end) = (number, start, end)
  }

  /// Length of stable beams in seconds.
  public var seconds: Double { start.seconds(to: end) }

  /// When detectors have come to equilibrium: `delay` seconds after the begin, or the end of a shorter fill.
  public func measurementTime(delay: Double) -> ConditionsTime { min(start.adding(seconds: delay), end) }

  /// By number.
  public static func < (left: Fill, right: Fill) -> Bool { left.number < right.number }
}
