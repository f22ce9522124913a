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
    let parts = Parts(
      sigma: sigma, sigmaError: sigmaError, optics: optics, gamma: gamma,
      positionScaleUncertainty: positionScaleUncertainty)
    guard parts.betatronSquare > 0, optics.beta > 0 else { return nil }
    value = parts.value
    statistical = parts.statistical
    systematic = parts.systematic
  }

  /// An emittance with what each input contributes to its uncertainties, all in µm.
  struct Parts: Equatable {
    /// σ² − (Dδ)² in mm²; not positive when the dispersive part is not smaller than the size.
    var betatronSquare: Double
    /// Normalised emittance.
    var value: Double
    /// From the error of the fitted size.
    var statistical: Double
    /// From the beta function.
    var fromBeta: Double
    /// From the dispersion.
    var fromDispersion: Double
    /// From the momentum spread.
    var fromMomentumSpread: Double
    /// From the position scale.
    var fromPositionScale: Double
    /// From βγ.
    var fromGamma: Double

    /// The parts for one size; see `Emittance.init`.
    init(
      sigma: Double, sigmaError: Double, optics: ScanOptics, gamma: ScanGamma, positionScaleUncertainty: Double
    ) {
      let dispersive = optics.dispersiveSize
      let factor = gamma.betaGamma / optics.beta
      betatronSquare = (sigma - dispersive) * (sigma + dispersive)
      value = betatronSquare * factor
      statistical = 2 * sigma * sigmaError * factor
      fromBeta = value * optics.betaRelativeUncertainty
      fromDispersion = 2 * dispersive * dispersive * optics.dispersionRelativeUncertainty * factor
      fromMomentumSpread = 2 * dispersive * dispersive * optics.momentumSpreadRelativeUncertainty * factor
      fromPositionScale = 2 * sigma * sigma * positionScaleUncertainty * factor
      fromGamma = value * gamma.relativeUncertainty
    }

    /// All systematic contributions in quadrature.
    var systematic: Double {
      [fromBeta, fromDispersion, fromMomentumSpread, fromPositionScale, fromGamma]
        .reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
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
