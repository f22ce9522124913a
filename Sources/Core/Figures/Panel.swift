/// One pair of axes with what is drawn between them.
public struct Panel: Sendable, Equatable {
  /// Text above the panel; `nil` for none.
  public var title: String?
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn, the first one lowest.
  public var series: [Series]
  /// Texts, lines and shaded ranges on top of or under the data.
  public var annotations: [Annotation]
  /// Where the legend stands.
  public var legend: LegendPlace
  /// Whether an interactive page offers a button that switches the vertical axis between linear and logarithmic.
  public var offersLogarithmicY: Bool

  /// A panel; series and what follows may be left out.
  public init(
    title: String? = nil, x: Axis, y: Axis, series: [Series] = [], annotations: [Annotation] = [],
    legend: LegendPlace = .automatic, offersLogarithmicY: Bool = false
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.annotations = annotations
    self.legend = legend
    self.offersLogarithmicY = offersLogarithmicY
  }
}

/// Where the legend of a panel stands.
public enum LegendPlace: Sendable, Equatable {
  /// The corner that hides the least data; room is made above the data when no corner is free.
  case automatic
  /// No legend.
  case none
  /// Inside the panel, in that corner.
  case topLeft, topRight, bottomLeft, bottomRight
}

/// A text, line or shaded range in a panel.
public enum Annotation: Sendable, Equatable {
  /// Lines of text at a place given in fractions of the panel, (0, 0) at the lower left; `alignment` says which side of the
  /// text the place is. The first line hangs below the place.
  case text([String], x: Double, y: Double, alignment: TextAlignment)
  /// A line at this x over the whole height, with an optional name beside its top.
  case verticalLine(x: Double, name: String?, colour: Colour, dash: Dash)
  /// A line at this y over the whole width, with an optional name above its right end.
  case horizontalLine(y: Double, name: String?, colour: Colour, dash: Dash)
  /// A shaded range of x over the whole height, under the data.
  case verticalBand(from: Double, to: Double, name: String?, colour: Colour)
  /// A shaded range of y over the whole width, under the data.
  case horizontalBand(from: Double, to: Double, name: String?, colour: Colour)
}

/// The side of a text that stands at its place.
public enum TextAlignment: Sendable, Equatable {
  /// The text begins, is centred, or ends at its place.
  case left, centre, right
}
