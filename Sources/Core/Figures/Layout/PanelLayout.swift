/// A panel worked out: edges in points from the lower left corner of the figure, axes, colour bar and legend.
struct PanelLayout {
  var left: Double
  var right: Double
  var bottom: Double
  var top: Double
  var x: AxisLayout
  var y: AxisLayout
  /// Whether numbers and title stand under the horizontal axis.
  var showsXNumbers: Bool
  var colourBar: ColourBar?
  /// A corner, or `.none`.
  var legend = LegendPlace.none
  var xTitle = FigureLayout.PlacedText(text: "", x: 0, y: 0, size: 1)
  var yTitle = FigureLayout.PlacedText(text: "", x: 0, y: 0, size: 1)

  /// The colour scale of a panel beside it.
  struct ColourBar {
    var left: Double
    var width: Double
    /// Where the title stands, written upwards, ending at the top of the panel.
    var titleX: Double
    var axis: AxisLayout
    var map: ColourMap
    /// Room that bar, numbers and title take to the right of the panel.
    var room: Double
    /// `false` when the colours are wanted without the bar.
    var isShown: Bool
  }

  private let sharedX: (data: Extent, isTight: Bool)?

  /// Works out what does not depend on the width of the panel.
  init(
    _ panel: Panel, cell: (from: Double, to: Double), bottom: Double, top: Double, textSize: Double, smallSize: Double,
    sharedX: (data: Extent, isTight: Bool)?, showsXNumbers: Bool
  ) {
    (self.bottom, self.top, self.sharedX, self.showsXNumbers) = (bottom, top, sharedX, showsXNumbers)
    y = Self.axis(panel.y, panel.series, \.y, \.y, count: Self.count(top - bottom, smallSize))
    x = Self.axis(panel.x, panel.series, \.x, \.x, count: 5, shared: sharedX)
    let numbers = TextMetrics.width(of: y.ticks.map(\.label), size: smallSize)
    left = cell.from + textSize * 0.5 + textSize * 1.5 + numbers + smallSize * 0.6
    right = cell.to - textSize * 1.4
    colourBar = Self.colourBar(panel.series, height: top - bottom, textSize: textSize, smallSize: smallSize)
    if let bar = colourBar, bar.isShown { right = cell.to - bar.room }
    xTitle.size = textSize
    yTitle.size = textSize
  }

  /// Puts the colour bar beside the right edge.
  mutating func moveColourBar(textSize: Double) {
    guard var bar = colourBar else { return }
    let offset = bar.titleX - bar.left
    bar.left = right + textSize * 0.7
    bar.titleX = bar.left + offset
    colourBar = bar
  }

  /// Works out what depends on the width: ticks of x, legend, places of the titles.
  mutating func finish(_ panel: Panel, smallSize: Double) {
    let room = right - left
    var count = Self.countAcross(room, labelWidth: smallSize * 3)
    for _ in 0..<3 {
      x.plan(panel.x, count: count)
      let widest = TextMetrics.width(of: x.ticks.map(\.label), size: smallSize) + smallSize * 1.2
      let fits = max(1, Int(room / widest))
      if x.ticks.count <= fits || count <= 1 { break }
      count = max(1, min(count - 1, fits))
    }
    if panel.x.ticks != nil { thinOwnTicks(room: room, smallSize: smallSize) }
    placeLegend(panel, smallSize: smallSize)
    let textSize = xTitle.size
    xTitle = .init(
      text: x.title, x: right, y: bottom - smallSize * 1.5 - textSize * 0.75, size: textSize, alignment: .right)
    let numbers = TextMetrics.width(of: y.ticks.map(\.label), size: smallSize)
    yTitle = .init(
      text: y.title, x: left - numbers - smallSize * 0.6 - textSize * 0.95, y: top, size: textSize, alignment: .right)
  }

  /// Where labels of one's own would overlap, only every second, third, … is written.
  private mutating func thinOwnTicks(room: Double, smallSize: Double) {
    let widest = TextMetrics.width(of: x.ticks.map(\.label), size: smallSize) + smallSize * 0.8
    let fits = max(1, Int(room / widest))
    guard x.ticks.count > fits else { return }
    let every = (x.ticks.count + fits - 1) / fits
    x.ticks = x.ticks.enumerated().map {
      $0.offset.isMultiple(of: every) ? $0.element : Axis.Tick($0.element.value, "")
    }
  }

  static func count(_ height: Double, _ smallSize: Double) -> Int {
    min(max(Int(height / (smallSize * 2.6)), 2), 8)
  }

  private static func countAcross(_ width: Double, labelWidth: Double) -> Int {
    min(max(Int(width / (labelWidth * 1.8)), 2), 9)
  }

  /// An axis for the data of some series; `shared` replaces their range in a stack.
  static func axis(
    _ axis: Axis, _ series: [Series], _ direction: KeyPath<(x: Extent, y: Extent), Extent>,
    _ filling: KeyPath<(x: Bool, y: Bool), Bool>, count: Int, shared: (data: Extent, isTight: Bool)? = nil
  ) -> AxisLayout {
    if let shared { return AxisLayout(axis, data: shared.data, isTight: shared.isTight, count: count) }
    var extent = Extent()
    var isTight = false
    var wish = axis
    for one in series {
      extent.include(one.extents[keyPath: direction])
      isTight = isTight || one.fillsRange[keyPath: filling]
      if direction == \.y {
        switch one.shape {
        case .bars, .steps(_, _, isFilled: true): wish.includesZero = wish.scale == .linear
        default: break
        }
      }
    }
    return AxisLayout(wish, data: extent, isTight: isTight, count: count)
  }

  private static func colourBar(
    _ series: [Series], height: Double, textSize: Double, smallSize: Double
  ) -> ColourBar? {
    let scales = series.compactMap(\.colourScale)
    guard let scale = scales.first(where: \.showsBar) ?? scales.first else { return nil }
    var extent = Extent()
    for one in series { extent.include(one.colourExtent) }
    let axis = AxisLayout(
      Axis(scale.title, unit: scale.unit, scale: scale.isLogarithmic ? .logarithmic : .linear, range: scale.range),
      data: extent, isTight: true, count: count(height, smallSize))
    let numbers = TextMetrics.width(of: axis.ticks.map(\.label), size: smallSize)
    let width = textSize * 1.1
    let titleOffset = width + smallSize * 0.7 + numbers + textSize * 0.8
    return ColourBar(
      left: 0, width: width, titleX: titleOffset, axis: axis, map: scale.map,
      room: textSize * 0.7 + titleOffset + textSize * (axis.title.isEmpty ? 0 : 1.1), isShown: scale.showsBar)
  }
}
