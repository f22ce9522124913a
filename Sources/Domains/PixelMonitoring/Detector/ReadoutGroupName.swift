import Errors

/// The name of a readout group: the modules that share the channels of one power supply.
///
/// In the barrel a sector of a layer (`BPix_BmI_SEC1_LYR1`, 128 of them), in the end-cap the modules of one ring in a
/// quarter of a half disk (`FPix_BmI_D1_ROG1_RNG2`, 96 of them).
public enum ReadoutGroupName: Sendable, Hashable {
  /// A sector (1 to 8) of a layer (1 to 4) of a half cylinder.
  case barrel(HalfCylinder, sector: Int, layer: Int)
  /// A ring (1 or 2) of a readout group (1 to 4) of a disk (1 to 3) of a half; ring 0 is a whole group of the first
  /// detector, which had no rings.
  case endCap(HalfCylinder, disk: Int, group: Int, ring: Int)

  /// The name as files hold it.
  public var text: String {
    switch self {
    case .barrel(let half, let sector, let layer): "BPix_\(half.rawValue)_SEC\(sector)_LYR\(layer)"
    case .endCap(let half, let disk, let group, let ring):
      "FPix_\(half.rawValue)_D\(disk)_ROG\(group)" + (ring == 0 ? "" : "_RNG\(ring)")
    }
  }

  /// Barrel or end-cap.
  public var subsystem: Subsystem {
    if case .barrel = self { return .barrel }
    return .endCap
  }

  /// The half cylinder it lies in.
  public var half: HalfCylinder {
    switch self {
    case .barrel(let half, _, _), .endCap(let half, _, _, _): half
    }
  }

  /// The layer of a barrel group, the ring of an end-cap group.
  public var layerOrRing: Int {
    switch self {
    case .barrel(_, _, let layer): layer
    case .endCap(_, _, _, let ring): ring
    }
  }

  /// Takes a name apart; `nil` when it is none.
  public init?(_ text: String) {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    func number(_ part: Substring, _ prefix: String, _ range: ClosedRange<Int>) -> Int? {
      guard part.hasPrefix(prefix), part.utf8.count == prefix.utf8.count + 1,
        let value = Int(part.dropFirst(prefix.count)),
        range.contains(value)
      else { return nil }
      return value
    }
    guard parts.count >= 2, let half = HalfCylinder(rawValue: String(parts[1])) else { return nil }
    if parts.count == 4, parts[0] == "BPix", let sector = number(parts[2], "SEC", 1...8),
      let layer = number(parts[3], "LYR", 1...4)
    {
      self = .barrel(half, sector: sector, layer: layer)
    } else if parts.count == 5, parts[0] == "FPix", let disk = number(parts[2], "D", 1...3),
      let group = number(parts[3], "ROG", 1...4), let ring = number(parts[4], "RNG", 1...2)
    {
      self = .endCap(half, disk: disk, group: group, ring: ring)
    } else if parts.count == 4, parts[0] == "FPix", let disk = number(parts[2], "D", 1...3),
      let group = number(parts[3], "ROG", 1...4)
    {
      self = .endCap(half, disk: disk, group: group, ring: 0)
    } else {
      return nil
    }
  }
}

extension ReadoutGroupName: Comparable {
  /// By layer or ring, then by name: the order of the lines in files, barrel before end-cap.
  public static func < (left: ReadoutGroupName, right: ReadoutGroupName) -> Bool {
    if left.subsystem != right.subsystem { return left.subsystem == .barrel }
    return (left.layerOrRing, left.text) < (right.layerOrRing, right.text)
  }
}

/// Orders names by their last character and then as a whole, so that files run by layer, then by group.
public func byLastCharacter(_ left: String, _ right: String) -> Bool {
  let (first, second) = (left.utf8.last ?? 0, right.utf8.last ?? 0)
  return first != second ? first < second : left < right
}
