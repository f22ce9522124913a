import Foundation

/// The leakage current of silicon as a function of temperature.
///
/// I(T_ref) = I(T)·(T_ref/T)²·exp[−(E_g/2k)(1/T_ref − 1/T)] with the effective gap of A. Chilingarov, "Temperature dependence
/// of the current generated in Si bulk", JINST 8 (2013) P10003.
public struct LeakageScaling: Sendable, Equatable {
  /// Effective band gap in eV.
  public var gap: Double
  /// Boltzmann's constant in eV/K.
  public var boltzmann: Double
  /// Standard uncertainty of the gap, in eV.
  public var gapSigma: Double

  /// The scaling with the constants of the facts.
  public init(_ facts: PixelFacts) {
    gap = facts.constants.effectiveGap
    boltzmann = facts.constants.boltzmann
    gapSigma = facts.uncertainties.gapElectronvolt
  }

  /// What a current at one temperature is multiplied with to get that at another, both in K.
  public func factor(from temperature: Double, to reference: Double) -> Double {
    let ratio = reference / temperature
    return ratio * ratio * exp(-gap / (2 * boltzmann) * (1 / reference - 1 / temperature))
  }

  /// Relative change of the corrected current for 1 K at the measured temperature: −(2/T + E_g/2kT²).
  public func slope(at temperature: Double) -> Double {
    -(2 / temperature + gap / (2 * boltzmann * temperature * temperature))
  }

  /// Relative standard uncertainty of the factor: that of the temperature and that of the gap.
  public func relativeSigma(temperature: Double, sigma: Double, reference: Double) -> Double {
    let byTemperature = slope(at: temperature) * sigma
    let byGap = (1 / reference - 1 / temperature) / (2 * boltzmann) * gapSigma
    return (byTemperature * byTemperature + byGap * byGap).squareRoot()
  }
}

/// What a current is divided by.
public enum LeakageNormalisation: String, Sendable, Hashable, CaseIterable {
  /// Nothing: µA.
  case none
  /// Active volume: µA/cm³.
  case volume
  /// Readout chips: µA a chip.
  case roc

  /// What a group's current is divided by.
  public func divisor(chips: Int, facts: PixelFacts) -> Double {
    switch self {
    case .none: 1
    case .volume: Double(chips) * facts.constants.chipVolume
    case .roc: Double(chips)
    }
  }

  /// The unit, for axes.
  public var unit: String {
    switch self {
    case .none: "µA"
    case .volume: "µA/cm³"
    case .roc: "µA/ROC"
    }
  }

  /// What column names say: nothing, `_per_cm3`, `_per_roc`.
  public var columnSuffix: String {
    switch self {
    case .none: ""
    case .volume: "_per_cm3"
    case .roc: "_per_roc"
    }
  }
}

/// The leakage current of one group in one fill, with its temperature.
public struct GroupLeakage: Sendable, Equatable {
  /// The group.
  public var group: ReadoutGroup
  /// The current as measured, in µA.
  public var current: Double
  /// Standard uncertainty of the current: step of the supply and spread of the readings, in µA.
  public var currentSigma: Double
  /// Temperature of the sensors in K; NaN when it is missing.
  public var kelvin: Double
  /// Standard uncertainty of the temperature, in K.
  public var kelvinSigma: Double
  /// Why averages leave it out; `nil` when they do not.
  public var exclusion: String?
}

extension GroupLeakage {
  /// The current divided as asked for and at a reference temperature, with its uncertainty; NaN when that needs a temperature
  /// that is missing.
  ///
  /// - Parameter reference: in K; `nil` for the current as measured.
  public func value(_ normalisation: LeakageNormalisation, reference: Double?, facts: PixelFacts) -> (
    value: Double, sigma: Double
  ) {
    let divided = 1 / normalisation.divisor(chips: group.chipCount, facts: facts)
    guard let reference else { return (current * divided, currentSigma * divided) }
    let scaling = LeakageScaling(facts)
    let value = current * divided * scaling.factor(from: kelvin, to: reference)
    let relative = scaling.relativeSigma(temperature: kelvin, sigma: kelvinSigma, reference: reference)
    let step = currentSigma / max(abs(current), 1e-12)
    return (value, abs(value) * (relative * relative + step * step).squareRoot())
  }
}
