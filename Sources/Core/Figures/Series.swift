/// One set of data drawn in a panel.
///
/// A value that is not finite makes a gap.
public struct Series: Sendable, Equatable {
  /// What stands in the legend; `nil` for no entry.
  public var name: String?
  /// The data and how they are drawn.
  public var shape: Shape
  /// The colour; `nil` takes the next one of the cycle by position in the panel.
  public var colour: Colour?
  /// Width of lines in points (1/72 inch).
  public var width: Double
  /// From 0, not to be seen, to 1, hiding what is under it.
  public var opacity: Double
  /// A text for each point, shown by interactive pages under the pointer; empty for none.
  public var pointLabels: [String]

  /// The data of a series and how they are drawn.
  public enum Shape: Sendable, Equatable {
    /// Points joined by straight lines.
    case line(x: [Double], y: [Double], dash: Dash)
    /// Points, with error bars where given; `size` is the diameter in points (1/72 inch).
    case points(x: [Double], y: [Double], marker: Marker, size: Double, xError: ErrorBars?, yError: ErrorBars?)
    /// A histogram: `values[i]` between `edges[i]` and `edges[i + 1]`.
    case steps(edges: [Double], values: [Double], isFilled: Bool)
    /// The area between two curves.
    case band(x: [Double], lower: [Double], upper: [Double])
    /// Bars from zero to `height`, centred on `x`, `width` wide in units of x.
    case bars(x: [Double], height: [Double], width: Double)
    /// A map of colours.
    case image(HeatMap)
    /// Many lines or point clouds of one kind, each coloured by a number, with one legend entry for all.
    case bundle(CurveBundle)
  }

  /// A series of any shape.
  public init(
    _ shape: Shape, name: String? = nil, colour: Colour? = nil, width: Double = 1.2, opacity: Double = 1,
    pointLabels: [String] = []
  ) {
    self.name = name
    self.shape = shape
    self.colour = colour
    self.width = width
    self.opacity = opacity
    self.pointLabels = pointLabels
  }
}

/// Lengths of error bars, one for each point, never negative; NaN for none.
public struct ErrorBars: Sendable, Equatable {
  /// Lengths towards lower values.
  public var lower: [Double]
  /// Lengths towards higher values.
  public var upper: [Double]

  /// Bars of the same length on both sides.
  public init(_ symmetric: [Double]) {
    lower = symmetric
    upper = symmetric
  }

  /// Bars with a length for each side.
  public init(lower: [Double], upper: [Double]) {
    self.lower = lower
    self.upper = upper
  }
}

/// Values on a grid of rectangles, drawn as colours.
public struct HeatMap: Sendable, Equatable {
  /// Edges of the columns, growing; one more than columns.
  public var xEdges: [Double]
  /// Edges of the rows, growing; one more than rows.
  public var yEdges: [Double]
  /// Row after row from the lowest y, each from the lowest x; NaN leaves a rectangle blank.
  public var values: [Double]
  /// How values become colours.
  public var scale: ColourScale

  /// A map with its edges.
  public init(xEdges: [Double], yEdges: [Double], values: [Double], scale: ColourScale = ColourScale()) {
    self.xEdges = xEdges
    self.yEdges = yEdges
    self.values = values
    self.scale = scale
  }
}

/// Many lines or point clouds of one kind, each coloured by a number.
public struct CurveBundle: Sendable, Equatable {
  /// The members, the first one lowest.
  public var members: [Member]
  /// How they are drawn.
  public var style: Style
  /// How a member's value becomes its colour.
  public var scale: ColourScale

  /// One line or point cloud.
  public struct Member: Sendable, Equatable {
    /// Places on the horizontal axis.
    public var x: [Double]
    /// Places on the vertical axis.
    public var y: [Double]
    /// The number that gives the colour.
    public var value: Double
    /// Shown under the pointer by interactive pages; empty for none.
    public var label: String

    /// A member with the number that colours it.
    public init(x: [Double], y: [Double], value: Double, label: String = "") {
      self.x = x
      self.y = y
      self.value = value
      self.label = label
    }
  }

  /// How the members are drawn.
  public enum Style: Sendable, Equatable {
    /// As lines.
    case lines(Dash)
    /// As points of this shape and diameter in points (1/72 inch).
    case points(Marker, size: Double)
  }

  /// A bundle; style and scale may be left out.
  public init(
    _ members: [Member], style: Style = .lines(.solid), scale: ColourScale = ColourScale(map: .viridisForLines)
  ) {
    self.members = members
    self.style = style
    self.scale = scale
  }
}
