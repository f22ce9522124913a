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
