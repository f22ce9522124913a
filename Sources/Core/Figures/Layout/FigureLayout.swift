/// A figure worked out for paper: where everything stands, in points (1/72 inch) from the lower left corner.
struct FigureLayout {
  var width: Double
  var height: Double
  /// Size of the numbers beside ticks and of legends, in points.
  var smallSize: Double
  /// Size of axis titles, in points.
  var textSize: Double
  var header: [PlacedText]
  var panels: [PanelLayout]

  /// A line of text at a place; `y` is the middle of its height.
  struct PlacedText: Equatable {
    var text: String
    var x: Double
    var y: Double
    var size: Double
    var isBold = false
    var isItalic = false
    var alignment = TextAlignment.left
  }

  /// Works out the places of a figure that has been checked.
  init(_ figure: Figure) {
    width = figure.size.widthInches * 72
    height = figure.size.heightInches * 72
    textSize = min(max(figure.fontSize, 4), 72)
    smallSize = textSize * 0.88
    header = []
    panels = []
    let headerHeight = placeHeader(figure)
    placePanels(figure, top: height - headerHeight)
  }

  private mutating func placeHeader(_ figure: Figure) -> Double {
    let edge = textSize * 0.8
    let step = textSize * 1.4
    var y = height - edge - textSize * 0.5
    let titleSize = textSize * 1.15
    let titleWidth = TextMetrics.width(figure.title, size: titleSize, isBold: true)
    if !figure.title.isEmpty {
      header.append(PlacedText(text: figure.title, x: edge, y: y, size: titleSize, isBold: true))
    }
    var used = figure.title.isEmpty ? 0 : titleWidth + titleSize * 0.5
    if !figure.qualifier.isEmpty {
      header.append(
        PlacedText(text: figure.qualifier, x: edge + used, y: y, size: textSize, isItalic: true))
      used += TextMetrics.width(figure.qualifier, size: textSize) + titleSize * 0.5
    }
    if !figure.rightLabel.isEmpty {
      let right = TextMetrics.width(figure.rightLabel, size: smallSize)
      if used + right > width - 2 * edge { y -= step }
      header.append(
        PlacedText(text: figure.rightLabel, x: width - edge, y: y, size: smallSize, alignment: .right))
    }
    if used > 0 || !figure.rightLabel.isEmpty { y -= step }
    for line in figure.labels {
      header.append(PlacedText(text: line, x: edge, y: y, size: smallSize))
      y -= smallSize * 1.35
    }
    return header.isEmpty ? 0 : height - y - textSize * 0.5
  }

  private mutating func placePanels(_ figure: Figure, top: Double) {
    guard !figure.panels.isEmpty else { return }
    let columns: Int
    var heights: [Double]
    var isShared = false
    switch figure.arrangement {
    case .stacked(let wished, let sharedX):
      columns = 1
      isShared = sharedX
      heights = figure.panels.indices.map { wished.indices.contains($0) && wished[$0] > 0 ? wished[$0] : 1 }
    case .grid(let wished):
      columns = min(max(wished, 1), figure.panels.count)
      heights = Array(repeating: 1, count: (figure.panels.count + columns - 1) / columns)
    }
    let axisRoom = smallSize * 1.5 + textSize * 1.6
    let topRoom = textSize * 0.9
    let titleRoom = figure.panels.contains { $0.title != nil } ? textSize * 1.3 : 0
    let between = smallSize * 0.9
    // Height that is left for the panels themselves.
    let rows = heights.count
    let overhead =
      isShared
      ? topRoom + titleRoom + axisRoom + Double(rows - 1) * between : Double(rows) * (topRoom + titleRoom + axisRoom)
    let free = max(top - overhead, Double(rows) * textSize)
    let total = heights.reduce(0, +)
    heights = heights.map { $0 / total * free }

    let shared = isShared ? Self.sharedX(figure.panels) : nil
    var upper = top
    for row in 0..<rows {
      upper -= row == 0 || !isShared ? topRoom + titleRoom : between
      let bottom = upper - heights[row]
      for column in 0..<columns {
        let index = row * columns + column
        guard figure.panels.indices.contains(index) else { continue }
        let cell = (from: width * Double(column) / Double(columns), to: width * Double(column + 1) / Double(columns))
        panels.append(
          PanelLayout(
            figure.panels[index], cell: cell, bottom: bottom, top: upper, textSize: textSize, smallSize: smallSize,
            sharedX: shared, showsXNumbers: !isShared || row == rows - 1))
      }
      upper = bottom - (isShared ? 0 : axisRoom)
    }
    alignColumns(figure, columns: columns)
    for index in panels.indices { panels[index].finish(figure.panels[index], smallSize: smallSize) }
  }

  /// Gives the panels of a column the same left and right edges.
  private mutating func alignColumns(_ figure: Figure, columns: Int) {
    for column in 0..<columns {
      let members = panels.indices.filter { $0 % columns == column }
      let left = members.map { panels[$0].left }.max() ?? 0
      let right = members.map { panels[$0].right }.min() ?? width
      for index in members {
        panels[index].left = left
        panels[index].right = max(right, left + textSize)
        panels[index].moveColourBar(textSize: textSize)
      }
    }
  }

  /// The range of x of all panels of a stack together.
  static func sharedX(_ panels: [Panel]) -> (data: Extent, isTight: Bool) {
    var extent = Extent()
    var isTight = false
    for series in panels.flatMap(\.series) {
      extent.include(series.extents.x)
      isTight = isTight || series.fillsRange.x
    }
    return (extent, isTight)
  }
}
