/// Turns fluence per collision into fluence for a delivered luminosity.
///
/// Φ = field × L × σ with σ the inelastic pp cross section; 1 /fb of 1 mb is 10¹² collisions.
public struct FluenceConversion: Sendable, Equatable {
  /// Inelastic pp cross section, in mb.
  public var crossSectionMillibarn: Double

  /// 79.1 mb: Run 2 at 13 TeV.
  public static let run2 = FluenceConversion(crossSectionMillibarn: 79.1)
  /// 80 mb: Run 3 at 13.6 TeV, provisional.
  public static let run3 = FluenceConversion(crossSectionMillibarn: 80)

  /// A conversion with this cross section in mb.
  public init(crossSectionMillibarn: Double) { self.crossSectionMillibarn = crossSectionMillibarn }

  /// Collisions in 1 /fb.
  public var collisionsPerInverseFemtobarn: Double { crossSectionMillibarn * 1e12 }
}
