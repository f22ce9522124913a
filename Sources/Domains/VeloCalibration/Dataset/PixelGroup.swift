import Errors

/// A group of pixels, chosen by row or column (both from 0).
public enum PixelGroup: String, Sendable, CaseIterable {
  /// All pixels.
  case all = "none"
  /// Even columns.
  case even
  /// Odd columns.
  case odd
  /// Rows 15, 31, … 255: row mod 16 = 15.
  case rows16
  /// Rows 15, 30, … 255: multiples of 15 other than 0, the rule of the earlier program.
  case rows15
  /// Columns whose pair (integer part of column/2) is even.
  case pairEven = "pair-even"
  /// Columns whose pair is odd.
  case pairOdd = "pair-odd"

  /// Whether a pixel belongs to the group.
  public func contains(row: Int, column: Int) -> Bool {
    switch self {
    case .all: true
    case .even: column % 2 == 0
    case .odd: column % 2 == 1
    case .rows16: row % 16 == 15
    case .rows15: row % 15 == 0 && row != 0
    case .pairEven: (column / 2) % 2 == 0
    case .pairOdd: (column / 2) % 2 == 1
    }
  }

  /// The name of the group's folder in the layout of the earlier program.
  public var legacyFolder: String { self == .rows15 ? "rows" : rawValue }

  /// The group of a name.
  ///
  /// - Throws: `velo.group` (exit 78) with the nearest names.
  public init(named name: String) throws(CavernError) {
    guard let group = Self(rawValue: name) else {
      throw CavernError(
        "velo.group", "there is no group '\(name)'", exit: .configuration,
        expected: Self.allCases.map(\.rawValue).joined(separator: ", "),
        nearest: nearestNames(to: name, in: Self.allCases.map(\.rawValue)))
    }
    self = group
  }
}

/// The pixel matrix of a VeloPix ASIC.
public enum PixelMatrix {
  /// Rows, and columns.
  public static let side = 256
  /// Pixels: 65,536.
  public static let count = side * side
}
