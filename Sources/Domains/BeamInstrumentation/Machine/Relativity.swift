/// Relations between Lorentz factor, velocity, momentum and magnetic rigidity of a stored particle.
public enum Relativity {
  /// Speed of light in m/s (exact, SI).
  public static let speedOfLight = 299_792_458.0

  /// Velocity in units of the speed of light, √(1 − 1/γ²), for a Lorentz factor of at least 1.
  public static func beta(gamma: Double) -> Double { betaGamma(gamma: gamma) / gamma }

  /// Momentum in units of mass times speed of light, βγ = √(γ² − 1), written so that it keeps its digits near γ = 1.
  public static func betaGamma(gamma: Double) -> Double { ((gamma - 1) * (gamma + 1)).squareRoot() }

  /// Lorentz factor of a particle with that momentum.
  ///
  /// - Parameters:
  ///   - momentum: in GeV/c.
  ///   - restEnergy: in GeV.
  public static func gamma(momentum: Double, restEnergy: Double) -> Double {
    let ratio = momentum / restEnergy
    return (1 + ratio * ratio).squareRoot()
  }

  /// Momentum in GeV/c of a particle on a circle: p = 0.299792458 · Z · Bρ.
  ///
  /// - Parameters:
  ///   - rigidity: Bρ in T·m.
  ///   - charge: in elementary charges.
  public static func momentum(rigidity: Double, charge: Double) -> Double { 0.299_792_458 * charge * rigidity }
}

/// A particle in the machine.
public struct ParticleSpecies: Sendable, Equatable {
  /// Name used on the command line, for example `proton`.
  public var name: String
  /// Rest energy in GeV.
  public var restEnergy: Double
  /// Charge in elementary charges.
  public var charge: Double
}
