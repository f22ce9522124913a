/// Box bounds and fixed parameters, the same for every problem of a batch; empty arrays mean no constraint.
public struct FitConstraints: Sendable, Hashable {
  /// Smallest allowed value per parameter (−∞ for none), or empty.
  public var lower: [Double]
  /// Largest allowed value per parameter (+∞ for none), or empty.
  public var upper: [Double]
  /// Which parameters keep their start value, or empty.
  public var fixed: [Bool]

  /// Constraints in the order of the model's parameters.
  public init(lower: [Double] = [], upper: [Double] = [], fixed: [Bool] = []) {
    self.lower = lower
    self.upper = upper
    self.fixed = fixed
  }

  /// No constraint but the model's own.
  public static let none = FitConstraints()

  /// Whether nothing is constrained.
  public var isEmpty: Bool { lower.isEmpty && upper.isEmpty && fixed.isEmpty }
}
