extension Series {
  /// Points joined by straight lines.
  public static func line(
    x: [Double], y: [Double], name: String? = nil, colour: Colour? = nil, dash: Dash = .solid, width: Double = 1.2,
    opacity: Double = 1
  ) -> Series {
    Series(.line(x: x, y: y, dash: dash), name: name, colour: colour, width: width, opacity: opacity)
  }

  /// Points with optional error bars; `size` in points (1/72 inch).
  public static func points(
    x: [Double], y: [Double], xError: ErrorBars? = nil, yError: ErrorBars? = nil, name: String? = nil,
    colour: Colour? = nil, marker: Marker = .circle, size: Double = 4, opacity: Double = 1, pointLabels: [String] = []
  ) -> Series {
    Series(
      .points(x: x, y: y, marker: marker, size: size, xError: xError, yError: yError), name: name, colour: colour,
      width: 1, opacity: opacity, pointLabels: pointLabels)
  }

  /// A histogram: `values[i]` between `edges[i]` and `edges[i + 1]`.
  public static func steps(
    edges: [Double], values: [Double], name: String? = nil, colour: Colour? = nil, isFilled: Bool = false,
    width: Double = 1.2, opacity: Double = 1
  ) -> Series {
    Series(
      .steps(edges: edges, values: values, isFilled: isFilled), name: name, colour: colour, width: width,
      opacity: opacity)
  }

  /// The area between two curves.
  public static func band(
    x: [Double], lower: [Double], upper: [Double], name: String? = nil, colour: Colour? = nil, opacity: Double = 0.3
  ) -> Series {
    Series(.band(x: x, lower: lower, upper: upper), name: name, colour: colour, opacity: opacity)
  }

  /// Bars from zero to `height`, centred on `x`, `width` wide in units of x.
  public static func bars(
    x: [Double], height: [Double], width: Double = 0.8, name: String? = nil, colour: Colour? = nil,
    opacity: Double = 1, pointLabels: [String] = []
  ) -> Series {
    Series(
      .bars(x: x, height: height, width: width), name: name, colour: colour, opacity: opacity,
      pointLabels: pointLabels)
  }

  /// A map of colours.
  public static func image(_ map: HeatMap) -> Series { Series(.image(map)) }

  /// Many lines or point clouds coloured by a number, with one legend entry for all.
  public static func bundle(_ bundle: CurveBundle, name: String? = nil, width: Double = 0.7, opacity: Double = 1)
    -> Series
  {
    Series(.bundle(bundle), name: name, width: width, opacity: opacity)
  }
}
