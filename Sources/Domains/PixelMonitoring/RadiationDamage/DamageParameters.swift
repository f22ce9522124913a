import Errors

/// Constants of the Hamburg model and of the annealing of leakage current.
///
/// M. Moll, Radiation damage in silicon particle detectors, thesis, Hamburg 1999 (DESY-THESIS-1999-040); stored in
/// `Facts/constants.json`.
public struct DamageParameters: Sendable, Equatable {
  /// Introduction rate of short-lived acceptors, in 1/cm.
  public var gA: Double
  /// Introduction rate of reverse-annealing acceptors, in 1/cm.
  public var gY: Double
  /// Introduction rate of stable acceptors, in 1/cm.
  public var gC: Double
  /// Frequency factor of beneficial annealing, in 1/s.
  public var kA: Double
  /// Activation energy of beneficial annealing, in eV.
  public var energyA: Double
  /// Frequency factor of reverse annealing, in 1/s.
  public var kY: Double
  /// Activation energy of reverse annealing, in eV.
  public var energyY: Double
  /// Donor removal constant, in cm².
  public var donorRemoval: Double
  /// Share of the donors that can be removed.
  public var removableShare: Double
  /// Donors before irradiation, in 1/cm³.
  public var donors: Double
  /// Thickness of the sensor, in µm.
  public var thicknessMicrometres: Double
  /// Relative permittivity of silicon.
  public var permittivity: Double
  /// Elementary charge, in C.
  public var elementaryCharge: Double
  /// Vacuum permittivity, in F/m.
  public var vacuumPermittivity: Double
  /// Boltzmann constant, in eV/K.
  public var boltzmann: Double
  /// Amplitude of the exponential part of the current-related damage rate, in A/cm.
  public var alpha1: Double
  /// Its standard uncertainty, in A/cm.
  public var alpha1Sigma: Double
  /// Constant part of the current-related damage rate, in A/cm.
  public var alpha0: Double
  /// Factor of the logarithm, in A/cm.
  public var beta: Double
  /// Its standard uncertainty, in A/cm.
  public var betaSigma: Double
  /// Frequency factor of the exponential part, in 1/s.
  public var k01: Double
  /// Activation energy of the exponential part, in eV.
  public var energy1: Double
  /// Its standard uncertainty, in eV.
  public var energy1Sigma: Double
  /// Activation energy that scales time for the logarithm, in eV.
  public var energyStar: Double
  /// Its standard uncertainty, in eV.
  public var energyStarSigma: Double
  /// Temperature of the leakage parameters, in K.
  public var referenceTemperature: Double
  /// How measured currents scale with temperature.
  public var scaling: LeakageScaling
  /// Unit of time of the logarithm, in minutes.
  public var timeUnitMinutes: Double

  /// The constants that are part of the program.
  ///
  /// - Throws: `facts.damaged` when the built-in table is not whole.
  public static func standard() throws(CavernError) -> DamageParameters {
    try DamageParameters(PixelFacts.builtIn().constants)
  }

  init(_ constants: PixelConstants) throws(CavernError) {
    func number(_ group: String, _ name: String) throws(CavernError) -> Double {
      if let value = constants.damage(group, name) { return value }
      throw CavernError("facts.damaged", "constants.json lacks \(group).\(name)", exit: .internal)
    }
    scaling = LeakageScaling(gap: constants.effectiveGap, boltzmann: constants.boltzmann)
    gA = try number("hamburg", "gA_per_cm")
    gY = try number("hamburg", "gY_per_cm")
    gC = try number("hamburg", "gC_per_cm")
    kA = try number("hamburg", "ka_per_s")
    energyA = try number("hamburg", "Ea_eV")
    kY = try number("hamburg", "ky_per_s")
    energyY = try number("hamburg", "Ey_eV")
    donorRemoval = try number("hamburg", "donor_removal_cm2")
    removableShare = try number("hamburg", "donor_removal_fraction")
    donors = try number("hamburg", "N_donor_0_cm3")
    thicknessMicrometres = try number("hamburg", "thickness_um")
    permittivity = try number("hamburg", "eps_r")
    elementaryCharge = try number("hamburg", "e_C")
    vacuumPermittivity = try number("hamburg", "eps0_F_per_m")
    boltzmann = try number("hamburg", "k_B_eV_per_K")
    alpha1 = try number("leakage", "alpha_1_A_per_cm")
    alpha1Sigma = try number("leakage", "alpha_1_sigma")
    alpha0 = try number("leakage", "alpha_0_star_A_per_cm")
    beta = try number("leakage", "beta_A_per_cm")
    betaSigma = try number("leakage", "beta_sigma")
    k01 = try number("leakage", "k01_per_s")
    energy1 = try number("leakage", "E1_eV")
    energy1Sigma = try number("leakage", "E1_sigma")
    energyStar = try number("leakage", "E1_star_eV")
    energyStarSigma = try number("leakage", "E1_star_sigma")
    referenceTemperature = try number("leakage", "T_ref_K")
    timeUnitMinutes = try number("leakage", "t0_minutes")
  }

  /// Full depletion voltage in V for an effective doping in 1/cm³: q |N| d² / (2 ε_r ε₀).
  public func depletionVoltage(_ effectiveDoping: Double) -> Double {
    let thickness = thicknessMicrometres * 1e-6
    return elementaryCharge * abs(effectiveDoping) * 1e6 * thickness * thickness
      / (2 * permittivity * vacuumPermittivity)
  }

  /// What takes a predicted leakage current from the temperature of the parameters to another, in K.
  public func leakageFactor(to temperature: Double) -> Double {
    LeakageScaling(gap: scaling.gap, boltzmann: boltzmann).factor(from: referenceTemperature, to: temperature)
  }
}
