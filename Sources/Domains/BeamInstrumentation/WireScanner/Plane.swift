/// The transverse plane in which a scanner measures.
public enum Plane: String, Sendable, CaseIterable, Comparable {
  /// x, the plane with dispersion.
  case horizontal = "H"
  /// y.
  case vertical = "V"

  /// Horizontal stands before vertical.
  public static func < (left: Plane, right: Plane) -> Bool { left == .horizontal && right == .vertical }

  /// The letter of the earlier package's file names, `X` or `Y`.
  public var coordinate: String { self == .horizontal ? "X" : "Y" }

  /// The word for people.
  public var label: String { self == .horizontal ? "horizontal" : "vertical" }
}

/// The direction of a scan: the wire crosses the beam on its way in and again on its way out.
public enum ScanDirection: String, Sendable, CaseIterable, Comparable {
  /// First crossing, `Set1` in the record.
  case inward = "in"
  /// Second crossing, `Set2` in the record.
  case outward = "out"

  /// The incoming scan stands before the outgoing one.
  public static func < (left: ScanDirection, right: ScanDirection) -> Bool { left == .inward && right == .outward }

  /// The number of the set in the record, 1 or 2.
  public var set: Int { self == .inward ? 1 : 2 }
}
