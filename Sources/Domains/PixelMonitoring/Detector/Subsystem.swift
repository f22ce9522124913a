import Errors

/// Barrel or end-cap of the pixel tracker.
public enum Subsystem: String, Sendable, Hashable, CaseIterable {
  /// Four layers around the beam.
  case barrel = "Barrel"
  /// Three disks at each end.
  case endCap = "EndCap"

  /// The first part of module and group names: `BPix` or `FPix`.
  public var prefix: String { self == .barrel ? "BPix" : "FPix" }

  /// The subsystem by name: `Barrel`, `EndCap`, `BPix` or `FPix`, upper and lower case taken as equal.
  ///
  /// - Throws: `pixel.unknownSubsystem` with the nearest names.
  public init(named name: String) throws(CavernError) {
    let lower = name.lowercased()
    for candidate in Self.allCases
    where candidate.rawValue.lowercased() == lower || candidate.prefix.lowercased() == lower {
      self = candidate
      return
    }
    let names = Self.allCases.map(\.rawValue)
    throw CavernError(
      "pixel.unknownSubsystem", "there is no subsystem '\(name)'", exit: .usage,
      expected: names.joined(separator: " or "), nearest: nearestNames(to: name, in: names))
  }
}

/// One half of the barrel or of a disk: the side along the beam (m: −z, p: +z) and towards the centre of the ring
/// (I: inner, "near") or away from it (O: outer, "far").
public enum HalfCylinder: String, Sendable, Hashable, CaseIterable, Comparable {
  /// −z, inner.
  case minusInner = "BmI"
  /// −z, outer.
  case minusOuter = "BmO"
  /// +z, inner.
  case plusInner = "BpI"
  /// +z, outer.
  case plusOuter = "BpO"

  /// Whether it lies at positive z.
  public var isPlus: Bool { self == .plusInner || self == .plusOuter }
  /// Whether it is an inner half.
  public var isInner: Bool { self == .minusInner || self == .plusInner }

  /// In the order of the names.
  public static func < (left: HalfCylinder, right: HalfCylinder) -> Bool { left.rawValue < right.rawValue }
}

/// Which half of the detector along the beam is looked at.
public enum Side: String, Sendable, Hashable, CaseIterable {
  /// Negative z.
  case minus = "m"
  /// Positive z.
  case plus = "p"
  /// The whole length.
  case both = "both"

  /// Whether a half cylinder belongs to it.
  public func holds(_ half: HalfCylinder) -> Bool {
    switch self {
    case .minus: !half.isPlus
    case .plus: half.isPlus
    case .both: true
    }
  }
}
