/// A colour of a series or annotation.
public enum Colour: Sendable, Equatable {
  /// One of the six colours of the style, counted from 0 and starting over after the last.
  case cycle(Int)
  /// Red, green and blue as `0xRRGGBB`.
  case rgb(UInt32)

  /// Black.
  public static let black = Colour.rgb(0)
  /// A middle grey for lines of reference.
  public static let grey = Colour.rgb(0x777777)

  /// Six colours told apart by colour-blind readers.
  ///
  /// After M. Petroff, "Accessible Color Sequences for Data
  /// Visualization", arXiv:2107.02270.
  public static let cycle: [UInt32] = [0x5790FC, 0xF89C20, 0xE42536, 0x964A8B, 0x9C9CA1, 0x7A21DD]

  /// Red, green and blue as `0xRRGGBB`.
  public var rgb: UInt32 {
    switch self {
    case .cycle(let index):
      let count = Self.cycle.count
      return Self.cycle[((index % count) + count) % count]
    case .rgb(let value): return value & 0xFFFFFF
    }
  }

  /// The colour as `#rrggbb`.
  public var hexadecimal: String {
    let digits = String(rgb, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }
}

/// The pattern of a line.
public enum Dash: Sendable, Equatable, CaseIterable {
  /// Drawn through, dashed, dotted, or dashes and dots in turn.
  case solid, dashed, dotted, dashDotted
}

/// The shape of a point.
public enum Marker: Sendable, Equatable, CaseIterable {
  /// Filled disc.
  case circle
  /// Filled square.
  case square
  /// Filled diamond.
  case diamond
  /// Filled triangle, tip up.
  case triangleUp
  /// Filled triangle, tip down.
  case triangleDown
  /// Ring.
  case openCircle
  /// Two crossing strokes.
  case cross
}
