import JSON

/// Numbers of nature and conventions of the detector, from `constants.json`, `rocs.json` and `cooling.json`.
public struct PixelConstants: Sendable {
  /// Boltzmann's constant for the leakage current, in eV/K.
  public var boltzmann: Double
  /// Effective band gap of silicon for the leakage current, in eV.
  public var effectiveGap: Double
  /// 0 °C in kelvin.
  public var zeroCelsius: Double
  /// Fluence of a field value of 1 per collision, for 1 fb⁻¹ and 1 mb.
  public var fluencePerFemtobarnMillibarn: Double
  /// What stands in a radiation profile for a value that was not measured.
  public var missingValue: Double
  /// Active volume of one readout chip, in cm³.
  public var chipVolume: Double
  /// Readout chips of a module.
  public var chipsPerModule: Int
  /// Readout chips of a half disk of the end-cap.
  public var chipsPerHalfDisk: Int
  /// Cross-section of proton collisions in millibarn for `run2` and `run3`.
  public var crossSectionsMillibarn: [String: Double]
  /// How much warmer a sensor is than its cooling loop with bias on, in kelvin by layer from 1.
  public var selfHeatingKelvin: [Double]
  /// How much warmer a sensor gets for each n_eq cm⁻² s⁻¹, in the earlier program's formula.
  public var kelvinPerFluenceRate: Double
  /// Every constant of the damage model as the table holds it: `hamburg` and `leakage` of `constants.json`.
  public var damageModel: JSONValue

  /// A constant of the damage model, for example `hamburg`, `gA_per_cm`.
  public func damage(_ group: String, _ name: String) -> Double? { damageModel[group]?[name]?.doubleValue }
}

/// Standard uncertainties that measurements of one fill carry, from `uncertainties.json`.
public struct PixelUncertainties: Sendable, Equatable {
  /// Smallest step of the monitors of bias currents, in µA.
  public var biasCurrentStepMicroampere: Double
  /// Smallest step of the monitors of analogue and digital currents, in A.
  public var supplyCurrentStepAmpere: Double
  /// Calibration of one sensor on a cooling loop, in K.
  public var loopSensorKelvin: Double
  /// Self-heating of sensors, in K.
  public var selfHeatingKelvin: Double
  /// Temperature of end-cap sensors taken from a port card, in K.
  public var portCardKelvin: Double
  /// Effective band gap, in eV.
  public var gapElectronvolt: Double
}
