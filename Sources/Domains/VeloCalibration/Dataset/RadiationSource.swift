import Fitting

/// The X-ray source, which gives the charge that the fitted edge stands for.
public struct RadiationSource: Sendable, Equatable {
  /// Its name.
  public var name = "Fe55"
  /// Energy of its line in eV.
  public var energy = 5900.0
  /// Energy for one electron-hole pair in eV.
  public var pairEnergy = 3.69
  /// Uncertainty of that in eV.
  public var pairEnergyError = 0.11
  /// A second line.
  public var secondLine: EdgeSecondLine?

  /// Iron-55 in silicon.
  public init() {}

  /// Charge in electrons: energy / pair energy.
  public var electrons: Double { energy / pairEnergy }
  /// Uncertainty of the charge in electrons, common to all pixels.
  public var electronsError: Double { electrons * pairEnergyError / pairEnergy }

  /// Gain in electrons per DAC code for a target in DAC codes.
  public func gain(target: Double) -> Double { electrons / target }

  /// Statistical uncertainty of the gain, without the scale error common to all pixels.
  public func statisticalGainError(target: Double, error: Double) -> Double {
    gain(target: target) * error / target
  }

  /// Uncertainty of the gain with the common scale error.
  public func totalGainError(target: Double, error: Double) -> Double {
    let scale = electronsError / electrons
    let relative = error / target
    return gain(target: target) * (scale * scale + relative * relative).squareRoot()
  }
}
