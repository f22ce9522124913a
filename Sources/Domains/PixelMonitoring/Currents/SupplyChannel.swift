/// A channel of a pixel supply by its cable, for example `PixelBarrel_BmI_S4_LAY14/channel002`.
public struct SupplyChannel: Sendable, Hashable {
  /// What a channel feeds.
  public enum Kind: String, Sendable, Hashable {
    /// Digital part of the chips, in ampere.
    case digital
    /// Analogue part of the chips, in ampere.
    case analogue
    /// Bias of the sensors, in microampere.
    case leakage
  }

  /// The cable.
  public var cable: String
  /// Barrel or end-cap.
  public var subsystem: Subsystem
  /// What tells layers or disks apart: `LYR14`, `LYR23`, `D1` to `D3`; `LYR1` and `LYR3` in the first detector.
  public var token: String
  /// What it feeds.
  public var kind: Kind

  /// The supply: what stands before the slash.
  public var supply: String { String(cable.prefix { $0 != "/" }) }

  /// Takes a cable apart; `nil` for what is no pixel supply channel 000 to 003.
  public init?(cable: String) {
    let parts = cable.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let fields = parts[0].split(separator: "_", omittingEmptySubsequences: false)
    guard fields.count == 4, HalfCylinder(rawValue: String(fields[1])) != nil else { return nil }
    switch fields[0] {
    case "PixelBarrel":
      subsystem = .barrel
      guard fields[3].hasPrefix("LAY") else { return nil }
      token = "LYR" + fields[3].dropFirst(3)
    case "PixelEndCap":
      subsystem = .endCap
      token = String(fields[2])
    default: return nil
    }
    switch parts[1] {
    case "channel000": kind = .digital
    case "channel001": kind = .analogue
    case "channel002", "channel003": kind = .leakage
    default: return nil
    }
    self.cable = cable
  }

  /// Whether the channel belongs to the detector of a phase; the database keeps names of the first detector.
  public func belongs(to phase: DetectorPhase) -> Bool {
    let end: Set<String> = ["D1", "D2", "D3"]
    switch phase {
    case .phase1: return ["LYR14", "LYR23"].contains(token) || end.contains(token)
    case .phase0: return ["LYR1", "LYR3"].contains(token) || (subsystem == .endCap && ["D1", "D2"].contains(token))
    }
  }
}
