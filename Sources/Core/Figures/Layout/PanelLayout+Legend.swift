extension PanelLayout {
  /// Space between lines of a legend in sizes of its letters; renderers follow it.
  static let legendSpacing = 1.3
  /// Length of the sample of line in a legend, in sizes of its letters.
  static let legendSample = 2.2

  /// Width and height of the legend as fractions of the panel; zero when nothing has a name.
  func legendFraction(_ panel: Panel, smallSize: Double) -> (width: Double, height: Double) {
    let names = panel.series.compactMap(\.name)
    guard !names.isEmpty else { return (0, 0) }
    let wide = TextMetrics.width(of: names, size: smallSize) + smallSize * (Self.legendSample + 1.8)
    let high = smallSize * (Self.legendSpacing * Double(names.count) + 0.8)
    return (wide / (right - left), high / (top - bottom))
  }

  /// Chooses the corner of the legend; where none is free and the range is automatic, makes room above the data.
  mutating func placeLegend(_ panel: Panel, smallSize: Double) {
    guard panel.legend == .automatic else {
      legend = panel.series.contains { $0.name != nil } ? panel.legend : .none
      return
    }
    let size = legendFraction(panel, smallSize: smallSize)
    guard size.width > 0 else {
      legend = .none
      return
    }
    let corners: [LegendPlace] = [.topRight, .topLeft, .bottomRight, .bottomLeft]
    let texts = textBoxes(panel, smallSize: smallSize)
    func count() -> [(place: LegendPlace, hidden: Int)] {
      corners.map { place in
        let isRight = place == .topRight || place == .bottomRight
        let isTop = place == .topRight || place == .topLeft
        let box = Box(
          left: isRight ? 1 - size.width : 0, right: isRight ? 1 : size.width, bottom: isTop ? 1 - size.height : 0,
          top: isTop ? 1 : size.height)
        let overText = texts.contains { $0.overlaps(box) } ? 1_000_000 : 0
        return (place, overText + dataPoints(panel, in: box))
      }
    }
    var ranked = count()
    if !ranked.contains(where: { $0.hidden == 0 }), panel.y.range == nil, !y.isReversed, size.height < 0.6 {
      let share = size.height + 0.03
      if y.isLogarithmic {
        y.upper = y.lower * Self.raise(y.upper / y.lower, 1 / (1 - share))
      } else {
        y.upper = y.lower + (y.upper - y.lower) / (1 - share)
      }
      y.plan(panel.y, count: Self.count(top - bottom, smallSize))
      ranked = count()
    }
    let fewest = ranked.map(\.hidden).min() ?? 0
    legend = ranked.first { $0.hidden == fewest }?.place ?? .topRight
  }

  private static func raise(_ base: Double, _ exponent: Double) -> Double {
    let value = NumberPower.power(base, exponent)
    return value.isFinite ? value : base
  }

  /// A rectangle in fractions of the panel.
  struct Box {
    var left: Double
    var right: Double
    var bottom: Double
    var top: Double

    func overlaps(_ other: Box) -> Bool {
      left < other.right && other.left < right && bottom < other.top && other.bottom < top
    }
    func contains(_ x: Double, _ y: Double) -> Bool { x >= left && x <= right && y >= bottom && y <= top }
  }

  private func textBoxes(_ panel: Panel, smallSize: Double) -> [Box] {
    let (wide, high) = (right - left, top - bottom)
    let line = smallSize * 1.35
    func upright(_ name: String?, at across: Double) -> Box? {
      guard let name else { return nil }
      let half = line / wide
      return Box(
        left: across - half, right: across + half, bottom: 1 - TextMetrics.width(name, size: line) / high, top: 1)
    }
    func level(_ name: String?, at up: Double) -> Box? {
      guard let name else { return nil }
      return Box(left: 1 - TextMetrics.width(name, size: line) / wide, right: 1, bottom: up, top: up + line / high)
    }
    return panel.annotations.compactMap { annotation in
      switch annotation {
      case .text(let lines, let across, let up, let alignment):
        let share = TextMetrics.width(of: lines, size: smallSize) / wide
        let from = alignment == .left ? across : alignment == .right ? across - share : across - share / 2
        return Box(left: from, right: from + share, bottom: up - line * Double(lines.count) / high, top: up)
      case .verticalLine(let at, let name, _, _): return upright(name, at: x.fraction(at))
      case .verticalBand(let from, let to, let name, _):
        return upright(name, at: (x.fraction(from) + x.fraction(to)) / 2)
      case .horizontalLine(let at, let name, _, _): return level(name, at: y.fraction(at))
      case .horizontalBand(let from, let to, let name, _):
        return level(name, at: (y.fraction(from) + y.fraction(to)) / 2)
      }
    }
  }

  private func dataPoints(_ panel: Panel, in box: Box) -> Int {
    var count = 0
    func look(_ xs: [Double], _ ys: [Double], joined: Bool) {
      var previous: (Double, Double)?
      // Long arrays are looked at in steps: the count only ranks four corners.
      let stride = max(1, xs.count / 4000)
      for index in Swift.stride(from: 0, to: min(xs.count, ys.count), by: stride) {
        let point = (x.fraction(xs[index]), y.fraction(ys[index]))
        guard point.0.isFinite, point.1.isFinite else {
          previous = nil
          continue
        }
        if box.contains(point.0, point.1) { count += 1 }
        if joined, let last = previous {
          let parts = min(Int(max(abs(point.0 - last.0), abs(point.1 - last.1)) / 0.02), 60)
          for part in 0..<max(parts, 1) where part > 0 {
            let share = Double(part) / Double(parts)
            if box.contains(last.0 + (point.0 - last.0) * share, last.1 + (point.1 - last.1) * share) { count += 1 }
          }
        }
        previous = point
      }
    }
    for series in panel.series {
      switch series.shape {
      case .line(let xs, let ys, _): look(xs, ys, joined: true)
      case .points(let xs, let ys, _, _, _, let error):
        look(xs, ys, joined: false)
        if let error {
          look(xs, zip(ys, error.upper).map(+), joined: false)
          look(xs, zip(ys, error.lower).map(-), joined: false)
        }
      case .steps(let edges, let values, _):
        let line = StepLine(edges: edges, values: values)
        look(line.x, line.y, joined: true)
      case .band(let xs, let lower, let upper):
        look(xs, lower, joined: true)
        look(xs, upper, joined: true)
      case .bars(let xs, let height, _):
        for (x, high) in zip(xs, height) { look([x, x], [y.lower, high], joined: true) }
      case .image: count += 10
      case .bundle(let bundle):
        for member in bundle.members { look(member.x, member.y, joined: bundle.style.isLines) }
      }
    }
    return count
  }
}

extension CurveBundle.Style {
  var isLines: Bool {
    if case .lines = self { return true }
    return false
  }
}
