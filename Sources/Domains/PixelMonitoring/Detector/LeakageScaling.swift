import Foundation

/// The leakage current of silicon as a function of temperature.
///
/// I(T_ref) = I(T)·(T_ref/T)²·exp[−(E_g/2k)(1/T_ref − 1/T)] with the effective gap of A. Chilingarov, "Temperature dependence
/// of the current generated in Si bulk", JINST 8 (2013) P10003.
public struct LeakageScaling: Sendable, Equatable {
  /// Effective band gap in eV.
  public var gap: Double
  /// Boltzmann's constant in eV/K; the damage model has a slightly other value than the rest.
  public var boltzmann: Double
  /// Standard uncertainty of the gap, in eV.
  public var gapSigma: Double

  /// A scaling with these constants.
  public init(gap: Double, boltzmann: Double, gapSigma: Double = 0) {
    (self.gap, self.boltzmann, self.gapSigma) = (gap, boltzmann, gapSigma)
  }

  /// The scaling with the constants of the facts.
  public init(_ facts: PixelFacts) {
    self.init(
      gap: facts.constants.effectiveGap, boltzmann: facts.constants.boltzmann,
      gapSigma: facts.uncertainties.gapElectronvolt)
  }

  /// What a current at one temperature is multiplied with to get that at another, both in K.
  public func factor(from temperature: Double, to reference: Double) -> Double {
    let ratio = reference / temperature
    return ratio * ratio * exp(-gap / (2 * boltzmann) * (1 / reference - 1 / temperature))
  }

  /// Relative change of the current per kelvin at a temperature in K: 2/T + E_g/2kT².
  public func slope(at temperature: Double) -> Double {
    2 / temperature + gap / (2 * boltzmann * temperature * temperature)
  }

  /// Relative standard uncertainty of the factor: that of the temperature and that of the gap.
  public func relativeSigma(temperature: Double, sigma: Double, reference: Double) -> Double {
    let byTemperature = slope(at: temperature) * sigma
    let byGap = (1 / reference - 1 / temperature) / (2 * boltzmann) * gapSigma
    return (byTemperature * byTemperature + byGap * byGap).squareRoot()
  }
}
