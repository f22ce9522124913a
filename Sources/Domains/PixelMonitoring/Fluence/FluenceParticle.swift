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
  /// - Parameter binning: the name between quotation marks, blanks at the end and case are of no matter.
  init?(binning: String) {
    let name = binning.lowercased().filter { !$0.isWhitespace }
    switch name {
    case "allpart", "all", "allparticles", "all-part": self = .allpart
    case "neut", "neutron", "neutrons": self = .neut
    case "aneut", "aneutron", "antineut", "aneutrons": self = .aneut
    case "prot", "proton", "protons": self = .prot
    case "aprot", "aproton", "antiprot", "aprotons": self = .aprot
    case "pions", "pion", "pi": self = .pions
    default: return nil
    }
  }
}
