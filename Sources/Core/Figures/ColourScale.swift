/// How a third number becomes a colour: the map, the range of values and the title of the colour bar.
public struct ColourScale: Sendable, Equatable {
  /// The sequence of colours.
  public var map: ColourMap
  /// What the number is, for example `Intensity`; stands along the colour bar.
  public var title: String
  /// Its unit; `nil` for a pure number.
  public var unit: String?
  /// Values of the first and last colour; `nil` takes them from the data.
  public var range: ClosedRange<Double>?
  /// Whether equal ratios are equal steps of colour; values that are not positive stay blank.
  public var isLogarithmic: Bool
  /// Whether a colour bar is drawn.
  public var showsBar: Bool

  /// A colour scale; everything may be left out.
  public init(
    _ title: String = "", unit: String? = nil, map: ColourMap = .viridis, range: ClosedRange<Double>? = nil,
    isLogarithmic: Bool = false, showsBar: Bool = true
  ) {
    self.map = map
    self.title = title
    self.unit = unit
    self.range = range
    self.isLogarithmic = isLogarithmic
    self.showsBar = showsBar
  }
}

/// A sequence of colours that grows evenly in lightness, so that it reads the same in grey and to colour-blind readers.
public enum ColourMap: Sendable, Equatable, CaseIterable {
  /// Dark violet over green to yellow (Smith and van der Walt, matplotlib 2015).
  case viridis
  /// The same without its palest end: for thin lines on white paper.
  case viridisForLines
  /// Dark blue over grey to yellow (Nuñez, Anderton and Renslow, PLoS ONE 13 (2018) e0199239).
  case cividis
  /// Blue over white to red, for numbers with a sign.
  case diverging
  /// Dark red over orange to pale yellow.
  case redYellow
  /// Dark green to pale yellow.
  case greenYellow
  /// Dark blue to pale green.
  case blueGreen
  /// Four colours for what became of a fit: light grey (cut), grey (not found), sand (bad), red (good).
  case fitCategories

  /// Colours at equal distances, first to last, as `0xRRGGBB`.
  public var stops: [UInt32] {
    switch self {
    case .viridis:
      [0x440154, 0x482878, 0x3E4989, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6ECE58, 0xB5DE2B, 0xFDE725]
    case .viridisForLines: [0x440154, 0x482878, 0x3E4989, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6ECE58, 0x9BD93C]
    case .cividis:
      [0x00224E, 0x123570, 0x3B496C, 0x575D6D, 0x707173, 0x8A8678, 0xA59C74, 0xC3B369, 0xE1CC55, 0xFEE838]
    case .diverging: [0x2A5CB8, 0x6F96D8, 0xB4C9EC, 0xF5F5F5, 0xEFB3B0, 0xDB6C6C, 0xB81F2F]
    case .redYellow: [0x8B0A1A, 0xB71C1C, 0xD84315, 0xF57C00, 0xFBA834, 0xFDD365, 0xFFF3A8]
    case .greenYellow: [0x0B4F2E, 0x1B7A3E, 0x4CA64C, 0x86C45C, 0xBEDD76, 0xF4F4A5]
    case .blueGreen: [0x0B2F6B, 0x13508F, 0x1F78A8, 0x3BA0AE, 0x72C4A8, 0xB9E3B0]
    case .fitCategories: [0xF0F0F0, 0x808080, 0xE6E6B3, 0xCC6666]
    }
  }

  /// The colour at a place between 0 (first) and 1 (last); places outside take the nearest end.
  public func colour(at place: Double) -> UInt32 {
    let stops = self.stops
    let clamped = place.isNaN ? 0 : min(max(place, 0), 1)
    let scaled = clamped * Double(stops.count - 1)
    let index = min(Int(scaled), stops.count - 2)
    let share = scaled - Double(index)
    func channel(_ shift: UInt32) -> UInt32 {
      let low = Double((stops[index] >> shift) & 255)
      let high = Double((stops[index + 1] >> shift) & 255)
      return UInt32((low + (high - low) * share).rounded()) << shift
    }
    return channel(16) | channel(8) | channel(0)
  }
}
