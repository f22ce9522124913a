import JSON

/// The optics at one scanner and plane as an emittance needs them, with their uncertainties.
public struct ScanOptics: Sendable, Equatable {
  /// Name of the optics set.
  public var set: String
  /// Beta function in m.
  public var beta: Double
  /// Relative uncertainty of the beta function.
  public var betaRelativeUncertainty: Double
  /// Dispersion in m.
  public var dispersion: Double
  /// Relative uncertainty of the dispersion.
  public var dispersionRelativeUncertainty: Double
  /// RMS momentum spread δ.
  public var momentumSpread: Double
  /// Relative uncertainty of the momentum spread.
  public var momentumSpreadRelativeUncertainty: Double

  /// |D·δ| in mm: the part of the beam size that comes from the momentum spread.
  public var dispersiveSize: Double { abs(dispersion * momentumSpread) * 1e3 }

  /// The record in the outputs.
  public var json: JSONValue {
    [
      "set": .string(set), "beta_m": .number(beta), "beta_relativeUncertainty": .number(betaRelativeUncertainty),
      "dispersion_m": .number(dispersion), "dispersion_relativeUncertainty": .number(dispersionRelativeUncertainty),
      "dpp": .number(momentumSpread), "dpp_relativeUncertainty": .number(momentumSpreadRelativeUncertainty),
    ]
  }
}

/// A normalised emittance in µm (10⁻⁶ m·rad) with its two kinds of uncertainty kept apart.
public struct Emittance: Sendable, Equatable {
  /// Normalised emittance.
  public var value: Double
  /// Statistical uncertainty, from the error of the fitted size.
  public var statistical: Double
  /// Systematic uncertainty, from optics, momentum spread, position scale and gamma.
  public var systematic: Double

  /// The emittance of a beam of that rms size.
  ///
  /// ε = (σ² − (Dδ)²)/β_opt · βγ. With σ in mm and β_opt in m the result is in µm. The statistical part is
  /// 2σ·dσ·βγ/β_opt; the systematic one adds in quadrature the contributions of δ, D, the position scale k (2σ²k), β_opt
  /// and βγ.
  ///
  /// - Parameters:
  ///   - sigma: rms size in mm.
  ///   - sigmaError: standard error of `sigma` in mm.
  ///   - optics: lattice functions and momentum spread.
  ///   - gamma: Lorentz factor at the scan.
  ///   - positionScaleUncertainty: relative uncertainty k of the position axis.
  /// - Returns: `nil` when the dispersive part is not smaller than the size.
  public init?(
    sigma: Double, sigmaError: Double, optics: ScanOptics, gamma: ScanGamma, positionScaleUncertainty: Double
  ) {
    let dispersive = optics.dispersiveSize
    let betatron = (sigma - dispersive) * (sigma + dispersive)
    guard betatron > 0, optics.beta > 0 else { return nil }
    let factor = gamma.betaGamma / optics.beta
    value = betatron * factor
    statistical = 2 * sigma * sigmaError * factor
    let fromDispersion = 2 * dispersive * dispersive * optics.dispersionRelativeUncertainty
    let fromSpread = 2 * dispersive * dispersive * optics.momentumSpreadRelativeUncertainty
    let fromScale = 2 * sigma * sigma * positionScaleUncertainty
    let relative =
      optics.betaRelativeUncertainty * optics.betaRelativeUncertainty
      + gamma.relativeUncertainty * gamma.relativeUncertainty
    systematic =
      (factor * factor * (fromDispersion * fromDispersion + fromSpread * fromSpread + fromScale * fromScale)
      + value * value * relative).squareRoot()
  }

  /// The record in the outputs.
  public var json: JSONValue {
    ["value": .number(value), "statistical": .number(statistical), "systematic": .number(systematic)]
  }
}

extension Optional<Emittance> {
  /// The record in the outputs, its numbers `null` when there is no emittance.
  public var json: JSONValue {
    self?.json ?? ["value": nil, "statistical": nil, "systematic": nil]
  }
}
