/// A kind of particle whose fluence is scored, or a sum of kinds.
public enum FluenceParticle: String, Sendable, CaseIterable {
  /// All particles together.
  case allpart
  /// Neutrons.
  case neut
  /// Antineutrons.
  case aneut
  /// Protons.
  case prot
  /// Antiprotons.
  case aprot
  /// Charged pions.
  case pions
  /// Protons, antiprotons and pions.
  case charged
  /// Neutrons and antineutrons.
  case neutral

  /// The kinds that a simulation scores, in the order of the production file.
  public static let scored: [FluenceParticle] = [.allpart, .neut, .aneut, .prot, .aprot, .pions]

  /// What a sum is made of; empty for a kind that is scored itself.
  public var parts: [FluenceParticle] {
    switch self {
    case .charged: [.prot, .aprot, .pions]
    case .neutral: [.neut, .aneut]
    default: []
    }
  }

  /// The kind that a binning of this name scores; `nil` for another name.
  ///
  /// - Parameter binning: the name between quotation marks; only letters and digits count, upper and lower case alike, so
  ///   that FLUKA's own names (`PIONS+-`) are taken too.
  init?(binning: String) {
    let name = binning.lowercased().filter { $0.isLetter || $0.isNumber }
    switch name {
    case "allpart", "all", "allparticles": self = .allpart
    case "neut", "neutron", "neutrons": self = .neut
    case "aneut", "aneutron", "aneutrons", "antineut", "antineutron", "antineutrons": self = .aneut
    case "prot", "proton", "protons": self = .prot
    case "aprot", "aproton", "aprotons", "antiprot", "antiproton", "antiprotons": self = .aprot
    case "pions", "pion", "pi", "pipm", "chargedpions": self = .pions
    default: return nil
    }
  }
}
