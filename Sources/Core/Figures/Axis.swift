/// One axis of a panel: what is measured, its unit, scale and range.
public struct Axis: Sendable, Equatable {
  /// What is measured, for example `Position`.
  public var title: String
  /// Its unit, shown in brackets after the title; `nil` for a pure number.
  public var unit: String?
  /// How values become places.
  public var scale: Scale
  /// Lowest and highest value shown; `nil` takes them from the data with a margin.
  public var range: ClosedRange<Double>?
  /// Whether the automatic range includes zero (bars always do).
  public var includesZero: Bool
  /// Whether values grow to the left or downwards.
  public var isReversed: Bool
  /// Ticks with labels of one's own instead of the automatic ones.
  public var ticks: [Tick]?

  /// How values become places on an axis.
  public enum Scale: Sendable, Equatable {
    /// Equal differences are equal lengths.
    case linear
    /// Equal ratios are equal lengths; values that are not positive are not drawn.
    case logarithmic
    /// Seconds since 1970-01-01 00:00 UTC without leap seconds, labelled with dates and times of day in UTC.
    case time
  }

  /// A labelled tick.
  public struct Tick: Sendable, Equatable {
    /// Where it stands, in the unit of the axis.
    public var value: Double
    /// What stands beside it.
    public var label: String

    /// A tick with its label.
    public init(_ value: Double, _ label: String) {
      self.value = value
      self.label = label
    }
  }

  /// An axis; everything but the title may be left out.
  public init(
    _ title: String, unit: String? = nil, scale: Scale = .linear, range: ClosedRange<Double>? = nil,
    includesZero: Bool = false, isReversed: Bool = false, ticks: [Tick]? = nil
  ) {
    self.title = title
    self.unit = unit
    self.scale = scale
    self.range = range
    self.includesZero = includesZero
    self.isReversed = isReversed
    self.ticks = ticks
  }

  /// An axis whose places 0, 1, 2, … carry these names.
  public static func categories(_ title: String, _ names: [String]) -> Axis {
    Axis(
      title, range: -0.5...(Double(max(names.count, 1)) - 0.5),
      ticks: names.enumerated().map { Tick(Double($0.offset), $0.element) })
  }
}
