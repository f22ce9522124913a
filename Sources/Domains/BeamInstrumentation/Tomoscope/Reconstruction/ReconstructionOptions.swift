/// How a phase-space distribution is reconstructed.
public struct ReconstructionOptions: Sendable, Equatable {
  /// Number in the file, from 0, of the frame at whose time the distribution is wanted; `nil` takes the header's.
  public var frame: Int?
  /// Which bunch, counted from the earliest from 0.
  public var bunch = 0
  /// Iterations; `nil` takes the header's, else 20.
  public var iterations: Int?
  /// Square root of the number of test particles in a cell, 1 to 15; `nil` takes the header's, else 4.
  public var particlesPerSide: Int?
  /// Place of the synchronous phase in bins; `nil` takes the header's, else the bunch's mean centre over all frames.
  public var synchronousBin: Double?
  /// Threads; results do not depend on it.
  public var threads = 1

  /// The defaults.
  public init() {}
}
