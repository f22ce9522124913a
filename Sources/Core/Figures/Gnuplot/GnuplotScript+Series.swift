extension GnuplotScript {
  /// One element of a plot command with its rows of numbers.
  private struct Element {
    var options: String
    var columns: Int
    var values: [Double]
    /// Replaces the usual description of the rows, for maps.
    var source: String?
  }

  /// Adds the plot command of a panel and its data.
  mutating func plot(_ panel: Panel, _ place: PanelLayout) {
    var elements: [Element] = []
    var entries: [String] = []
    for (index, series) in panel.series.enumerated() {
      let colour = (series.colour ?? .cycle(index)).rgb
      let drawn = Self.elements(series, colour, place).filter { !$0.values.isEmpty }
      elements += drawn
      if let name = series.name, place.legend != .none {
        entries.append("keyentry \(Self.sample(series, colour)) title \(Self.quoted(name)) noenhanced")
      }
    }
    var parts = elements.map { element in
      let count = element.columns == 0 ? 0 : element.values.count / element.columns
      let source =
        element.source
        ?? "binary record=(\(count)) format='%\(element.columns)double' using "
        + (1...element.columns).map(String.init).joined(separator: ":")
      return "'-' \(source) \(element.options) notitle"
    }
    parts += entries
    // Something must be plotted for the axes to be drawn; the second form also brings out the colour bar.
    if place.colourBar?.isShown == true { parts.append("NaN with points pointtype 7 linecolor palette cb 0 notitle") }
    if elements.isEmpty { parts.insert("NaN notitle", at: 0) }
    line("plot " + parts.joined(separator: ", "))
    for element in elements { data(element.values, columns: element.columns) }
  }

  private static func lineStyle(_ width: Double, _ dash: Dash, _ colour: UInt32, _ opacity: Double) -> String {
    "linewidth \(place(width)) \(Self.dash(dash)) linecolor \(Self.colour(colour, opacity: opacity))"
  }

  /// Points of `size` (diameter in points) in terms of gnuplot's own size for each shape.
  private static func pointStyle(_ marker: Marker, _ size: Double, _ colour: UInt32, _ opacity: Double) -> String {
    let (type, factor): (Int, Double) =
      switch marker {
      case .circle: (7, 1)
      case .square: (5, 0.9)
      case .diamond: (13, 1.1)
      case .triangleUp: (9, 1.1)
      case .triangleDown: (11, 1.1)
      case .openCircle: (6, 1)
      case .cross: (2, 0.9)
      }
    return "pointtype \(type) pointsize \(place(size * factor / 9)) linecolor \(Self.colour(colour, opacity: opacity))"
  }

  private static func sample(_ series: Series, _ colour: UInt32) -> String {
    switch series.shape {
    case .line(_, _, let dash): return "with lines " + lineStyle(max(series.width, 1), dash, colour, series.opacity)
    case .steps(_, _, let isFilled):
      return isFilled
        ? "with boxes fillstyle solid 1 noborder fillcolor " + Self.colour(colour, opacity: series.opacity * 0.5)
        : "with lines " + lineStyle(series.width, .solid, colour, series.opacity)
    case .points(_, _, let marker, let size, _, _):
      return "with points " + pointStyle(marker, min(max(size, 3), 8), colour, series.opacity)
        + " linewidth \(place(series.width))"
    case .band, .bars:
      return "with boxes fillstyle solid 1 noborder fillcolor " + Self.colour(colour, opacity: series.opacity)
    case .image: return "with lines " + lineStyle(1, .solid, colour, 1)
    case .bundle(let bundle):
      let middle = series.colour?.rgb ?? bundle.scale.map.colour(at: 0.5)
      switch bundle.style {
      case .lines(let dash): return "with lines " + lineStyle(1.2, dash, middle, 1)
      case .points(let marker, let size): return "with points " + pointStyle(marker, max(size, 3), middle, 1)
      }
    }
  }

  private static func elements(_ series: Series, _ colour: UInt32, _ place: PanelLayout) -> [Element] {
    switch series.shape {
    case .line(let x, let y, let dash):
      return [line(x, y, place, lineStyle(series.width, dash, colour, series.opacity))]
    case .steps(let edges, let values, let isFilled):
      let outline = StepLine(edges: edges, values: values)
      var result = [line(outline.x, outline.y, place, lineStyle(series.width, .solid, colour, series.opacity))]
      if isFilled {
        let ground = place.y.isLogarithmic ? place.y.lower : 0
        result.insert(
          contentsOf: band(
            outline.x, outline.x.map { _ in ground }, outline.y, place,
            Self.colour(colour, opacity: series.opacity * 0.5)), at: 0)
      }
      return result
    case .points(let x, let y, let marker, let size, let xError, let yError):
      let style = pointStyle(marker, size, colour, series.opacity) + " linewidth \(Self.place(series.width))"
      let stroke = lineStyle(series.width, .solid, colour, series.opacity)
      return [
        bars(x, y, xError, place.x, stroke) { ($0, $1) }, bars(y, x, yError, place.y, stroke) { ($1, $0) },
        points(x, y, place, style),
      ]
    case .band(let x, let lower, let upper):
      return band(x, lower, upper, place, Self.colour(colour, opacity: series.opacity))
    case .bars(let x, let height, let width):
      return [
        boxes(
          x.map { ($0 - width / 2, $0 + width / 2) }, height, place, Self.colour(colour, opacity: series.opacity))
      ]
    case .image(let map): return [image(map, place)]
    case .bundle(let bundle): return members(bundle, series, place)
    }
  }

  private static func line(_ x: [Double], _ y: [Double], _ place: PanelLayout, _ style: String) -> Element {
    let thin = Thinning.line(x, y, columns: Int((place.right - place.left) * 2))
    let across = thin.x.map { place.x.fraction($0) * (place.right - place.left) }
    let up = thin.y.map { place.y.fraction($0) * (place.top - place.bottom) }
    let kept = Thinning.straight(across, up, tolerance: 0.12)
    var values: [Double] = []
    values.reserveCapacity(2 * kept.count)
    for index in kept {
      let isGap = place.x.hides(thin.x[index]) || place.y.hides(thin.y[index])
      values.append(isGap ? .nan : thin.x[index])
      values.append(isGap ? .nan : thin.y[index])
    }
    return Element(options: "with lines \(style)", columns: 2, values: values)
  }

  private static func points(_ x: [Double], _ y: [Double], _ place: PanelLayout, _ style: String) -> Element {
    var values: [Double] = []
    values.reserveCapacity(2 * x.count)
    for (across, up) in zip(x, y) where !place.x.hides(across) && !place.y.hides(up) {
      values.append(across)
      values.append(up)
    }
    return Element(options: "with points \(style)", columns: 2, values: values)
  }

  /// Error bars as strokes: gnuplot's own leave a gap around each point.
  ///
  /// - Parameters:
  ///   - along: places on the axis of the bars.
  ///   - across: places on the other axis.
  ///   - order: puts a pair (along, across) into the order x, y.
  private static func bars(
    _ along: [Double], _ across: [Double], _ errors: ErrorBars?, _ axis: AxisLayout, _ style: String,
    order: (Double, Double) -> (Double, Double)
  ) -> Element {
    var values: [Double] = []
    for index in along.indices {
      let value = along[index]
      guard let errors, !axis.hides(value), across[index].isFinite else { continue }
      var low = errors.lower[index].isFinite ? value - errors.lower[index] : value
      let high = errors.upper[index].isFinite ? value + errors.upper[index] : value
      // On a logarithmic axis a bar that reaches zero is drawn down to the edge.
      if axis.isLogarithmic, low <= 0 { low = min(axis.lower, value) }
      guard low < high else { continue }
      let start = order(low, across[index])
      let length = order(high - low, 0)
      values += [start.0, start.1, length.0, length.1]
    }
    return Element(options: "with vectors nohead \(style)", columns: 4, values: values)
  }

  private static func band(
    _ x: [Double], _ lower: [Double], _ upper: [Double], _ place: PanelLayout, _ colour: String
  ) -> [Element] {
    var result: [Element] = []
    var values: [Double] = []
    func close() {
      if values.count > 3 {
        result.append(
          Element(
            options: "with filledcurves fillstyle solid 1 noborder fillcolor \(colour)", columns: 3, values: values))
      }
      values = []
    }
    for index in x.indices {
      let low = place.y.isLogarithmic ? max(lower[index], place.y.lower) : lower[index]
      if place.x.hides(x[index]) || place.y.hides(low) || place.y.hides(upper[index]) {
        close()
      } else {
        values += [x[index], low, upper[index]]
      }
    }
    close()
    return result
  }

  private static func boxes(
    _ sides: [(Double, Double)], _ heights: [Double], _ place: PanelLayout, _ colour: String
  ) -> Element {
    var values: [Double] = []
    let ground = place.y.isLogarithmic ? place.y.lower : 0
    for (side, height) in zip(sides, heights) {
      guard height.isFinite, !place.y.hides(height), !place.x.hides(side.1) else { continue }
      let left = place.x.isLogarithmic ? max(side.0, place.x.lower) : side.0
      // Clipped here: gnuplot leaves out boxes that begin outside the range.
      let low = min(max(min(ground, height), place.y.lower), place.y.upper)
      let high = min(max(max(ground, height), place.y.lower), place.y.upper)
      let (from, to) = (max(left, place.x.lower), min(side.1, place.x.upper))
      guard from < to, low < high else { continue }
      values += [(from + to) / 2, height, from, to, low, high]
    }
    return Element(
      options: "with boxxyerror fillstyle solid 1 noborder fillcolor \(colour)", columns: 6, values: values)
  }

  private static func members(_ bundle: CurveBundle, _ series: Series, _ place: PanelLayout) -> [Element] {
    guard !bundle.members.isEmpty else { return [] }
    if case .points(_, let size) = bundle.style, size < Self.fineSize {
      var taken = Raster(place, cell: size / 2)
      // The last member lies on top: what it covers need not be drawn. All are one element, because gnuplot takes longer to read
      // the options of an element than to draw its dots.
      let clouds = bundle.members.reversed().map { member in
        let rgb = series.colour?.rgb ?? place.colourBar?.colour(member.value) ?? 0
        return fine(member, place, size, &taken, colour: Double(Self.number(of: rgb, opacity: series.opacity)))
      }
      let style = "linewidth \(Self.place(size)) \(dash(.solid)) linecolor rgb variable"
      return [Element(options: "with vectors nohead \(style)", columns: 5, values: clouds.reversed().flatMap { $0 })]
    }
    return bundle.members.map { member in
      let rgb = series.colour?.rgb ?? place.colourBar?.colour(member.value) ?? 0
      switch bundle.style {
      case .lines(let dash):
        return line(member.x, member.y, place, lineStyle(series.width, dash, rgb, series.opacity))
      case .points(let marker, let size):
        return points(member.x, member.y, place, pointStyle(marker, size, rgb, series.opacity))
      }
    }
  }

  /// Points below this diameter are drawn as strokes as long as they are wide.
  ///
  /// That takes a quarter of the bytes and time; so small, squares look like dots.
  static let fineSize = 2.5

  private static func fine(
    _ member: CurveBundle.Member, _ place: PanelLayout, _ size: Double, _ taken: inout Raster, colour: Double
  ) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(5 * member.x.count)
    let width = place.right - place.left
    for (x, y) in zip(member.x, member.y) where !place.x.hides(x) && !place.y.hides(y) {
      guard taken.take(place.x.fraction(x), place.y.fraction(y)) else { continue }
      let left = place.x.shifted(x, by: -size / 2 / width)
      values += [left, y, place.x.shifted(x, by: size / 2 / width) - left, 0, colour]
    }
    return values
  }

  /// Which cells of a panel are covered: of half a dot's diameter, so that a dot left out lies under another.
  private struct Raster {
    private var cells: [Bool]
    private let columns: Int
    private let rows: Int

    /// Cells of this length in points.
    init(_ place: PanelLayout, cell: Double) {
      let length = max(cell, 0.5)
      columns = max(1, Int((place.right - place.left) / length))
      rows = max(1, Int((place.top - place.bottom) / length))
      cells = Array(repeating: false, count: columns * rows)
    }

    /// Covers the cell at a place in fractions of the panel; `false` when it is covered already or outside.
    mutating func take(_ x: Double, _ y: Double) -> Bool {
      guard x >= 0, x <= 1, y >= 0, y <= 1 else { return false }
      let cell = min(Int(y * Double(rows)), rows - 1) * columns + min(Int(x * Double(columns)), columns - 1)
      guard !cells[cell] else { return false }
      cells[cell] = true
      return true
    }
  }

  private static func image(_ map: HeatMap, _ place: PanelLayout) -> Element {
    let isLogarithmic = place.colourBar?.axis.isLogarithmic ?? false
    func shown(_ value: Double) -> Double { isLogarithmic && value <= 0 || !value.isFinite ? .nan : value }
    let columns = map.xEdges.count - 1
    let rows = map.yEdges.count - 1
    guard columns > 0, rows > 0, let left = map.xEdges.first, let low = map.yEdges.first else {
      return Element(options: "", columns: 1, values: [])
    }
    if columns > 1, rows > 1, !place.x.isLogarithmic, !place.y.isLogarithmic, map.xEdges.areEven, map.yEdges.areEven {
      let width = ((map.xEdges.last ?? left) - left) / Double(columns)
      let height = ((map.yEdges.last ?? low) - low) / Double(rows)
      return Element(
        options: "with image", columns: 1, values: map.values.map(shown),
        source: "binary array=(\(columns),\(rows)) format='%double' origin=(\(left + width / 2),\(low + height / 2))"
          + " dx=\(width) dy=\(height) using 1")
    }
    var values: [Double] = []
    values.reserveCapacity(7 * map.values.count)
    for row in 0..<rows {
      for column in 0..<columns {
        let value = shown(map.values[row * columns + column])
        // Each rectangle reaches a little under the next, so that no paper shows between.
        let right = place.x.shifted(map.xEdges[column + 1], by: 0.001)
        let up = place.y.shifted(map.yEdges[row + 1], by: 0.001)
        let (from, to) = (max(map.xEdges[column], place.x.lower), min(right, place.x.upper))
        let (bottom, top) = (max(map.yEdges[row], place.y.lower), min(up, place.y.upper))
        guard value.isFinite, from < to, bottom < top else { continue }
        values += [(from + to) / 2, (bottom + top) / 2, from, to, bottom, top, value]
      }
    }
    return Element(options: "with boxxyerror fillstyle solid 1 noborder fillcolor palette", columns: 7, values: values)
  }
}

extension AxisLayout {
  /// Whether a value has no place on the axis.
  func hides(_ value: Double) -> Bool { !value.isFinite || isLogarithmic && value <= 0 }
}

extension AxisLayout {
  /// The value at this share of the axis further on.
  func shifted(_ value: Double, by share: Double) -> Double {
    isLogarithmic ? value * NumberPower.power(upper / lower, share) : value + share * (upper - lower)
  }
}

extension PanelLayout.ColourBar {
  /// The colour of a value.
  func colour(_ value: Double) -> UInt32 { map.colour(at: axis.fraction(value)) }
}

extension Array where Element == Double {
  /// Whether neighbours lie equally far apart, to a thousandth of their distance.
  var areEven: Bool {
    guard let first, let last, count > 2 else { return true }
    let step = (last - first) / Double(count - 1)
    return enumerated().allSatisfy { abs($0.element - (first + Double($0.offset) * step)) <= abs(step) * 1e-3 }
  }
}
