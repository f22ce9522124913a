/// One picture as a value: panels with axes and series, a label line and a size, free of any renderer.
///
/// A domain describes what is to be seen; `GnuplotRenderer` (PNG, SVG, PDF), `PlotlyRenderer` (interactive HTML) and
/// `TerminalRenderer` (text) draw the same value. Ranges, ticks and legend places are computed here, so that all agree.
///
///     Figure(
///       name: "ws-H-in", title: "SPS.BWS.51637.H", rightLabel: "2024-10-14 21:07:33 UTC",
///       panels: [Panel(x: Axis("Position", unit: "mm"), y: Axis("Amplitude", unit: "a.u."), series: [.line(x: x, y: y)])])
public struct Figure: Sendable, Equatable {
  /// Stem of the files it is written to: letters, digits, `-`, `_` and `.`.
  public var name: String
  /// Bold text at the upper left, usually the device or the experiment; may be empty.
  public var title: String
  /// Slanted text after the title, for example `Simulation`.
  public var qualifier: String
  /// Text at the upper right, usually time, luminosity or energy.
  public var rightLabel: String
  /// Further lines under the title, for example `n = 56 profiles`.
  public var labels: [String]
  /// Width and height on paper.
  public var size: FigureSize
  /// Size of the letters of axis titles in points (1/72 inch).
  public var fontSize: Double
  /// How the panels are placed.
  public var arrangement: Arrangement
  /// The panels, from the top, or row by row in a grid.
  public var panels: [Panel]

  /// How the panels of a figure are placed.
  public enum Arrangement: Sendable, Equatable {
    /// One above the other with these relative heights (a missing one counts 1). With `sharedX` the panels touch, have
    /// one range in x and only the lowest shows numbers.
    case stacked(heights: [Double], sharedX: Bool)
    /// Row by row in this many columns of equal width.
    case grid(columns: Int)
  }

  /// A figure; everything but name and panels may be left out.
  public init(
    name: String, title: String = "", qualifier: String = "", rightLabel: String = "", labels: [String] = [],
    size: FigureSize = .standard, fontSize: Double = 11,
    arrangement: Arrangement = .stacked(heights: [], sharedX: false), panels: [Panel]
  ) {
    self.name = name
    self.title = title
    self.qualifier = qualifier
    self.rightLabel = rightLabel
    self.labels = labels
    self.size = size
    self.fontSize = fontSize
    self.arrangement = arrangement
    self.panels = panels
  }
}

/// Width and height of a figure on paper.
public struct FigureSize: Sendable, Equatable {
  /// Width in inches.
  public var widthInches: Double
  /// Height in inches.
  public var heightInches: Double

  /// A size in inches, each side kept within 1 and 60.
  public static func inches(_ width: Double, _ height: Double) -> FigureSize {
    func kept(_ value: Double) -> Double { value.isFinite ? min(max(value, 1), 60) : 6 }
    return FigureSize(widthInches: kept(width), heightInches: kept(height))
  }

  /// A size in millimetres, each side kept within 25.4 and 1524.
  public static func millimetres(_ width: Double, _ height: Double) -> FigureSize {
    inches(width / 25.4, height / 25.4)
  }

  /// 6.3 by 4.7 inches: one panel in a column of text.
  public static let standard = inches(6.3, 4.7)
}
