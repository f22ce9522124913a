/// Times of the LHC that the monitor counts in.
public enum HaloTime {
  /// Circumference of the LHC over the speed of light: one orbit in milliseconds, 0.088924852 (26659 m / 299792458 m/s).
  public static let orbitMilliseconds = 26659.0 / 299_792_458 * 1000
  /// Orbits in a lumisection, 2^18.
  public static let orbitsPerLumisection = 262_144
  /// Length of a lumisection in milliseconds, 23311.1.
  public static let lumisectionMilliseconds = Double(orbitsPerLumisection) * orbitMilliseconds
  /// Length of the bins where there is no lumisection, in milliseconds.
  public static let fillerMilliseconds = 23_500.0
  /// Starts of lumisections further apart than this, in milliseconds, have a hole between them.
  public static let gapMilliseconds = 25_000.0
  /// Bunch slots in an orbit.
  public static let slotsPerOrbit = 3564
  /// Nanoseconds in a count of the leading-edge time.
  public static let tdcNanoseconds = 0.5
  /// The orbit counter of the boards starts over after this many orbits.
  public static let counterPeriod: UInt64 = 1 << 32
}
