import Errors
import Foundation

/// How leakage current depends on temperature: I(T₂) = I(T₁) (T₂/T₁)² exp[−E/(2k) (1/T₂ − 1/T₁)].
///
/// With the effective gap of 1.21 eV (A. Chilingarov, JINST 8 (2013) P10003).
public enum CurrentScaling {
  /// Effective gap, in eV.
  public static let effectiveGap = 1.21
  /// Boltzmann constant, in eV/K, as the scaling has always been done.
  public static let boltzmann = 8.6173324e-5

  /// The factor that takes a current from one temperature to another, both in K.
  ///
  /// - Parameter boltzmann: in eV/K; the damage model has a slightly other value.
  public static func factor(from: Double, to: Double, boltzmann: Double = boltzmann) -> Double {
    (to / from) * (to / from) * exp(-effectiveGap / (2 * boltzmann) * (1 / to - 1 / from))
  }

  /// Relative change of the current per kelvin: 2/T + E/(2kT²).
  public static func slope(at temperature: Double) -> Double {
    2 / temperature + effectiveGap / (2 * boltzmann * temperature * temperature)
  }
}
