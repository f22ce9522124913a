import Errors

/// An end of CMS with its back-end board.
public enum HaloSide: Int, Sendable, CaseIterable, Comparable {
  /// +Z: board 4, which watches Beam 1.
  case plus = 4
  /// −Z: board 11, which watches Beam 2.
  case minus = 11

  /// The number of the uHTR board.
  public var board: Int { rawValue }

  /// `+Z` or `-Z`.
  public var label: String { self == .plus ? "+Z" : "-Z" }

  /// The beam that comes in at this end.
  public var beam: Int { self == .plus ? 1 : 2 }

  /// What stands above figures, for example `+Z Side [uHTR-4]`.
  public var title: String { "\(label) Side [uHTR-\(board)]" }

  /// Position in tables by side: 0 and 1.
  public var index: Int { self == .plus ? 0 : 1 }

  /// The other end.
  public var other: HaloSide { self == .plus ? .minus : .plus }

  /// +Z comes first.
  public static func < (left: HaloSide, right: HaloSide) -> Bool { left.rawValue < right.rawValue }

  /// The side that the name of a file tells; nil when it tells none, or both.
  ///
  /// Board numbers come before words: `uHTR4`, `uHTR_4`, `uHTR11`, `uHTR_11` (no further digit may follow), then `PLUS` and
  /// `MINUS`, then the prefixes of the detector groups `PN`, `PF`, `MN`, `MF`.
  public init?(fileName name: String) {
    let bytes = Array(name.utf8)
    let rules: [(plus: [String], minus: [String], isNumber: Bool)] = [
      (["uHTR4", "uHTR_4"], ["uHTR11", "uHTR_11"], true), (["PLUS"], ["MINUS"], false),
      (["PN", "PF"], ["MN", "MF"], false),
    ]
    for rule in rules {
      let isPlus = rule.plus.contains { Self.holds(bytes, $0, endsNumber: rule.isNumber) }
      let isMinus = rule.minus.contains { Self.holds(bytes, $0, endsNumber: rule.isNumber) }
      if isPlus != isMinus {
        self = isPlus ? .plus : .minus
        return
      }
      if isPlus { return nil }
    }
    return nil
  }

  private static func holds(_ bytes: [UInt8], _ word: String, endsNumber: Bool) -> Bool {
    let word = Array(word.utf8)
    guard bytes.count >= word.count else { return false }
    for start in 0...(bytes.count - word.count) where bytes[start..<start + word.count].elementsEqual(word) {
      let next = start + word.count
      let goesOn = next < bytes.count && (48...57).contains(bytes[next])
      if !endsNumber || !goesOn { return true }
    }
    return false
  }
}
