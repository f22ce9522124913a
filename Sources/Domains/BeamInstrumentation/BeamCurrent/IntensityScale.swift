import Figures

/// The unit of intensities in figures and texts: a power of ten of charges or ions that keeps numbers between 1 and 1000.
public struct IntensityScale: Sendable, Equatable {
  /// Charges per unit.
  public var charges: Double
  /// Name, `10¹⁰ charges`.
  public var name: String

  /// The scale for intensities up to `largest` charges.
  ///
  /// - Parameters:
  ///   - unitName: `charges` or `counts`.
  ///   - chargeState: charges per ion; `nil` keeps charges.
  public init(largest: Double, unitName: String, chargeState: Double?) {
    let perIon = unitName == "charges" ? chargeState ?? 1 : 1
    var noun = unitName
    if unitName == "charges", let chargeState, chargeState != 1 { noun = "ions (\(Text.short(chargeState))+)" }
    var exponent = 0
    var rest = largest / perIon
    while rest.isFinite, rest >= 10, exponent < 30 {
      rest /= 10
      exponent += 1
    }
    if exponent < 3 { exponent = 0 }
    charges = perIon * BunchIntensityRecord.powerOfTen(exponent)
    name = exponent == 0 ? noun : "\(NumberLabel.powerOfTen(exponent)) \(noun)"
  }

  /// Intensities in this unit.
  public func scaled(_ values: [Double]) -> [Double] { values.map { $0 / charges } }
}

extension BeamCurrentAnalysis {
  /// The unit that suits the bunches of this analysis.
  public var scale: IntensityScale {
    IntensityScale(
      largest: bunches.map(\.maximum).filter(\.isFinite).max() ?? 1, unitName: record.unitName,
      chargeState: options.chargeState)
  }
}
